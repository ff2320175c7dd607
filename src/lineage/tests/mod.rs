mod cases;
mod impact;
mod project;
