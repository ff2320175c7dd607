mod following;
