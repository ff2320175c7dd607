-- t(a, b, c)
-- u(a, k)
-- raw

# one
with x as (select a, b from t) select a, b from x
--
a <- copy t.a
b <- copy t.b

# a name given in the expression
with x as (select a as y from t) select y from x
--
y <- rename t.a

# a name given and taken back
with x as (select a as y from t) select y as a from x
--
a <- copy t.a

# names after the expression's name
with x(p, q) as (select a, b from t) select q, p from x
--
q <- rename t.b
p <- rename t.a

# fewer names than columns
with x(p) as (select a, b from t) select * from x
--
p <- rename t.a
b <- copy t.b

# a chain
with x as (select a + 1 as y from t), z as (select y * 2 as w from x) select w from z
--
w <- compute t.a [a + 1] [y * 2]

# the strongest of a chain counts
with x as (select sum(a) as s from t), y as (select s::int as i from x) select i + 1 as r from y
--
r <- aggregate t.a

# a cast, then handed on
with x as (select a::int as a from t) select a as z from x
--
z <- cast t.a

# rows of every step
with x as (select * from t where a > 1), y as (select * from x where b > 2) select c from y
--
c <- copy t.c
rows <- filter t.a, filter t.b

# an expression that nobody reads does not count
with unused as (select * from u where k > 1) select a from t
--
a <- copy t.a

# read twice
with x as (select a, b from t where c = 1) select l.a, r.b from x l join x r on l.a = r.a
--
a <- copy t.a
b <- copy t.b
rows <- join_key t.a, filter t.c

# an expression that is called as the table it reads
with t as (select a as z from t) select z from t
--
z <- rename t.a

# an expression hides a table
with u as (select a as k from t) select k from u
--
k <- rename t.a

# a later expression reads an earlier one
with x as (select a from t), y as (select a from x), z as (select a from x) select y.a as p, z.a as q from y, z
--
p <- rename t.a
q <- rename t.a

# within a subquery
select s.y from (with x as (select a as y from t) select y from x) as s
--
y <- rename t.a

# within an expression
with x as (with y as (select a from t where b = 1) select a from y) select a from x
--
a <- copy t.a
rows <- filter t.b

# an inner one hides an outer one
with x as (select a as v from t) select v from (with x as (select b as v from t) select v from x)
--
v <- rename t.b

# a star over a star over a star
with x as (select * from t), y as (select * from x), z as (select * from y) select * from z
--
a <- copy t.a
b <- copy t.b
c <- copy t.c

# a star of a table of unknown columns
with x as (select * from raw), y as (select *, amount * 2 as twice from x where kind = 'k') select id, twice from y
--
id <- copy raw.id
twice <- compute raw.amount
rows <- filter raw.kind

# all of a table of unknown columns
with x as (select * from raw) select * from x
--
* <- raw

# materialized or not
with x as materialized (select a from t), y as not materialized (select a from x) select a from y
--
a <- copy t.a

# two stars in one
with x as (select * from t), y as (select * from u) select x.*, y.k from x join y on x.a = y.a
--
a <- copy t.a
b <- copy t.b
c <- copy t.c
k <- copy u.k
rows <- join_key t.a, join_key u.a

# the usual shape of a model
with source as (select * from raw), renamed as (select id as claim_id, cast(paid as double) as paid_amount, trim(kind) as kind from source), final as (select * from renamed where claim_id is not null) select * from final
--
claim_id <- rename raw.id
paid_amount <- cast raw.paid
kind <- compute raw.kind
rows <- filter raw.id

# an expression within a common one refers to the outer query
select a, (with x as (select k from u where u.a = t.a) select max(k) from x) as m from t
--
a <- copy t.a
m <- filter t.a, aggregate u.k, filter u.a

# a union in an expression
with x as (select a as v from t union all select k from u) select v from x
--
v <- rename t.a, rename u.k

# values in an expression
with x(p, q) as (values (1, 2), (3, 4)) select p, q, a from x, t
--
p <-
q <-
a <- copy t.a

# ordering within an expression
with x as (select a from t order by b limit 10) select a from x
--
a <- copy t.a
rows <- order t.b
