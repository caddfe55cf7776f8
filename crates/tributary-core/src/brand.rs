//! Pictures of integrations: plain word marks of our own, which Link shows to anybody.

use crate::integration::{PlatformKey, UnknownWord};
use std::str::FromStr;

/// A picture of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrandImage {
    /// Its name.
    Full,
    /// Its first letter.
    Square,
    /// A button that connects with it.
    Button,
    /// That button under the pointer.
    ButtonHover,
}

impl BrandImage {
    /// All.
    pub const ALL: [BrandImage; 4] =
        [BrandImage::Full, BrandImage::Square, BrandImage::Button, BrandImage::ButtonHover];

    /// The word in its address.
    pub fn as_str(self) -> &'static str {
        match self {
            BrandImage::Full => "full",
            BrandImage::Square => "square",
            BrandImage::Button => "button",
            BrandImage::ButtonHover => "button-hover",
        }
    }

    /// The picture as SVG.
    pub fn svg(self, key: PlatformKey) -> String {
        let name = key.display_name();
        let (width, height, fill, text) = match self {
            BrandImage::Full => (200, 60, "none", name.to_owned()),
            BrandImage::Square => (60, 60, INK, name.chars().take(1).collect()),
            BrandImage::Button => (220, 48, INK, format!("Connect {name}")),
            BrandImage::ButtonHover => (220, 48, INK_DARK, format!("Connect {name}")),
        };
        let (colour, size) = match self {
            BrandImage::Full => (INK, 30),
            BrandImage::Square => (PAPER, 34),
            BrandImage::Button | BrandImage::ButtonHover => (PAPER, 18),
        };
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img" aria-label="{text}"><rect width="{width}" height="{height}" rx="8" fill="{fill}"/><text x="50%" y="50%" fill="{colour}" font-family="system-ui, sans-serif" font-size="{size}" font-weight="600" text-anchor="middle" dominant-baseline="central">{text}</text></svg>"#
        )
    }
}

const INK: &str = "#0b6b66";
const INK_DARK: &str = "#084f4b";
const PAPER: &str = "#ffffff";

impl FromStr for BrandImage {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        BrandImage::ALL
            .into_iter()
            .find(|image| image.as_str() == text)
            .ok_or(UnknownWord { what: "image", expected: "full, square, button or button-hover" })
    }
}
