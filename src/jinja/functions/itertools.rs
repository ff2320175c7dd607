//! `modules.itertools`.

use minijinja::Value;

use super::Module;
use crate::jinja::context::LogLevel;
use crate::jinja::error::JinjaError;
use crate::jinja::function::{self, Call};
use crate::jinja::python::arguments::integer;
use crate::jinja::python::{
    Container, Generator, Kind, as_int, binary, collect, generator, iterate, kind, none, tuple,
};
use crate::jinja::syntax::Arithmetic;

/// More results than any template goes through.
const MAX_RESULTS: usize = 5_000_000;

/// Makes a function that says, when it is called, that dbt will take it away.
fn function(
    name: &'static str,
    work: impl Fn(&mut Call<'_>) -> Result<Value, JinjaError> + Send + Sync + 'static,
) -> Value {
    function::function(name, move |call| {
        call.context().message(
            LogLevel::Deprecation,
            "Usage of itertools modules is deprecated. Please use the built-in functions instead.",
        );
        work(call)
    })
}

/// Makes the module.
pub fn module() -> Value {
    Module::new(
        "itertools",
        [
            (
                "chain",
                function("chain", |call| {
                    let mut items = Vec::new();
                    for part in call.args() {
                        items.extend(collect(part)?);
                    }
                    Ok(generator("itertools.chain", items))
                }),
            ),
            ("product", function("product", product)),
            ("permutations", function("permutations", permutations)),
            (
                "combinations",
                function("combinations", |call| combinations(call, false)),
            ),
            (
                "combinations_with_replacement",
                function("combinations_with_replacement", |call| {
                    combinations(call, true)
                }),
            ),
            ("accumulate", function("accumulate", accumulate)),
            (
                "compress",
                function("compress", |call| {
                    let [data, selectors] = call.bind(["data", "selectors"], 2)?;
                    let selectors = collect(&selectors.unwrap_or_default())?;
                    let items = collect(&data.unwrap_or_default())?;
                    let kept = items
                        .into_iter()
                        .zip(selectors)
                        .filter(|(_, s)| s.is_true());
                    Ok(generator(
                        "itertools.compress",
                        kept.map(|(item, _)| item).collect(),
                    ))
                }),
            ),
            ("islice", function("islice", islice)),
            (
                "starmap",
                function("starmap", |call| {
                    let [callee, rows] = call.bind(["function", "iterable"], 2)?;
                    let callee = callee.unwrap_or_default();
                    let mut results = Vec::new();
                    for row in collect(&rows.unwrap_or_default())? {
                        let args = collect(&row)?;
                        results.push(call.invoke(&callee, &args, &[])?);
                    }
                    Ok(generator("itertools.starmap", results))
                }),
            ),
            (
                "tee",
                function("tee", |call| {
                    let [items, n] = call.bind(["iterable", "n"], 1)?;
                    let items = collect(&items.unwrap_or_default())?;
                    let n = integer(&n, "tee", "n")?.unwrap_or(2).clamp(0, 1000);
                    Ok(tuple(
                        (0..n)
                            .map(|_| generator("itertools._tee", items.clone()))
                            .collect(),
                    ))
                }),
            ),
            (
                "zip_longest",
                function("zip_longest", |call| {
                    let fill = call.args.get("fillvalue").cloned().unwrap_or_else(none);
                    let columns: Vec<Vec<Value>> =
                        call.args().iter().map(collect).collect::<Result<_, _>>()?;
                    let len = columns.iter().map(Vec::len).max().unwrap_or(0);
                    let rows = (0..len)
                        .map(|row| {
                            let cells = columns.iter().map(|column| {
                                column.get(row).cloned().unwrap_or_else(|| fill.clone())
                            });
                            tuple(cells.collect())
                        })
                        .collect();
                    Ok(generator("itertools.zip_longest", rows))
                }),
            ),
            (
                "count",
                function("count", |call| {
                    let [start, step] = call.bind(["start", "step"], 0)?;
                    let start = integer(&start, "count", "start")?.unwrap_or(0);
                    let step = integer(&step, "count", "step")?.unwrap_or(1);
                    Ok(Value::from_object(Container::Generator(Generator::count(
                        start, step,
                    ))))
                }),
            ),
            (
                "cycle",
                function("cycle", |call| {
                    let [items] = call.bind(["iterable"], 1)?;
                    let items = collect(&items.unwrap_or_default())?;
                    Ok(Value::from_object(Container::Generator(Generator::cycle(
                        items,
                    ))))
                }),
            ),
            (
                "repeat",
                function("repeat", |call| {
                    let [value, times] = call.bind(["object", "times"], 1)?;
                    let value = value.unwrap_or_default();
                    match integer(&times, "repeat", "times")? {
                        None => {
                            let endless = Generator::cycle(vec![value]);
                            Ok(Value::from_object(Container::Generator(endless)))
                        }
                        Some(times) => {
                            let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
                            check(times)?;
                            Ok(generator("itertools.repeat", vec![value; times]))
                        }
                    }
                }),
            ),
        ],
    )
}

fn check(results: usize) -> Result<(), JinjaError> {
    if results > MAX_RESULTS {
        return Err(JinjaError::value_error("there would be too many results"));
    }
    Ok(())
}

fn product(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let repeat = call
        .args
        .get("repeat")
        .and_then(as_int)
        .unwrap_or(1)
        .clamp(0, 1000);
    let mut columns = Vec::new();
    for column in call.args() {
        columns.push(collect(column)?);
    }
    let columns: Vec<&Vec<Value>> = std::iter::repeat_n(&columns, repeat as usize)
        .flatten()
        .collect();
    let total = columns
        .iter()
        .try_fold(1_usize, |n, column| n.checked_mul(column.len()));
    check(total.unwrap_or(usize::MAX))?;
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for column in columns {
        let mut longer = Vec::with_capacity(rows.len() * column.len());
        for row in &rows {
            for item in column {
                let mut row = row.clone();
                row.push(item.clone());
                longer.push(row);
            }
        }
        rows = longer;
    }
    Ok(generator(
        "itertools.product",
        rows.into_iter().map(tuple).collect(),
    ))
}

fn choices(call: &Call<'_>) -> Result<(Vec<Value>, Option<usize>), JinjaError> {
    let [items, r] = call.bind(["iterable", "r"], 1)?;
    let items = collect(&items.unwrap_or_default())?;
    let r = match integer(&r, "permutations", "r")? {
        None => None,
        Some(r) => Some(
            usize::try_from(r).map_err(|_| JinjaError::value_error("r must be non-negative"))?,
        ),
    };
    Ok((items, r))
}

fn permutations(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let (items, r) = choices(call)?;
    let r = r.unwrap_or(items.len());
    let mut total = 1_usize;
    for i in 0..r.min(items.len()) {
        total = total.saturating_mul(items.len() - i);
    }
    check(if r > items.len() { 0 } else { total })?;
    let mut rows = Vec::new();
    if r <= items.len() {
        arrange(items.len(), r, &mut Vec::new(), &mut |picked| {
            rows.push(tuple(picked.iter().map(|at| items[*at].clone()).collect()));
        });
    }
    Ok(generator("itertools.permutations", rows))
}

fn arrange(n: usize, r: usize, picked: &mut Vec<usize>, found: &mut dyn FnMut(&[usize])) {
    if picked.len() == r {
        found(picked);
        return;
    }
    for at in 0..n {
        if !picked.contains(&at) {
            picked.push(at);
            arrange(n, r, picked, found);
            picked.pop();
        }
    }
}

fn combinations(call: &mut Call<'_>, again: bool) -> Result<Value, JinjaError> {
    let (items, r) = choices(call)?;
    let r =
        r.ok_or_else(|| JinjaError::type_error("combinations() missing required argument 'r'"))?;
    let name = if again {
        "itertools.combinations_with_replacement"
    } else {
        "itertools.combinations"
    };
    let n = items.len();
    if r > 1000 {
        return Err(JinjaError::value_error("there would be too many results"));
    }
    let mut rows = Vec::new();
    let mut picked: Vec<usize> = if again { vec![0; r] } else { (0..r).collect() };
    if (!again && r > n) || (again && n == 0 && r > 0) {
        return Ok(generator(name, rows));
    }
    loop {
        rows.push(tuple(picked.iter().map(|at| items[*at].clone()).collect()));
        check(rows.len())?;
        let limit = |i: usize| if again { n - 1 } else { i + n - r };
        let Some(at) = (0..r).rev().find(|i| picked[*i] != limit(*i)) else {
            return Ok(generator(name, rows));
        };
        picked[at] += 1;
        for i in at + 1..r {
            picked[i] = if again { picked[at] } else { picked[i - 1] + 1 };
        }
    }
}

fn accumulate(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [items, function, initial] = call.bind(["iterable", "func", "initial"], 1)?;
    let function = function.filter(|f| !f.is_none());
    let mut total = initial.filter(|i| !i.is_none());
    let mut results: Vec<Value> = total.iter().cloned().collect();
    for item in collect(&items.unwrap_or_default())? {
        let next = match (&total, &function) {
            (None, _) => item,
            (Some(total), None) => binary(Arithmetic::Add, total, &item)?,
            (Some(total), Some(function)) => call.invoke(function, &[total.clone(), item], &[])?,
        };
        results.push(next.clone());
        total = Some(next);
    }
    Ok(generator("itertools.accumulate", results))
}

fn islice(call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let args = call.args();
    let number = |value: &Value| match kind(value) {
        Kind::None => Ok(None),
        _ => as_int(value)
            .and_then(|i| usize::try_from(i).ok())
            .map(Some)
            .ok_or_else(|| JinjaError::value_error("islice() takes whole numbers from 0, or None")),
    };
    let (items, start, stop, step) = match args {
        [items, stop] => (items, 0, number(stop)?, 1),
        [items, start, stop] => (items, number(start)?.unwrap_or(0), number(stop)?, 1),
        [items, start, stop, step] => (
            items,
            number(start)?.unwrap_or(0),
            number(stop)?,
            number(step)?.unwrap_or(1),
        ),
        _ => return Err(JinjaError::type_error("islice expected 2 to 4 arguments")),
    };
    if step == 0 {
        return Err(JinjaError::value_error(
            "Step for islice() must be a positive integer or None.",
        ));
    }
    let limit = stop.unwrap_or(MAX_RESULTS).min(MAX_RESULTS);
    let mut results = Vec::new();
    let mut source = iterate(items)?;
    let mut at = 0;
    while at < limit {
        let Some(item) = source.next() else { break };
        if at >= start && (at - start) % step == 0 {
            results.push(item);
        }
        at += 1;
    }
    Ok(generator("itertools.islice", results))
}
