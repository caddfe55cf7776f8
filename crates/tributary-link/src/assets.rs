//! The style sheet and the icon.

use crate::problem::{self, Problem};
use actix_web::HttpResponse;
use actix_web::web::Path;
use std::sync::LazyLock;
use tributary_pages::{Asset, Head, ICON};

static STYLESHEET: LazyLock<Asset> =
    LazyLock::new(|| Asset::stylesheet("link", include_str!("../assets/link.css")));

/// The head of every page.
pub(crate) fn head() -> Head<'static> {
    Head { stylesheet: &STYLESHEET }
}

/// `GET /assets/{file}`.
pub(crate) async fn asset(file: Path<String>) -> HttpResponse {
    let asset = Asset::find(&[&STYLESHEET, &ICON], &file);
    asset.map_or_else(|| problem::page(&Problem::NotFound), Asset::response)
}
