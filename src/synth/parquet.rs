//! Writes Parquet files, plain and uncompressed.
//!
//! A file written through a database or a library changes its bytes whenever
//! that changes its version. The subset written here is small: one row group,
//! one page per column, `PLAIN` values, no compression and no statistics. The
//! layout follows the Apache Parquet format specification; its metadata is
//! Thrift in the compact protocol.

use super::day::Day;

/// A named column with all of its values. Every column may hold nulls.
pub struct Column {
    pub name: &'static str,
    pub values: Values,
}

pub enum Values {
    Text(Vec<Option<String>>),
    Integer(Vec<Option<i32>>),
    Date(Vec<Option<Day>>),
    Boolean(Vec<Option<bool>>),
}

const MAGIC: &[u8] = b"PAR1";

/// Returns the bytes of a file with these columns, which are of equal length.
pub fn write_parquet(columns: &[Column]) -> Vec<u8> {
    let rows = columns.first().map_or(0, |column| column.values.len());
    debug_assert!(columns.iter().all(|column| column.values.len() == rows));

    let mut file = MAGIC.to_vec();
    let mut chunks = Vec::with_capacity(columns.len());
    for column in columns {
        let offset = file.len();
        let page = column.values.page();
        file.extend(page_header(page.len(), rows));
        file.extend(&page);
        chunks.push(Chunk {
            column,
            offset,
            size: file.len() - offset,
        });
    }
    let metadata = file_metadata(&chunks, rows);
    file.extend(&metadata);
    file.extend((metadata.len() as u32).to_le_bytes());
    file.extend(MAGIC);
    file
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Values::Text(values) => values.len(),
            Values::Integer(values) => values.len(),
            Values::Date(values) => values.len(),
            Values::Boolean(values) => values.len(),
        }
    }

    /// Returns the page's contents: which values are there, then the values.
    fn page(&self) -> Vec<u8> {
        let mut page = Vec::new();
        match self {
            Values::Text(values) => {
                page.extend(definition_levels(values));
                for value in values.iter().flatten() {
                    page.extend((value.len() as u32).to_le_bytes());
                    page.extend(value.as_bytes());
                }
            }
            Values::Integer(values) => {
                page.extend(definition_levels(values));
                for value in values.iter().flatten() {
                    page.extend(value.to_le_bytes());
                }
            }
            Values::Date(values) => {
                page.extend(definition_levels(values));
                for value in values.iter().flatten() {
                    page.extend(value.0.to_le_bytes());
                }
            }
            Values::Boolean(values) => {
                page.extend(definition_levels(values));
                let present: Vec<bool> = values.iter().flatten().copied().collect();
                page.extend(pack_bits(&present));
            }
        }
        page
    }

    /// The physical type's number in the format's `Type` enumeration.
    fn physical_type(&self) -> i64 {
        match self {
            Values::Boolean(_) => 0,
            Values::Integer(_) | Values::Date(_) => 1,
            Values::Text(_) => 6,
        }
    }

    /// The number in `ConvertedType` that gives the physical type its meaning.
    fn converted_type(&self) -> Option<i64> {
        match self {
            Values::Text(_) => Some(0),
            Values::Date(_) => Some(6),
            Values::Integer(_) | Values::Boolean(_) => None,
        }
    }
}

/// Encodes which values are present as one bit-packed run of the hybrid
/// encoding, preceded by its length.
fn definition_levels<T>(values: &[Option<T>]) -> Vec<u8> {
    let present: Vec<bool> = values.iter().map(Option::is_some).collect();
    let groups_of_eight = present.len().div_ceil(8);
    let mut run = Vec::new();
    write_varint(&mut run, (groups_of_eight as u64) << 1 | 1);
    run.extend(pack_bits(&present));
    let mut levels = (run.len() as u32).to_le_bytes().to_vec();
    levels.extend(run);
    levels
}

/// Packs bits into bytes, the lowest bit first.
fn pack_bits(bits: &[bool]) -> Vec<u8> {
    bits.chunks(8)
        .map(|chunk| {
            chunk
                .iter()
                .enumerate()
                .fold(0, |byte, (place, bit)| byte | u8::from(*bit) << place)
        })
        .collect()
}

struct Chunk<'a> {
    column: &'a Column,
    offset: usize,
    size: usize,
}

// Numbers of the format's enumerations.
const DATA_PAGE: i64 = 0;
const OPTIONAL: i64 = 1;
const PLAIN: i64 = 0;
const RLE: i64 = 3;
const UNCOMPRESSED: i64 = 0;

