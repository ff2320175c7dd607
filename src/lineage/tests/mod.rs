mod cases;
mod project;
