//! The index of the page's search: which words are where.
//!
//! A word is a name as a whole and each of its parts, or a word of a text. Made here, because
//! a browser would take seconds for a large project's.

use std::borrow::Cow;

use foldhash::{HashMap, HashSet};
use rayon::prelude::*;
use serde::Serialize;

use super::page::base64;
use super::payload::{Code, Column, DocsData, Node, Test};

/// What a word was found in. The numbers are part of the page's data.
#[derive(Debug, Clone, Copy)]
enum Field {
    Name = 0,
    Tag = 1,
    Column = 2,
    Text = 3,
    Code = 4,
}

/// Words that nearly all SQL has, so that they tell nothing apart.
const OF_ALL_SQL: [&str; 40] = [
    "all", "and", "as", "asc", "between", "by", "case", "cast", "config", "cross", "desc",
    "distinct", "else", "end", "endfor", "endif", "false", "for", "from", "full", "group", "if",
    "in", "inner", "is", "join", "left", "not", "null", "on", "or", "order", "ref", "right",
    "select", "then", "true", "when", "where", "with",
];

/// The length of the longest of them.
const LONGEST_OF_ALL_SQL: usize = 8;

/// Longer words are cut: nobody types them, and a hostile text may consist of one.
const LONGEST_WORD: usize = 64;

/// The words in order, and for each the number of its places and the places as differences of
/// `document * 8 + field`, in numbers of seven bits a byte.
#[derive(Debug, Serialize, PartialEq)]
pub(super) struct SearchIndex {
    pub words: Vec<String>,
    pub postings: String,
    /// The tests that are documents, as ids and names.
    pub tests: Vec<(String, String)>,
    /// Words of code that are not in here, so that nobody has to wait for them.
    pub skipped: &'static [&'static str],
}

/// Indexes nodes, then docs blocks, then tests that somebody has written and named; the numbers
/// of each follow those of the ones before. Generic tests are found by what they are about.
pub(super) fn index(data: &DocsData) -> SearchIndex {
    let share = data
        .nodes
        .len()
        .div_ceil(rayon::current_num_threads())
        .max(1);
    let shares = data.nodes.par_chunks(share).enumerate().map(|(i, nodes)| {
        let mut words = Words::default();
        for (i, node) in ((i * share) as u32..).zip(nodes) {
            words.node(node, i);
            words.code(&node.code, i);
        }
        words
    });
    let shares: Vec<Words> = shares.collect();
    let mut words = shares
        .into_iter()
        .reduce(Words::followed_by)
        .unwrap_or_default();
    for (i, block) in (data.nodes.len() as u32..).zip(&data.blocks) {
        words.name(&block.name, i, Field::Name);
        words.html(&block.html, i);
    }
    let own = data.tests.iter().filter(|test| test.is_own());
    let own: Vec<&Test> = own.collect();
    let first = (data.nodes.len() + data.blocks.len()) as u32;
    for (i, test) in (first..).zip(&own) {
        words.name(&test.name, i, Field::Name);
        words.html(&test.description, i);
        words.code(&test.code, i);
    }
    let named = |test: &&Test| (test.id.clone(), test.name.clone());
    SearchIndex {
        tests: own.iter().map(named).collect(),
        ..words.finish()
    }
}

#[derive(Default)]
struct Words {
    places: HashMap<String, Vec<u32>>,
    /// Texts of the document that were looked at; columns often share theirs.
    seen: HashSet<u64>,
    document: u32,
}

impl Words {
    fn add(&mut self, word: &str, document: u32, field: Field) {
        let place = document * 8 + field as u32;
        let word = if word.len() <= LONGEST_WORD {
            word
        } else {
            let mut letters = word.char_indices();
            letters
                .nth(LONGEST_WORD)
                .map_or(word, |(at, _)| &word[..at])
        };
        match self.places.get_mut(word) {
            // Documents come in order, so a word's last place is near the end.
            Some(places) => {
                let near = places.iter().rev().take(4);
                if !near.clone().any(|known| *known == place) {
                    places.push(place);
                }
            }
            None => {
                self.places.insert(word.to_owned(), vec![place]);
            }
        }
    }

    /// Adds the words of code as written and as compiled.
    fn code(&mut self, code: &Code, document: u32) {
        let texts = [&code.raw, &code.compiled];
        let words = texts
            .iter()
            .flat_map(|text| text.split(|c: char| !(c.is_alphanumeric() || c == '_')));
        for word in words.filter(|word| word.len() > 1) {
            let is_lower = word
                .bytes()
                .all(|b| b.is_ascii() && !b.is_ascii_uppercase());
            let word = if is_lower {
                Cow::Borrowed(word)
            } else {
                Cow::Owned(word.to_lowercase())
            };
            let is_short = word.len() <= LONGEST_OF_ALL_SQL;
            if !is_short || OF_ALL_SQL.binary_search(&&*word).is_err() {
                self.add(&word, document, Field::Code);
            }
        }
    }

    /// Adds the words of later documents.
    fn followed_by(mut self, later: Self) -> Self {
        for (word, places) in later.places {
            self.places.entry(word).or_default().extend(places);
        }
        self
    }

