//! Sync settings: how data types are pulled.

use crate::data_type::KnownDataType;
use crate::error::{ApiError, ValidationItem};
use crate::request;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tributary_core::ids::{CompanyId, PlatformId};
use tributary_core::sync_settings::{Level, SyncSettings, TypeSettings};
use tributary_core::{DataType, Millis};
use utoipa::ToSchema;

/// The most hours of a schedule: a year.
pub const MAX_SCHEDULE_HOURS: i64 = 8760;
/// The highest `syncOrder`.
pub const MAX_ORDER: i64 = 1000;
/// The most months of a window or a report: a century.
pub const MAX_MONTHS: i64 = 1200;

/// How one data type is pulled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncSetting {
    /// The data type.
    pub data_type: DataType,
    /// Whether linking asks for it, and requests for all data.
    pub fetch_on_first_link: bool,
    /// Hours between two pulls; 0: no schedule of its own.
    pub sync_schedule: i64,
    /// Types with lower numbers come first.
    pub sync_order: i64,
    /// Nothing created before is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_from_utc: Option<Millis>,
    /// Nothing that is older than so many months is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sync_from_window: Option<i64>,
    /// For reports, of which commerce has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub months_to_sync: Option<i64>,
    /// Whether companies can't have it otherwise.
    pub is_locked: bool,
}

/// A platform's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlatformSyncSettings {
    /// The platform.
    pub client_id: PlatformId,
    /// What holds for every commerce data type.
    pub settings: Vec<SyncSetting>,
    /// Whether the platform has settings of its own.
    pub overrides_defaults: bool,
}

/// A company's settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanySyncSettings {
    /// The company.
    pub company_id: CompanyId,
    /// What holds for every commerce data type.
    pub settings: Vec<SyncSetting>,
    /// Whether the company has settings of its own.
    pub overrides_defaults: bool,
}

/// What holds, type by type.
pub fn list(settings: &SyncSettings) -> Vec<SyncSetting> {
    let of = |data_type: DataType| {
        let settings = settings.of(data_type);
        SyncSetting {
            data_type,
            fetch_on_first_link: settings.fetch_on_first_link,
            sync_schedule: settings.schedule_hours,
            sync_order: settings.order,
            sync_from_utc: settings.from_ms.map(Millis),
            sync_from_window: settings.window_months,
            months_to_sync: settings.report_months,
            is_locked: settings.is_locked,
        }
    };
    DataType::ALL.into_iter().map(of).collect()
}

/// What a platform is to say.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PlatformSyncSettingsBody {
    /// The platform itself.
    #[schema(required, nullable = false, format = "uuid")]
    client_id: Option<String>,
    /// What is said, type by type; what is left out has the defaults. Data types that aren't commerce are ignored.
    #[schema(required, nullable = false)]
    settings: Option<Vec<SyncSettingBody>>,
    /// Whether it counts; otherwise the defaults do.
    #[schema(default = true)]
    overrides_defaults: Option<bool>,
}

/// What a company is to say.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CompanySyncSettingsBody {
    /// The company itself.
    #[schema(required, nullable = false, format = "uuid")]
    company_id: Option<String>,
    /// What is said, type by type; what is left out is inherited. Data types that aren't commerce are ignored.
    #[schema(required, nullable = false)]
    settings: Option<Vec<SyncSettingBody>>,
    /// Whether it counts; otherwise the platform's settings do.
    #[schema(default = true)]
    overrides_defaults: Option<bool>,
}

/// How one data type is to be pulled.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncSettingBody {
    /// The data type's key, in any case.
    #[schema(required, nullable = false)]
    data_type: Option<String>,
    /// Whether linking asks for it, and requests for all data.
    #[schema(required, nullable = false)]
    fetch_on_first_link: Option<bool>,
    /// Hours between two pulls; 0: no schedule of its own.
    #[schema(required, nullable = false, minimum = 0, maximum = 8760)]
    sync_schedule: Option<i64>,
    /// Types with lower numbers come first.
    #[schema(required, nullable = false, minimum = 0, maximum = 1000)]
    sync_order: Option<i64>,
    /// Nothing created before is kept.
    #[schema(format = "date-time")]
    sync_from_utc: Option<String>,
    /// Nothing that is older than so many months is kept. Beside a date the later bound counts.
    #[schema(minimum = 1, maximum = 1200)]
    sync_from_window: Option<i64>,
    /// For reports, of which commerce has none.
    #[schema(minimum = 0, maximum = 1200)]
    months_to_sync: Option<i64>,
    /// Whether companies can't have it otherwise.
    is_locked: Option<bool>,
}

/// Who owns the rules below, in validation items.
const VALIDATOR: &str = "SyncSettings";

/// Reads what a platform is to say. All broken rules are reported at once.
pub fn read_for_platform(body: &[u8], platform: PlatformId, now: Millis) -> Result<Level, ApiError> {
    let body: PlatformSyncSettingsBody = request::object(body, VALIDATOR)?;
    let mut broken = Vec::new();
    check_id("clientId", body.client_id.as_deref(), &platform.to_string(), &mut broken);
    level(body.overrides_defaults, body.settings, now, broken)
}

