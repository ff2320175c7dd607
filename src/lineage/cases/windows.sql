-- t(a, b, c, d)
-- u(a, k)

# a row number
select row_number() over (partition by a order by b) as n from t
--
n <- window t.a, window t.b

# ranks
select rank() over (order by a desc) as r, dense_rank() over (order by b) as d, ntile(4) over (order by c) as q from t
--
r <- window t.a
d <- window t.b
q <- window t.c

# an aggregate over a window
select sum(a) over (partition by b) as s from t
--
s <- aggregate t.a, window t.b

# counting rows over a window
select count(*) over (partition by a) as n from t
--
n <- window t.a

# without partition and order
select max(a) over () as m from t
--
m <- aggregate t.a

# the row before
select lag(a) over (order by b) as before from t
--
before <- compute t.a, window t.b

# the row before with a default
select lag(a, 2, c) over (partition by d order by b) as before from t
--
before <- compute t.a, compute t.c, window t.b, window t.d

# first, last and nth
select first_value(a) over (order by b) as f, last_value(c) over (order by b) as l, nth_value(d, 2) over (order by b) as n from t
--
f <- compute t.a, window t.b
l <- compute t.c, window t.b
n <- compute t.d, window t.b

# ignoring nulls
select last_value(a ignore nulls) over (order by b) as l from t
--
l <- compute t.a, window t.b

# a named window
select sum(a) over w as s, avg(b) over w as m from t window w as (partition by c order by d)
--
s <- aggregate t.a, window t.c, window t.d
m <- aggregate t.b, window t.c, window t.d

# a named window that is added to
select sum(a) over (w order by d) as s from t window w as (partition by c)
--
s <- aggregate t.a, window t.c, window t.d

# a frame with an expression
select sum(a) over (order by b rows between c preceding and current row) as s from t
--
s <- aggregate t.a, window t.b, window t.c

# a range of dates
select sum(a) over (order by b range between interval 7 days preceding and current row) as s from t
--
s <- aggregate t.a, window t.b

# a filter of a windowed aggregate
select sum(a) filter (where b > 1) over (partition by c) as s from t
--
s <- aggregate t.a, filter t.b, window t.c

# a window over expressions
select row_number() over (partition by upper(a), b + 1 order by coalesce(c, d)) as n from t
--
n <- window t.a, window t.b, window t.c, window t.d

# computed from a window
select a / sum(a) over (partition by b) as share from t
--
share <- compute t.a, aggregate t.a, window t.b

# windows have their places
select row_number() over (partition by a order by b desc, c) as n from t
--
n <- window t.a [a], window t.b [b], window t.c [c]

# a window over an aggregate
select a, sum(sum(b)) over (order by a) as running from t group by a
--
a <- copy t.a
running <- aggregate t.b, window t.a
rows <- group_key t.a

# qualify
select a, b from t qualify row_number() over (partition by a order by c desc) = 1
--
a <- copy t.a
b <- copy t.b
rows <- filter t.a, filter t.c

# qualify by the name of an item
select a, row_number() over (partition by b order by c) as n from t qualify n = 1
--
a <- copy t.a
n <- window t.b, window t.c
rows <- filter t.b, filter t.c

# qualify with a window and a column
select a from t qualify row_number() over (order by b) = 1 and c > 2
--
a <- copy t.a
rows <- filter t.b, filter t.c

# where, group by, having and qualify
select a, sum(b) as s from t where c = 1 group by a having sum(d) > 2 qualify row_number() over (order by s) = 1
--
a <- copy t.a
s <- aggregate t.b
rows <- filter t.c, group_key t.a, filter t.d, filter t.b

# the first of each group by a subquery
select a, b from (select a, b, row_number() over (partition by a order by c) as n from t) where n = 1
--
a <- copy t.a
b <- copy t.b
rows <- filter t.a, filter t.c

# a window handed on
with x as (select a, row_number() over (order by b) as n from t) select n as place, n + 1 as next from x
--
place <- window t.b
next <- window t.b

# a distinct aggregate over a window
select count(distinct a) over (partition by b) as n from t
--
n <- aggregate t.a, window t.b

# cumulative distributions
select percent_rank() over (order by a) as p, cume_dist() over (order by b) as c from t
--
p <- window t.a
c <- window t.b

# a case around a window
select case when row_number() over (partition by a order by b) = 1 then c end as x from t
--
x <- compute t.c, window t.a, window t.b

# a list over a window
select list(a order by b) over (partition by c) as l from t
--
l <- aggregate t.a, order t.b, window t.c

# windows of a join
select sum(t.b) over (partition by u.k) as s from t join u using (a)
--
s <- aggregate t.b, window u.k
rows <- join_key t.a, join_key u.a

# partition by a subquery
select row_number() over (partition by (select max(k) from u where u.a = t.a)) as n from t
--
n <- window u.k, window u.a, window t.a
