mod following;
mod ways;
