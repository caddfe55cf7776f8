//! The headers that every page carries.

use actix_web::Error;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;

/// The policies in which services differ on purpose, each as its header's value.
#[derive(Clone, Copy, Debug)]
pub struct Policies {
    /// `Content-Security-Policy`: what a page may load, and where its forms may lead.
    pub content_security: &'static str,
    /// `Cross-Origin-Opener-Policy`: which windows that a page opens, or is opened by, may know it.
    pub cross_origin_opener: &'static str,
    /// `Referrer-Policy`: whom browsers tell from which page they come.
    pub referrer: &'static str,
}

/// What all pages of all services carry.
const ALWAYS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("cache-control", "no-store"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), clipboard-read=(), clipboard-write=(self), display-capture=(), geolocation=(), \
         gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()",
    ),
    ("x-robots-tag", "noindex, nofollow"),
];

/// The header that keeps browsers on https, for answers that are sent over it; none for others.
pub fn strict_transport(is_https: bool) -> Option<(&'static str, &'static str)> {
    is_https.then_some(("strict-transport-security", "max-age=31536000; includeSubDomains"))
}

/// Adds what the response doesn't set itself.
pub async fn add(
    policies: Policies,
    is_https: bool,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let mut response = next.call(request).await?;
    let headers = response.headers_mut();
    let own = [
        ("content-security-policy", policies.content_security),
        ("cross-origin-opener-policy", policies.cross_origin_opener),
        ("referrer-policy", policies.referrer),
    ];
    for (name, value) in own.into_iter().chain(ALWAYS).chain(strict_transport(is_https)) {
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
    use actix_web::http::header::CACHE_CONTROL;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};

    const POLICIES: Policies = Policies {
        content_security: "default-src 'none'",
        cross_origin_opener: "same-origin",
        referrer: "no-referrer",
    };

    #[actix_web::test]
    async fn a_response_keeps_what_it_sets_itself_and_gets_the_rest() {
        for is_https in [true, false] {
            let kept = || async { HttpResponse::Ok().insert_header((CACHE_CONTROL, "public")).finish() };
            let app = App::new()
                .route("/", web::to(kept))
                .wrap(from_fn(move |request, next: Next<BoxBody>| add(POLICIES, is_https, request, next)));
            let app = init_service(app).await;
            let response = call_service(&app, TestRequest::default().to_request()).await;
            let value = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap());
            assert_eq!(value("cache-control"), Some("public"));
            assert_eq!(value("content-security-policy"), Some("default-src 'none'"));
            assert_eq!(value("referrer-policy"), Some("no-referrer"));
            assert_eq!(value("x-frame-options"), Some("DENY"));
            assert_eq!(value("strict-transport-security").is_some(), is_https);
        }
    }
}
