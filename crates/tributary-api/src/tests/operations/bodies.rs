//! What each operation with a body is sent.

use super::world::Ids;
use std::sync::LazyLock;
use tributary_core::{Clock, Millis};

/// A body with which the operation succeeds.
pub fn of(operation_id: &str, ids: &Ids) -> String {
    let body = match operation_id {
        "create-company" => {
            r#"{"name":"Toft","description":"7","tags":{"region":"uk"},"platformType":"yzth"}"#
        }
        "replace-company" => r#"{"name":"Toft Ltd","description":"8","tags":{}}"#,
        "update-company" => r#"{"name":"Toft","description":null,"tags":{"region":"eu"}}"#,
        "update-profile" => {
            r#"{"name":"Toft","logoUrl":"https://toft.example/l.png","redirectUrl":"https://toft.example/{companyId}"}"#
        }
        "create-api-key" => r#"{"name":"CI 3"}"#,
        "set-cors-settings" | "set-connection-management-cors-settings" => {
            r#"{"allowedOrigins":["https://toft.example"]}"#
        }
        "refresh-product-data" => r#"{"dataTypes":["commerce-customers"]}"#,
        "unlink-connection" => r#"{"status":"Unlinked"}"#,
        "create-connection" => r#"{"platformKey":"yzth"}"#,
        "configure-supplemental-data" => {
            r#"{"supplementalDataConfig":{"shop":{"dataSource":"/v1/charges","pullData":{"order":"metadata.order_id"}}}}"#
        }
        "update-profile-syncSettings" => {
            return format!(
                r#"{{"clientId":"{}","settings":[{SETTING}],"overridesDefaults":true}}"#,
                ids["platformId"]
            );
        }
        "set-company-syncSettings" => {
            return format!(
                r#"{{"companyId":"{}","settings":[{SETTING}],"overridesDefaults":true}}"#,
                ids["companyId"]
            );
        }
        "create-webhook-consumer" => {
            r#"{"url":"https://example.com/hooks","eventTypes":["read.completed"],"disabled":false,"companyTags":["region:uk"]}"#
        }
        "update-webhook" => r#"{"disabled":true,"eventTypes":["read.completed","company.created"]}"#,
        "set-webhook-headers" => r#"{"headers":{"Authorization":"Bearer x"}}"#,
        "test-webhook" => r#"{"eventType":"read.completed"}"#,
        "recover-webhook-messages" | "replay-webhook-messages" => {
            return format!(r#"{{"since":"{}"}}"#, SINCE.to_iso());
        }
        "set-profile-timetable" | "set-company-timetable" => {
            r#"{"timeOfDay":"03:30","timeZone":"Europe/Berlin"}"#
        }
        other => panic!("bodies.rs: no body for {other}"),
    };
    body.to_owned()
}

/// Lately by the database's clock, and the same each time.
static SINCE: LazyLock<Millis> = LazyLock::new(|| Clock::system().now().plus_ms(-60_000));

const SETTING: &str = r#"{"dataType":"commerce-payments","fetchOnFirstLink":true,"syncSchedule":24,"syncOrder":1,"syncFromWindow":6}"#;
