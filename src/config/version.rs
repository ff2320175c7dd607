//! `require-dbt-version`: which versions of dbt a project accepts.

use std::cmp::Ordering;

use super::DBT_VERSION;

/// Tells whether all requirements accept the version of dbt that hcdbt stands
/// in for. The error names a requirement that cannot be read.
pub(super) fn accepts_dbt_version(requirements: &[String]) -> Result<bool, String> {
    let ours = Version::parse(DBT_VERSION).expect("the constant is a version");
    for requirement in requirements {
        if !accepts(requirement, &ours).ok_or_else(|| requirement.clone())? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn accepts(requirement: &str, version: &Version) -> Option<bool> {
    let requirement = requirement.trim();
    let (operator, rest) = ["!=", ">=", "<=", ">", "<", "="]
        .into_iter()
        .find_map(|operator| Some((operator, requirement.strip_prefix(operator)?)))
        .unwrap_or(("=", requirement));
    let ordering = version.cmp(&Version::parse(rest.trim())?);
    Some(match operator {
        "!=" => ordering != Ordering::Equal,
        ">=" => ordering != Ordering::Less,
        "<=" => ordering != Ordering::Greater,
        ">" => ordering == Ordering::Greater,
        "<" => ordering == Ordering::Less,
        _ => ordering == Ordering::Equal,
    })
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Version {
    numbers: [u64; 3],
    /// Versions without a pre-release part come after those with one.
    is_final: bool,
    prerelease: String,
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let prerelease = text[end..].trim_start_matches('-').to_owned();
        let mut parts = text[..end].split('.');
        let mut numbers = [0; 3];
        for number in &mut numbers {
            *number = parts.next()?.parse().ok()?;
        }
        parts.next().is_none().then_some(Self {
            numbers,
            is_final: prerelease.is_empty(),
            prerelease,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_compared_part_by_part() {
        let check = |requirement: &str, version: &str| {
            accepts(requirement, &Version::parse(version).expect("a version"))
        };
        assert_eq!(check(">=1.6.0", "1.11.16"), Some(true));
        assert_eq!(check("<1.9.0", "1.11.16"), Some(false));
        assert_eq!(check("1.11.16", "1.11.16"), Some(true));
        assert_eq!(check(">1.11.0-rc1", "1.11.0"), Some(true));
        assert_eq!(check("<= 1.11.0", "1.11.0-b2"), Some(true));
        assert_eq!(check("=2.0.0", "1.11.16"), Some(false));
        assert_eq!(check(">=1.6", "1.11.16"), None);
        assert_eq!(check("latest", "1.11.16"), None);
    }
}
