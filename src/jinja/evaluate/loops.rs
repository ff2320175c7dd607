//! The `loop` variable.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use minijinja::Value;
use minijinja::value::{Enumerator, Object, ObjectRepr};

use crate::jinja::error::JinjaError;
use crate::jinja::python::arguments::Args;
use crate::jinja::python::{ValueIter, equal, index, length};

/// One running loop.
pub struct Loop {
    state: Mutex<State>,
    iterable: Option<Value>,
    depth: usize,
    pub recursive: bool,
}

struct State {
    items: ValueIter,
    /// The round, from 1; 0 before the first.
    round: usize,
    len: Option<usize>,
    known_len: Option<usize>,
    before: Option<Value>,
    current: Option<Value>,
    after: Option<Value>,
    changed: Option<Vec<Value>>,
}

impl State {
    fn peek(&mut self) -> Option<&Value> {
        if self.after.is_none() {
            self.after = self.items.next();
        }
        self.after.as_ref()
    }
}

impl Loop {
    pub fn new(
        items: ValueIter,
        iterable: Option<Value>,
        known_len: Option<usize>,
        depth: usize,
        recursive: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                items,
                round: 0,
                len: None,
                known_len,
                before: None,
                current: None,
                after: None,
                changed: None,
            }),
            iterable,
            depth,
            recursive,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Goes to the next round and returns its item.
    pub fn advance(&self) -> Option<Value> {
        let mut state = self.lock();
        let next = state.after.take().or_else(|| state.items.next())?;
        state.before = state.current.take();
        state.current = Some(next.clone());
        state.round += 1;
        Some(next)
    }

    fn len(&self, state: &mut State) -> usize {
        if let Some(len) = state.len {
            return len;
        }
        let asked = match &self.iterable {
            Some(iterable) => length(iterable).ok(),
            None => state.known_len,
        };
        let len = asked.unwrap_or_else(|| {
            // Nobody knows the length of a generator before it is through.
            let rest: Vec<Value> = state.items.by_ref().collect();
            let len = state.round + usize::from(state.after.is_some()) + rest.len();
            state.items = ValueIter::Items(rest.into_iter());
            len
        });
        state.len = Some(len);
        len
    }

    /// Calls a method; `None` when there is no such method.
    pub fn call(&self, name: &str, args: &Args<'_>) -> Option<Result<Value, JinjaError>> {
        match name {
            "cycle" => {
                let round = self.lock().round.saturating_sub(1);
                let items = &args.positional;
                Some(match round.checked_rem(items.len()) {
                    Some(at) => Ok(items[at].clone()),
                    None => Err(JinjaError::type_error("no items for cycling given")),
                })
            }
            "changed" => {
                let before = self.lock().changed.replace(args.positional.clone());
                let same = before.is_some_and(|before| {
                    before.len() == args.positional.len()
                        && before
                            .iter()
                            .zip(&args.positional)
                            .all(|(a, b)| equal(a, b).unwrap_or(false))
                });
                Some(Ok(Value::from(!same)))
            }
            _ => None,
        }
    }
}

impl fmt::Debug for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loop")
            .field("round", &self.lock().round)
            .finish_non_exhaustive()
    }
}

impl Object for Loop {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let mut state = self.lock();
        Some(match key {
            "index" => index(state.round),
            "index0" => index(state.round.saturating_sub(1)),
            "first" => Value::from(state.round <= 1),
            "last" => Value::from(state.peek().is_none()),
            "length" => index(self.len(&mut state)),
            "revindex" => {
                let len = self.len(&mut state) as i64;
                Value::from(len - state.round as i64 + 1)
            }
            "revindex0" => {
                let len = self.len(&mut state) as i64;
                Value::from(len - state.round as i64)
            }
            "depth" => index(self.depth + 1),
            "depth0" => index(self.depth),
            "previtem" => return state.before.clone(),
            "nextitem" => return state.peek().cloned(),
            "__type__" => Value::from("LoopContext"),
            _ => return None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut state = self.lock();
        let len = self.len(&mut state);
        write!(f, "<LoopContext {}/{len}>", state.round)
    }
}