    /// Adds what is told of a node; of one that the project hides that is its name.
    fn node(&mut self, node: &Node, i: u32) {
        let (entry, detail) = (&node.entry, &node.detail);
        self.name(&entry.name, i, Field::Name);
        if entry.hidden {
            return;
        }
        if let Some(label) = &entry.label {
            self.text(label, i, Field::Tag);
        }
        let tags = entry.tags.iter().chain(&entry.group).chain(&detail.owner);
        for tag in tags {
            self.name(tag, i, Field::Tag);
        }
        self.name(&entry.folder, i, Field::Tag);
        self.html(&detail.description, i);
        for column in &detail.columns {
            self.column(column, i);
        }
    }

    /// Adds a name as a whole and in its parts.
    fn name(&mut self, name: &str, document: u32, field: Field) {
        let lower = name.to_lowercase();
        for whole in lower.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
            if whole.is_empty() {
                continue;
            }
            self.add(whole, document, field);
            let parts = whole.split('_').filter(|part| part.len() > 1);
            for part in parts.filter(|part| *part != whole) {
                self.add(part, document, field);
            }
        }
    }

    fn text(&mut self, text: &str, document: u32, field: Field) {
        let lower = text.to_lowercase();
        for word in lower.split(|c: char| !(c.is_alphanumeric() || c == '_')) {
            if word.len() > 1 {
                self.add(word, document, field);
            }
        }
    }

    /// Adds the text of HTML that this program wrote: tags are left out, and entities have
    /// nothing that is searched for.
    fn html(&mut self, html: &str, document: u32) {
        if html.is_empty() || !self.is_new(html, document) {
            return;
        }
        let mut outside = String::with_capacity(html.len());
        for part in html.split('<') {
            let text = part.split_once('>').map_or(part, |(_, text)| text);
            outside.push_str(text);
            outside.push(' ');
        }
        self.text(&outside, document, Field::Text);
    }

    fn column(&mut self, column: &Column, document: u32) {
        self.name(&column.name, document, Field::Column);
        for tag in &column.tags {
            self.name(tag, document, Field::Tag);
        }
        self.html(&column.description, document);
    }

    fn is_new(&mut self, text: &str, document: u32) -> bool {
        use std::hash::{DefaultHasher, Hash, Hasher};
        if document != self.document {
            self.document = document;
            self.seen.clear();
        }
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        self.seen.insert(hasher.finish())
    }

    fn finish(self) -> SearchIndex {
        let mut bytes = Vec::new();
        let mut words = Vec::with_capacity(self.places.len());
        let mut found: Vec<(String, Vec<u32>)> = self.places.into_iter().collect();
        found.sort_unstable();
        for (word, mut places) in found {
            places.sort_unstable();
            places.dedup();
            words.push(word);
            number(places.len() as u32, &mut bytes);
            let mut last = 0;
            for place in places {
                number(place - last, &mut bytes);
                last = place;
            }
        }
        SearchIndex {
            words,
            postings: base64(&bytes),
            tests: Vec::new(),
            skipped: &OF_ALL_SQL,
        }
    }
}

/// Writes a number in groups of seven bits, the lowest first.
fn number(mut value: u32, bytes: &mut Vec<u8>) {
    while value >= 128 {
        bytes.push((value & 127) as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whole_and_in_parts_and_texts_without_their_tags() {
        let mut words = Words::default();
        words.name("mart_Cost_of_care", 0, Field::Name);
        words.html("<p>What <em class=\"x\">Care</em> costs.</p>", 0);
        words.html("<p>What <em class=\"x\">Care</em> costs.</p>", 0);
        words.name("care", 2, Field::Column);
        let index = words.finish();
        assert_eq!(
            index.words,
            [
                "care",
                "cost",
                "costs",
                "mart",
                "mart_cost_of_care",
                "of",
                "what"
            ]
        );
        // `care`: three places, name and text of document 0 and column of document 2.
        let bytes = [3, 0, 3, 15, 1, 0, 1, 3, 1, 0, 1, 0, 1, 0, 1, 3];
        assert_eq!(index.postings, base64(&bytes));
    }

    #[test]
    fn code_is_found_by_its_words_as_written_and_as_compiled() {
        let code = Code {
            raw: "select Paid, 7 from {{ ref('stg_claims') }} where x is not null".to_owned(),
            compiled: "SELECT Paid, 7 FROM \"dev\".\"stg_claims\" -- Rückläufer".to_owned(),
            language: None,
        };
        let mut words = Words::default();
        words.code(&code, 0);
        let index = words.finish();
        assert_eq!(index.words, ["dev", "paid", "rückläufer", "stg_claims"]);
        let once = [1, Field::Code as u8];
        assert_eq!(index.postings, base64(&once.repeat(4)));
        assert!(OF_ALL_SQL.is_sorted());
        let longest = OF_ALL_SQL.iter().map(|word| word.len()).max();
        assert_eq!(longest, Some(LONGEST_OF_ALL_SQL));
    }

    #[test]
    fn large_numbers_take_several_bytes() {
        let mut bytes = Vec::new();
        number(300, &mut bytes);
        assert_eq!(bytes, [0b1010_1100, 0b10]);
    }
}
