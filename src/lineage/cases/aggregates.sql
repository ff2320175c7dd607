-- t(a, b, c, d)
-- raw

# sum
select sum(a) as s from t
--
s <- aggregate t.a

# counting rows comes from no column
select count(*) as n from t
--
n <-

# counting values
select count(a) as n, count(distinct b) as m from t
--
n <- aggregate t.a
m <- aggregate t.b

# an aggregate of an expression
select sum(a * b) as s from t
--
s <- aggregate t.a, aggregate t.b

# an expression of aggregates
select sum(a) / count(b) as x from t
--
x <- aggregate t.a, aggregate t.b

# a cast of an aggregate stays an aggregate
select sum(a)::int as x, round(avg(b), 2) as y from t
--
x <- aggregate t.a
y <- aggregate t.b

# a cast within an aggregate
select sum(a::int) as x from t
--
x <- aggregate t.a

# an aggregate and the column itself
select a + max(b) over () as x from t
--
x <- compute t.a, aggregate t.b

# group by a column
select a, sum(b) as s from t group by a
--
a <- copy t.a
s <- aggregate t.b
rows <- group_key t.a

# group by two columns, one of them not given
select a, count(*) as n from t group by a, b
--
a <- copy t.a
n <-
rows <- group_key t.a, group_key t.b

# group by a place
select a as x, b, sum(c) as s from t group by 1, 2
--
x <- rename t.a
b <- copy t.b
s <- aggregate t.c
rows <- group_key t.a, group_key t.b

# group by an expression
select upper(a) as x, count(*) as n from t group by upper(a)
--
x <- compute t.a
n <-
rows <- group_key t.a

# group by the name of an item
select upper(a) as x, count(*) as n from t group by x
--
x <- compute t.a
n <-
rows <- group_key t.a

# a column comes before the name of an item in group by
select b as a, count(*) as n from t group by a, b
--
a <- rename t.b
n <-
rows <- group_key t.a, group_key t.b

# group by all
select a, upper(b) as x, sum(c) as s from t group by all
--
a <- copy t.a
x <- compute t.b
s <- aggregate t.c
rows <- group_key t.a, group_key t.b

# group by all leaves items with aggregates out
select a, b + sum(c) as s from t group by all
--
a <- copy t.a
s <- compute t.b, aggregate t.c
rows <- group_key t.a

# group by all with a star
select * exclude (c, d), sum(c) as s from t group by all
--
a <- copy t.a
b <- copy t.b
s <- aggregate t.c
rows <- group_key t.a, group_key t.b

# having
select a, sum(b) as s from t group by a having sum(c) > 1
--
a <- copy t.a
s <- aggregate t.b
rows <- group_key t.a, filter t.c

# having by the name of an item
select a, sum(b) as s from t group by a having s > 1
--
a <- copy t.a
s <- aggregate t.b
rows <- group_key t.a, filter t.b

# filter and having have their places
select a, count(*) filter (where b > 1) as n from t where c = 2 and d is null group by a having count(*) > 3
--
a <- copy t.a
n <- filter t.b [b > 1]
rows <- group_key t.a [a], filter t.c [c = 2], filter t.d [d is null]

# a filtered aggregate
select sum(a) filter (where b > 1) as s from t
--
s <- aggregate t.a, filter t.b

# an ordered aggregate
select string_agg(a, ',' order by b) as x from t
--
x <- aggregate t.a, order t.b

# list and array_agg in an order
select list(a order by b desc, c) as x, array_agg(a) as y from t
--
x <- aggregate t.a, order t.b, order t.c
y <- aggregate t.a

# the first of a group
select a, first(b order by c) as f, any_value(d) as x from t group by a
--
a <- copy t.a
f <- aggregate t.b, order t.c
x <- aggregate t.d
rows <- group_key t.a

# arg_max
select arg_max(a, b) as x from t
--
x <- aggregate t.a, aggregate t.b

# grouping sets
select a, b, sum(c) as s from t group by grouping sets ((a), (a, b), ())
--
a <- copy t.a
b <- copy t.b
s <- aggregate t.c
rows <- group_key t.a, group_key t.b

# rollup and grouping
select a, grouping(a) as g, sum(c) as s from t group by rollup (a, b)
--
a <- copy t.a
g <- compute t.a
s <- aggregate t.c
rows <- group_key t.a, group_key t.b

# cube
select a, count(*) as n from t group by cube (a, b)
--
a <- copy t.a
n <-
rows <- group_key t.a, group_key t.b

# distinct is a group of everything
select distinct a, b as x from t
--
a <- copy t.a
x <- rename t.b
rows <- group_key t.a, group_key t.b

# distinct on
select distinct on (a) a, b from t order by a, c desc
--
a <- copy t.a
b <- copy t.b
rows <- group_key t.a, order t.a, order t.c

# an aggregate of an aggregate in two steps
select max(s) as m from (select a, sum(b) as s from t group by a)
--
m <- aggregate t.b
rows <- group_key t.a

# a computed aggregate stays an aggregate further up
select s + 1 as x from (select sum(b) as s from t)
--
x <- aggregate t.b

# quantiles and modes
select quantile_cont(a, 0.5) as q, mode(b) as m, median(c) as d from t
--
q <- aggregate t.a
m <- aggregate t.b
d <- aggregate t.c

# within group
select percentile_cont(0.5) within group (order by a) as p from t
--
p <- aggregate t.a

# histogram and json groups
select histogram(a) as h, json_group_array(b) as j from t
--
h <- aggregate t.a
j <- aggregate t.b

# an aggregate of a table of unknown columns
select kind, sum(amount) as total from raw group by kind
--
kind <- copy raw.kind
total <- aggregate raw.amount
rows <- group_key raw.kind

# bool aggregates of conditions
select bool_or(a > 1) as x, count_if(b = c) as n from t
--
x <- aggregate t.a
n <- aggregate t.b, aggregate t.c

# group by a case
select case when a > 1 then b end as x, count(*) as n from t group by all
--
x <- compute t.a, compute t.b
n <-
rows <- group_key t.a, group_key t.b
