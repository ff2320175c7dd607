//! The table of functions, and what fills it.
//!
//! What goes on here is what a loader does with a library: take addresses by
//! name, and jump to them. Rust has no safe words for that.
#![allow(unsafe_code)]

use std::arch::global_asm;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Defines each function as a jump to the address in its place of the table.
macro_rules! functions {
    ($($name:literal,)*) => {
        const NAMES: &[&str] = &[$($name),*];

        global_asm!(
            ".pushsection .data.hcdbt_duckdb, \"aw\", @progbits",
            ".balign 8",
            ".globl hcdbt_duckdb_functions",
            ".hidden hcdbt_duckdb_functions",
            "hcdbt_duckdb_functions:",
            $(concat!("hcdbt_to_", $name, ": .quad {not_loaded}"),)*
            ".popsection",
            ".pushsection .text.hcdbt_duckdb, \"ax\", @progbits",
            $(
                concat!(".globl ", $name),
                concat!(".hidden ", $name),
                concat!(".type ", $name, ", @function"),
                concat!($name, ": jmp qword ptr [rip + hcdbt_to_", $name, "]"),
            )*
            ".popsection",
            not_loaded = sym not_loaded,
        );
    };
}

functions! {
    "duckdb_array_type_child_type",
    "duckdb_bind_blob",
    "duckdb_bind_boolean",
    "duckdb_bind_date",
    "duckdb_bind_decimal",
    "duckdb_bind_double",
    "duckdb_bind_float",
    "duckdb_bind_hugeint",
    "duckdb_bind_int16",
    "duckdb_bind_int32",
    "duckdb_bind_int64",
    "duckdb_bind_int8",
    "duckdb_bind_interval",
    "duckdb_bind_null",
    "duckdb_bind_time",
    "duckdb_bind_timestamp",
    "duckdb_bind_uhugeint",
    "duckdb_bind_uint16",
    "duckdb_bind_uint32",
    "duckdb_bind_uint64",
    "duckdb_bind_uint8",
    "duckdb_bind_varchar_length",
    "duckdb_clear_bindings",
    "duckdb_close",
    "duckdb_column_count",
    "duckdb_column_logical_type",
    "duckdb_column_name",
    "duckdb_connect",
    "duckdb_create_config",
    "duckdb_data_chunk_get_size",
    "duckdb_data_chunk_to_arrow",
    "duckdb_decimal_scale",
    "duckdb_decimal_width",
    "duckdb_destroy_arrow_options",
    "duckdb_destroy_config",
    "duckdb_destroy_data_chunk",
    "duckdb_destroy_error_data",
    "duckdb_destroy_extracted",
    "duckdb_destroy_logical_type",
    "duckdb_destroy_prepare",
    "duckdb_destroy_result",
    "duckdb_disconnect",
    "duckdb_error_data_error_type",
    "duckdb_error_data_has_error",
    "duckdb_error_data_message",
    "duckdb_execute_prepared",
    "duckdb_extract_statements",
    "duckdb_extract_statements_error",
    "duckdb_fetch_chunk",
    "duckdb_free",
    "duckdb_get_type_id",
    "duckdb_interrupt",
    "duckdb_list_type_child_type",
    "duckdb_logical_type_get_alias",
    "duckdb_map_type_key_type",
    "duckdb_map_type_value_type",
    "duckdb_nparams",
    "duckdb_open_ext",
    "duckdb_prepare_error",
    "duckdb_prepare_extracted_statement",
    "duckdb_prepared_statement_column_count",
    "duckdb_prepared_statement_column_logical_type",
    "duckdb_prepared_statement_type",
    "duckdb_query",
    "duckdb_result_error",
    "duckdb_result_get_arrow_options",
    "duckdb_rows_changed",
    "duckdb_set_config",
    "duckdb_struct_type_child_count",
    "duckdb_struct_type_child_name",
    "duckdb_struct_type_child_type",
    "duckdb_to_arrow_schema",
    "duckdb_union_type_member_count",
    "duckdb_union_type_member_name",
    "duckdb_union_type_member_type",
}

unsafe extern "C" {
    #[link_name = "hcdbt_duckdb_functions"]
    static FUNCTIONS: [AtomicPtr<c_void>; NAMES.len()];
    fn dlopen(name: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
}

/// Bind functions when they are first called, and let extensions that DuckDB
/// loads find them, as if the library had been linked.
const LAZY_AND_GLOBAL: c_int = 0x1 | 0x100;

/// Stands in the table until the library is there.
extern "C" fn not_loaded() {
    unreachable!("DuckDB is called before its library is loaded");
}

/// Loads the library, once.
pub fn load() -> Result<(), String> {
    static LOADED: OnceLock<Result<(), String>> = OnceLock::new();
    LOADED.get_or_init(fill).clone()
}

fn fill() -> Result<(), String> {
    // SAFETY: the name ends with a zero. The library's initializers are those
    // that run at the program's start when it is linked.
    let library = unsafe { dlopen(c"libduckdb.so".as_ptr(), LAZY_AND_GLOBAL) };
    if library.is_null() {
        return Err(last_error());
    }
    // SAFETY: the table is defined above, with as many places as names.
    let functions = unsafe { &FUNCTIONS };
    for (place, name) in functions.iter().zip(NAMES) {
        let name = CString::new(*name).map_err(|error| error.to_string())?;
        // SAFETY: the library is open and stays so; the name ends with a zero.
        let address = unsafe { dlsym(library, name.as_ptr()) };
        if address.is_null() {
            return Err(last_error());
        }
        place.store(address, Ordering::Release);
    }
    Ok(())
}

fn last_error() -> String {
    // SAFETY: what comes back is null or a text that is this thread's until
    // the next error.
    unsafe {
        let text = dlerror();
        if text.is_null() {
            return "the system does not say why".to_owned();
        }
        CStr::from_ptr(text).to_string_lossy().into_owned()
    }
}
