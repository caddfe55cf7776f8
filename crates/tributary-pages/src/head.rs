//! What every page begins with.

use crate::{Asset, ICON};
use askama::Template;
use askama::filters::HtmlSafe;

/// What stands in every page's `head`, beside its title: encoding, width, colour schemes, icon, style sheet. In a
/// template, `{{ head }}`.
#[derive(Clone, Copy, Debug, Template)]
#[template(path = "head.html")]
pub struct Head<'a> {
    /// The service's style sheet.
    pub stylesheet: &'a Asset,
}

impl HtmlSafe for Head<'_> {}

/// The first link of every page, seen when it has the focus: past what all pages share to `main`, whose id is `main`.
/// It is markup: in a template, `{{ … |safe }}`.
pub const SKIP_LINK: &str = "<a class=\"skip\" href=\"#main\">Skip to the content</a>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_names_the_files_by_their_content() {
        let stylesheet = Asset::stylesheet("own", "");
        let head = Head { stylesheet: &stylesheet }.to_string();
        assert!(head.starts_with("<meta charset=\"utf-8\">"), "{head}");
        for path in [stylesheet.path(), ICON.path()] {
            assert!(head.contains(&format!("href=\"{path}\"")), "{head}");
        }
    }
}
