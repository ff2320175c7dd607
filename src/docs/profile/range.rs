//! The range of a column's values, and how they are spread over it.

use crate::adapter::{Cell, quote_identifier};
use crate::docs::cells::SMALLEST;
use crate::docs::charts::Ask;

/// So many bars, at most one more for the end.
const BARS: f64 = 12.0;

/// How values of a type become numbers on a line, and are written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Number,
    Date,
    Time,
}

impl Scale {
    /// Returns the scale of a type, none for what lies on no line.
    pub fn of(data_type: &str) -> Option<Self> {
        let name = data_type.split('(').next().unwrap_or_default().trim();
        Some(match name.to_ascii_uppercase().as_str() {
            "TINYINT" | "SMALLINT" | "INTEGER" | "INT" | "BIGINT" | "HUGEINT" | "UTINYINT"
            | "USMALLINT" | "UINTEGER" | "UBIGINT" | "UHUGEINT" | "FLOAT" | "REAL" | "DOUBLE"
            | "DECIMAL" | "NUMERIC" => Self::Number,
            "DATE" => Self::Date,
            "TIMESTAMP" | "DATETIME" | "TIMESTAMP WITH TIME ZONE" | "TIMESTAMPTZ" => Self::Time,
            _ => return None,
        })
    }

    fn as_number(self, column: &str) -> String {
        match self {
            Self::Number => format!("cast({column} as double)"),
            Self::Date => format!("cast(datediff('day', date '1970-01-01', {column}) as double)"),
            Self::Time => format!("epoch({column})"),
        }
    }

    fn written(self, value: f64) -> String {
        let day = match self {
            Self::Number => return plain(value),
            Self::Date => value,
            Self::Time => value / 86_400.0,
        };
        let epoch = jiff::civil::date(1970, 1, 1);
        jiff::Span::new()
            .try_days(day.floor() as i64)
            .and_then(|days| epoch.checked_add(days))
            .map_or_else(|_| plain(day), |date| date.to_string())
    }
}

/// Whether values of a type can be written as a short text.
pub fn is_plain(data_type: &str) -> bool {
    let name = data_type.to_ascii_uppercase();
    let nested = ["STRUCT", "MAP", "UNION", "BLOB", "JSON", "VARIANT"];
    !name.contains('[') && !nested.iter().any(|nested| name.starts_with(nested))
}

pub struct Range {
    pub from: String,
    pub to: String,
    pub bars: Vec<u64>,
}

/// Reads a column's range. The ends are round numbers near the eleventh smallest and the
/// eleventh largest value; what lies beyond belongs to the first and the last bar.
pub fn read(
    relation: &str,
    column: &str,
    scale: Scale,
    ask: &mut Ask<'_>,
) -> Result<Option<Range>, String> {
    let number = scale.as_number(&quote_identifier(column));
    let ends = ask(&format!(
        "select min({number}, {SMALLEST})[{SMALLEST}], max({number}, {SMALLEST})[{SMALLEST}] \
         from {relation} where isfinite({number})"
    ))?;
    let [Cell::Float(low), Cell::Float(high)] = ends.rows.first().map_or(&[][..], |row| row) else {
        return Ok(None);
    };
    let Some((from, step, bars)) = steps(*low, *high) else {
        return Ok(None);
    };
    let last = bars - 1;
    let found = ask(&format!(
        "select cast(least(greatest(floor(({number} - ({from:?})) / {step:?}), 0), {last}) as integer), count(*) \
         from {relation} where isfinite({number}) group by 1 order by 1"
    ))?;
    let mut counts = vec![0; bars];
    for row in found.rows {
        if let [Cell::Int(bar), Cell::Int(rows)] = row[..]
            && let Some(count) = counts.get_mut(bar as usize)
        {
            *count = rows as u64;
        }
    }
    Ok(Some(Range {
        from: scale.written(from),
        to: scale.written(from + step * bars as f64),
        bars: counts,
    }))
}

/// Divides a range into round steps.
fn steps(low: f64, high: f64) -> Option<(f64, f64, usize)> {
    let rough = (high - low) / BARS;
    if !rough.is_finite() || rough <= 0.0 {
        return None;
    }
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0]
        .into_iter()
        .map(|factor| factor * power)
        .find(|step| *step >= rough)
        .unwrap_or(rough);
    let from = (low / step).floor() * step;
    let bars = ((high - from) / step).floor() as usize + 1;
    Some((from, step, bars.min(2 * BARS as usize)))
}

/// Writes a round number without the noise of its calculation.
fn plain(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_cover_the_range() {
        assert_eq!(steps(3.0, 98.0), Some((0.0, 10.0, 10)));
        let (from, step, bars) = steps(0.11, 0.93).unwrap();
        assert!(from <= 0.11 && from + step * bars as f64 > 0.93);
        assert_eq!(steps(5.0, 5.0), None);
        assert_eq!(steps(f64::NEG_INFINITY, 5.0), None);
    }

    #[test]
    fn values_are_written_as_what_they_were() {
        assert_eq!(Scale::Date.written(19_723.0), "2024-01-01");
        assert_eq!(Scale::Time.written(86_400.0 * 19_723.5), "2024-01-01");
        assert_eq!(Scale::Number.written(0.1 + 0.2), "0.3");
        assert_eq!(Scale::of("DECIMAL(14,2)"), Some(Scale::Number));
        assert_eq!(Scale::of("VARCHAR"), None);
    }
}
