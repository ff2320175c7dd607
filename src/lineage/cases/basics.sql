-- t(a, b, c)
-- u(a, k)
-- raw

# a column is copied
select a from t
--
a <- copy t.a

# a column gets another name
select a as x from t
--
x <- rename t.a

# a cast keeps the value
select a::int as a, try_cast(b as date) as d from t
--
a <- cast t.a
d <- cast t.b

# a sum of two columns
select a + b as s from t
--
s <- compute t.a [a + b], compute t.b [a + b]

# an aggregate with a filter
select sum(a) filter (b > 1) as s from t where c = 3 and a > 1 group by b
--
s <- aggregate t.a [sum(a) filter (b > 1)], filter t.b [b > 1]
rows <- filter t.a [a > 1], filter t.c [c = 3], group_key t.b [b]

# through common table expressions
with x as (select a + 1 as y, b from t), z as (select y * 2 as w, b as v from x) select w as r, v from z
--
r <- compute t.a [a + 1] [y * 2]
v <- rename t.b

# a table of unknown columns is looked through
with source as (select * from raw) select id as patient_id, upper(name) as name from source
--
patient_id <- rename raw.id
name <- compute raw.name

# all columns of a table of unknown columns
with source as (select * from raw) select *, x + 1 as y from source
--
y <- compute raw.x
* <- raw

# using gives one column of both
select * from t join u using (a)
--
a <- copy t.a
b <- copy t.b
c <- copy t.c
k <- copy u.k
rows <- join_key t.a, join_key u.a

# a correlated subquery
select b, (select max(k) from u where u.a = t.a) as m from t
--
b <- copy t.b
m <- filter t.a, aggregate u.k, filter u.a

# a window
select row_number() over (partition by a order by b) as n, sum(c) over (order by b) as running from t
--
n <- window t.a, window t.b
running <- aggregate t.c, window t.b

# recursion
with recursive r(n, p) as (select a, b from t union all select n + 1, r.p from r join u on u.a = r.n) select n, p from r
--
n <- rename t.a, compute t.a
p <- rename t.b
rows <- join_key t.a, join_key u.a

# a struct is taken apart
with s as (select {'x': a, 'y': b + 1} as p from t) select p.x as one, (p).y as two, p['x'] as three from s
--
one <- rename t.a
two <- compute t.b
three <- rename t.a

# pivot
select * from t pivot (sum(c) as s, max(c) for b in (1, 2) group by a)
--
a <- copy t.a
1_s <- aggregate t.c, filter t.b
1_max(c) <- aggregate t.c, filter t.b
2_s <- aggregate t.c, filter t.b
2_max(c) <- aggregate t.c, filter t.b
rows <- group_key t.a
