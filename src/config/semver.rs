//! Versions of packages and of dbt, and the ranges that they must be in.
//!
//! The rules are those of dbt-common 1.x (`dbt_common/semver.py`), odd ones
//! included, since which version of a package is installed depends on them.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use fancy_regex::Regex;

/// How a version compares with the one it is written before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matcher {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Exact,
}

/// A version, or a limit on versions: `1.2.3`, `>=1.0.0-rc1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Specifier {
    pub matcher: Matcher,
    numbers: [Number; 3],
    prerelease: Option<String>,
    build: Option<String>,
}

/// A number of any length, as written, without leading zeros.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Number(String);

/// The versions between two limits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Range {
    start: Option<Specifier>,
    end: Option<Specifier>,
}

/// No version can be within all limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Incompatible;

impl Specifier {
    /// Reads a version; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        static FORM: LazyLock<Regex> = LazyLock::new(|| {
            let number = r"(0|[1-9][0-9]*)";
            let part = r"(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)";
            let form = format!(
                r"^(>=|>|<=|<|=)?{number}\.{number}\.{number}(?:-?({part}(?:\.{part})*))?(?:\+([0-9A-Za-z-]*(?:\.[0-9A-Za-z-]*)*))?\n?$"
            );
            Regex::new(&form).expect("the pattern is a constant")
        });
        let found = FORM.captures(text).ok()??;
        let part = |i: usize| found.get(i).map(|part| part.as_str().to_owned());
        let number = |i: usize| part(i).map(Number);
        Some(Self {
            matcher: match part(1).as_deref() {
                Some(">") => Matcher::Greater,
                Some(">=") => Matcher::GreaterOrEqual,
                Some("<") => Matcher::Less,
                Some("<=") => Matcher::LessOrEqual,
                _ => Matcher::Exact,
            },
            numbers: [number(2)?, number(3)?, number(4)?],
            prerelease: part(5),
            build: part(6),
        })
    }

    pub fn is_prerelease(&self) -> bool {
        self.prerelease.is_some()
    }

    fn is_lower_bound(&self) -> bool {
        matches!(self.matcher, Matcher::Greater | Matcher::GreaterOrEqual)
    }

    fn is_upper_bound(&self) -> bool {
        matches!(self.matcher, Matcher::Less | Matcher::LessOrEqual)
    }

    fn is_exact(&self) -> bool {
        self.matcher == Matcher::Exact
    }

    /// Compares as dbt does: two equal versions differ when their limits do.
    pub fn compare(&self, other: &Self) -> Ordering {
        for (a, b) in self.numbers.iter().zip(&other.numbers) {
            let order = a.0.len().cmp(&b.0.len()).then_with(|| a.0.cmp(&b.0));
            if order.is_ne() {
                return order;
            }
        }
        match (&self.prerelease, &other.prerelease) {
            (None, None) => {}
            // `<1.0.0` is to keep `1.0.0-rc1` out.
            (None, Some(_)) if self.matcher == Matcher::Less => return Ordering::Less,
            (None, Some(_)) => return Ordering::Greater,
            (Some(_), None) => return Ordering::Less,
            (Some(a), Some(b)) => {
                let order = compare_prereleases(a, b);
                if order.is_ne() {
                    return order;
                }
            }
        }
        use Matcher::{Greater, GreaterOrEqual, Less, LessOrEqual};
        match (self.matcher, other.matcher) {
            (GreaterOrEqual, LessOrEqual) | (LessOrEqual, GreaterOrEqual) => Ordering::Equal,
            (Less, LessOrEqual) | (GreaterOrEqual, Greater) => Ordering::Less,
            (LessOrEqual, Less) | (Greater, GreaterOrEqual) => Ordering::Greater,
            _ if self.is_upper_bound() && other.is_lower_bound() => Ordering::Less,
            _ if self.is_lower_bound() && other.is_upper_bound() => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }

    fn into_range(self) -> Range {
        let (start, end) = match self.matcher {
            Matcher::Exact => (Some(self.clone()), Some(self)),
            Matcher::Greater | Matcher::GreaterOrEqual => (Some(self), None),
            Matcher::Less | Matcher::LessOrEqual => (None, Some(self)),
        };
        Range { start, end }
    }
}

