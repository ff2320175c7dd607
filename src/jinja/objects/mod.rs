//! dbt's own objects as templates see them: relations, columns, metrics, and
//! tables of rows.

mod api;
mod column;
mod metric;
mod relation;
mod table;

pub use api::{api, api_quoting};
pub use column::{ColumnObject, column, column_of};
pub use metric::{Upstream, metric, metric_reference};
pub use relation::{RelationObject, relation, relation_of};
pub use table::{TableObject, cell, table, table_of};
