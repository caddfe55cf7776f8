//! `Stripe-Signature`: whether a body came from Stripe, and now (A-80, A-81).

use ring::hmac;
use tributary_core::{Millis, Secret};

/// How far the time in a signature may lie from ours, in either direction, in seconds: Stripe's own libraries' default.
pub const TOLERANCE_SECS: i64 = 300;

/// The longest header that is looked at: Stripe's has about 150 bytes, and another 70 while a secret is rolled.
const HEADER_BYTES_MAX: usize = 4096;

/// Signatures of one header that are compared at most.
const SIGNATURES_MAX: usize = 8;

/// Why a body is not taken for Stripe's. Whoever sent it learns no more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    /// The header is no signature: no time, more than one, or no signature of a scheme that counts.
    #[error("the signature's header is malformed")]
    Malformed,
    /// It was signed too long ago, or in the future.
    #[error("the signature's time lies more than {TOLERANCE_SECS} seconds from ours")]
    Stale,
    /// No secret makes any of the signatures.
    #[error("no signing secret makes this signature")]
    Mismatch,
}

/// Checks the header of a body, as it came byte for byte, against the secrets of its endpoint. `now` is our clock.
///
/// # Errors
/// See [`BadSignature`]. An empty secret matches nothing: anybody could sign with it.
pub fn verify(header: &str, body: &[u8], secrets: &[Secret], now: Millis) -> Result<(), BadSignature> {
    let (time, signatures) = read(header)?;
    let secs: i64 = time.parse().map_err(|_| BadSignature::Malformed)?;
    if secs.abs_diff(now.secs()) > TOLERANCE_SECS.unsigned_abs() {
        return Err(BadSignature::Stale);
    }
    let mut message = Vec::with_capacity(time.len() + 1 + body.len());
    message.extend_from_slice(time.as_bytes());
    message.push(b'.');
    message.extend_from_slice(body);
    let is_made_with = |secret: &Secret| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
        // `ring` compares in constant time.
        signatures.iter().any(|signature| hmac::verify(&key, &message, signature).is_ok())
    };
    let mut usable = secrets.iter().filter(|secret| !secret.expose().is_empty());
    if usable.any(is_made_with) { Ok(()) } else { Err(BadSignature::Mismatch) }
}

/// The time as it is written, and the signatures of scheme `v1`. Other schemes are of no use: `v0` is for tests.
fn read(header: &str) -> Result<(&str, Vec<[u8; 32]>), BadSignature> {
    if header.len() > HEADER_BYTES_MAX {
        return Err(BadSignature::Malformed);
    }
    let (mut time, mut signatures) = (None, Vec::new());
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", _)) if time.is_some() => return Err(BadSignature::Malformed),
            Some(("t", secs)) if !secs.is_empty() && secs.bytes().all(|byte| byte.is_ascii_digit()) => {
                time = Some(secs);
            }
            Some(("t", _)) => return Err(BadSignature::Malformed),
            Some(("v1", hex)) if signatures.len() < SIGNATURES_MAX => signatures.extend(bytes(hex)),
            _ => {}
        }
    }
    match time {
        Some(time) if !signatures.is_empty() => Ok((time, signatures)),
        _ => Err(BadSignature::Malformed),
    }
}

/// The bytes of 64 hexadecimal digits.
fn bytes(hex: &str) -> Option<[u8; 32]> {
    let digits = hex.as_bytes();
    let mut bytes = [0_u8; 32];
    if digits.len() != 2 * bytes.len() {
        return None;
    }
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(*pair.get(at)?).to_digit(16);
        *byte = u8::try_from(digit(0)? * 16 + digit(1)?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BODY: &[u8] = br#"{"id":"evt_1","object":"event","type":"charge.succeeded"}"#;
    const V1: &str = "2beef6f3e6064aa973f633ba2dbcb20952290a3ac753b7e02b1b2de27701e13c";
    const SIGNED: Millis = Millis(1_767_225_600_000);

    fn check(header: &str, body: &[u8], secrets: &[&str], now: Millis) -> Result<(), BadSignature> {
        let secrets: Vec<Secret> = secrets.iter().map(|secret| Secret::new(*secret)).collect();
        verify(header, body, &secrets, now)
    }

    fn header() -> String {
        format!("t=1767225600,v1={V1}")
    }

    #[test]
    fn a80_what_stripe_signed_is_accepted_with_any_secret_and_any_signature_of_the_scheme() {
        let ok = |header: &str, secrets: &[&str]| check(header, BODY, secrets, SIGNED);
        assert_eq!(ok(&header(), &["whsec_test_secret"]), Ok(()));
        assert_eq!(ok(&header(), &["whsec_old", "whsec_test_secret"]), Ok(()));
        let zeros = "0".repeat(64);
        assert_eq!(ok(&format!("t=1767225600,v1={zeros},v1={V1},v0=x"), &["whsec_test_secret"]), Ok(()));
        assert_eq!(ok(&format!("v0={V1}, v1={V1} ,t=1767225600"), &["whsec_test_secret"]), Ok(()));
    }

    #[test]
    fn a80_what_stripe_did_not_sign_is_refused() {
        let with = |header: &str| check(header, BODY, &["whsec_test_secret"], SIGNED);
        let mismatch = Err(BadSignature::Mismatch);
        assert_eq!(with(&format!("t=1767225601,v1={V1}")), mismatch, "another time");
        assert_eq!(check(&header(), BODY, &["whsec_other"], SIGNED), mismatch);
        assert_eq!(check(&header(), BODY, &[], SIGNED), mismatch);
        for header in [
            String::new(),
            "t=1767225600".to_owned(),
            format!("v1={V1}"),
            format!("t=1767225600,v0={V1}"),
            format!("t=1767225600,t=1767225600,v1={V1}"),
            format!("t=,v1={V1}"),
            format!("t=-1767225600,v1={V1}"),
            format!("t=1767225600.0,v1={V1}"),
            format!("t=99999999999999999999,v1={V1}"),
            format!("t=1767225600,v1={}", &V1[1..]),
            format!("t=1767225600,v1={}g", &V1[1..]),
            format!("t=1767225600,v1={V1}{}", " ".repeat(5000)),
        ] {
            assert_eq!(with(&header), Err(BadSignature::Malformed), "{header}");
        }
        for place in 0..BODY.len() {
            let mut body = BODY.to_vec();
            body[place] ^= 1;
            assert_eq!(check(&header(), &body, &["whsec_test_secret"], SIGNED), mismatch, "byte {place}");
        }
    }

    #[test]
    fn an_empty_secret_matches_nothing() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"");
        let signature = hmac::sign(&key, &[b"1767225600.".as_slice(), BODY].concat());
        let hex: String = signature.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(
            check(&format!("t=1767225600,v1={hex}"), BODY, &[""], SIGNED),
            Err(BadSignature::Mismatch)
        );
    }

    #[test]
    fn the_time_may_lie_five_minutes_from_ours_in_both_directions() {
        let at = |offset: i64| check(&header(), BODY, &["whsec_test_secret"], SIGNED.plus_ms(offset * 1000));
        for offset in [-300, 0, 300] {
            assert_eq!(at(offset), Ok(()), "{offset}");
        }
        for offset in [-301, 301, -1_767_225_600] {
            assert_eq!(at(offset), Err(BadSignature::Stale), "{offset}");
        }
    }

    proptest! {
        #[test]
        fn no_header_makes_it_panic_or_pass(header in ".{0,200}") {
            prop_assert!(check(&header, BODY, &["whsec_test_secret"], SIGNED).is_err());
        }
    }
}
