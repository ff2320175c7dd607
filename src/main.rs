//! The `hcdbt` program.

/// Projects are made of very many small texts, which all threads make and
/// drop.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    std::process::exit(hcdbt::run(std::env::args_os()));
}
