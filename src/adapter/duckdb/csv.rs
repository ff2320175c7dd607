//! Parquet files from CSV files, through DuckDB.

use ::duckdb::Connection as Driver;
use camino::Utf8Path;

use super::{failure, library, sql_text};
use crate::adapter::{AdapterError, Column, quote_identifier};

/// Writes a CSV file, whose header names `columns` in order, as Parquet. The
/// same file gives the same bytes every time: one thread writes, in the
/// file's order.
pub fn write_parquet(
    csv: &Utf8Path,
    parquet: &Utf8Path,
    columns: &[Column],
) -> Result<(), AdapterError> {
    let types: Vec<String> = columns
        .iter()
        .map(|column| {
            format!(
                "{}: {}",
                sql_text(&column.name),
                sql_text(&column.data_type)
            )
        })
        .collect();
    let names: Vec<String> = columns
        .iter()
        .map(|column| quote_identifier(&column.name))
        .collect();
    let sql = format!(
        "set threads = 1;\n\
         copy (select {} from read_csv({}, header = true, auto_detect = false, delim = ',', \
         quote = '\"', escape = '\"', nullstr = '', columns = {{{}}})) to {} \
         (format parquet, compression zstd, row_group_size 100000)",
        names.join(", "),
        sql_text(csv.as_str()),
        types.join(", "),
        sql_text(parquet.as_str()),
    );
    library::load()?;
    let driver = Driver::open_in_memory().map_err(|error| failure::of(&error, None))?;
    driver
        .execute_batch("set errors_as_json = true")
        .and_then(|()| driver.execute_batch(&sql))
        .map_err(|error| failure::of(&error, Some(&sql)))
}
