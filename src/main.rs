//! The `hcdbt` program.

use std::ffi::c_long;

/// Projects are made of very many small texts, which all threads make and
/// drop, and so are the trees and plans of DuckDB, whose library finds this
/// allocator under the names of the C library's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The allocator's option of this delay; its crate has no name for it.
const PURGE_DELAY: libmimalloc_sys::mi_option_t = 15;

/// How long memory that is not used stays with the program, in milliseconds. Phases of a command leave
/// much behind within a second, the allocator's own delay, which would add to what the next one takes.
const KEEP_UNUSED: c_long = 50;

fn main() {
    keep_unused_memory_shortly();
    std::process::exit(hcdbt::run(std::env::args_os()));
}

#[expect(unsafe_code, reason = "the allocator takes settings in C alone")]
fn keep_unused_memory_shortly() {
    // SAFETY: it sets a number that is read whenever memory becomes free.
    unsafe { libmimalloc_sys::mi_option_set(PURGE_DELAY, KEEP_UNUSED) }
}
