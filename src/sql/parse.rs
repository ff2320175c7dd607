//! Parsing queries, many at once.

use rayon::prelude::*;

use super::dialect::parse_in_dialect;
use super::engine;
use super::pivot;
use super::tree::{At, Query};
use super::turns::Turns;
use crate::adapter::{AdapterError, Connection, ErrorKind};

/// How many texts the engine is given at once: enough that what a statement
/// costs does not count, few enough that the answers stay small.
const BATCH: usize = 128;

/// Why a text is not a query that can be followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseFailure {
    pub message: String,
    pub at: At,
    /// The text is a statement, and no query.
    pub is_other_statement: bool,
}

/// Parses texts by the grammar of the connection's engine; any connection will
/// do, since nothing is looked up. Each text must be one query: what comes after
/// it is left out, and no query at all is a failure.
///
/// # Errors
///
/// The connection does not work; a text that does not parse is no error of the
/// whole.
pub fn parse_queries(
    connection: &mut dyn Connection,
    texts: &[&str],
) -> Result<Vec<Result<Query, ParseFailure>>, AdapterError> {
    let mut parsed = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        parse_batch(connection, batch, &mut parsed)?;
    }
    Ok(parsed)
}

/// The same with as many connections as there are processors, where there are
/// texts enough.
///
/// # Errors
///
/// A connection cannot be made, or does not work.
pub fn parse_queries_at_once(
    connect: &(dyn Fn() -> Result<Box<dyn Connection>, AdapterError> + Sync),
    texts: &[&str],
) -> Result<Vec<Result<Query, ParseFailure>>, AdapterError> {
    let share = texts
        .len()
        .div_ceil(rayon::current_num_threads())
        .max(BATCH);
    let shares: Vec<&[&str]> = texts.chunks(share).collect();
    let parsed: Result<Vec<_>, AdapterError> = shares
        .into_par_iter()
        .map(|share| parse_queries(&mut *connect()?, share))
        .collect();
    Ok(parsed?.into_iter().flatten().collect())
}

/// Parses texts on as many threads and hands the queries to `take` one after the other, in
/// the order of their texts. No more than a few batches are there at any time: the trees of a
/// large project are larger than all that is found out of them.
///
/// # Errors
///
/// A connection cannot be made, or does not work; what was taken then is of no use.
pub fn parse_in_turn<T>(
    connect: &(dyn Fn() -> Result<Box<dyn Connection>, AdapterError> + Sync),
    texts: &[&str],
    take: impl FnOnce(&mut dyn Iterator<Item = Result<Query, ParseFailure>>) -> T,
) -> Result<T, AdapterError> {
    let batches: Vec<&[&str]> = texts.chunks(BATCH).collect();
    let threads = rayon::current_num_threads().min(batches.len());
    let turns = Turns::new(2 * threads);
    std::thread::scope(|scope| {
        // However the taking ends, nobody waits for it any more.
        let taker = turns.taker();
        for _ in 0..threads {
            scope.spawn(|| {
                let _worker = turns.worker();
                let mut connection = None;
                while let Some(i) = turns.next().filter(|i| *i < batches.len()) {
                    let parsed = parse_over(&mut connection, connect, batches[i]);
                    turns.give(i, parsed);
                }
            });
        }
        let mut failed = None;
        let mut queries = (0..batches.len()).flat_map(|i| match turns.take(i) {
            Some(Ok(parsed)) => parsed,
            Some(Err(error)) => {
                failed.get_or_insert(error);
                Vec::new()
            }
            None => Vec::new(),
        });
        let taken = take(&mut queries);
        drop(queries);
        drop(taker);
        match failed {
            Some(error) => Err(error),
            None => Ok(taken),
        }
    })
}

type Parsed = Result<Vec<Result<Query, ParseFailure>>, AdapterError>;

/// Parses a batch over a connection that is made when it is first needed.
fn parse_over(
    connection: &mut Option<Box<dyn Connection>>,
    connect: &(dyn Fn() -> Result<Box<dyn Connection>, AdapterError> + Sync),
    batch: &[&str],
) -> Parsed {
    let connection = match connection {
        Some(connection) => connection,
        None => connection.insert(connect()?),
    };
    parse_queries(&mut **connection, batch)
}

fn parse_batch(
    connection: &mut dyn Connection,
    texts: &[&str],
    parsed: &mut Vec<Result<Query, ParseFailure>>,
) -> Result<(), AdapterError> {
    match connection.serialize_queries(texts) {
        Ok(answers) => {
            for (answer, text) in answers.iter().zip(texts) {
                parsed.push(one_query(connection, answer, text)?);
            }
        }
        // Some texts the engine refuses with an error of the whole statement.
        Err(error) if texts.len() == 1 && error.kind == ErrorKind::Statement => {
            parsed.push(Err(ParseFailure {
                message: error.message,
                at: At(None),
                is_other_statement: false,
            }));
        }
        Err(error) if texts.len() == 1 => return Err(error),
        Err(_) => {
            let (left, right) = texts.split_at(texts.len() / 2);
            parse_batch(connection, left, parsed)?;
            parse_batch(connection, right, parsed)?;
        }
    }
    Ok(())
}

/// Takes the first query of an answer. Where the text is another statement of
/// DuckDB, the query that it holds.
fn one_query(
    connection: &mut dyn Connection,
    answer: &str,
    text: &str,
) -> Result<Result<Query, ParseFailure>, AdapterError> {
    Ok(match first(answer) {
        Err(failure) if failure.is_other_statement => match pivoted(connection, text)? {
            Some(query) => Ok(query),
            None => parse_in_dialect("duckdb", text).map_err(|_| failure),
        },
        outcome => outcome,
    })
}

fn first(answer: &str) -> Result<Query, ParseFailure> {
    let queries = engine::read(answer)?;
    queries.into_iter().next().ok_or_else(|| ParseFailure {
        message: "there is no statement".to_owned(),
        at: At(None),
        is_other_statement: false,
    })
}

/// Parses a query with a `pivot` whose values only the rows tell.
fn pivoted(connection: &mut dyn Connection, text: &str) -> Result<Option<Query>, AdapterError> {
    let Some(written) = pivot::with_values(text) else {
        return Ok(None);
    };
    let answers = connection.serialize_queries(&[&written.text])?;
    let answer = answers.first().map(|answer| written.moved_back(answer));
    Ok(answer.and_then(|answer| first(&answer).ok()))
}
