//! What a platform sets for itself.

use super::entry::{Entry, delete, get, post, put};
use super::tag::Tag::Settings;
use crate::platform::{api_keys, cors, profile};
use tributary_contract::api_keys::{ApiKeyDetails, ApiKeys, CreateApiKey};
use tributary_contract::cors::CorsSettings;
use tributary_contract::profile::Profile;

pub(super) fn entries() -> Vec<Entry> {
    vec![
        get("/profile", profile::get)
            .operation(Settings, "get-profile", "Get profile")
            .says("Gives what your platform says of itself.")
            .answers::<Profile>(200),
        put("/profile", profile::replace)
            .operation(Settings, "update-profile", "Update profile")
            .says("Replaces what your platform says of itself. What the body leaves out is cleared.")
            .takes::<Profile>()
            .answers::<Profile>(200),
        get("/apiKeys", api_keys::list)
            .operation(Settings, "list-api-keys", "List API keys")
            .says("Lists your API keys, the newest first. Each is masked: a key is shown only when it is created.")
            .answers::<ApiKeys>(200),
        post("/apiKeys", api_keys::create)
            .operation(Settings, "create-api-key", "Create API key")
            .says("Creates an API key. Keep it: no later answer shows it. There may be ten.")
            .may_take::<CreateApiKey>()
            .answers::<ApiKeyDetails>(201)
            .errors(&[409]),
        delete("/apiKeys/{apiKeyId}", api_keys::delete)
            .operation(Settings, "delete-api-key", "Delete API key")
            .says("Deletes an API key for good, be it the one that the request carries or the last one.")
            .answers_nothing(204),
        get("/corsSettings", cors::get)
            .operation(Settings, "get-cors-settings", "Get CORS settings")
            .says("Gives the origins whose pages may embed Link. They are kept for you: Link has no such form yet.")
            .answers::<CorsSettings>(200),
        post("/corsSettings", cors::set)
            .operation(Settings, "set-cors-settings", "Set CORS settings")
            .says("Replaces the origins whose pages may embed Link. They are kept for you: Link has no such form yet.")
            .takes::<CorsSettings>()
            .answers::<CorsSettings>(200),
        get("/connectionManagement/corsSettings", cors::get)
            .operation(Settings, "get-connection-management-cors-settings", "Get CORS settings (old path)")
            .says("As Get CORS settings, for older clients.")
            .answers::<CorsSettings>(200)
            .deprecated(),
        post("/connectionManagement/corsSettings", cors::set)
            .operation(Settings, "set-connection-management-cors-settings", "Set CORS settings (old path)")
            .says("As Set CORS settings, for older clients.")
            .takes::<CorsSettings>()
            .answers::<CorsSettings>(200)
            .deprecated(),
    ]
}
