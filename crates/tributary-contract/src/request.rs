//! Reading request bodies.

use crate::error::ApiError;
use serde::de::DeserializeOwned;

/// Characters of a parser's message that are repeated to the client: the message may quote the body.
const MAX_MESSAGE_CHARS: usize = 200;

/// Reads a JSON object. Fields that the type doesn't have are ignored (rule I2).
pub(crate) fn object<T: DeserializeOwned>(body: &[u8], validator: &'static str) -> Result<T, ApiError> {
    // Derived types also read arrays, field by field; the contract's bodies are objects.
    if body.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::invalid(validator, "body", "the body must be a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| {
        let message: String = error.to_string().chars().take(MAX_MESSAGE_CHARS).collect();
        ApiError::invalid(validator, "body", format!("the body can't be read: {message}"))
    })
}
