//! Pages and redirects as responses. What every response carries beside is added in [`crate::headers`].

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use askama::Template;
use tributary_core::token;

/// A page as a response.
pub fn html(status: StatusCode, page: &impl Template) -> Result<HttpResponse, askama::Error> {
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(page.render()?))
}

/// A redirect that a browser follows with GET.
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, location)).finish()
}

/// Eight characters that a page about a failure shows and the log has beside the cause.
pub fn error_reference() -> String {
    match token::random_bytes::<4>() {
        Ok(bytes) => format!("{:08X}", u32::from_be_bytes(bytes)),
        Err(_) => "00000000".to_owned(),
    }
}
