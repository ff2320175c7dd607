//! "Did you mean": the known name that is nearest to what was written.

/// Returns the most similar of the known names, when one is similar enough to
/// be meant.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = written.chars().count().max(3) / 3;
    known
        .into_iter()
        .filter(|name| *name != written)
        .map(|name| (strsim::damerau_levenshtein(written, name), name))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn only_similar_names_are_suggested() {
        let known = ["model-paths", "seed-paths", "name"];
        assert_eq!(nearest("models-path", known), Some("model-paths"));
        assert_eq!(nearest("nmae", known), Some("name"));
        assert_eq!(nearest("profile", known), None);
        assert_eq!(nearest("x", ["y", "z"]), Some("y"));
    }
}
