-- t(a, b, c)

# a table that is made
create table x as select a, b + 1 as d from t where c = 1
--
a <- copy t.a
d <- compute t.b
rows <- filter t.c

# a view that is made
create or replace view x as select a from t
--
a <- copy t.a

# rows that are added
insert into x select a, sum(b) as s from t group by a
--
a <- copy t.a
s <- aggregate t.b
rows <- group_key t.a
