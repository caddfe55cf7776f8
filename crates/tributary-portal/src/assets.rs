//! The style sheet, the scripts and the icon.

use crate::failure::Failure;
use actix_web::HttpResponse;
use actix_web::web::Path;
use std::sync::LazyLock;
use tributary_pages::{Asset, Head, ICON};

static STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::stylesheet("portal", include_str!("../assets/portal.css")));
/// What every page can use: copying, the focus on problems, one click per form.
pub(crate) static SCRIPT_OF_ALL: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("portal", include_str!("../assets/portal.js")));
/// What keeps the state of reading up to date.
pub(crate) static SCRIPT_OF_PROGRESS: LazyLock<Asset> =
    LazyLock::new(|| Asset::script("progress", include_str!("../assets/progress.js")));

/// The head of every page.
pub(crate) fn head() -> Head<'static> {
    Head { stylesheet: &STYLESHEET }
}

/// `GET /assets/{file}`.
pub(crate) async fn asset(file: Path<String>) -> Result<HttpResponse, Failure> {
    let all: [&Asset; 4] = [&STYLESHEET, &SCRIPT_OF_ALL, &SCRIPT_OF_PROGRESS, &ICON];
    Asset::find(&all, &file).map(Asset::response).ok_or(Failure::NotFound)
}
