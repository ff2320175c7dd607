//! Tells which layer of the warehouse a node belongs to.
//!
//! There is no such property in a project, but names and folders follow conventions
//! that most projects share. The name decides before the folder, since folders such as
//! `marts/` hold dimensions and facts as well.

use super::payload::{Kind, Layer};

/// Returns the layer of a node with this name in this folder.
pub(super) fn layer(kind: Kind, name: &str, folder: &str) -> Layer {
    match kind {
        Kind::Source | Kind::Seed => return Layer::Source,
        Kind::Exposure | Kind::Metric | Kind::SavedQuery | Kind::SemanticModel => {
            return Layer::Exposure;
        }
        Kind::Model | Kind::Snapshot => {}
        _ => return Layer::Other,
    }
    // The innermost folder that says something counts.
    let by_folder = || folder.rsplit('/').find_map(from_folder);
    from_name(name).or_else(by_folder).unwrap_or_default()
}

fn from_name(name: &str) -> Option<Layer> {
    let name = name.trim_start_matches('_').to_lowercase();
    let (prefix, _) = name.split_once('_')?;
    Some(match prefix {
        "stg" | "staging" | "base" | "src" => Layer::Staging,
        "int" | "intermediate" => Layer::Intermediate,
        "dim" | "dimension" | "bridge" => Layer::Dim,
        "fact" | "fct" => Layer::Fact,
        "mart" | "rpt" | "report" | "agg" => Layer::Mart,
        _ => return None,
    })
}

fn from_folder(folder: &str) -> Option<Layer> {
    Some(match folder.to_lowercase().as_str() {
        "staging" | "stage" | "stg" | "base" | "raw" | "bronze" => Layer::Staging,
        "intermediate" | "int" | "silver" => Layer::Intermediate,
        "dim" | "dims" | "dimension" | "dimensions" => Layer::Dim,
        "fact" | "facts" | "fct" => Layer::Fact,
        "mart" | "marts" | "data_mart" | "data_marts" | "reporting" | "reports" | "gold" => {
            Layer::Mart
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, layer: Layer) {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        assert_eq!(super::layer(Kind::Model, name, folder), layer, "{path}");
    }

    #[test]
    fn names_decide_before_folders() {
        check("staging/claims/stg_claims", Layer::Staging);
        check("marts/dim_patient", Layer::Dim);
        check("marts/core/fct_orders", Layer::Fact);
        check("marts/finance/revenue", Layer::Mart);
        check("staging/marts/x", Layer::Mart);
        check("data_marts/pmpm/final/x", Layer::Mart);
        check("int_claims_joined", Layer::Intermediate);
        check("customers", Layer::Other);
        check("intl_orders", Layer::Other);
        check("fact", Layer::Other);
    }

    #[test]
    fn kinds_that_belong_to_one_layer() {
        assert_eq!(
            super::layer(Kind::Seed, "dim_codes", "marts"),
            Layer::Source
        );
        assert_eq!(super::layer(Kind::Exposure, "x", ""), Layer::Exposure);
        assert_eq!(super::layer(Kind::Snapshot, "dim_x", ""), Layer::Dim);
    }
}
