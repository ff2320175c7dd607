//! The `hcdbt` program.

fn main() {
    std::process::exit(hcdbt::run(std::env::args_os()));
}
