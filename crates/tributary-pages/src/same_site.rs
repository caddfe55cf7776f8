//! Whether a form is one of ours.

use crate::PublicUrl;
use actix_web::HttpRequest;
use actix_web::http::header::ORIGIN;

/// Whether a form was sent by a page of the service's own. Browsers say so themselves to addresses that they trust;
/// to others they name the origin. Whoever says neither is no browser's form.
pub fn is_same_site(request: &HttpRequest, address: &PublicUrl) -> bool {
    let header = |name: &str| request.headers().get(name).map(|value| value.as_bytes());
    match header("sec-fetch-site") {
        Some(site) => site == b"same-origin",
        None => header(ORIGIN.as_str()) == Some(address.origin().as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_form_of_another_site_or_of_none_is_not_ours() {
        let address: PublicUrl = "https://portal.example.com".parse().unwrap();
        let is_ours = |headers: &[(&'static str, &'static str)]| {
            let request =
                headers.iter().fold(TestRequest::post(), |request, header| request.insert_header(*header));
            is_same_site(&request.to_http_request(), &address)
        };
        let (here, elsewhere) =
            (("origin", "https://portal.example.com"), ("origin", "https://evil.example"));
        assert!(is_ours(&[("sec-fetch-site", "same-origin")]) && is_ours(&[here]));
        for site in ["cross-site", "same-site", "none"] {
            assert!(!is_ours(&[("sec-fetch-site", site), here]), "{site}");
        }
        assert!(!is_ours(&[elsewhere]) && !is_ours(&[("origin", "null")]) && !is_ours(&[]));
    }
}
