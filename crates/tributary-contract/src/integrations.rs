//! Integrations: Stripe and Stripe Test, and what they look like.

use serde::Serialize;
use tributary_core::brand::BrandImage;
use tributary_core::ids::IntegrationId;
use tributary_core::{DataType, PlatformKey};
use utoipa::ToSchema;

/// An integration, as a platform has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// Its key: `exgd` (Stripe) or `yzth` (Stripe Test).
    #[serde(serialize_with = "crate::text")]
    #[schema(pattern = "^[a-z]{4}$")]
    pub key: PlatformKey,
    /// The address of its logo.
    #[schema(format = "uri")]
    pub logo_url: String,
    /// Its name.
    pub name: &'static str,
    /// Whether merchants can connect with it.
    pub enabled: bool,
    /// The id of what data comes from.
    #[schema(format = "uuid")]
    pub source_id: String,
    /// What kind of source it is: `Commerce`.
    pub source_type: &'static str,
    /// Its id.
    pub integration_id: IntegrationId,
    /// Whether it runs on the merchant's own machine: no.
    pub is_offline_connector: bool,
    /// Whether it is on trial: no.
    pub is_beta: bool,
    /// Who provides the data.
    pub data_provided_by: &'static str,
    /// What can be done with which data type.
    pub datatype_features: Vec<DataTypeFeature>,
}

/// What can be done with a data type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DataTypeFeature {
    /// The data type.
    pub data_type: DataType,
    /// The same once more: Codat's document requires this name and describes the other.
    pub datatype: DataType,
    /// What can be done with it.
    pub supported_features: Vec<SupportedFeature>,
}

/// Something that can be done with a data type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SupportedFeature {
    /// What: `Get`, reading.
    pub feature_type: &'static str,
    /// How ready it is: `Release`.
    pub feature_state: &'static str,
}

impl Integration {
    /// The source of every integration there is.
    pub const SOURCE_TYPE: &'static str = "Commerce";

    /// An integration, by its key; `image_url` gives the address of one of its images.
    pub fn new(key: PlatformKey, enabled: bool, image_url: impl Fn(BrandImage) -> String) -> Self {
        let reading = SupportedFeature { feature_type: "Get", feature_state: "Release" };
        let readable =
            |data_type| DataTypeFeature { data_type, datatype: data_type, supported_features: vec![reading] };
        Integration {
            key,
            logo_url: image_url(BrandImage::Full),
            name: key.display_name(),
            enabled,
            source_id: key.source_id().to_string(),
            source_type: Self::SOURCE_TYPE,
            integration_id: key.integration_id(),
            is_offline_connector: false,
            is_beta: false,
            data_provided_by: "Stripe",
            datatype_features: DataType::ALL.into_iter().map(readable).collect(),
        }
    }
}

/// What an integration looks like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Branding {
    /// Its logo.
    pub logo: BrandingLogo,
    /// A button that leads to it.
    pub button: BrandingButton,
    /// The id of what data comes from.
    #[schema(format = "uuid")]
    pub source_id: String,
}

/// A logo in two forms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BrandingLogo {
    /// Wide, with the name.
    pub full: BrandingImage,
    /// As wide as high.
    pub square: BrandingImage,
}

/// A button in two states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BrandingButton {
    /// At rest.
    pub default: BrandingImage,
    /// Under the pointer.
    pub hover: BrandingImage,
}

/// An image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct BrandingImage {
    /// Where it is.
    pub image: ImageReference,
}

/// Where an image is, and what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImageReference {
    /// Its address.
    #[schema(format = "uri")]
    pub src: String,
    /// What stands in for it.
    pub alt: String,
}

impl Branding {
    /// An integration's branding; `image_url` as for [`Integration::new`].
    pub fn new(key: PlatformKey, image_url: impl Fn(BrandImage) -> String) -> Self {
        let name = key.display_name();
        let image = |image: BrandImage, alt: String| BrandingImage {
            image: ImageReference { src: image_url(image), alt },
        };
        Branding {
            logo: BrandingLogo {
                full: image(BrandImage::Full, format!("{name} logo")),
                square: image(BrandImage::Square, format!("{name} icon")),
            },
            button: BrandingButton {
                default: image(BrandImage::Button, format!("Connect {name}")),
                hover: image(BrandImage::ButtonHover, format!("Connect {name}")),
            },
            source_id: key.source_id().to_string(),
        }
    }
}
