-- t(a, b, c)
-- u(a, k, v)
-- w(k, name)
-- raw
-- other

# an inner join
select t.b, u.k from t join u on t.a = u.a
--
b <- copy t.b
k <- copy u.k
rows <- join_key t.a, join_key u.a

# a left join of two keys
select t.b from t left join u on t.a = u.a and t.b = u.k
--
b <- copy t.b
rows <- join_key t.a, join_key t.b, join_key u.a, join_key u.k

# the parts of a condition have their own places
select t.b from t join u on t.a = u.a and t.c > u.v
--
b <- copy t.b
rows <- join_key t.a [t.a = u.a], join_key t.c [t.c > u.v], join_key u.a [t.a = u.a], join_key u.v [t.c > u.v]

# a join condition with a constant
select t.b from t join u on t.a = u.a and u.v = 1
--
b <- copy t.b
rows <- join_key t.a, join_key u.a, join_key u.v

# a computed key
select t.b from t join u on upper(t.a) = u.a || 'x'
--
b <- copy t.b
rows <- join_key t.a, join_key u.a

# using has one column
select a, b, k from t join u using (a)
--
a <- copy t.a
b <- copy t.b
k <- copy u.k
rows <- join_key t.a, join_key u.a

# using in a left join is the left column
select * from t left join u using (a)
--
a <- copy t.a
b <- copy t.b
c <- copy t.c
k <- copy u.k
v <- copy u.v
rows <- join_key t.a, join_key u.a

# using in a right join is the right column
select a, b from t right join u using (a)
--
a <- copy u.a
b <- copy t.b
rows <- join_key t.a, join_key u.a

# using in a full join is either
select a from t full join u using (a)
--
a <- compute t.a, compute u.a
rows <- join_key t.a, join_key u.a

# a qualified column of using is that table's
select t.a as x, u.a as y from t full join u using (a)
--
x <- rename t.a
y <- rename u.a
rows <- join_key t.a, join_key u.a

# using has its place
select b from t left join u using (a) where c = 1
--
b <- copy t.b
rows <- filter t.c [c = 1], join_key t.a [left join u using (a)], join_key u.a [left join u using (a)]

# using twice
select a, k, name from t join u using (a) join w using (k)
--
a <- copy t.a
k <- copy u.k
name <- copy w.name
rows <- join_key t.a, join_key u.a, join_key u.k, join_key w.k

# using of three tables
select * from t join u using (a) left join (select a, k as z from u) as x using (a)
--
a <- copy t.a
b <- copy t.b
c <- copy t.c
k <- copy u.k
v <- copy u.v
z <- rename u.k
rows <- join_key t.a, join_key u.a

# a natural join
select * from u natural join w
--
a <- copy u.a
k <- copy u.k
v <- copy u.v
name <- copy w.name
rows <- join_key u.k, join_key w.k

# a natural join of unknown columns
select x from raw natural join other
--
x <- ?
rows <- ?

# a cross join
select t.a, w.name from t cross join w
--
a <- copy t.a
name <- copy w.name

# a comma
select b, name from t, w where t.a = w.k
--
b <- copy t.b
name <- copy w.name
rows <- filter t.a, filter w.k

# a self join
select x.b as one, y.b as two from t as x join t as y on x.a = y.c
--
one <- rename t.b
two <- rename t.b
rows <- join_key t.a, join_key t.c

# a semi join gives the left side
select * from t semi join u using (a)
--
a <- copy t.a
b <- copy t.b
c <- copy t.c
rows <- join_key t.a, join_key u.a

# an anti join
select b from t anti join u on t.a = u.a
--
b <- copy t.b
rows <- join_key t.a, join_key u.a

# a positional join
select t.a, w.name from t positional join w
--
a <- copy t.a
name <- copy w.name

# an asof join
select t.b, u.v from t asof join u on t.a = u.a and t.c >= u.k
--
b <- copy t.b
v <- copy u.v
rows <- join_key t.a, join_key t.c, join_key u.a, join_key u.k

# an asof left join with using
select * from u asof left join (select a, k, b from t, (select k as k from w)) using (a, k)
--
a <- copy u.a
k <- copy u.k
v <- copy u.v
b <- copy t.b
rows <- join_key t.a, join_key u.a, join_key u.k, join_key w.k

# a join of a subquery
select t.b, s.n from t join (select a, count(*) as n from u where v > 1 group by a) as s on s.a = t.a
--
b <- copy t.b
n <-
rows <- join_key t.a, group_key u.a, join_key u.a, filter u.v

# a star of a join has both keys
select * from t join u on t.a = u.a
--
a <- copy t.a
b <- copy t.b
c <- copy t.c
a_1 <- rename u.a
k <- copy u.k
v <- copy u.v
rows <- join_key t.a, join_key u.a

# the second of two columns of one name, further up
with j as (select * from t join u on t.a = u.a) select a_1 as other from j
--
other <- rename u.a
rows <- join_key t.a, join_key u.a

# tables of unknown columns are told apart by their names
select r.x, o.y from raw r join other o on r.id = o.id
--
x <- copy raw.x
y <- copy other.y
rows <- join_key other.id, join_key raw.id

# an unqualified column of two tables of unknown columns is not known
select x from raw r join other o on r.id = o.id
--
x <- ?
rows <- join_key other.id, join_key raw.id

# a column that a known table has is that table's
select b, x from t join raw on t.a = raw.id
--
b <- copy t.b
x <- copy raw.x
rows <- join_key raw.id, join_key t.a

# using with a table of unknown columns
select a, b, x from t join raw using (a)
--
a <- copy t.a
b <- copy t.b
x <- copy raw.x
rows <- join_key raw.a, join_key t.a

# a star of a table of unknown columns after using
with j as (select * from t join raw using (a)) select a, b, x from j
--
a <- copy t.a
b <- copy t.b
x <- copy raw.x
rows <- join_key raw.a, join_key t.a

# joins in brackets
select t.b, w.name from t join (u join w on u.k = w.k) on t.a = u.a
--
b <- copy t.b
name <- copy w.name
rows <- join_key t.a, join_key u.a, join_key u.k, join_key w.k

# a join with an alias of its own
select j.b, j.name from (t cross join w) as j
--
b <- copy t.b
name <- copy w.name

# a range join
select t.b from t join u on t.a between u.a and u.k
--
b <- copy t.b
rows <- join_key t.a, join_key u.a, join_key u.k

# a join on or
select t.b from t join u on t.a = u.a or t.b = u.k
--
b <- copy t.b
rows <- join_key t.a, join_key t.b, join_key u.a, join_key u.k

# a right join keeps both keys apart
select t.a, u.a as x from t right join u on t.a = u.a
--
a <- copy t.a
x <- rename u.a
rows <- join_key t.a, join_key u.a

# coalesce of both sides
select coalesce(t.a, u.a) as a from t full outer join u on t.a = u.a
--
a <- compute t.a, compute u.a
rows <- join_key t.a, join_key u.a

# a join on true
select b, k from t join u on true
--
b <- copy t.b
k <- copy u.k
