//! Templates against what dbt makes of them.

mod cases;
mod shipped;
mod standard;
