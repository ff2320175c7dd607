-- t(a, b, c, d)
-- u(a, k, v)
-- e(id, boss, name)
-- raw

# where
select a from t where b > 1
--
a <- copy t.a
rows <- filter t.b

# where with the column itself
select a from t where a > 1
--
a <- copy t.a
rows <- filter t.a

# where by the name of an item
select a + b as s from t where s > 1
--
s <- compute t.a, compute t.b
rows <- filter t.a, filter t.b

# a column comes before the name of an item in where
select b as a from t where a > 1
--
a <- rename t.b
rows <- filter t.a

# a later item uses the name of an earlier one
select a + 1 as x, x * b as y, y + x as z from t
--
x <- compute t.a
y <- compute t.a, compute t.b
z <- compute t.a, compute t.b

# a column comes before the name of an earlier item
select a + 1 as b, b * 2 as c from t
--
b <- compute t.a
c <- compute t.b

# the place of a value that came by a name
select a + 1 as x, x * 2 as y from t
--
x <- compute t.a [a + 1]
y <- compute t.a [a + 1] [x * 2]

# conditions have their own places
select a from t where (b = 1 or c = 2) and d between 3 and 4
--
a <- copy t.a
rows <- filter t.b [(b = 1 or c = 2)], filter t.c [(b = 1 or c = 2)], filter t.d [d between 3 and 4]

# order by
select a from t order by b desc nulls last
--
a <- copy t.a
rows <- order t.b

# order by a place
select a, b from t order by 2, 1
--
a <- copy t.a
b <- copy t.b
rows <- order t.a, order t.b

# order by a name comes first
select a, b as c from t order by c
--
a <- copy t.a
c <- rename t.b
rows <- order t.b

# order by all
select a, b from t order by all
--
a <- copy t.a
b <- copy t.b
rows <- order t.a, order t.b

# order by an expression of both
select a + 1 as x from t order by x + b
--
x <- compute t.a
rows <- order t.a, order t.b

# limit and offset
select a from t order by b limit 10 offset 5
--
a <- copy t.a
rows <- order t.b

# a sample
select a from t using sample 10%
--
a <- copy t.a

# from first
from t select a, b + 1 as x where c = 1
--
a <- copy t.a
x <- compute t.b
rows <- filter t.c

# from alone
from t
--
a <- copy t.a
b <- copy t.b
c <- copy t.c
d <- copy t.d

# from alone in an expression
with x as (from t where a > 1) from x select b
--
b <- copy t.b
rows <- filter t.a

# table
table u
--
a <- copy u.a
k <- copy u.k
v <- copy u.v

# values
values (1, 'x'), (2, 'y')
--
col0 <-
col1 <-

# values in the from
select p, q from (values (1, 2)) as v(p, q)
--
p <-
q <-

# values that refer to columns
select a, x from t, lateral (values (t.b), (t.c + 1)) as v(x)
--
a <- copy t.a
x <- rename t.b, compute t.c

# a name before its expression
select x: a, y: b + 1 from t
--
x <- rename t.a
y <- compute t.b

# recursion: a sum that grows
with recursive r as (select 1 as n union all select n + 1 from r where n < 10) select n from r
--
n <-

# recursion: a tree
with recursive r(id, root) as (select id, id from e where boss is null union all select e.id, r.root from e join r on e.boss = r.id) select id, root from r
--
id <- copy e.id
root <- rename e.id
rows <- filter e.boss, join_key e.boss, join_key e.id

# recursion: a path
with recursive r as (select id, name as path from e union all select e.id, r.path || '/' || e.name from e join r on e.boss = r.id) select path from r
--
path <- rename e.name, compute e.name
rows <- join_key e.boss, join_key e.id

# recursion: a level
with recursive r as (select id, 0 as depth from e union all select e.id, r.depth + 1 from e, r where e.boss = r.id) select depth, id from r
--
depth <-
id <- copy e.id
rows <- filter e.boss, filter e.id

# recursion: swapped columns come around
with recursive r(x, y) as (select a, b from t union all select y, x from r where x < 5) select x from r
--
x <- rename t.a, rename t.b
rows <- filter t.a, filter t.b

# recursion with a key
with recursive r(id, n) using key (id) as (select a, b from t union select id, n + 1 from r where n < 3) select id, n from r
--
id <- rename t.a
n <- rename t.b, compute t.b
rows <- filter t.b

# a recursive word without recursion
with recursive x as (select a from t) select a from x
--
a <- copy t.a

# a range
select i, a from t, range(10) as r(i)
--
i <-
a <- copy t.a

# a range of a column
select a, i from t, range(t.b) as r(i)
--
a <- copy t.a
i <- compute t.b
rows <- filter t.b

# a series of days
select d from generate_series(date '2020-01-01', date '2020-12-31', interval 1 day) as s(d)
--
d <-

# a series from an expression
with days as (select min(a) as lo, max(b) as hi from t) select day from days, generate_series(lo, hi, interval 1 day) as x(day)
--
day <- aggregate t.a, aggregate t.b
rows <- filter t.a, filter t.b

# a column called by its function
select range, generate_series from range(3), generate_series(1, 2)
--
range <-
generate_series <-

# a file
select id, amount::int as amount from read_parquet('claims/*.parquet')
--
id <- copy read_parquet('claims/*.parquet').id
amount <- cast read_parquet('claims/*.parquet').amount

# a file with settings
select id from read_csv('x.csv', header = true, sep = ';') as f where f.kind = 'y'
--
id <- copy read_csv('x.csv', header = true, sep = ';').id
rows <- filter read_csv('x.csv', header = true, sep = ';').kind

# a file by its path
select x.id from 'data/x.parquet'
--
id <- copy data/x.parquet.id

# a table by its name in a text
select a from query_table('t')
--
a <- copy t.a

# a table of nobody knows where
select a, b from elsewhere.facts where c = 1
--
a <- copy elsewhere.facts.a
b <- copy elsewhere.facts.b
rows <- filter elsewhere.facts.c

# a function that nobody knows, of a column
select x from t, my_function(t.a) as f
--
x <- ?
rows <- ?

# a function that nobody knows in an expression
select my_macro(a, b) as x from t
--
x <- compute t.a, compute t.b

# facts about a table
select column_name from (describe t)
--
column_name <- ?
rows <- ?

# a column that two tables may have
select x from raw, elsewhere
--
x <- ?

# a column of a table of unknown columns beside a known one
select b, x from t, raw
--
b <- copy t.b
x <- copy raw.x

# the name of an item where columns are not known is not clear
select upper(name) as n from raw where n = 'x'
--
n <- compute raw.name
rows <- ?

# distinct with order
select distinct a from t order by a
--
a <- copy t.a
rows <- group_key t.a, order t.a

# everything at once
with x as (select a, b, sum(c) as s from t where d > 0 group by all), y as (select k, max(v) as m from u group by k) select x.a as key, x.s / nullif(y.m, 0) as ratio from x left join y on x.b = y.k where x.s > 1 order by ratio limit 3
--
key <- rename t.a
ratio <- aggregate t.c, aggregate u.v
rows <- filter t.d, group_key t.a, group_key t.b, group_key u.k, join_key t.b, join_key u.k, filter t.c, order t.c, order u.v
