//! `submit_python_job`: runs the code of a Python model.

use std::sync::Arc;

use super::adapter::{database_error, response_value};
use super::{NodeState, text};
use crate::adapter::{PythonFailure, PythonModel};
use crate::jinja::{Call, JinjaError, Value};

/// `submit_python_job(parsed_model, compiled_code)`.
pub fn submit(state: &Arc<NodeState>, call: &mut Call<'_>) -> Result<Value, JinjaError> {
    let [_, code] = call.bind(["parsed_model", "compiled_code"], 2)?;
    let code = text(code, "the code given to submit_python_job")?;
    let node = &*state.node;
    let model = PythonModel {
        code: &code,
        path: node.file.path.as_str(),
        name: &node.alias,
    };
    match state.db.run_python(&model) {
        Ok(response) => Ok(response_value(&response)),
        Err(PythonFailure::Database(error)) => Err(database_error(error)),
        Err(PythonFailure::Script(error)) => {
            Err(JinjaError::other(error.text.clone()).with_payload(error))
        }
    }
}
