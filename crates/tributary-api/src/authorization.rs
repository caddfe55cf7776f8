//! The API key of a request: `Authorization: Basic` and the key in base64.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use base64::Engine;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use tributary_contract::{ApiError, Parameters};
use tributary_core::{Secret, token};

/// The longest encoded key that is looked at. Ours take 68 characters.
const ENCODED_CHARS_MAX: usize = 256;

/// Parameters that clients of other services put keys in.
const KEY_PARAMETERS: [&str; 5] = ["apikey", "api_key", "api-key", "authorization", "access_token"];

/// The key that a request carries. Read leniently, as clients differ: the scheme in any case, either alphabet
/// of base64, padded or not, with or without the colon that ends a user name.
pub(crate) fn key(headers: &HeaderMap) -> Option<Secret> {
    let (scheme, encoded) = headers.get(AUTHORIZATION)?.to_str().ok()?.trim().split_once(' ')?;
    let encoded = encoded.trim();
    if !scheme.eq_ignore_ascii_case("Basic") || encoded.len() > ENCODED_CHARS_MAX {
        return None;
    }
    let decoded = decode(&STANDARD, encoded).or_else(|| decode(&URL_SAFE, encoded))?;
    let text = Secret::new(String::from_utf8(decoded).ok()?);
    Some(Secret::new(text.expose().strip_suffix(':').unwrap_or(text.expose())))
}

fn decode(alphabet: &Alphabet, encoded: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    GeneralPurpose::new(alphabet, config).decode(encoded).ok()
}

/// Refuses a key in the URL: URLs end in logs and histories. So that nobody comes to rely on it, it is refused
/// even where the header has a key too.
pub(crate) fn refuse_key_in_url(parameters: &Parameters) -> Result<(), ApiError> {
    let is_named = KEY_PARAMETERS.iter().any(|name| parameters.get(name).is_some());
    let is_key = |value: &str| token::is_api_key(value.trim());
    if is_named || parameters.values().any(is_key) {
        let message = "send the API key in the header Authorization; this URL may have been logged on its way, so \
                       replace the key that it carries";
        return Err(ApiError::invalid("Authorization", "url", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::HeaderValue;
    use base64::engine::general_purpose::{STANDARD as PADDED, STANDARD_NO_PAD, URL_SAFE_NO_PAD};

    fn read(header: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(header).unwrap());
        key(&headers).map(|key| key.expose().to_owned())
    }

    #[test]
    fn a_key_is_read_in_every_form_that_clients_send() {
        for scheme in ["Basic", "basic", "BASIC"] {
            for text in ["k", "k:", "ke", "ke:", "key", "key:", "k\u{7f}>?:"] {
                let expected = Some(text.trim_end_matches(':').to_owned());
                for engine in [&PADDED, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
                    let header = format!("{scheme}  {} ", engine.encode(text));
                    assert_eq!(read(&header), expected, "{text} as {header}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_key_is_none() {
        let long = format!("Basic {}", PADDED.encode("k".repeat(400)));
        for header in ["", "Basic", "Basic !", "Bearer a2V5", "a2V5", "Basic /w==", &long] {
            assert_eq!(read(header), None, "{header}");
        }
        assert!(key(&HeaderMap::new()).is_none());
    }

    #[test]
    fn a_key_in_the_url_is_refused_by_name_and_by_shape() {
        let refused = |query: &str| refuse_key_in_url(&Parameters::parse(query).unwrap()).is_err();
        let key = token::random_api_key().unwrap();
        assert!(refused(&format!("page=1&anything={}", key.expose())));
        for query in ["apiKey=x", "API_KEY=", "access_token=1", "Authorization=Basic%20x"] {
            assert!(refused(query), "{query}");
        }
        assert!(!refused("page=1&query=name%3Dtrb_1"));
    }
}
