//! `GET` and `PUT /profile`

use super::address;
use crate::answer::{Answer, json};
use crate::caller::Caller;
use crate::failure::Failure;
use crate::state::ApiState;
use actix_web::web::{Bytes, Data};
use tributary_contract::ApiError;
use tributary_contract::error::ValidationItem;
use tributary_contract::profile::{Profile, VALIDATOR};
use tributary_db::platform_settings::{self, PlatformSettings};
use tributary_db::platforms;

/// Addresses in the white list at most.
const WHITE_LIST_MAX: usize = 50;

/// What the platform says of itself.
pub(crate) async fn get(state: Data<ApiState>, caller: Caller) -> Answer {
    let settings = state.read(move |conn| Ok(platform_settings::find(conn, caller.platform.no)?)).await?;
    json(&shown(caller.platform.name, settings))
}

/// Replaces what the platform says of itself: what the body leaves out is cleared.
pub(crate) async fn replace(state: Data<ApiState>, caller: Caller, body: Bytes) -> Answer {
    let profile = Profile::read(&body)?;
    let settings = checked(&profile)?;
    let (platform_no, name) = (caller.platform_no(), profile.name);
    let renamed = state
        .write(move |conn| {
            platform_settings::set_profile(conn, platform_no, &settings)?;
            let renamed = platforms::rename(conn, platform_no, &name)?;
            let name = renamed.map_err(|bad| ApiError::invalid(VALIDATOR, "name", bad.to_string()))?;
            Ok::<_, Failure>((name, platform_settings::find(conn, platform_no)?))
        })
        .await?;
    json(&shown(renamed.0, renamed.1))
}

fn shown(name: String, settings: PlatformSettings) -> Profile {
    Profile {
        name,
        logo_url: settings.logo_url,
        icon_url: settings.icon_url,
        redirect_url: settings.redirect_url.unwrap_or_default(),
        white_list_urls: settings.white_list_urls,
    }
}

/// The addresses of a profile, each checked; all that are bad are told. An empty logo, icon or redirect is none.
fn checked(profile: &Profile) -> Result<PlatformSettings, ApiError> {
    let mut broken = Vec::new();
    let mut check = |field: &str, is_good: bool, expected: &str| {
        if !is_good {
            broken.push(ValidationItem::new(VALIDATOR, field, format!("{field}: {expected}")));
        }
    };
    let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (logo_url, icon_url) = (given(&profile.logo_url), given(&profile.icon_url));
    let is_address = |text: &String| address::secure(text).is_some();
    check("logoUrl", logo_url.iter().all(is_address), address::EXPECTED);
    check("iconUrl", icon_url.iter().all(is_address), address::EXPECTED);
    let redirect_url = Some(profile.redirect_url.clone()).filter(|text| !text.is_empty());
    check(
        "redirectUrl",
        redirect_url.iter().all(|text| address::is_template(text)),
        "an https address is expected, in which names in braces such as {companyId} stand for what is filled in",
    );
    check("whiteListUrls", profile.white_list_urls.iter().all(is_address), address::EXPECTED);
    let few = profile.white_list_urls.len() <= WHITE_LIST_MAX;
    check("whiteListUrls", few, "there may be 50 addresses at most");
    if broken.is_empty() {
        let white_list_urls = profile.white_list_urls.clone();
        Ok(PlatformSettings { logo_url, icon_url, redirect_url, white_list_urls, cors_origins: Vec::new() })
    } else {
        Err(ApiError::Invalid(broken))
    }
}
