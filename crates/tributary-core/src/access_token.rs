//! Access tokens of companies: signed statements that whoever carries one may act for one company, in Link's
//! embedded form, for a day.
//!
//! A token is a JSON Web Token (RFC 7519) signed with HMAC-SHA-256. What a token's own header says of its algorithm
//! is never used: the header is one constant, and a token with any other is none of ours.

use crate::ids::{CompanyId, PlatformId};
use crate::{Millis, Secret};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::{Deserialize, Serialize};

/// How long a token is good for.
pub const LIFETIME_SECS: i64 = 86_400;

/// What the signing key is derived for (`SealingKey::derive`).
pub const KEY_PURPOSE: &str = "access tokens of companies";

const HEADER: &[u8] = br#"{"alg":"HS256","typ":"JWT"}"#;
const ISSUER: &str = "tributary";
const AUDIENCE: &str = "link";

/// The longest token that is looked at.
const BYTES_MAX: usize = 1024;

/// What a token states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessToken {
    /// The company's platform.
    pub platform: PlatformId,
    /// The company.
    pub company: CompanyId,
    /// When it was made, in whole seconds.
    pub issued: Millis,
}

/// Not a token of ours, or not any more. The reasons are not told apart: they would help whoever forges one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the access token is not valid, or no longer")]
pub struct NotValid;

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    platform: String,
    /// Unix seconds.
    iat: i64,
    /// Unix seconds.
    exp: i64,
}

impl AccessToken {
    /// The token for a company, made now.
    pub fn new(platform: PlatformId, company: CompanyId, now: Millis) -> Self {
        AccessToken { platform, company, issued: Millis(now.0.div_euclid(1000) * 1000) }
    }

    /// Signs it.
    pub fn sign(&self, key: &Secret) -> Result<Secret, NotValid> {
        let issued_secs = self.issued.0 / 1000;
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: self.company.to_string(),
            platform: self.platform.to_string(),
            iat: issued_secs,
            exp: issued_secs.saturating_add(LIFETIME_SECS),
        };
        let claims = serde_json::to_vec(&claims).map_err(|_| NotValid)?;
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims));
        let tag = hmac::sign(&signing_key(key), signed.as_bytes());
        Ok(Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))))
    }

    /// Reads a token that this key signed, whose day has not passed. Whether company and platform still exist is for
    /// the caller to find out.
    pub fn verify(key: &Secret, token: &Secret, now: Millis) -> Result<Self, NotValid> {
        let token = token.expose();
        if token.len() > BYTES_MAX {
            return Err(NotValid);
        }
        let (signed, tag) = token.rsplit_once('.').ok_or(NotValid)?;
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| NotValid)?;
        hmac::verify(&signing_key(key), signed.as_bytes(), &tag).map_err(|_| NotValid)?;
        let (header, claims) = signed.split_once('.').ok_or(NotValid)?;
        let decode = |part| URL_SAFE_NO_PAD.decode(part).map_err(|_| NotValid);
        if decode(header)? != HEADER {
            return Err(NotValid);
        }
        let claims: Claims = serde_json::from_slice(&decode(claims)?).map_err(|_| NotValid)?;
        let now_secs = now.0.div_euclid(1000);
        if claims.iss != ISSUER || claims.aud != AUDIENCE || now_secs >= claims.exp {
            return Err(NotValid);
        }
        Ok(AccessToken {
            platform: claims.platform.parse().map_err(|_| NotValid)?,
            company: claims.sub.parse().map_err(|_| NotValid)?,
            issued: Millis(claims.iat.checked_mul(1000).ok_or(NotValid)?),
        })
    }
}

fn signing_key(key: &Secret) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, key.expose().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = Millis(1_790_000_000_123);

    fn token() -> (AccessToken, Secret, Secret) {
        let (made, key) =
            (AccessToken::new(PlatformId::random(), CompanyId::random(), NOW), Secret::new("key"));
        let text = made.sign(&key).unwrap();
        (made, key, text)
    }

    /// A token of these parts with a signature that is right.
    fn forged(key: &Secret, header: &str, claims: &str) -> Secret {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let tag = hmac::sign(&signing_key(key), signed.as_bytes());
        Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag)))
    }

    #[test]
    fn a_token_is_read_back_for_a_day_by_the_key_that_signed_it() {
        let (made, key, text) = token();
        assert_eq!(AccessToken::verify(&key, &text, NOW), Ok(made));
        assert_eq!(made.issued, Millis(1_790_000_000_000));
        let end = Millis(1_790_000_000_000 + 86_400_000);
        assert_eq!(AccessToken::verify(&key, &text, end.plus_ms(-1)), Ok(made));
        assert_eq!(AccessToken::verify(&key, &text, end), Err(NotValid));
        assert_eq!(AccessToken::verify(&Secret::new("kez"), &text, NOW), Err(NotValid));
    }

    #[test]
    fn the_signature_is_the_one_of_the_standard() {
        // The example of RFC 7515, appendix A.1, with its key.
        let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
        let key = hmac::Key::new(hmac::HMAC_SHA256, &URL_SAFE_NO_PAD.decode(key).unwrap());
        let signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
        let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
        assert_eq!(tag, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    }

    #[test]
    fn whatever_is_changed_in_a_token_spoils_it() {
        let (_, key, text) = token();
        let text = text.expose();
        for at in 0..text.len() {
            for other in ['A', 'B', '.'] {
                let mut changed = text.to_owned();
                changed.replace_range(at..=at, &other.to_string());
                if changed != text {
                    assert_eq!(AccessToken::verify(&key, &Secret::new(changed), NOW), Err(NotValid), "{at}");
                }
            }
            assert_eq!(AccessToken::verify(&key, &Secret::new(&text[..at]), NOW), Err(NotValid), "{at}");
        }
    }

    #[test]
    fn no_other_algorithm_issuer_or_audience_is_accepted() {
        let key = Secret::new("key");
        let (id, header) = (CompanyId::random(), std::str::from_utf8(HEADER).unwrap());
        let claims = |iss: &str, aud: &str, exp: &str| {
            format!(r#"{{"iss":"{iss}","aud":"{aud}","sub":"{id}","platform":"{id}","iat":1,"exp":{exp}}}"#)
        };
        let good = claims(ISSUER, AUDIENCE, "1790000001");
        let verify =
            |header: &str, claims: &str| AccessToken::verify(&key, &forged(&key, header, claims), NOW);
        assert!(verify(header, &good).is_ok());
        let refused = [
            (r#"{"alg":"none","typ":"JWT"}"#, good.as_str()),
            (r#"{"alg":"RS256","typ":"JWT"}"#, &good),
            (header, &claims("else", AUDIENCE, "1790000001")),
            (header, &claims(ISSUER, "api", "1790000001")),
            (header, &claims(ISSUER, AUDIENCE, "1789999999")),
            (header, &claims(ISSUER, AUDIENCE, "\"never\"")),
            (header, "{}"),
            (header, &good.replace(&id.to_string(), "nobody")),
        ];
        for (header, claims) in refused {
            assert_eq!(verify(header, claims), Err(NotValid), "{header} {claims}");
        }
    }
}
