//! Expressions that somebody wants to recognise on the way of a value.
//!
//! Whoever asks gives [`Passages`] along with the tables that are known. Then a
//! column that goes into another one both through such an expression and past
//! it has two edges, which differ in their [`Mark`]. Without them all edges of
//! one source and kind are one.

use std::fmt;
use std::sync::Arc;

use crate::sql::tree::{Expr, Function};

/// What is to be told of a value's way beside its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mark {
    /// The numbers of the passages that it went through, as bits.
    pub passed: u32,
    /// Whether something that is no passage made another value of it, so that
    /// nobody knows its form any more.
    pub is_made: bool,
    /// What it is compared with.
    pub compared: Told,
    /// Whether it puts the rows in order that a value is made of.
    pub is_order: bool,
}

/// What a condition tells of a value to whoever knows the condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Told {
    #[default]
    Nothing,
    /// That it is between, above or below what is written out.
    Range,
    /// That it is what is written out, or one of a few.
    Value,
}

/// What may be recognised: an expression, or a call, whose filter, order and
/// window are followed as ever.
#[derive(Debug, Clone, Copy)]
pub enum Piece<'e> {
    Expr(&'e Expr),
    Call(&'e Function),
}

/// An expression that was recognised.
#[derive(Debug, Clone, Default)]
pub struct Passage<'e> {
    /// Below 32; none where values keep the form that they have.
    pub number: Option<u8>,
    /// The number for values that were only compared with a range; values that
    /// were compared with one that is written out go through no passage.
    pub of_range: Option<u8>,
    /// Whether values of any form go through, or only those whose form is known.
    pub takes_any: bool,
    /// The expressions whose values go through.
    pub through: Vec<&'e Expr>,
    /// The others that it is made of.
    pub beside: Vec<&'e Expr>,
}

type Recognise = dyn for<'e> Fn(Piece<'e>) -> Option<Passage<'e>> + Send + Sync;

/// Recognises expressions.
#[derive(Clone)]
pub struct Passages(Arc<Recognise>);

impl fmt::Debug for Passages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passages")
    }
}

impl Passages {
    pub fn new(
        recognise: impl for<'e> Fn(Piece<'e>) -> Option<Passage<'e>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(recognise))
    }

    pub(super) fn recognise<'e>(&self, piece: Piece<'e>) -> Option<Passage<'e>> {
        (self.0)(piece)
    }
}
