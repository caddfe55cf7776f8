//! Connect OAuth: the consent page, the token endpoint and deauthorization.

mod consent;
mod token;

pub(crate) use consent::authorize;
pub(crate) use token::{deauthorize, token};

use crate::http::Reply;
use serde_json::json;

/// A refusal in OAuth's flat shape.
pub(crate) fn refusal(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, json!({ "error": error, "error_description": description }).to_string())
}
