//! The parts of the data that the page reads when somebody wants them.
//!
//! Each is JSON, deflated, in base64: as text it ends no element and is small enough to mail.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use rayon::prelude::*;
use serde::Serialize;

/// How much JSON the page reads at once when a node is opened.
const CHUNK_BYTES: usize = 256 * 1024;

/// How many items are made at once by one core; the pieces are then joined.
const PIECE: usize = 64;

/// A part with its name.
pub struct Part {
    pub name: String,
    /// Deflated JSON in base64.
    pub text: String,
}

/// Items of consecutive nodes, divided into parts `name-0`, `name-1` and so on.
pub struct Chunks {
    pub name: &'static str,
    /// The first item of each part.
    pub starts: Vec<usize>,
    pub parts: Vec<Part>,
}

/// Divides items into parts.
pub fn chunks<T: Serialize + Sync>(name: &'static str, items: &[T]) -> Chunks {
    // The JSON of all items is larger than the items, so it is never there as a whole.
    const AT_ONCE: usize = 16 * PIECE;
    let mut chunks = Chunks {
        name,
        starts: Vec::new(),
        parts: Vec::new(),
    };
    let mut open = Vec::new();
    let mut first = 0;
    for items in items.chunks(AT_ONCE) {
        let pieces: Vec<Vec<u8>> = items.par_chunks(PIECE).map(joined).collect();
        let mut full = Vec::new();
        for (i, piece) in pieces.into_iter().enumerate() {
            if open.is_empty() {
                chunks.starts.push(first + i * PIECE);
            }
            open.push(piece);
            if open.iter().map(Vec::len).sum::<usize>() >= CHUNK_BYTES {
                full.push(std::mem::take(&mut open));
            }
        }
        first += items.len();
        chunks.add(full);
    }
    if !open.is_empty() {
        chunks.add(vec![open]);
    }
    chunks
}

impl Chunks {
    /// Makes parts, each of some texts.
    fn add(&mut self, texts: Vec<Vec<Vec<u8>>>) {
        let (name, known) = (self.name, self.parts.len());
        let parts = texts.into_par_iter().enumerate().map(|(i, pieces)| Part {
            name: format!("{name}-{}", known + i),
            text: deflated(bracketed(&pieces)),
        });
        self.parts.par_extend(parts);
    }
}

/// Makes one part of a value.
pub fn single(name: &str, value: &impl Serialize) -> Part {
    Part {
        name: name.to_owned(),
        text: deflated([json(value).as_bytes()]),
    }
}

/// Writes items as a list.
pub fn list<T: Serialize + Sync>(items: &[T]) -> String {
    let pieces: Vec<Vec<u8>> = items.par_chunks(PIECE).map(joined).collect();
    let text: Vec<&[u8]> = bracketed(&pieces).collect();
    String::from_utf8(text.concat()).expect("JSON is UTF-8")
}

/// Writes items one after the other, a comma before each.
fn joined<T: Serialize>(items: &[T]) -> Vec<u8> {
    let mut text = Vec::new();
    for item in items {
        text.push(b',');
        serde_json::to_writer(&mut text, item).expect("the page's data has only text keys");
    }
    text
}

pub fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the page's data has only text keys")
}

/// Makes a list of what was written by [`joined`].
fn bracketed(pieces: &[Vec<u8>]) -> impl Iterator<Item = &[u8]> {
    // The first comma has nothing before it.
    let own = pieces.iter().enumerate();
    let own = own.map(|(i, piece)| &piece[usize::from(i == 0)..]);
    std::iter::once(&b"["[..]).chain(own).chain([&b"]"[..]])
}

fn deflated<'t>(texts: impl IntoIterator<Item = &'t [u8]>) -> String {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(4));
    let written = texts
        .into_iter()
        .try_for_each(|text| encoder.write_all(text));
    written
        .and_then(|()| encoder.finish())
        .map(|bytes| base64(&bytes))
        .expect("memory takes every byte")
}

/// Returns bytes in base64.
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = u32::from_be_bytes([
            0,
            group[0],
            group.get(1).copied().unwrap_or(0),
            group.get(2).copied().unwrap_or(0),
        ]);
        for i in 0..4 {
            let digit = (bits >> (18 - 6 * i)) & 63;
            encoded.push(if i > group.len() {
                '='
            } else {
                char::from(DIGITS[digit as usize])
            });
        }
    }
    encoded
}
