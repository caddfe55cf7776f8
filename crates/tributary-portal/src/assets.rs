//! The style sheet and the icon, in the binary, under names that change with their content.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Path;
use std::sync::LazyLock;
use tributary_core::digest;

struct Asset {
    /// The last part of its path.
    file: String,
    content_type: &'static str,
    content: &'static str,
}

static STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| named("portal", "css", "text/css; charset=utf-8", include_str!("../assets/portal.css")));
static ICON: LazyLock<Asset> =
    LazyLock::new(|| named("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg")));

fn named(stem: &str, extension: &str, content_type: &'static str, content: &'static str) -> Asset {
    let file = format!("{stem}.{:016x}.{extension}", digest::content(content.as_bytes()));
    Asset { file, content_type, content }
}

/// The style sheet's path.
pub(crate) fn stylesheet() -> String {
    format!("/assets/{}", STYLESHEET.file)
}

/// The icon's path.
pub(crate) fn icon() -> String {
    format!("/assets/{}", ICON.file)
}

/// `GET /assets/{file}`: kept by browsers for as long as they like, since other content has another name.
pub(crate) async fn asset(file: Path<String>) -> HttpResponse {
    let Some(asset) = [&STYLESHEET, &ICON].into_iter().find(|asset| asset.file == *file) else {
        return crate::not_found();
    };
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.content)
}
