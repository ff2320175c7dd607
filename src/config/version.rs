//! `require-dbt-version`: which versions of dbt a project accepts.

use super::DBT_VERSION;
use super::semver::{Specifier, is_compatible};

/// Tells whether all requirements accept the version of dbt that hcdbt stands
/// in for. The error names a requirement that cannot be read.
pub(super) fn accepts_dbt_version(requirements: &[String]) -> Result<bool, String> {
    let ours = Specifier::parse(DBT_VERSION).expect("the constant is a version");
    let read = |text: &String| Specifier::parse(text).ok_or_else(|| text.clone());
    let limits: Vec<Specifier> = requirements.iter().map(read).collect::<Result<_, _>>()?;
    Ok(is_compatible(&ours, &limits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_limits_on_dbts_version() {
        let check = |requirements: &[&str]| {
            accepts_dbt_version(
                &requirements
                    .iter()
                    .map(|r| (*r).to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(check(&[]), Ok(true));
        assert_eq!(check(&[">=1.6.0", "<2.0.0"]), Ok(true));
        assert_eq!(check(&["<1.9.0"]), Ok(false));
        assert_eq!(check(&[DBT_VERSION]), Ok(true));
        assert_eq!(check(&[">1.11.0-rc1"]), Ok(true));
        assert_eq!(check(&[">2.0.0", "<1.0.0"]), Ok(false));
        assert_eq!(check(&[">=1.6"]), Err(">=1.6".into()));
        assert_eq!(check(&["latest"]), Err("latest".into()));
    }
}
