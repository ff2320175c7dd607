-- t(a, b, c)
-- u(a, k, v)
-- raw
-- other

# union all by place
select a, b from t union all select a, k from u
--
a <- copy t.a, copy u.a
b <- copy t.b, rename u.k

# three of them
select a from t union all select k from u union all select b from t
--
a <- copy t.a, rename t.b, rename u.k

# constants in one
select a, 'x' as kind from t union all select null, k from u
--
a <- copy t.a
kind <- rename u.k

# copied and computed
select a from t union all select a + 1 from t
--
a <- copy t.a, compute t.a

# union keeps each row once
select a from t union select k from u
--
a <- copy t.a, rename u.k
rows <- group_key t.a, group_key u.k

# filters of either side
select a from t where b = 1 union all select k from u where v = 2
--
a <- copy t.a, rename u.k
rows <- filter t.b, filter u.v

# except: the right side only tells what goes
select a, b from t except select k, v from u
--
a <- copy t.a
b <- copy t.b
rows <- group_key t.a, group_key t.b, filter u.k, filter u.v

# except all
select a from t except all select k from u where v = 1
--
a <- copy t.a
rows <- filter u.k, filter u.v

# intersect
select a from t intersect select k from u
--
a <- copy t.a
rows <- group_key t.a, filter u.k

# by name
select a, b from t union all by name select k as b, a from u
--
a <- copy t.a, copy u.a
b <- copy t.b, rename u.k

# by name with columns of one side
select a, b from t union all by name select a, v from u
--
a <- copy t.a, copy u.a
b <- copy t.b
v <- copy u.v

# order by and limit of the whole
select a from t union all select k from u order by a limit 5
--
a <- copy t.a, rename u.k
rows <- order t.a, order u.k

# order by a place of the whole
select a, b from t union all select a, k from u order by 2
--
a <- copy t.a, copy u.a
b <- copy t.b, rename u.k
rows <- order t.b, order u.k

# in brackets with their own limits
(select a from t order by b limit 1) union all (select k from u order by v limit 1)
--
a <- copy t.a, rename u.k
rows <- order t.b, order u.v

# stars
select * from t union all select * from u
--
a <- copy t.a, copy u.a
b <- copy t.b, rename u.k
c <- copy t.c, rename u.v

# within a subquery
select x.a as z from (select a from t union all select k from u) as x where x.a > 1
--
z <- rename t.a, rename u.k
rows <- filter t.a, filter u.k

# an aggregate of a union
select sum(a) as s from (select a from t union all select a from u)
--
s <- aggregate t.a, aggregate u.a

# unions and intersections by their order of binding
select a from t union all select k from u intersect select v from u
--
a <- copy t.a, rename u.k
rows <- group_key u.k, filter u.v

# a table of unknown columns by place
select a from t union all select id from raw
--
a <- copy t.a, rename raw.id

# a star of unknown columns has no places
select * from raw union all select * from other
--
* <- raw, ?
* <- other, ?

# a column of such a union
select id from (select * from raw union all select * from other)
--
id <- ?

# a star of unknown columns by name has names
select id from (select * from raw union all by name select * from other)
--
id <- ?

# values after a select
select a, b from t union all values (1, 2)
--
a <- copy t.a
b <- copy t.b

# a union of the same
select a, b from t union all select a, b from t
--
a <- copy t.a
b <- copy t.b

# distinct sides
select distinct a from t union all select a from u
--
a <- copy t.a, copy u.a
rows <- group_key t.a

# grouped sides
select a, count(*) as n from t group by a union all select k, count(*) from u group by k
--
a <- copy t.a, rename u.k
n <-
rows <- group_key t.a, group_key u.k
