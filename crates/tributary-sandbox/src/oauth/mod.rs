//! Connect OAuth and the OAuth of apps: the consent page, the token endpoints and deauthorization.

mod consent;
mod token;

pub(crate) use consent::{APP_PATH, authorize};
pub(crate) use token::{APP_TOKEN_PATH, deauthorize, token};

use crate::http::Reply;
use serde_json::json;

/// A refusal in OAuth's flat shape.
pub(crate) fn refusal(status: u16, error: &str, description: &str) -> Reply {
    Reply::json(status, json!({ "error": error, "error_description": description }).to_string())
}
