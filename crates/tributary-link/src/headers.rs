//! What browsers may do with the pages, and whom they tell of them.

use tributary_pages::headers::Policies;
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

/// Link's policies. Addresses here are a merchant's own: they are told to nobody.
pub(crate) const POLICIES: Policies =
    Policies { content_security: POLICY, cross_origin_opener: "same-origin", referrer: "no-referrer" };

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
