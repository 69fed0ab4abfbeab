//! How a tool's question gets to the person and back: a [`Question`] as `mcp-protocol`'s form.
//!
//! The question's id travels twice: as the state of the call, which `mcp-protocol` keeps or seals, bound to this caller
//! and these arguments; and in the key of the form, so that no answer to an earlier question can stand in for this one.
//! An answer that comes without that state is nobody's.

use mcp_protocol::{ElicitForm, Field, InputRequest, InputRequired, Interrupt, RequestContext};
use serde_json::Value;

use crate::asking::{Asking, Question};

/// The one field of the form: ticked means yes.
const FIELD: &str = "approve";

/// Whether this client's user can be asked, and what they answered in an earlier round of this call.
///
/// # Errors
/// The answer does not fit the form.
pub(super) fn asking<P>(cx: &RequestContext<P>) -> Result<Asking, Interrupt> {
    // Whether a form can be shown does not depend on what is in it.
    let can_ask = cx.can_ask(&InputRequest::from(ElicitForm::new(String::new())));
    let asking = if can_ask { Asking::possible() } else { Asking::impossible() };
    let Some(id) = cx.state().and_then(Value::as_str) else { return Ok(asking) };
    match cx.ask(&key(id), form(String::new(), "")) {
        Ok(answer) => {
            let yes = answer.accepted().is_some_and(|content| content.get(FIELD) == Some(&Value::Bool(true)));
            Ok(asking.with_answer(id, yes))
        }
        // It came back without an answer: the tool asks again.
        Err(Interrupt::InputRequired(_)) => Ok(asking),
        Err(error) => Err(error),
    }
}

/// Ends this round of the call with the question.
pub(super) fn put(question: Question) -> Interrupt {
    let Question { id, message, yes, .. } = question;
    let required = InputRequired::new().with_request(key(&id), form(message, yes));
    Interrupt::from(required.with_state(Value::String(id)))
}

fn form(message: String, yes: &str) -> ElicitForm {
    ElicitForm::new(message).required(FIELD, Field::boolean().with_title(yes))
}

fn key(id: &str) -> String {
    format!("confirm-{id}")
}
