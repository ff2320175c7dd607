//! What functions do to the values they are given.

use crate::sql::tree::{Expr, ExprKind, Function};

/// The engine's aggregate functions, in order.
const AGGREGATES: &[&str] = &[
    "any_value",
    "approx_count_distinct",
    "approx_quantile",
    "approx_top_k",
    "arbitrary",
    "arg_max",
    "arg_max_null",
    "arg_max_nulls_last",
    "arg_min",
    "arg_min_null",
    "arg_min_nulls_last",
    "argmax",
    "argmin",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bit_xor",
    "bitstring_agg",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "count_if",
    "count_star",
    "countif",
    "covar_pop",
    "covar_samp",
    "entropy",
    "favg",
    "first",
    "fsum",
    "geomean",
    "geometric_mean",
    "group_concat",
    "histogram",
    "histogram_exact",
    "json_group_array",
    "json_group_object",
    "json_group_structure",
    "kahan_sum",
    "kurtosis",
    "kurtosis_pop",
    "last",
    "list",
    "listagg",
    "mad",
    "max",
    "max_by",
    "mean",
    "median",
    "min",
    "min_by",
    "mode",
    "product",
    "quantile",
    "quantile_cont",
    "quantile_disc",
    "regr_avgx",
    "regr_avgy",
    "regr_count",
    "regr_intercept",
    "regr_r2",
    "regr_slope",
    "regr_sxx",
    "regr_sxy",
    "regr_syy",
    "reservoir_quantile",
    "sem",
    "skewness",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "sum_no_overflow",
    "sumkahan",
    "var_pop",
    "var_samp",
    "variance",
    "wavg",
    "weighted_avg",
];

/// Tells whether a function makes one value of many rows. The name is in lower
/// case.
pub(super) fn is_aggregate(name: &str) -> bool {
    AGGREGATES.binary_search(&name).is_ok()
}

/// Tells whether an aggregate takes the values that it puts in order: its
/// arguments are one fewer then.
pub(super) fn is_of_ordered_set(function: &Function) -> bool {
    let arguments = match &*function.name {
        "mode" => 0,
        "quantile_cont" | "quantile_disc" => 1,
        _ => return false,
    };
    function.arguments.len() == arguments && !function.order.is_empty()
}

/// Tells whether a function takes a lambda as an argument.
pub(super) fn takes_lambda(name: &str) -> bool {
    let name = name
        .strip_prefix("list_")
        .or_else(|| name.strip_prefix("array_"))
        .unwrap_or(name);
    matches!(name, "apply" | "filter" | "reduce" | "transform")
}

/// Tells whether an expression has an aggregate in it that is no window's.
pub(super) fn has_aggregate(expr: &Expr) -> bool {
    if let ExprKind::Function(function) = &expr.kind
        && is_aggregate(&function.name)
    {
        return true;
    }
    let mut has = false;
    if let ExprKind::Window(window) = &expr.kind {
        // `sum(count(*)) over ()`: the inner one is an aggregate.
        return window.function.arguments.iter().any(has_aggregate);
    }
    expr.for_each_child(|child| has = has || super::with_stack(|| has_aggregate(child)));
    has
}

/// Tells whether two operands may change places.
pub(super) fn is_commutative(operator: &str) -> bool {
    matches!(
        operator,
        "+" | "*" | "=" | "<>" | "is distinct from" | "is not distinct from"
    )
}

/// Tells whether a function finds out whether a text has a form that is
/// written out. The name is in lower case.
pub(super) fn is_search(name: &str) -> bool {
    matches!(
        name,
        "~~" | "~~*"
            | "~~~"
            | "regexp_full_match"
            | "regexp_matches"
            | "starts_with"
            | "ends_with"
            | "prefix"
            | "suffix"
            | "contains"
            | "^@"
    )
}

#[cfg(test)]
mod tests {
    use super::AGGREGATES;

    #[test]
    fn aggregates_are_in_order() {
        assert!(AGGREGATES.is_sorted());
    }
}