/// Reads what a company is to say. All broken rules are reported at once.
pub fn read_for_company(body: &[u8], company: CompanyId, now: Millis) -> Result<Level, ApiError> {
    let body: CompanySyncSettingsBody = request::object(body, VALIDATOR)?;
    let mut broken = Vec::new();
    check_id("companyId", body.company_id.as_deref(), &company.to_string(), &mut broken);
    level(body.overrides_defaults, body.settings, now, broken)
}

/// The id in a body repeats whom the request is about: another one is a mistake.
fn check_id(name: &str, given: Option<&str>, expected: &str, broken: &mut Vec<ValidationItem>) {
    if !given.is_some_and(|given| given.eq_ignore_ascii_case(expected)) {
        broken.push(ValidationItem::new(VALIDATOR, name, format!("{name} must be {expected}")));
    }
}

fn level(
    overrides: Option<bool>,
    settings: Option<Vec<SyncSettingBody>>,
    now: Millis,
    mut broken: Vec<ValidationItem>,
) -> Result<Level, ApiError> {
    let mut types = BTreeMap::new();
    let mut seen = Vec::new();
    match settings {
        None => broken.push(ValidationItem::new(VALIDATOR, "settings", "settings is required: a list")),
        Some(given) => {
            for (at, given) in given.into_iter().enumerate() {
                let item = format!("settings[{at}]");
                let Some(known) = known(&given, &item, &mut broken) else { continue };
                // Unknown keys and repeated ones are refused, so that this is as long as the contract's list.
                if seen.contains(&known.key()) {
                    let message = format!("{} is there twice", known.key());
                    broken.push(ValidationItem::new(VALIDATOR, format!("{item}.dataType"), message));
                    continue;
                }
                seen.push(known.key());
                let settings = read(given, &item, now, &mut broken);
                // What Stripe has nothing of is checked and left out.
                if let KnownDataType::Supported(data_type) = known {
                    types.insert(data_type, settings);
                }
            }
        }
    }
    if broken.is_empty() {
        Ok(Level { overrides: overrides.unwrap_or(true), types })
    } else {
        broken.truncate(MAX_ITEMS);
        Err(ApiError::Invalid(broken))
    }
}

/// Broken rules that one answer names.
const MAX_ITEMS: usize = 100;

fn known(given: &SyncSettingBody, item: &str, broken: &mut Vec<ValidationItem>) -> Option<KnownDataType> {
    let known = given.data_type.as_deref().and_then(KnownDataType::from_key);
    if known.is_none() {
        let message = "dataType must be one of the contract's data types, such as commerce-payments";
        broken.push(ValidationItem::new(VALIDATOR, format!("{item}.dataType"), message));
    }
    known
}

fn read(given: SyncSettingBody, item: &str, now: Millis, broken: &mut Vec<ValidationItem>) -> TypeSettings {
    let mut within = |name: &str, value: Option<i64>, least: i64, most: i64| {
        if value.is_some_and(|value| !(least..=most).contains(&value)) {
            let message = format!("{name} must be a whole number from {least} to {most}");
            broken.push(ValidationItem::new(VALIDATOR, format!("{item}.{name}"), message));
        }
        value
    };
    let schedule_hours = within("syncSchedule", given.sync_schedule, 0, MAX_SCHEDULE_HOURS);
    let order = within("syncOrder", given.sync_order, 0, MAX_ORDER);
    let window_months = within("syncFromWindow", given.sync_from_window, 1, MAX_MONTHS);
    let report_months = within("monthsToSync", given.months_to_sync, 0, MAX_MONTHS);
    for (name, is_missing) in [
        ("fetchOnFirstLink", given.fetch_on_first_link.is_none()),
        ("syncSchedule", schedule_hours.is_none()),
        ("syncOrder", order.is_none()),
    ] {
        if is_missing {
            let message = format!("{name} is required");
            broken.push(ValidationItem::new(VALIDATOR, format!("{item}.{name}"), message));
        }
    }
    TypeSettings {
        fetch_on_first_link: given.fetch_on_first_link.unwrap_or(true),
        schedule_hours: schedule_hours.unwrap_or_default(),
        order: order.unwrap_or_default(),
        from_ms: given.sync_from_utc.and_then(|text| read_date(&text, item, now, broken)),
        window_months,
        report_months,
        is_locked: given.is_locked.unwrap_or_default(),
    }
}

fn read_date(text: &str, item: &str, now: Millis, broken: &mut Vec<ValidationItem>) -> Option<i64> {
    let message = match Millis::parse_iso(text.trim()) {
        Some(at) if at <= now && at >= Millis(0) => return Some(at.0),
        Some(_) => "syncFromUtc must lie between 1970 and now",
        None => "syncFromUtc must be a date such as 2026-01-31T00:00:00Z",
    };
    broken.push(ValidationItem::new(VALIDATOR, format!("{item}.syncFromUtc"), message));
    None
}

#[cfg(test)]
mod tests;
