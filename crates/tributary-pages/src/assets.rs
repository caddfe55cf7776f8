//! Files that pages load, in the binary, under names that change with their content.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::Bytes;
use std::sync::LazyLock;
use tributary_core::digest;

/// The styles that every style sheet begins with: the design's tokens, and what looks the same everywhere.
const BASE_STYLES: &str = include_str!("../assets/base.css");

/// The icon of every page.
pub static ICON: LazyLock<Asset> = LazyLock::new(|| {
    Asset::named("icon", "svg", "image/svg+xml", Bytes::from_static(include_bytes!("../assets/icon.svg")))
});

/// A file that pages load. Its name holds a digest of its content, so that browsers may keep it for as long as they
/// like.
#[derive(Debug)]
pub struct Asset {
    /// The last part of its path.
    file: String,
    /// Its path.
    path: String,
    content_type: &'static str,
    content: Bytes,
}

impl Asset {
    /// A style sheet: the base styles, then the service's own, which may refine them.
    pub fn stylesheet(stem: &str, own: &str) -> Self {
        Asset::named(stem, "css", "text/css; charset=utf-8", [BASE_STYLES, own].concat().into())
    }

    /// A script.
    pub fn script(stem: &str, content: &'static str) -> Self {
        Asset::named(stem, "js", "text/javascript; charset=utf-8", content.into())
    }

    fn named(stem: &str, extension: &str, content_type: &'static str, content: Bytes) -> Self {
        let file = format!("{stem}.{:016x}.{extension}", digest::content(&content));
        Asset { path: format!("/assets/{file}"), file, content_type, content }
    }

    /// Its path: `/assets/{file}`.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The one of this name.
    pub fn find<'a>(all: &[&'a Asset], file: &str) -> Option<&'a Asset> {
        all.iter().find(|asset| asset.file == file).copied()
    }

    /// The file as a response. Other content has another name, so it is kept without asking again.
    pub fn response(&self) -> HttpResponse {
        HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, self.content_type))
            .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
            .body(self.content.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn other_content_has_another_name() {
        let (one, other) = (Asset::script("page", "1"), Asset::script("page", "2"));
        assert!(one.path().starts_with("/assets/page.") && one.path().ends_with(".js"), "{}", one.path());
        assert_ne!(one.path(), other.path());
        assert_eq!(one.path(), Asset::script("page", "1").path());
        let found = Asset::find(&[&one, &other], &other.file).map(Asset::path);
        assert_eq!(found, Some(other.path()));
        assert!(Asset::find(&[&one, &other], "page.js").is_none());
    }

    #[test]
    fn a_style_sheet_refines_the_base_styles() {
        let sheet = Asset::stylesheet("own", ".own { color: var(--text); }");
        let text = std::str::from_utf8(&sheet.content).unwrap();
        assert!(text.starts_with(BASE_STYLES) && text.ends_with(".own { color: var(--text); }"));
    }

    #[test]
    fn every_token_that_the_base_styles_use_is_one_of_them() {
        let names = |before: &str, after: char| -> BTreeSet<&str> {
            let parts = BASE_STYLES.split(before).skip(1);
            parts.filter_map(|part| part.split_once(after)).map(|(name, _)| name).collect()
        };
        let defined = names("--", ':');
        for used in names("var(--", ')') {
            assert!(defined.contains(used), "{used}");
        }
    }
}
