//! Reads CSV as Python's `csv` module does, which dbt uses.
//!
//! Not the `csv` crate: that one skips blank lines, which dbt counts as rows,
//! and does not tell on which line a record stands after them.

use std::io::{ErrorKind, Read};

use super::SeedError;

/// The records of a file, one at a time.
pub struct Records<R> {
    input: R,
    delimiter: u8,
    buffer: Vec<u8>,
    /// What of the buffer is still to be read.
    unread: std::ops::Range<usize>,
    /// The fields' bytes, one after another, and where each ends.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// The line on which the record begins, and the one after it; from 1.
    line: u64,
    next_line: u64,
}

/// Where in a record the reading is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    FieldStart,
    Plain,
    Quoted,
    /// After a quote within a quoted field: its end, or one half of a pair.
    QuoteInQuoted,
}

impl<R: Read> Records<R> {
    pub fn new(input: R, delimiter: u8) -> Result<Self, SeedError> {
        let mut records = Self::going_on(input, delimiter);
        records.skip_mark()?;
        Ok(records)
    }

    /// Reads a file from the middle, where a record begins. Lines count from
    /// there.
    pub fn going_on(input: R, delimiter: u8) -> Self {
        Self {
            input,
            delimiter,
            buffer: vec![0; 1 << 16],
            unread: 0..0,
            bytes: Vec::new(),
            ends: Vec::new(),
            line: 1,
            next_line: 1,
        }
    }

    pub fn line(&self) -> u64 {
        self.line
    }

    /// Returns how many lines were read.
    pub fn lines(&self) -> u64 {
        self.next_line - 1
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Reads the next record; false at the end. A blank line has no fields.
    pub fn advance(&mut self) -> Result<bool, SeedError> {
        self.bytes.clear();
        self.ends.clear();
        self.line = self.next_line;
        let mut state = State::FieldStart;
        let mut is_there = false;
        loop {
            if self.unread.is_empty() && !self.fill()? {
                // What ends without a line end ends all the same.
                if is_there {
                    self.end_field();
                    self.next_line += 1;
                }
                break;
            }
            let first = self.buffer[self.unread.start];
            if state != State::Quoted && (first == b'\n' || first == b'\r') {
                self.end_line(first)?;
                if is_there {
                    self.end_field();
                }
                is_there = true;
                break;
            }
            is_there = true;
            state = self.step(state, first);
        }
        self.check_text()?;
        Ok(is_there)
    }

    /// Returns the fields of the record.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        // `advance` has checked the whole record.
        let text = std::str::from_utf8(&self.bytes).unwrap_or_default();
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(move |(start, end)| text.get(start..*end).unwrap_or_default())
    }

    /// Takes the next byte, or as many as are of one kind.
    fn step(&mut self, state: State, first: u8) -> State {
        let delimiter = self.delimiter;
        match state {
            State::FieldStart if first == b'"' => {
                self.unread.start += 1;
                State::Quoted
            }
            State::QuoteInQuoted if first == b'"' => {
                self.bytes.push(b'"');
                self.unread.start += 1;
                State::Quoted
            }
            State::Quoted if first == b'"' => {
                self.unread.start += 1;
                State::QuoteInQuoted
            }
            State::Quoted => {
                let taken = self.take_until(|b| b == b'"');
                let lines = self.bytes[taken..].iter().filter(|b| **b == b'\n');
                self.next_line += lines.count() as u64;
                State::Quoted
            }
            _ if first == delimiter => {
                self.unread.start += 1;
                self.end_field();
                State::FieldStart
            }
            _ => {
                self.take_until(|b| b == delimiter || b == b'\n' || b == b'\r');
                State::Plain
            }
        }
    }

    /// Copies bytes up to one that ends them, and returns where they begin.
    fn take_until(&mut self, is_end: impl Fn(u8) -> bool) -> usize {
        let from = self.bytes.len();
        let unread = &self.buffer[self.unread.clone()];
        let length = unread.iter().position(|b| is_end(*b));
        let length = length.unwrap_or(unread.len());
        self.bytes.extend_from_slice(&unread[..length]);
        self.unread.start += length;
        from
    }

    fn end_field(&mut self) {
        self.ends.push(self.bytes.len());
    }

    /// Takes a line end: `\n`, `\r\n` or `\r`.
    fn end_line(&mut self, first: u8) -> Result<(), SeedError> {
        self.unread.start += 1;
        self.next_line += 1;
        if first == b'\r'
            && (!self.unread.is_empty() || self.fill()?)
            && self.buffer[self.unread.start] == b'\n'
        {
            self.unread.start += 1;
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<bool, SeedError> {
        loop {
            match self.input.read(&mut self.buffer) {
                Ok(length) => {
                    self.unread = 0..length;
                    return Ok(length > 0);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(SeedError {
                        message: error.to_string(),
                        line: None,
                    });
                }
            }
        }
    }

    /// Skips a byte-order mark at the beginning of the file.
    fn skip_mark(&mut self) -> Result<(), SeedError> {
        self.fill()?;
        if self.buffer[self.unread.clone()].starts_with("\u{feff}".as_bytes()) {
            self.unread.start += '\u{feff}'.len_utf8();
        }
        Ok(())
    }

    fn check_text(&self) -> Result<(), SeedError> {
        if std::str::from_utf8(&self.bytes).is_ok() {
            return Ok(());
        }
        Err(SeedError {
            message: "the line is not UTF-8; save the file as UTF-8".into(),
            line: Some(self.line),
        })
    }
}
