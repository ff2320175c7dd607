-- t(a, b, c)
-- u(a, k)

# a constant comes from nothing
select 1 as one, 'x' as text, null as nothing, true as yes from t
--
one <-
text <-
nothing <-
yes <-

# a column is copied
select a from t
--
a <- copy t.a

# qualified by its table
select t.a from t
--
a <- copy t.a

# qualified by an alias
select x.a from t as x
--
a <- copy t.a

# qualified by schema and database
select main.t.a, db.main.t.b from db.main.t
--
a <- copy t.a
b <- copy t.b

# names are found however they are capitalised
select T.A, "B" from T
--
A <- copy t.a
B <- copy t.b

# another name
select a as x from t
--
x <- rename t.a

# the same name in other letters is no other name
select a as "A" from t
--
A <- copy t.a

# one column twice
select a, a from t
--
a <- copy t.a
a_1 <- rename t.a

# a cast
select a::int as a from t
--
a <- cast t.a

# a cast under another name is a cast
select cast(a as date) as d from t
--
d <- cast t.a

# a cast that may fail
select try_cast(a as date) as d from t
--
d <- cast t.a

# a cast that is given no name
select a::integer from t
--
CAST(a AS INTEGER) <- cast t.a

# a cast of a computed value is computed
select (a + 1)::int as x from t
--
x <- compute t.a

# a computed cast is computed
select a::int + 1 as x from t
--
x <- compute t.a

# brackets do nothing
select ((a)) as a from t
--
a <- copy t.a

# both operands
select a + b as s from t
--
s <- compute t.a, compute t.b

# an operand twice is one input
select a * a as s from t
--
s <- compute t.a

# a sign before a column
select -a as n from t
--
n <- compute t.a

# texts put together
select a || '-' || b as key from t
--
key <- compute t.a, compute t.b

# a comparison is computed
select a = b as same from t
--
same <- compute t.a, compute t.b

# a case is computed from its conditions and its results
select case when a > 1 then b else c end as x from t
--
x <- compute t.a, compute t.b, compute t.c

# a case with a subject
select case a when 1 then 'one' when b then c end as x from t
--
x <- compute t.a, compute t.b, compute t.c

# a case of constants depends on its condition
select case when a is null then 0 else 1 end as flag from t
--
flag <- compute t.a

# coalesce
select coalesce(a, b, 0) as x from t
--
x <- compute t.a, compute t.b

# nullif, ifnull and if
select nullif(a, b) as n, ifnull(a, c) as i, if(a > 1, b, c) as f from t
--
n <- compute t.a, compute t.b
i <- compute t.a, compute t.c
f <- compute t.a, compute t.b, compute t.c

# between, in, is null, like
select a between b and c as x, a in (1, b) as y, a is not null as z, a like b as w from t
--
x <- compute t.a, compute t.b, compute t.c
y <- compute t.a, compute t.b
z <- compute t.a
w <- compute t.a, compute t.b

# not, and, or
select not (a and b or c) as x from t
--
x <- compute t.a, compute t.b, compute t.c

# is distinct from
select a is distinct from b as x from t
--
x <- compute t.a, compute t.b

# functions of several arguments
select concat(a, b, 'x') as x, round(c, 2) as y from t
--
x <- compute t.a, compute t.b
y <- compute t.c

# functions within functions
select upper(trim(substring(a, b, 2))) as x from t
--
x <- compute t.a, compute t.b

# the written forms of functions
select extract(year from a) as y, substring(b from 1 for 2) as s, position('x' in c) as p from t
--
y <- compute t.a
s <- compute t.b
p <- compute t.c

# dates and intervals
select date_trunc('month', a) as m, a + interval 1 day as next, date_diff('day', a, b) as days from t
--
m <- compute t.a
next <- compute t.a
days <- compute t.a, compute t.b

# the present is no column
select current_date as today, now() as moment, current_timestamp as stamp from t
--
today <-
moment <-
stamp <-

# without a table
select 1 as a, 2 + 3 as b
--
a <-
b <-

# a column that is called like a function without brackets
select user from (select a as user from t)
--
user <- rename t.a

# collation and time zone
select a collate nocase as x, b at time zone 'UTC' as y from t
--
x <- compute t.a
y <- compute t.b

# regular expressions
select a ~ 'x' as m, regexp_extract(b, 'y', 1) as e, a similar to c as s from t
--
m <- compute t.a
e <- compute t.b
s <- compute t.a, compute t.c

# a column of the second of two tables
select k from t, u
--
k <- copy u.k

# a whole row
select t from t
--
t <- compute t.a, compute t.b, compute t.c

# a column that is not there
select z from t
--
z <- ?

# a column that both tables have is not clear
select a from t, u
--
a <- ?

# places are those of the whole expression
select a, (a + b) * 2 as x, upper(c) y from t
--
a <- copy t.a
x <- compute t.a [(a + b) * 2], compute t.b [(a + b) * 2]
y <- compute t.c [upper(c) y]

# the place of a cast
select a::int as x, cast(b as date) as y from t
--
x <- cast t.a [a::int]
y <- cast t.b [cast(b as date)]

# the place of coalesce and case
select coalesce(a, 0) as x, case when b then c end as y from t
--
x <- compute t.a [coalesce(a, 0)]
y <- compute t.b [case when b then c end], compute t.c [case when b then c end]

# try
select try(a::int) as x from t
--
x <- compute t.a

# a parameter
select a + $1 as x from t
--
x <- compute t.a
