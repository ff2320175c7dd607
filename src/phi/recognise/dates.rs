//! Years of dates, ages in years, and shifted dates.

use super::{call, hashes, is_constant, number_of, text, transform};
use crate::lineage::Passage;
use crate::phi::transform::number;
use crate::sql::tree::{Expr, ExprKind, Function};

/// What tells no more than a year.
fn is_years(part: &Expr) -> bool {
    const PARTS: &[&str] = &[
        "y",
        "yr",
        "yrs",
        "year",
        "years",
        "isoyear",
        "decade",
        "decades",
        "century",
        "centuries",
        "millennium",
    ];
    text(part).is_some_and(|part| PARTS.contains(&part.to_ascii_lowercase().as_str()))
}

fn is_days(part: &Expr) -> bool {
    text(part).is_some_and(|part| {
        let part = part.to_ascii_lowercase();
        matches!(&*part, "d" | "day" | "days" | "dayofyear")
    })
}

pub fn of_call(call: &Function) -> Option<Passage<'_>> {
    if let Some(dates) = ages(call) {
        return Some(transform(number::AGE, dates, false));
    }
    let year = |date| Some(transform(number::YEAR, vec![date], false));
    match (&*call.name, &call.arguments[..]) {
        ("year" | "isoyear" | "decade" | "century" | "millennium", [date]) => year(date),
        ("date_part" | "datepart" | "date_trunc" | "datetrunc", [part, date]) if is_years(part) => {
            year(date)
        }
        ("strftime", [date, form] | [form, date])
            if text(form).is_some_and(|form| matches!(form, "%Y" | "%y" | "%G")) =>
        {
            year(date)
        }
        ("+" | "-", [date, days]) if !is_constant(date) && hashes::is_made_of_hashes(days) => {
            Some(transform(number::SHIFT, vec![date, days], true))
        }
        _ => None,
    }
}

/// Returns the dates between which a call counts whole years.
fn ages(function: &Function) -> Option<Vec<&Expr>> {
    const DIFFERENCES: &[&str] = &["date_diff", "datediff", "date_sub", "datesub"];
    const WHOLE: &[&str] = &["floor", "trunc", "round", "ceil", "ceiling"];
    match (&*function.name, &function.arguments[..]) {
        (name, [part, from, to]) if DIFFERENCES.contains(&name) && is_years(part) => {
            Some(vec![from, to])
        }
        ("date_part" | "datepart", [part, age]) if is_years(part) => years_of_age(age),
        ("year", [age]) => years_of_age(age),
        ("//", [days, divisor]) => days_in_years(days, divisor),
        (name, [quotient]) if WHOLE.contains(&name) => match call(quotient) {
            Some(quotient) if &*quotient.name == "/" => match &quotient.arguments[..] {
                [days, divisor] => days_in_years(days, divisor),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn years_of_age(age: &Expr) -> Option<Vec<&Expr>> {
    let age = call(age).filter(|call| &*call.name == "age")?;
    Some(age.arguments.iter().collect())
}

fn days_in_years<'e>(days: &'e Expr, divisor: &Expr) -> Option<Vec<&'e Expr>> {
    let is_year = number_of(divisor).is_some_and(|days| days >= 365.0);
    match call(days).filter(|_| is_year) {
        Some(days)
            if matches!(
                &*days.name,
                "date_diff" | "datediff" | "date_sub" | "datesub"
            ) =>
        {
            match &days.arguments[..] {
                [part, from, to] if is_days(part) => Some(vec![from, to]),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Tells whether an expression is a length of time that is written out.
pub fn is_interval(expr: &Expr) -> bool {
    let is_of_type = match &expr.kind {
        ExprKind::Cast { data_type, .. } => data_type.eq_ignore_ascii_case("interval"),
        ExprKind::Literal(crate::sql::tree::Literal::Other(_)) => true,
        ExprKind::Function(function) => matches!(
            &*function.name,
            "to_days"
                | "to_weeks"
                | "to_months"
                | "to_quarters"
                | "to_years"
                | "to_hours"
                | "to_minutes"
                | "to_seconds"
        ),
        _ => false,
    };
    is_of_type && is_constant(expr)
}
