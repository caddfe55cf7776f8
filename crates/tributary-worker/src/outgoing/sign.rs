//! Signatures of outgoing messages, as Standard Webhooks has them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use tributary_core::{Millis, Secret};
use zeroize::Zeroizing;

/// What a signing secret begins with; base64 follows.
const PREFIX: &str = "whsec_";

/// A signing secret isn't `whsec_` and base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signing secret isn't whsec_ and base64")]
pub(crate) struct BadSecret;

/// The value of `webhook-signature`: one signature per secret, separated by blanks, so that a consumer that knows
/// either the new or the previous secret accepts the message.
pub(crate) fn signature(
    secrets: &[Secret],
    message_id: &str,
    at: Millis,
    body: &str,
) -> Result<String, BadSecret> {
    let mut signatures = Vec::with_capacity(secrets.len());
    for secret in secrets {
        let key = secret.expose().strip_prefix(PREFIX).ok_or(BadSecret)?;
        let key = STANDARD.decode(key).ok().filter(|key| !key.is_empty()).ok_or(BadSecret)?;
        let key = Zeroizing::new(key);
        let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &key));
        context.update(format!("{message_id}.{}.", at.secs()).as_bytes());
        context.update(body.as_bytes());
        signatures.push(format!("v1,{}", STANDARD.encode(context.sign())));
    }
    if signatures.is_empty() { Err(BadSecret) } else { Ok(signatures.join(" ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"id":"1","eventType":"company.created"}"#;
    const AT: Millis = Millis(1_767_225_600_999);

    fn secret(text: &str) -> Secret {
        Secret::new(format!("{PREFIX}{}", STANDARD.encode(text)))
    }

    #[test]
    fn the_scheme_is_the_standards_a_86() {
        // Computed by another implementation: openssl dgst -sha256 -hmac.
        assert_eq!(
            signature(&[secret("a secret of thirty-two bytes, yes")], "msg_1", AT, BODY).unwrap(),
            "v1,1Pue1AnUC34q7M3XLsCkJRsfgn4eWkaoKFJH8u6fe4Y="
        );
    }

    #[test]
    fn while_a_rotated_secret_is_valid_both_sign() {
        let (new, old) = (secret("new"), secret("old"));
        let both = signature(&[new.clone(), old.clone()], "msg_1", AT, BODY).unwrap();
        let alone = |secret| signature(&[secret], "msg_1", AT, BODY).unwrap();
        assert_eq!(both, format!("{} {}", alone(new), alone(old)));
    }

    #[test]
    fn another_id_time_or_body_has_another_signature() {
        let secrets = [secret("one")];
        let first = signature(&secrets, "msg_1", AT, BODY).unwrap();
        assert_ne!(signature(&secrets, "msg_2", AT, BODY).unwrap(), first);
        assert_ne!(signature(&secrets, "msg_1", AT.plus_ms(1), BODY).unwrap(), first);
        assert_ne!(signature(&secrets, "msg_1", AT, "{}").unwrap(), first);
    }

    #[test]
    fn what_is_no_signing_secret_signs_nothing() {
        for text in ["", "whsec_", "sk_test_1", "whsec_not base64!"] {
            assert_eq!(signature(&[Secret::new(text)], "msg_1", AT, BODY), Err(BadSecret), "{text}");
        }
        assert_eq!(signature(&[], "msg_1", AT, BODY), Err(BadSecret));
    }
}
