//! What nodes that are not selected are taken to look like.

/// Where the schema of a node comes from that is read and not selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Basis {
    /// From its own SQL, as if the whole project were built anew.
    #[default]
    Project,
    /// From the database: what a run of the selected nodes would find there.
    Database,
}
