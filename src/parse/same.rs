//! Whether what is written is what was written before.

use std::sync::Arc;

use super::node::{Macro, Node, NodeFields};
use crate::diagnostics::SourceFile;

impl Node {
    /// Tells whether everything about two nodes is the same but the time at
    /// which they were read: the files that they are written in included, so
    /// that places in the one are places in the other.
    pub fn is_same(&self, other: &Self) -> bool {
        let NodeFields {
            unique_id,
            resource_type,
            name,
            package_name,
            path,
            original_file_path,
            file,
            span,
            fqn,
            database,
            schema,
            alias,
            relation_name,
            checksum,
            config,
            tags,
            group,
            config_call_dict,
            unrendered_config,
            description,
            columns,
            patch_path,
            properties,
            doc_blocks,
            contract_checksum,
            language,
            raw_code,
            refs,
            sources,
            metrics,
            functions,
            depends_on_macros,
            depends_on_nodes,
            created_at: _,
            kind,
        } = &**self;
        if self.is_one_with(other) {
            return true;
        }
        unique_id == &other.unique_id
            && resource_type == &other.resource_type
            && name == &other.name
            && package_name == &other.package_name
            && path == &other.path
            && original_file_path == &other.original_file_path
            && span == &other.span
            && fqn == &other.fqn
            && database == &other.database
            && schema == &other.schema
            && alias == &other.alias
            && relation_name == &other.relation_name
            && checksum == &other.checksum
            && config == &other.config
            && tags == &other.tags
            && group == &other.group
            && config_call_dict == &other.config_call_dict
            && unrendered_config == &other.unrendered_config
            && description == &other.description
            && columns == &other.columns
            && patch_path == &other.patch_path
            && doc_blocks == &other.doc_blocks
            && contract_checksum == &other.contract_checksum
            && language == &other.language
            && raw_code == &other.raw_code
            && refs == &other.refs
            && sources == &other.sources
            && metrics == &other.metrics
            && functions == &other.functions
            && depends_on_macros == &other.depends_on_macros
            && depends_on_nodes == &other.depends_on_nodes
            && kind == &other.kind
            && is_same_file(file, &other.file)
            && match (properties, &other.properties) {
                (None, None) => true,
                (Some(a), Some(b)) => a.range == b.range && is_same_file(&a.file, &b.file),
                _ => false,
            }
    }
}

impl Macro {
    /// Tells whether two macros do the same, in the same place of the same file.
    pub fn is_same(&self, other: &Self) -> bool {
        self.unique_id == other.unique_id
            && self.text == other.text
            && self.config == other.config
            && self.arguments == other.arguments
            && self.supported_languages == other.supported_languages
            && is_same_file(&self.file, &other.file)
    }
}

fn is_same_file(a: &Arc<SourceFile>, b: &Arc<SourceFile>) -> bool {
    Arc::ptr_eq(a, b) || a == b
}
