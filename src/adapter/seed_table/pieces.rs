//! Cuts a CSV file into pieces that can be read at the same time.

use std::io::Read;

use super::SeedError;
use super::records::State;

/// The pieces of a file. Each but the last ends where a record ends.
pub struct Pieces<R> {
    input: R,
    delimiter: u8,
    size: usize,
    /// The beginning of the next piece.
    rest: Vec<u8>,
}

impl<R: Read> Pieces<R> {
    /// `size` is how many bytes a piece has at least.
    pub fn new(input: R, delimiter: u8, size: usize) -> Self {
        Self {
            input,
            delimiter,
            size,
            rest: Vec::new(),
        }
    }

    /// Reads the next piece; none at the end.
    pub fn read(&mut self) -> Result<Option<Vec<u8>>, SeedError> {
        let mut piece = std::mem::take(&mut self.rest);
        let mut scan = Scan::new(self.delimiter);
        loop {
            let mut more = self.input.by_ref().take(self.size as u64);
            let length = more.read_to_end(&mut piece).map_err(|error| SeedError {
                message: error.to_string(),
                line: None,
            })?;
            if length < self.size {
                return Ok((!piece.is_empty()).then_some(piece));
            }
            scan.go_on(&piece);
            if let Some(end) = scan.last_end {
                self.rest = piece.split_off(end);
                return Ok(Some(piece));
            }
        }
    }

    /// Reads up to `count` pieces; fewer at the end.
    pub fn some(&mut self, count: usize) -> Result<Vec<Vec<u8>>, SeedError> {
        let mut pieces = Vec::with_capacity(count);
        while pieces.len() < count
            && let Some(piece) = self.read()?
        {
            pieces.push(piece);
        }
        Ok(pieces)
    }
}

/// Looks for the ends of records.
struct Scan {
    delimiter: u8,
    state: State,
    at: usize,
    last_end: Option<usize>,
}

impl Scan {
    fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            state: State::FieldStart,
            at: 0,
            last_end: None,
        }
    }

    fn go_on(&mut self, bytes: &[u8]) {
        let new = &bytes[self.at..];
        // Without quotes every line end is the end of a record.
        if self.state != State::Quoted && !new.contains(&b'"') {
            let line_feed = new.iter().rposition(|b| *b == b'\n');
            let end = line_feed.or_else(|| {
                // Old files have no line feeds. At the very end one may follow.
                let before_last = &new[..new.len().saturating_sub(1)];
                before_last.iter().rposition(|b| *b == b'\r')
            });
            self.last_end = end.map(|end| self.at + end + 1).or(self.last_end);
            let last = new.last().copied().unwrap_or(self.delimiter);
            self.state = if last == self.delimiter || last == b'\n' || last == b'\r' {
                State::FieldStart
            } else {
                State::Plain
            };
        } else {
            for (i, byte) in bytes.iter().enumerate().skip(self.at) {
                self.step(*byte, i, bytes.get(i + 1).copied());
            }
        }
        self.at = bytes.len();
    }

    fn step(&mut self, byte: u8, at: usize, next: Option<u8>) {
        self.state = match (self.state, byte) {
            (State::Quoted, b'"') => State::QuoteInQuoted,
            (State::Quoted, _) | (State::FieldStart | State::QuoteInQuoted, b'"') => State::Quoted,
            (_, b'\n') => {
                self.last_end = Some(at + 1);
                State::FieldStart
            }
            (_, b'\r') => {
                if next.is_some_and(|next| next != b'\n') {
                    self.last_end = Some(at + 1);
                }
                State::FieldStart
            }
            (_, byte) if byte == self.delimiter => State::FieldStart,
            _ => State::Plain,
        };
    }
}
