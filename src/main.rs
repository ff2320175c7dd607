//! The `hcdbt` program.

/// Projects are made of very many small texts, which all threads make and
/// drop, and so are the trees and plans of DuckDB, whose library finds this
/// allocator under the names of the C library's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    std::process::exit(hcdbt::run(std::env::args_os()));
}
