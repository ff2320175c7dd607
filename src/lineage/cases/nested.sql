-- t(a, b, c, l)
-- u(a, k)
-- s(id, p STRUCT(x INTEGER; "y z" VARCHAR; q STRUCT(r DATE)), list STRUCT(x INTEGER)[])
-- raw

# a field by dots
select p.x from s
--
x <- compute s.p

# a field by brackets
select p['x'] as x from s
--
x <- compute s.p

# a field of a bracketed column
select (p).x as x from s
--
x <- compute s.p

# a field of a qualified column
select s.p.q.r as r from s
--
r <- compute s.p

# a table that is called as a column
select p.x from (select id as x from s) as p
--
x <- rename s.id

# a struct made here
select {'x': a, 'y': b} as p from t
--
p <- compute t.a, compute t.b

# its fields are only what went in
select p.x as one, p.y as two from (select {'x': a, 'y': b + c} as p from t)
--
one <- rename t.a
two <- compute t.b, compute t.c

# struct_pack and struct_extract
select struct_extract(p, 'x') as x from (select struct_pack(x := a, y := b) as p from t)
--
x <- rename t.a

# a struct in a struct
select p.q.r as r from (select {'q': {'r': a, 's': b}} as p from t)
--
r <- rename t.a

# an unknown field of a struct made here
select p.z as z from (select {'x': a} as p from t)
--
z <- compute t.a

# a row
select row(a, b) as r from t
--
r <- compute t.a, compute t.b

# unnest of a struct gives its fields
select id, unnest(p) from s
--
id <- copy s.id
x <- compute s.p
y z <- compute s.p
q <- compute s.p

# unnest of a struct in depth
select unnest(p, recursive := true) from s
--
x <- compute s.p
y z <- compute s.p
r <- compute s.p

# unnest of a struct made here
select unnest({'x': a, 'y': b + 1}) from t
--
x <- rename t.a
y <- compute t.b

# unnest of a list
select a, unnest(l) as e from t
--
a <- copy t.a
e <- compute t.l
rows <- filter t.l

# unnest in the from
select t.a, x.e from t, unnest(t.l) as x(e)
--
a <- copy t.a
e <- compute t.l
rows <- filter t.l

# unnest in the from without names
select a, unnest from t, unnest(l)
--
a <- copy t.a
unnest <- compute t.l
rows <- filter t.l

# unnest with a number
select e, n from t, unnest(l) with ordinality as x(e, n)
--
e <- compute t.l
n <-
rows <- filter t.l

# a cross join of unnest
select a, e from t cross join unnest(l) as x(e) where e > 1
--
a <- copy t.a
e <- compute t.l
rows <- filter t.l, filter t.l

# fields of list elements
select id, e.x as x from s, unnest(list) as u(e)
--
id <- copy s.id
x <- compute s.list
rows <- filter s.list

# elements and slices
select l[1] as first, l[2:3] as part, l[a] as any from t
--
first <- compute t.l
part <- compute t.l
any <- compute t.l, compute t.a

# lists made here
select [a, b] as l, list_value(a, c) as m from t
--
l <- compute t.a, compute t.b
m <- compute t.a, compute t.c

# maps
select map {a: b} as m, map([a], [c]) as n, m['x'] as v from (select *, map {a: b} as m from t)
--
m <- compute t.a, compute t.b
n <- compute t.a, compute t.c
v <- compute t.a, compute t.b

# a lambda
select list_transform(l, x -> x + 1) as m from t
--
m <- compute t.l

# a lambda that uses a column
select list_transform(l, x -> x + a) as m from t
--
m <- compute t.l, compute t.a

# a parameter hides a column
select list_transform(l, a -> a + 1) as m from t
--
m <- compute t.l

# a lambda of two parameters
select list_reduce(l, lambda x, y: x + y + b) as m from t
--
m <- compute t.l, compute t.b

# a lambda within a lambda
select list_transform(l, x -> list_transform(c, y -> x + y + b)) as m from t
--
m <- compute t.l, compute t.c, compute t.b

# filtering a list
select list_filter(l, x -> x > a) as m from t
--
m <- compute t.l, compute t.a

# a list comprehension
select [x + b for x in l if x > a] as m from t
--
m <- compute t.l, compute t.a, compute t.b

# json
select a ->> '$.x' as x, json_extract(b, '$.y') as y from t
--
x <- compute t.a
y <- compute t.b

# json with a cast
select (a -> 'x')::int as x from t
--
x <- compute t.a

# json of a qualified column, within a function
select coalesce(t.a -> 'x', upper(b) -> 'y') as x from t
--
x <- compute t.a, compute t.b

# json_each in the from
select t.a, j.key, j.value from t, json_each(t.b) as j
--
a <- copy t.a
key <- compute t.b
value <- compute t.b
rows <- filter t.b

# a struct of a table of unknown columns
select r.payload.id as id from raw as r
--
id <- compute raw.payload

# a list aggregated and taken apart again
select unnest(list(a)) as x from t
--
x <- aggregate t.a
rows <- filter t.a

# list aggregates of lists
select list_sum(l) as s, len(l) as n, array_to_string(l, ',') as x from t
--
s <- compute t.l
n <- compute t.l
x <- compute t.l

# the whole row as a struct
select x.b as b from (select t as x from t)
--
b <- copy t.b

# a struct of all columns
select struct_pack(*columns(*)) as r from u
--
r <- compute u.a, compute u.k

# a struct through an expression
with x as (select {'a': a, 'b': b} as p from t), y as (select p from x) select p.b as z from y
--
z <- rename t.b
