//! Pictures of integrations, for whoever shows where merchants can connect.

use crate::problem::{self, Problem};
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Path;
use tributary_core::PlatformKey;
use tributary_core::brand::BrandImage;

/// `GET /brand/{platformKey}/{image}.svg`.
pub(crate) async fn image(path: Path<(String, String)>) -> HttpResponse {
    let (key, image) = path.into_inner();
    match (key.parse::<PlatformKey>(), image.parse::<BrandImage>()) {
        (Ok(key), Ok(image)) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "image/svg+xml"))
            .insert_header((CACHE_CONTROL, "public, max-age=86400"))
            .body(image.svg(key)),
        _ => problem::page(&Problem::NotFound),
    }
}
