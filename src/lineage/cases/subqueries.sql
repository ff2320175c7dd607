-- t(a, b, c)
-- u(a, k, v)
-- w(k, name)
-- raw

# in the from
select x.a from (select a, b from t) as x
--
a <- copy t.a

# without an alias
select a from (select a, b from t)
--
a <- copy t.a

# three deep
select z from (select y as z from (select x as y from (select a as x from t)))
--
z <- rename t.a

# columns named by the alias
select q from (select a, b from t) as x(p, q)
--
q <- rename t.b

# a scalar one
select (select max(k) from u) as m from t
--
m <- aggregate u.k

# a scalar one that hands a value on
select a, (select name from w where w.k = t.b) as name from t
--
a <- copy t.a
name <- copy w.name, filter t.b, filter w.k

# a correlated one by an unqualified name
select (select max(k) from u where v = b) as m from t
--
m <- aggregate u.k, filter u.v, filter t.b

# the inner table has the column
select (select max(k) from u where a = 1) as m from t
--
m <- aggregate u.k, filter u.a

# computed with
select a + (select min(k) from u) as x from t
--
x <- compute t.a, aggregate u.k

# exists
select a from t where exists (select 1 from u where u.a = t.a)
--
a <- copy t.a
rows <- filter t.a, filter u.a

# not exists
select a from t where not exists (select * from u where u.a = t.b and u.v > 1)
--
a <- copy t.a
rows <- filter t.b, filter u.a, filter u.v

# exists as a value
select exists (select 1 from u where u.a = t.a) as has from t
--
has <- filter t.a, filter u.a

# in
select a from t where b in (select k from u where v = 1)
--
a <- copy t.a
rows <- filter t.b, filter u.k, filter u.v

# not in
select a from t where b not in (select k from u)
--
a <- copy t.a
rows <- filter t.b, filter u.k

# in as a value
select b in (select k from u) as has from t
--
has <- compute t.b, compute u.k

# any and all
select a from t where b > all (select k from u) or c = any (select v from u)
--
a <- copy t.a
rows <- filter t.b, filter t.c, filter u.k, filter u.v

# in a condition of a join
select t.a from t join u on t.a = (select max(k) from w)
--
a <- copy t.a
rows <- join_key t.a, join_key w.k

# in having
select a, count(*) as n from t group by a having count(*) > (select avg(k) from u)
--
a <- copy t.a
n <-
rows <- group_key t.a, filter u.k

# in order by
select a from t order by (select max(k) from u where u.a = t.a)
--
a <- copy t.a
rows <- order t.a, order u.a, order u.k

# in limit
select a from t limit (select max(k) from u)
--
a <- copy t.a
rows <- filter u.k

# in a case
select case when a in (select k from u) then b end as x from t
--
x <- compute t.a, compute t.b, compute u.k

# two deep, referring to the outermost
select (select max(k) from u where u.a in (select k from w where w.name = t.c)) as m from t
--
m <- aggregate u.k, filter u.a, filter w.k, filter w.name, filter t.c

# a list of rows
select array(select k from u where u.a = t.a order by v) as list from t
--
list <- aggregate u.k, filter u.a, filter t.a, order u.v

# rows of a subquery in the from count for all
select x.a, u.k from (select a from t where b = 1) as x, u
--
a <- copy t.a
k <- copy u.k
rows <- filter t.b

# a limit within
select a from (select a from t order by b limit 1)
--
a <- copy t.a
rows <- order t.b

# a subquery as an argument
select coalesce(a, (select k from u limit 1)) as x from t
--
x <- compute t.a, compute u.k

# lateral
select t.a, x.m from t, lateral (select max(k) as m from u where u.a = t.a) as x
--
a <- copy t.a
m <- aggregate u.k
rows <- filter t.a, filter u.a

# lateral without the word
select t.a, x.m from t, (select t.b + k as m from u) as x
--
a <- copy t.a
m <- compute t.b, compute u.k

# a left join lateral
select t.a, x.n from t left join lateral (select name as n from w where w.k = t.b limit 1) as x on true
--
a <- copy t.a
n <- rename w.name
rows <- filter t.b, filter w.k

# a lateral of a lateral
select z.q from t, lateral (select t.a + 1 as p) as y, lateral (select y.p * t.b as q) as z
--
q <- compute t.a, compute t.b

# a table of unknown columns within
select a, (select max(x.amount) from raw as x where x.id = t.a) as m from t
--
a <- copy t.a
m <- aggregate raw.amount, filter raw.id, filter t.a

# a name that either of them may have is not clear
select a, (select max(amount) from raw where id = b) as m from t
--
a <- copy t.a
m <- aggregate raw.amount, filter raw.id, ?

# a row of two in a subquery
select a from t where (a, b) in (select k, v from u)
--
a <- copy t.a
rows <- filter t.a, filter t.b, filter u.k, filter u.v