impl fmt::Display for Specifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.matcher {
            Matcher::Greater => ">",
            Matcher::GreaterOrEqual => ">=",
            Matcher::Less => "<",
            Matcher::LessOrEqual => "<=",
            Matcher::Exact => "=",
        })?;
        let [major, minor, patch] = &self.numbers;
        write!(f, "{}.{}.{}", major.0, minor.0, patch.0)?;
        if let Some(prerelease) = self.prerelease.as_deref().filter(|p| !p.is_empty()) {
            write!(f, "-{prerelease}")?;
        }
        if let Some(build) = self.build.as_deref().filter(|b| !b.is_empty()) {
            write!(f, "+{build}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.start, &self.end) {
            (None, None) => f.write_str("ANY"),
            (Some(one), None) | (None, Some(one)) => write!(f, "{one}"),
            (Some(start), Some(end)) => write!(f, "{start}, {end}"),
        }
    }
}

fn compare_prereleases(a: &str, b: &str) -> Ordering {
    let number = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    for (a, b) in a.split('.').zip(b.split('.')) {
        let order = match (number(a), number(b)) {
            (true, true) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => a.cmp(b),
        };
        if order.is_ne() {
            return order;
        }
    }
    a.len().cmp(&b.len())
}

impl Range {
    fn reduce(self, other: Self) -> Result<Self, Incompatible> {
        let both_exact = |a: &Option<Specifier>, b: &Option<Specifier>| {
            let is_exact = |s: &Option<Specifier>| s.as_ref().is_some_and(Specifier::is_exact);
            is_exact(a) && is_exact(b)
        };
        if both_exact(&self.start, &other.start) {
            let (Some(a), Some(b)) = (self.start, other.start) else {
                return Err(Incompatible);
            };
            if a.compare(&b).is_ne() {
                return Err(Incompatible);
            }
            return Ok(a.into_range());
        }
        let start = tighter(self.start, other.start, &LOWER)?;
        let end = tighter(self.end, other.end, &UPPER)?;
        if let (Some(start), Some(end)) = (&start, &end)
            && start.compare(end).is_gt()
        {
            return Err(Incompatible);
        }
        Ok(Self { start, end })
    }
}

/// One side of a range: how limits of this side get tighter.
struct Side {
    tighter: Ordering,
    inclusive: Matcher,
}

const LOWER: Side = Side {
    tighter: Ordering::Less,
    inclusive: Matcher::GreaterOrEqual,
};
const UPPER: Side = Side {
    tighter: Ordering::Greater,
    inclusive: Matcher::LessOrEqual,
};

fn tighter(
    a: Option<Specifier>,
    b: Option<Specifier>,
    side: &Side,
) -> Result<Option<Specifier>, Incompatible> {
    let (a, b) = match (a, b) {
        (a, None) => return Ok(a),
        (None, b) => return Ok(b),
        (Some(a), Some(b)) => (a, b),
    };
    let (limit, exact) = match (a.is_exact(), b.is_exact()) {
        (false, false) => {
            let b_is_tighter = a.compare(&b) == side.tighter;
            return Ok(Some(if b_is_tighter { b } else { a }));
        }
        (true, _) => (b, a),
        (false, true) => (a, b),
    };
    let order = limit.compare(&exact);
    if order == side.tighter || order.is_eq() && limit.matcher == side.inclusive {
        Ok(Some(exact))
    } else {
        Err(Incompatible)
    }
}

/// Combines limits into one range.
pub fn reduce(limits: &[Specifier]) -> Result<Range, Incompatible> {
    // dbt begins with the last one; the order can matter for odd limits.
    let Some((last, rest)) = limits.split_last() else {
        return Ok(Range::default());
    };
    rest.iter()
        .try_fold(last.clone().into_range(), |range, limit| {
            range.reduce(limit.clone().into_range())
        })
}

fn is_within(version: &Specifier, range: &Range) -> bool {
    let mut limits = vec![version.clone()];
    limits.extend(range.start.clone());
    limits.extend(range.end.clone());
    limits.len() == 1 || reduce(&limits).is_ok()
}

/// Tells whether a version is within all limits.
pub fn is_compatible(version: &Specifier, limits: &[Specifier]) -> bool {
    let mut all = vec![version.clone()];
    all.extend(limits.iter().cloned());
    reduce(&all).is_ok()
}

