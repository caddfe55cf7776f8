//! The parameters of a callback: read once, bounded, and either whole or refused.

use crate::error::Outcome;
use tributary_core::Secret;
use tributary_core::token::is_token;

/// The longest query that is read, in bytes.
const QUERY_BYTES_MAX: usize = 4096;
/// The longest authorization code, in bytes; Stripe's have 35.
const CODE_BYTES_MAX: usize = 255;

/// What came back from Stripe.
#[derive(Debug)]
pub(crate) struct Callback {
    /// The state that was sent along.
    pub state: Secret,
    /// What Stripe says.
    pub answer: Answer,
}

/// A code, or why there is none.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The merchant consented.
    Code(Secret),
    /// Stripe's `error`, as an outcome of ours. Its description is never read: anybody can write one.
    Error(Outcome),
}

/// Why a callback is not one of Stripe's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadCallback {
    #[error("the query is too long")]
    TooLong,
    #[error("a parameter is given twice")]
    Repeated,
    #[error("the state is missing or malformed")]
    State,
    #[error("the code is malformed")]
    Code,
    #[error("there is neither a code nor an error, or both")]
    Answer,
}

/// Reads the query. Parameters that we don't know are Stripe's to add.
pub(crate) fn parse(query: &str) -> Result<Callback, BadCallback> {
    if query.len() > QUERY_BYTES_MAX {
        return Err(BadCallback::TooLong);
    }
    let (mut state, mut code, mut error) = (None, None, None);
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let slot = match name.as_ref() {
            "state" => &mut state,
            "code" => &mut code,
            "error" => &mut error,
            _ => continue,
        };
        if slot.replace(value).is_some() {
            return Err(BadCallback::Repeated);
        }
    }
    let state = state.filter(|state| is_token(state)).ok_or(BadCallback::State)?;
    let answer = match (code, error) {
        (Some(code), None) if is_code(&code) => Answer::Code(Secret::new(code)),
        (Some(_), None) => return Err(BadCallback::Code),
        (None, Some(error)) if !error.is_empty() => Answer::Error(Outcome::of_redirect(&error)),
        _ => return Err(BadCallback::Answer),
    };
    Ok(Callback { state: Secret::new(state), answer })
}

fn is_code(code: &str) -> bool {
    !code.is_empty() && code.len() <= CODE_BYTES_MAX && code.bytes().all(|b| b.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tributary_core::token;

    #[test]
    fn a_code_and_a_denial_are_read() {
        let state = token::random_token().unwrap();
        let query = format!("scope=read_only&code=ac_123&state={}&new=1", state.expose());
        let callback = parse(&query).unwrap();
        assert_eq!(callback.state.expose(), state.expose());
        assert!(matches!(callback.answer, Answer::Code(code) if code.expose() == "ac_123"));
        let query = format!("error=access_denied&error_description=x&state={}", state.expose());
        assert!(matches!(parse(&query).unwrap().answer, Answer::Error(Outcome::Denied)));
    }

    #[test]
    fn whatever_stripe_would_not_send_is_refused() {
        let token = token::random_token().unwrap();
        let state = token.expose();
        let short = &state[..42];
        let cases = [
            (String::new(), BadCallback::State),
            ("code=ac_1".to_owned(), BadCallback::State),
            ("code=ac_1&state=".to_owned(), BadCallback::State),
            (format!("code=ac_1&state={short}"), BadCallback::State),
            (format!("code=ac_1&state={state}A"), BadCallback::State),
            (format!("code=ac_1&state={short}%00"), BadCallback::State),
            (format!("code=ac_1&state={state}&state={state}"), BadCallback::Repeated),
            (format!("code=ac_1&code=ac_1&state={state}"), BadCallback::Repeated),
            (format!("error=a&error=a&state={state}"), BadCallback::Repeated),
            (format!("state={state}"), BadCallback::Answer),
            (format!("error=&state={state}"), BadCallback::Answer),
            (format!("code=ac_1&error=access_denied&state={state}"), BadCallback::Answer),
            (format!("code=&state={state}"), BadCallback::Code),
            (format!("code=ac%0d%0a1&state={state}"), BadCallback::Code),
            (format!("code={}&state={state}", "a".repeat(256)), BadCallback::Code),
            (format!("code=ac_1&state={state}&x={}", "a".repeat(4096)), BadCallback::TooLong),
        ];
        for (query, expected) in cases {
            assert_eq!(parse(&query).unwrap_err(), expected, "{query}");
        }
    }
}
