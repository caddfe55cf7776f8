//! What several services offer, each written once. A use case runs inside its caller's transaction.

mod change_company;
mod company_rules;
mod create_company;
mod create_connection;
mod create_first_administrator;
mod deauthorize;
mod delete_connection;
mod end_reading;
mod fail_authorization;
mod integration_change;
mod label_company;
mod link_connection;
mod lose_events;
#[cfg(test)]
mod message_tests;
mod pause_connection;
mod queue_due;
mod receive_events;
mod reconcile;
mod refresh;
mod set_connection_webhook;
mod set_integration;
mod set_sync_settings;
mod set_time_of_day;
#[cfg(test)]
mod severing_tests;
#[cfg(test)]
mod sync_settings_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod timing_tests;
mod unlink_connection;
mod view_integration;

pub use change_company::{ChangeRefused, change_company};
pub use company_rules::{
    CompanyChange, CompanyProblem, CompanyRefused, DESCRIPTION_CHARS_MAX, NAME_CHARS_MAX, TAG_CHARS_MAX,
    TAG_VALUE_CHARS_MAX, TAGS_MAX,
};
pub use create_company::create_company;
pub use create_connection::{ConnectionRefused, create_connection};
pub use create_first_administrator::{
    FirstAdministrator, FirstAdministratorRefused, create_first_administrator,
};
pub use deauthorize::deauthorize;
pub use delete_connection::{delete_company, delete_connection};
pub use end_reading::{end_reading, end_run};
pub use fail_authorization::fail_authorization;
pub use integration_change::{
    Expected, IntegrationChange, IntegrationField, IntegrationProblem, IntegrationText, Switch,
};
pub use label_company::{Label, LabelRefused, PRODUCTS_MAX, label_company};
pub use link_connection::{LinkRefused, Linked, link_connection};
pub use lose_events::lose_events;
pub use pause_connection::{ControlRefused, PAUSED, cancel_reading, pause_connection, resume_connection};
pub use queue_due::{Looked, queue_due};
pub use receive_events::{EventOwner, receive_events};
pub use reconcile::{
    Judged, ReconcileRefused, judge_reconciliation, queue_reconciliation, reconcile_after_run,
};
pub use refresh::{RefreshRefused, refresh_all, refresh_connection, refresh_type};
pub use set_connection_webhook::{WebhookSecretRefused, WebhookSecretsChange, set_connection_webhook};
pub use set_integration::set_integration;
pub use set_sync_settings::{SettingsLocked, set_company_sync_settings, set_platform_sync_settings};
pub use set_time_of_day::set_time_of_day;
pub use unlink_connection::{UnlinkRefused, unlink_connection};
pub use view_integration::{IntegrationView, view_integration, view_integrations};