/// Returns the newest of the versions that is in the range, as written.
pub fn newest_within<'v>(range: &Range, versions: &[&'v str]) -> Option<&'v str> {
    let mut newest: Option<(Specifier, &str)> = None;
    for text in versions {
        let Some(version) = Specifier::parse(text) else {
            continue;
        };
        let is_newer = newest
            .as_ref()
            .is_none_or(|(newest, _)| newest.compare(&version).is_lt());
        if is_newer && is_within(&version, range) {
            newest = Some((version, text));
        }
    }
    newest.map(|(_, text)| text)
}

/// Returns the versions that may be installed, the oldest first. What is no
/// version is left out.
pub fn installable<'v>(versions: &[&'v str], with_prereleases: bool) -> Vec<&'v str> {
    let mut found: Vec<(Specifier, &str)> = versions
        .iter()
        .filter_map(|text| Some((Specifier::parse(text)?, *text)))
        .filter(|(version, _)| version.is_exact())
        .filter(|(version, _)| with_prereleases || !version.is_prerelease())
        .collect();
    found.sort_by(|(a, _), (b, _)| a.compare(b));
    found.into_iter().map(|(_, text)| text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(texts: &[&str]) -> Vec<Specifier> {
        texts
            .iter()
            .map(|text| Specifier::parse(text).expect("a version"))
            .collect()
    }

    // The expectations are what dbt-common 1.x gives for the same calls.
    #[test]
    fn limits_become_a_range() {
        let check = |texts: &[&str]| reduce(&limits(texts)).map(|range| range.to_string());
        assert_eq!(check(&[]), Ok("ANY".into()));
        assert_eq!(check(&[">=1.0.0", "<2.0.0"]), Ok(">=1.0.0, <2.0.0".into()));
        assert_eq!(
            check(&[">=1.0.0", ">1.0.0", "<=3.0.0"]),
            Ok(">1.0.0, <=3.0.0".into())
        );
        assert_eq!(check(&["1.0.0", ">=1.0.0"]), Ok("=1.0.0, =1.0.0".into()));
        assert_eq!(check(&["1.0.0", ">1.0.0"]), Err(Incompatible));
        assert_eq!(check(&["1.0.0", "1.0.1"]), Err(Incompatible));
        assert_eq!(check(&["<1.0.0", ">1.0.0"]), Err(Incompatible));
        assert_eq!(
            check(&["<=1.0.0", ">=1.0.0"]),
            Ok(">=1.0.0, <=1.0.0".into())
        );
    }

    #[test]
    fn the_newest_version_in_a_range_is_taken() {
        let all = [
            "0.9.0",
            "1.0.0-rc2",
            "1.0.0-rc10",
            "1.0.0",
            "1.10.0",
            "1.9.0",
            "2.0.0b1",
        ];
        let check = |texts: &[&str], with_prereleases| {
            let range = reduce(&limits(texts)).expect("a range");
            newest_within(&range, &installable(&all, with_prereleases))
        };
        assert_eq!(check(&[">=1.0.0", "<2.0.0"], false), Some("1.10.0"));
        assert_eq!(check(&[">=1.0.0", "<2.0.0"], true), Some("1.10.0"));
        assert_eq!(check(&[">=1.0.0"], true), Some("2.0.0b1"));
        assert_eq!(check(&["<1.0.0"], true), Some("0.9.0"));
        assert_eq!(check(&["<=1.0.0-rc10"], true), Some("1.0.0-rc10"));
        assert_eq!(check(&["3.0.0"], true), None);
        assert_eq!(
            installable(&all, true),
            [
                "0.9.0",
                "1.0.0-rc10",
                "1.0.0-rc2",
                "1.0.0",
                "1.9.0",
                "1.10.0",
                "2.0.0b1"
            ]
        );
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in [
            "1.0", "latest", "v1.0.0", "01.0.0", ">= 1.0.0", "~1.0.0", "!=1.0.0", "",
        ] {
            assert_eq!(Specifier::parse(text), None, "{text}");
        }
        assert!(Specifier::parse("1.0.0-alpha.1+build.5").is_some());
        assert!(Specifier::parse("1.0.0rc1").is_some());
    }
}
