-- in snowflake
-- t(a, b, c)

# stars and qualify
select * exclude (c) rename (a as x) from t qualify row_number() over (partition by a order by b) = 1
--
x <- rename t.a
b <- copy t.b
rows <- filter t.a, filter t.b

# functions of the engine
select iff(a > 1, b, c) as x, nvl(a, b) as y, a:field::string as z from t
--
x <- compute t.a, compute t.b, compute t.c
y <- compute t.a, compute t.b
z <- ?