fn page_header(size: usize, rows: usize) -> Vec<u8> {
    let mut header = Thrift::default();
    header.integer(1, Kind::I32, DATA_PAGE);
    header.integer(2, Kind::I32, size as i64);
    header.integer(3, Kind::I32, size as i64);
    header.structure(5, |data_page| {
        data_page.integer(1, Kind::I32, rows as i64);
        data_page.integer(2, Kind::I32, PLAIN);
        data_page.integer(3, Kind::I32, RLE);
        data_page.integer(4, Kind::I32, RLE);
    });
    header.finish()
}

fn file_metadata(chunks: &[Chunk<'_>], rows: usize) -> Vec<u8> {
    let mut metadata = Thrift::default();
    metadata.integer(1, Kind::I32, 1);
    metadata.list(2, Kind::Struct, chunks.len() + 1);
    metadata.element(|root| {
        root.text(4, "schema");
        root.integer(5, Kind::I32, chunks.len() as i64);
    });
    for chunk in chunks {
        metadata.element(|column| {
            column.integer(1, Kind::I32, chunk.column.values.physical_type());
            column.integer(3, Kind::I32, OPTIONAL);
            column.text(4, chunk.column.name);
            if let Some(converted) = chunk.column.values.converted_type() {
                column.integer(6, Kind::I32, converted);
            }
        });
    }
    metadata.integer(3, Kind::I64, rows as i64);
    metadata.list(4, Kind::Struct, 1);
    metadata.element(|row_group| {
        row_group.list(1, Kind::Struct, chunks.len());
        for chunk in chunks {
            row_group.element(|column| {
                column.integer(2, Kind::I64, chunk.offset as i64);
                column.structure(3, |about| column_metadata(about, chunk, rows));
            });
        }
        let total: usize = chunks.iter().map(|chunk| chunk.size).sum();
        row_group.integer(2, Kind::I64, total as i64);
        row_group.integer(3, Kind::I64, rows as i64);
    });
    metadata.text(6, "hcdbt synth");
    metadata.finish()
}

fn column_metadata(about: &mut Thrift, chunk: &Chunk<'_>, rows: usize) {
    about.integer(1, Kind::I32, chunk.column.values.physical_type());
    about.list(2, Kind::I32, 2);
    about.item(PLAIN);
    about.item(RLE);
    about.list(3, Kind::Binary, 1);
    about.bytes(chunk.column.name.as_bytes());
    about.integer(4, Kind::I32, UNCOMPRESSED);
    about.integer(5, Kind::I64, rows as i64);
    about.integer(6, Kind::I64, chunk.size as i64);
    about.integer(7, Kind::I64, chunk.size as i64);
    about.integer(9, Kind::I64, chunk.offset as i64);
}

/// The compact protocol's type numbers.
#[derive(Clone, Copy)]
enum Kind {
    I32 = 5,
    I64 = 6,
    Binary = 8,
    List = 9,
    Struct = 12,
}

/// A Thrift structure in the compact protocol, as it is written.
#[derive(Default)]
struct Thrift {
    bytes: Vec<u8>,
    last_field: i16,
}

impl Thrift {
    fn integer(&mut self, field: i16, kind: Kind, value: i64) {
        self.field(field, kind);
        self.item(value);
    }

    fn text(&mut self, field: i16, text: &str) {
        self.field(field, Kind::Binary);
        self.bytes(text.as_bytes());
    }

    fn structure(&mut self, field: i16, write: impl FnOnce(&mut Thrift)) {
        self.field(field, Kind::Struct);
        self.element(write);
    }

    /// Begins a list; its elements follow.
    fn list(&mut self, field: i16, kind: Kind, length: usize) {
        self.field(field, Kind::List);
        if length < 15 {
            self.bytes.push((length as u8) << 4 | kind as u8);
        } else {
            self.bytes.push(0xf0 | kind as u8);
            write_varint(&mut self.bytes, length as u64);
        }
    }

    fn element(&mut self, write: impl FnOnce(&mut Thrift)) {
        let mut inner = Thrift::default();
        write(&mut inner);
        self.bytes.extend(inner.finish());
    }

    fn item(&mut self, value: i64) {
        write_varint(&mut self.bytes, ((value << 1) ^ (value >> 63)) as u64);
    }

    fn bytes(&mut self, bytes: &[u8]) {
        write_varint(&mut self.bytes, bytes.len() as u64);
        self.bytes.extend(bytes);
    }

    /// Writes a field's head. Fields come in rising order with small gaps, so
    /// that the short form is always enough.
    fn field(&mut self, field: i16, kind: Kind) {
        let step = field - self.last_field;
        debug_assert!((1..=15).contains(&step));
        self.bytes.push((step as u8) << 4 | kind as u8);
        self.last_field = field;
    }

    fn finish(mut self) -> Vec<u8> {
        self.bytes.push(0);
        self.bytes
    }
}

fn write_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}
