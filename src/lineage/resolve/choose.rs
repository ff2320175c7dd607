//! Which columns `columns(...)` and `* like ...` take.

use fancy_regex::Regex;

use crate::sql::tree::{Expr, ExprKind, Function, Literal, Operator};

/// What chooses columns by their names.
pub enum Choice {
    All,
    /// The pattern is found somewhere in the name.
    Pattern(Box<Regex>),
    Names(Vec<Box<str>>),
    /// `c -> c like 'x%'`: an expression about a name, given to a parameter.
    Test(Box<(Box<str>, Expr)>),
    Not(Box<Choice>),
    /// Something that cannot be worked out here.
    Unknown,
}

/// A value while a test about a name is worked out.
enum Known {
    Text(String),
    Bool(bool),
    Number(i64),
}

/// Reads what stands in `columns(...)`.
pub fn choice(chooser: &Expr) -> Choice {
    match &chooser.kind {
        ExprKind::Star(star) if star.chooser.is_none() => Choice::All,
        ExprKind::Literal(Literal::Text(pattern)) => of_pattern(pattern),
        ExprKind::Function(function) if &*function.name == "list_value" => {
            let names = function.arguments.iter().map(|name| match &name.kind {
                ExprKind::Literal(Literal::Text(name)) => Some(name.clone()),
                ExprKind::Column(parts) => parts.last().cloned(),
                _ => None,
            });
            let names: Option<Vec<Box<str>>> = names.collect();
            names.map_or(Choice::Unknown, Choice::Names)
        }
        ExprKind::Function(function) if &*function.name == "list_filter" => of_lambda(function),
        ExprKind::Lambda { left, body } => match left.parameters().as_slice() {
            [name] => Choice::Test(Box::new((name.clone(), (**body).clone()))),
            _ => Choice::Unknown,
        },
        _ => Choice::Unknown,
    }
}

fn of_lambda(function: &Function) -> Choice {
    match function.arguments.get(1) {
        Some(lambda) => choice(lambda),
        None => Choice::Unknown,
    }
}

fn of_pattern(pattern: &str) -> Choice {
    match Regex::new(pattern) {
        Ok(pattern) => Choice::Pattern(Box::new(pattern)),
        Err(_) => Choice::Unknown,
    }
}

impl Choice {
    /// Reads `* like '...'` and its kin, none when it is another operator.
    pub fn of_operator(operator: &str, patterns: &[Expr]) -> Option<Self> {
        let ExprKind::Literal(Literal::Text(pattern)) = &patterns.first()?.kind else {
            return None;
        };
        let choice = match operator {
            "~~" | "!~~" => of_pattern(&of_like(pattern, "(?s)")),
            "~~*" | "!~~*" => of_pattern(&of_like(pattern, "(?si)")),
            "~~~" => of_pattern(&of_glob(pattern)),
            "regexp_full_match" => of_pattern(&format!("^(?:{pattern})$")),
            _ => return None,
        };
        Some(if operator.starts_with('!') {
            Self::Not(Box::new(choice))
        } else {
            choice
        })
    }

    /// Tells whether a column is chosen, none when that is not known.
    pub fn takes(&self, name: &str) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::Pattern(pattern) => pattern.is_match(name).ok(),
            Self::Names(names) => Some(names.iter().any(|n| n.eq_ignore_ascii_case(name))),
            Self::Not(choice) => choice.takes(name).map(|takes| !takes),
            Self::Test(test) => match worked_out(&test.1, &test.0, name)? {
                Known::Bool(takes) => Some(takes),
                Known::Text(_) | Known::Number(_) => None,
            },
            Self::Unknown => None,
        }
    }
}

