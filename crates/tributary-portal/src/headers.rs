//! What browsers may do with the pages, and whom they tell of them.

use tributary_pages::headers::Policies;

/// The portal's policies. Its forms tell the portal itself from which page they come, and nobody else.
pub(crate) const POLICIES: Policies = Policies {
    content_security: "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
         connect-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'; report-uri /csp-report",
    cross_origin_opener: "same-origin",
    referrer: "same-origin",
};
