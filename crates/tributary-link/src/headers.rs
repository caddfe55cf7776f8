//! The headers that every response carries.

use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use url::Url;

/// What a page may load and do: our own style sheet and images, nothing else.
macro_rules! policy {
    ($form_action:literal) => {
        concat!(
            "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; \
             frame-ancestors 'none'; form-action ",
            $form_action
        )
    };
}

/// The policy of pages without a form.
const POLICY: &str = policy!("'none'");

const ALWAYS: [(&str, &str); 9] = [
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "no-referrer"),
    ("cache-control", "no-store"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-read=()"),
    ("x-robots-tag", "noindex, nofollow"),
];

/// The policy of a page with a form whose redirects lead to this page at Stripe: browsers check each of them.
/// Stripe's own hosts send visitors on to each other.
pub(crate) fn policy_with_form(consent_page: &Url) -> String {
    let is_stripes = consent_page.host_str().is_some_and(|host| host.ends_with(".stripe.com"));
    let target = match is_stripes {
        true => "https://*.stripe.com".to_owned(),
        false => consent_page.origin().ascii_serialization(),
    };
    format!("{} {target}", policy!("'self'"))
}

/// Adds what the response doesn't set itself.
pub(crate) async fn add(
    is_https: bool,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    let strict = is_https.then_some(("strict-transport-security", "max-age=31536000; includeSubDomains"));
    for (name, value) in ALWAYS.into_iter().chain(strict) {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_may_lead_to_stripe_and_nowhere_else() {
        for (page, target) in [
            ("https://connect.stripe.com/oauth/authorize?x=1", "https://*.stripe.com"),
            ("http://127.0.0.1:7613/oauth/authorize", "http://127.0.0.1:7613"),
            ("https://connect.stripe.com.example/oauth", "https://connect.stripe.com.example"),
            ("https://notstripe.com/oauth", "https://notstripe.com"),
        ] {
            let policy = policy_with_form(&page.parse().unwrap());
            assert!(policy.ends_with(&format!("form-action 'self' {target}")), "{policy}");
        }
    }
}
