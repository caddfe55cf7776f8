//! The style sheet, the scripts and the icon, in the binary, under names that change with their content.

use crate::failure::Failure;
use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Path;
use std::sync::LazyLock;
use tributary_core::digest;

/// A file that pages load.
pub(crate) struct Asset {
    /// The last part of its path.
    file: String,
    /// Its path.
    path: String,
    content_type: &'static str,
    content: &'static str,
}

impl Asset {
    /// Its path.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The style sheet.
pub(crate) static STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| named("portal", "css", CSS, include_str!("../assets/portal.css")));
/// What every page can use: copying, the focus on problems, one click per form.
pub(crate) static SCRIPT_OF_ALL: LazyLock<Asset> =
    LazyLock::new(|| named("portal", "js", SCRIPT, include_str!("../assets/portal.js")));
/// What keeps the state of reading up to date.
pub(crate) static SCRIPT_OF_PROGRESS: LazyLock<Asset> =
    LazyLock::new(|| named("progress", "js", SCRIPT, include_str!("../assets/progress.js")));
/// The icon.
pub(crate) static ICON: LazyLock<Asset> =
    LazyLock::new(|| named("icon", "svg", "image/svg+xml", include_str!("../assets/icon.svg")));

fn named(stem: &str, extension: &str, content_type: &'static str, content: &'static str) -> Asset {
    let file = format!("{stem}.{:016x}.{extension}", digest::content(content.as_bytes()));
    Asset { path: format!("/assets/{file}"), file, content_type, content }
}

/// `GET /assets/{file}`: kept by browsers for as long as they like, since other content has another name.
pub(crate) async fn asset(file: Path<String>) -> Result<HttpResponse, Failure> {
    let all = [&STYLESHEET, &SCRIPT_OF_ALL, &SCRIPT_OF_PROGRESS, &ICON];
    let asset = all.into_iter().find(|asset| asset.file == *file).ok_or(Failure::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.content))
}