/// Works out an expression about a column's name.
fn worked_out(expr: &Expr, parameter: &str, name: &str) -> Option<Known> {
    let out = |expr: &Expr| worked_out(expr, parameter, name);
    let truth = |expr: &Expr| match out(expr)? {
        Known::Bool(truth) => Some(truth),
        _ => None,
    };
    Some(match &expr.kind {
        ExprKind::Column(parts) if parts.len() == 1 && parts[0].eq_ignore_ascii_case(parameter) => {
            Known::Text(name.to_owned())
        }
        ExprKind::Literal(Literal::Text(text)) => Known::Text(text.to_string()),
        ExprKind::Literal(Literal::Number(number)) => Known::Number(number.parse().ok()?),
        ExprKind::Literal(Literal::Bool(truth)) => Known::Bool(*truth),
        ExprKind::Operator { operator, operands } => Known::Bool(match (operator, &operands[..]) {
            (Operator::And, all) => {
                let truths: Option<Vec<bool>> = all.iter().map(truth).collect();
                truths?.into_iter().all(|truth| truth)
            }
            (Operator::Or, any) => {
                let truths: Option<Vec<bool>> = any.iter().map(truth).collect();
                truths?.into_iter().any(|truth| truth)
            }
            (Operator::Not, [one]) => !truth(one)?,
            (Operator::In | Operator::NotIn, [one, list @ ..]) => {
                let Known::Text(one) = out(one)? else {
                    return None;
                };
                let texts: Option<Vec<String>> = list.iter().map(|e| text(out(e)?)).collect();
                texts?.contains(&one) == (*operator == Operator::In)
            }
            _ => return None,
        }),
        ExprKind::Comparison {
            operator,
            left,
            right,
        } => {
            let order = match (out(left)?, out(right)?) {
                (Known::Text(left), Known::Text(right)) => left.cmp(&right),
                (Known::Number(left), Known::Number(right)) => left.cmp(&right),
                _ => return None,
            };
            Known::Bool(match *operator {
                "=" => order.is_eq(),
                "<>" => order.is_ne(),
                "<" => order.is_lt(),
                ">" => order.is_gt(),
                "<=" => order.is_le(),
                ">=" => order.is_ge(),
                _ => return None,
            })
        }
        ExprKind::Function(function) => {
            let arguments: Option<Vec<Known>> = function.arguments.iter().map(out).collect();
            applied(&function.name, arguments?)?
        }
        _ => return None,
    })
}

fn text(known: Known) -> Option<String> {
    match known {
        Known::Text(text) => Some(text),
        Known::Bool(_) | Known::Number(_) => None,
    }
}

fn applied(function: &str, arguments: Vec<Known>) -> Option<Known> {
    let mut arguments = arguments.into_iter();
    let one = text(arguments.next()?)?;
    let Some(other) = arguments.next() else {
        return Some(match function {
            "lower" | "lcase" => Known::Text(one.to_lowercase()),
            "upper" | "ucase" => Known::Text(one.to_uppercase()),
            "length" | "len" => Known::Number(one.chars().count() as i64),
            _ => return None,
        });
    };
    let other = text(other)?;
    let matches = |pattern: String| Regex::new(&pattern).ok()?.is_match(&one).ok();
    Some(Known::Bool(match function {
        "~~" => matches(of_like(&other, "(?s)"))?,
        "!~~" => !matches(of_like(&other, "(?s)"))?,
        "~~*" => matches(of_like(&other, "(?si)"))?,
        "!~~*" => !matches(of_like(&other, "(?si)"))?,
        "~~~" => matches(of_glob(&other))?,
        "regexp_full_match" => matches(format!("^(?:{other})$"))?,
        "regexp_matches" => matches(other)?,
        "contains" => one.contains(&other),
        "starts_with" | "prefix" | "^@" => one.starts_with(&other),
        "ends_with" | "suffix" => one.ends_with(&other),
        _ => return None,
    }))
}

/// Writes a `like` pattern as a regular expression.
fn of_like(pattern: &str, flags: &str) -> String {
    let mut regex = format!("{flags}^");
    for c in pattern.chars() {
        match c {
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            c => regex.push_str(&fancy_regex::escape(&c.to_string())),
        }
    }
    regex.push('$');
    regex
}

/// Writes a `glob` pattern as a regular expression.
fn of_glob(pattern: &str) -> String {
    let mut regex = "(?s)^".to_owned();
    for c in pattern.chars() {
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' | ']' => regex.push(c),
            c => regex.push_str(&fancy_regex::escape(&c.to_string())),
        }
    }
    regex.push('$');
    regex
}
