//! The signature of a delivery.

use ring::hmac;

/// The value of `Stripe-Signature`: the time and, in scheme `v1`, the HMAC-SHA256 of time and body under the whole
/// secret, its `whsec_` included.
pub(crate) fn signature(secret: &str, at_secs: i64, body: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{at_secs}.").as_bytes());
    context.update(body.as_bytes());
    let hex: String = context.sign().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={at_secs},v1={hex}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_is_the_documented_one() {
        let body = r#"{"id":"evt_1","object":"event","type":"charge.succeeded"}"#;
        assert_eq!(
            signature("whsec_test_secret", 1_767_225_600, body),
            "t=1767225600,v1=2beef6f3e6064aa973f633ba2dbcb20952290a3ac753b7e02b1b2de27701e13c"
        );
    }
}
