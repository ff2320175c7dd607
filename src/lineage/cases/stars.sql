-- t(a, b, c)
-- u(a, k, abc)
-- s(id, p STRUCT(x INTEGER; y VARCHAR))
-- raw

# everything
select * from t
--
a <- copy t.a
b <- copy t.b
c <- copy t.c

# everything of one table
select u.*, t.b from t, u
--
a <- copy u.a
k <- copy u.k
abc <- copy u.abc
b <- copy t.b

# without some
select * exclude (b) from t
--
a <- copy t.a
c <- copy t.c

# without one, written without brackets
select * exclude b from t
--
a <- copy t.a
c <- copy t.c

# without those of one table
select * exclude (t.a) from t, u
--
b <- copy t.b
c <- copy t.c
a <- copy u.a
k <- copy u.k
abc <- copy u.abc

# without a column that both tables have
select * exclude (a) from t, u
--
b <- copy t.b
c <- copy t.c
k <- copy u.k
abc <- copy u.abc

# some replaced
select * replace (a + b as b, upper(c) as c) from t
--
a <- copy t.a
b <- compute t.a, compute t.b
c <- compute t.c

# replaced has its place
select * replace (a + b as b) from t
--
a <- copy t.a
b <- compute t.a [a + b], compute t.b [a + b]
c <- copy t.c

# replaced by another column
select * replace (a as b) from t
--
a <- copy t.a
b <- rename t.a
c <- copy t.c

# renamed
select * rename (a as x, c as z) from t
--
x <- rename t.a
b <- copy t.b
z <- rename t.c

# without, replaced and renamed
select * exclude (a) replace (b::int as b) rename (c as z) from t
--
b <- cast t.b
z <- rename t.c

# of one table, without some
select t.* exclude (b), u.k from t join u using (a)
--
a <- copy t.a
c <- copy t.c
k <- copy u.k
rows <- join_key t.a, join_key u.a

# by a pattern
select columns('a') from u
--
a <- copy u.a
abc <- copy u.abc

# by a pattern from beginning to end
select columns('^a$') from u
--
a <- copy u.a

# by a list
select columns(['a', 'k']) from u
--
a <- copy u.a
k <- copy u.k

# by a test
select columns(c -> c like 'a%') from u
--
a <- copy u.a
abc <- copy u.abc

# by a test of length and beginning
select columns(lambda c: length(c) = 3 and starts_with(c, 'a')) from u
--
abc <- copy u.abc

# by a test with not and or
select columns(c -> not (c = 'a' or c in ('abc', 'z'))) from u
--
k <- copy u.k

# like
select * like 'a%' from u
--
a <- copy u.a
abc <- copy u.abc

# not like, ilike, similar to, glob
select * not like '%b%' from u
--
a <- copy u.a
k <- copy u.k

# ilike
select * ilike 'A__' from u
--
abc <- copy u.abc

# similar to
select * similar to '(k|a)' from u
--
a <- copy u.a
k <- copy u.k

# glob
select * glob 'a*c' from u
--
abc <- copy u.abc

# an expression for each column
select columns(*) + 1 from u
--
a <- compute u.a
k <- compute u.k
abc <- compute u.abc

# an aggregate of each column
select min(columns(* exclude (k))) from u
--
a <- aggregate u.a
abc <- aggregate u.abc

# a cast of each column
select columns('a')::varchar from u
--
a <- cast u.a
abc <- cast u.abc

# names made of the pattern's groups
select columns('(a)(.*)') as 'new_\1\2' from u
--
new_a <- rename u.a
new_abc <- rename u.abc

# columns of one table
select columns(t.*) from t, u
--
a <- copy t.a
b <- copy t.b
c <- copy t.c

# all columns as arguments
select coalesce(*columns(*)) as x, struct_pack(*columns('a')) as s from u
--
x <- compute u.a, compute u.k, compute u.abc
s <- compute u.a, compute u.abc

# in a condition
select a from u where columns(['a', 'k']) > 1
--
a <- copy u.a
rows <- filter u.a, filter u.k

# the fields of a struct by its type
select id, p.* from s
--
id <- copy s.id
x <- compute s.p
y <- compute s.p

# the fields of a struct made here
select q.* from (select {'m': a, 'n': b + 1} as q from t)
--
m <- rename t.a
n <- compute t.b

# a star of a table of unknown columns, without some
select * exclude (secret) from raw
--
* <- raw without secret

# some of a table of unknown columns replaced and renamed
select * replace (amount::int as amount) rename (id as key) from raw
--
amount <- cast raw.amount
key <- rename raw.id
* <- raw without amount, id

# an excluded column of it is not there further up
select secret from (select * exclude (secret) from raw)
--
secret <- ?

# a pattern over unknown columns
select columns('x') from raw
--
* <- raw, ?

# an expression for unknown columns
select columns(*) + 1 from raw
--
* <- ?

# count of a star
select count(*) as n from raw
--
n <-

# the star's columns by their places
select #1 as x, #3 as y from t
--
x <- rename t.a
y <- rename t.c

# two stars
select *, * from (select a from t)
--
a <- copy t.a
a_1 <- rename t.a

# a star and a column of the same name
select *, a + 1 as a from (select a from t)
--
a <- copy t.a
a_1 <- compute t.a
