-- in postgres
-- t(a, b, c)
-- u(a, k)
-- e(id, boss)

# columns, casts and expressions
select a, b::text as b, c + 1 as d, upper(a) || '-' as e from t
--
a <- copy t.a
b <- cast t.b [b::text]
d <- compute t.c [c + 1]
e <- compute t.a [upper(a) || '-']

# joins and conditions
select t.b, u.k from t left join u on t.a = u.a and u.k > 1 where t.c = 'é' and t.b is not null
--
b <- copy t.b
k <- copy u.k
rows <- join_key t.a, join_key u.a, join_key u.k, filter t.c, filter t.b

# using, group by, having, order by, limit
select a, count(*) as n, sum(k) as s from t join u using (a) group by a having sum(k) > 1 order by n desc limit 3
--
a <- copy t.a
n <-
s <- aggregate u.k
rows <- join_key t.a, join_key u.a, group_key t.a, filter u.k

# windows, named and not
select row_number() over (partition by a order by b) as n, sum(c) over w as s from t window w as (partition by b)
--
n <- window t.a, window t.b
s <- aggregate t.c, window t.b

# common table expressions and subqueries
with x as (select a, max(b) as m from t group by a) select m, (select min(k) from u where u.a = x.a) as k from x where a in (select a from u) and exists (select 1 from u where u.k = x.m)
--
m <- aggregate t.b
k <- aggregate u.k, filter u.a, filter t.a
rows <- group_key t.a, filter t.a, filter u.a, filter u.k, filter t.b

# set operations and recursion
with recursive r(id, root) as (select id, id from e union all select e.id, r.root from e join r on e.boss = r.id) select id, root from r
--
id <- copy e.id
root <- rename e.id
rows <- join_key e.boss, join_key e.id

# a union of two
select a from t union select k from u
--
a <- copy t.a, rename u.k
rows <- group_key t.a, group_key u.k

# distinct on
select distinct on (a) a, b from t order by a, c desc
--
a <- copy t.a
b <- copy t.b
rows <- group_key t.a, order t.a, order t.c

# case, coalesce, between, like, extract
select case a when 1 then b else c end as x, coalesce(a, b) as y, extract(year from c) as z from t where a between 1 and 2 and b like 'x%'
--
x <- compute t.a, compute t.b, compute t.c
y <- compute t.a, compute t.b
z <- compute t.c
rows <- filter t.a, filter t.b

# lateral and a series
select t.a, x.m, g from t, lateral (select max(k) as m from u where u.a = t.a) as x, generate_series(1, 3) as s(g)
--
a <- copy t.a
m <- aggregate u.k
g <-
rows <- filter t.a, filter u.a

# values
select p from (values (1, 'x')) as v(p, q)
--
p <-

# filtered and ordered aggregates
select sum(a) filter (where b > 1) as s, string_agg(c, ',' order by a) as l from t
--
s <- aggregate t.a, filter t.b
l <- aggregate t.c, order t.a

# a statement that fills a table
insert into x select a, b from t
--
a <- copy t.a
b <- copy t.b
