-- t(a, b, c, d)
-- u(a, k, v)
-- m(id, jan, feb, mar)
-- raw

# a pivot
select * from t pivot (sum(c) for b in ('x', 'y') group by a)
--
a <- copy t.a
x <- aggregate t.c, filter t.b
y <- aggregate t.c, filter t.b
rows <- group_key t.a

# names for the values
select * from t pivot (sum(c) for b in ('x' as one, 'y' as two) group by a)
--
a <- copy t.a
one <- aggregate t.c, filter t.b
two <- aggregate t.c, filter t.b
rows <- group_key t.a

# a named aggregate
select * from t pivot (sum(c) as s for b in (1) group by a)
--
a <- copy t.a
1_s <- aggregate t.c, filter t.b
rows <- group_key t.a

# all other columns are groups
select * from t pivot (sum(c) for b in (1, 2))
--
a <- copy t.a
d <- copy t.d
1 <- aggregate t.c, filter t.b
2 <- aggregate t.c, filter t.b
rows <- group_key t.a, group_key t.d

# the statement
pivot t on b in (1, 2) using sum(c) group by a
--
a <- copy t.a
1 <- aggregate t.c, filter t.b
2 <- aggregate t.c, filter t.b
rows <- group_key t.a

# two columns of values
pivot t on a in (1, 2), b in (3) using sum(c) group by d
--
d <- copy t.d
1_3 <- aggregate t.c, filter t.a, filter t.b
2_3 <- aggregate t.c, filter t.a, filter t.b
rows <- group_key t.d

# a pivot of a subquery
select x, p.id from (select a as id, b, c from t where d = 1) pivot (max(c) for b in ('x')) as p
--
x <- aggregate t.c, filter t.b
id <- rename t.a
rows <- group_key t.a, filter t.d

# a pivot of an expression
with s as (select a, b, c * 2 as amount from t) select * from s pivot (sum(amount) for b in ('x'))
--
a <- copy t.a
x <- aggregate t.c, filter t.b
rows <- group_key t.a

# a pivot of unknown columns with its groups
select * from raw pivot (sum(amount) for kind in ('x') group by id)
--
id <- copy raw.id
x <- aggregate raw.amount, filter raw.kind
rows <- group_key raw.id

# two aggregates
select * from u pivot (sum(v) as s, count(*) as n for k in (1) group by a)
--
a <- copy u.a
1_s <- aggregate u.v, filter u.k
1_n <- filter u.k
rows <- group_key u.a

# an unpivot
select * from m unpivot (amount for month in (jan, feb, mar))
--
id <- copy m.id
month <-
amount <- rename m.jan, rename m.feb, rename m.mar
rows <- filter m.jan, filter m.feb, filter m.mar

# the statement of it
unpivot m on jan, feb into name month value amount
--
id <- copy m.id
mar <- copy m.mar
month <-
amount <- rename m.jan, rename m.feb
rows <- filter m.jan, filter m.feb

# several values at once
unpivot m on (jan, feb), (feb, mar) into name pair value one, two
--
id <- copy m.id
pair <-
one <- rename m.jan, rename m.feb
two <- rename m.feb, rename m.mar
rows <- filter m.jan, filter m.feb, filter m.mar

# an unpivot of a star
unpivot m on columns(* exclude (id)) into name month value amount
--
id <- copy m.id
month <-
amount <- rename m.jan, rename m.feb, rename m.mar
rows <- filter m.jan, filter m.feb, filter m.mar

# an unpivot of unknown columns
select id, amount from raw unpivot (amount for month in (jan, feb))
--
id <- copy raw.id
amount <- rename raw.jan, rename raw.feb
rows <- filter raw.jan, filter raw.feb

# further up
with x as (select * from m unpivot include nulls (amount for month in (jan, feb))) select month, amount::int as amount from x where month = 'jan'
--
month <-
amount <- cast m.jan, cast m.feb

# an unpivot of a subquery
select * from (select id, jan + 1 as j from m) unpivot (v for n in (j))
--
id <- copy m.id
n <-
v <- compute m.jan
rows <- filter m.jan

# conditional aggregates, a pivot by hand
select a, sum(case when b = 'x' then c end) as x, sum(c) filter (where b = 'y') as y from t group by a
--
a <- copy t.a
x <- aggregate t.b, aggregate t.c
y <- aggregate t.c, filter t.b
rows <- group_key t.a

# values that only the rows tell
select a, x, x + 1 as y from (pivot t on b using sum(c) group by a)
--
a <- copy t.a
x <- aggregate t.c, filter t.b
y <- aggregate t.c, filter t.b
rows <- group_key t.a

# columns that only the rows tell
with p as (pivot t on b, lower(d) using sum(c) as s group by a) select * from p
--
a <- copy t.a
* <- ?
rows <- group_key t.a

# values that a query tells
select a, x from (pivot t on b in (select k from u where k > 1) using sum(c) group by a)
--
a <- copy t.a
x <- aggregate t.c, filter t.b
rows <- group_key t.a
