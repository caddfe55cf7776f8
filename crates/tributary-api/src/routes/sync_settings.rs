//! How data types are pulled.

use super::entry::{Entry, get, post};
use super::tag::Tag::SyncSettings;
use crate::sync_settings;
use tributary_contract::sync_settings::{
    CompanySyncSettings, CompanySyncSettingsBody, PlatformSyncSettings, PlatformSyncSettingsBody,
};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        get("/profile/syncSettings", sync_settings::get_of_platform)
            .operation(SyncSettings, "get-profile-syncSettings", "Get sync settings")
            .says("Gives how data types are pulled of companies without settings of their own.")
            .answers::<PlatformSyncSettings>(200),
        post("/profile/syncSettings", sync_settings::set_of_platform)
            .operation(SyncSettings, "update-profile-syncSettings", "Update all sync settings")
            .says(
                "Replaces the settings for all companies. They hold at once: for the next pulls, and for when those \
                 are due. A type that is locked can't be set otherwise for a company.",
            )
            .takes::<PlatformSyncSettingsBody>()
            .answers_nothing(204),
        get("/companies/{companyId}/syncSettings", sync_settings::get_of_company)
            .operation(SyncSettings, "get-company-syncSettings", "Get company sync settings")
            .says("Gives how a company's data types are pulled, by its own settings or by those that it inherits.")
            .answers::<CompanySyncSettings>(200),
        post("/companies/{companyId}/syncSettings", sync_settings::set_of_company)
            .operation(SyncSettings, "set-company-syncSettings", "Set company sync settings")
            .says("Replaces a company's own settings. What they leave out is inherited from the settings for all.")
            .takes::<CompanySyncSettingsBody>()
            .answers_nothing(204),
    ]
}
