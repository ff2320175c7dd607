//! Where the SQL of nodes is written below the target folder.

/// Returns the path of a node's SQL. `kind` is `compiled` or `run`.
pub fn target_file(
    target: &str,
    kind: &str,
    package: &str,
    path: &str,
    original_file_path: &str,
    suffix: Option<&str>,
) -> String {
    let same_name = file_name(path) == file_name(original_file_path);
    let path = if same_name {
        original_file_path.to_owned()
    } else {
        format!("{original_file_path}/{path}")
    };
    let path = match suffix {
        None => path,
        Some(suffix) => {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
            let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
            let slash = if folder.is_empty() { "" } else { "/" };
            format!("{folder}{slash}{stem}/{stem}_{suffix}.{extension}")
        }
    };
    format!("{target}/{kind}/{package}/{path}")
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::target_file;

    fn check(path: &str, original: &str, suffix: Option<&str>, expected: &str) {
        let shown = target_file("target", "run", "p", path, original, suffix);
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_file_of_its_own_keeps_its_path() {
        check(
            "staging/a.sql",
            "models/staging/a.sql",
            None,
            "target/run/p/models/staging/a.sql",
        );
    }

    #[test]
    fn one_of_several_in_a_file_gets_the_file_as_a_folder() {
        check(
            "unique_a_id.sql",
            "models/schema.yml",
            None,
            "target/run/p/models/schema.yml/unique_a_id.sql",
        );
    }

    #[test]
    fn a_batch_gets_the_model_as_a_folder() {
        check(
            "a.sql",
            "models/a.sql",
            Some("2024-01-01"),
            "target/run/p/models/a/a_2024-01-01.sql",
        );
    }
}
