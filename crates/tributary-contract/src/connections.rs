//! Connections.

use crate::error::ApiError;
use crate::integrations::Integration;
use crate::request;
use serde::{Deserialize, Serialize};
use tributary_core::ids::{ConnectionId, IntegrationId};
use tributary_core::state::ConnectionStatus;
use tributary_core::{Millis, PlatformKey};
use utoipa::ToSchema;

/// A company's connection to one Stripe account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The integration it was made with.
    pub integration_id: IntegrationId,
    /// Where it leads; `sourceId`, `sourceType` and `platformName` follow from it.
    #[serde(flatten)]
    pub source: Source,
    /// The address that starts its authorization, or starts it again.
    pub link_url: String,
    /// Where it stands.
    pub status: ConnectionStatus,
    /// When it last synced successfully.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_sync: Option<Millis>,
    /// When it was created.
    pub created: Millis,
    /// What went wrong with its authorization.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub data_connection_errors: Vec<ConnectionError>,
    /// The Stripe account, once it was authorised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_info: Option<ConnectionInfo>,
}

/// The Stripe account behind a connection. The contract leaves the form open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionInfo {
    /// Stripe's id of the account.
    pub account_id: String,
    /// Whether it is the account's live mode.
    pub livemode: bool,
}

/// What a connection says of its integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// The integration's key.
    #[serde(serialize_with = "crate::text")]
    integration_key: PlatformKey,
    /// The id of what data comes from.
    #[serde(serialize_with = "source_id")]
    #[schema(value_type = String, format = "uuid")]
    source_id: PlatformKey,
    /// What kind of source it is: `Commerce`.
    source_type: &'static str,
    /// The integration's name.
    platform_name: &'static str,
}

impl From<PlatformKey> for Source {
    fn from(key: PlatformKey) -> Self {
        Source {
            integration_key: key,
            source_id: key,
            source_type: Integration::SOURCE_TYPE,
            platform_name: key.display_name(),
        }
    }
}

fn source_id<S: serde::Serializer>(key: &PlatformKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&key.source_id())
}

/// A failed authorization, or the loss of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionError {
    /// The HTTP status that stands for it. Text, as the contract has it: `403`.
    pub status_code: String,
    /// What happened, as the source puts it.
    pub status_text: String,
    /// What happened, for people.
    pub error_message: String,
    /// When it happened.
    #[serde(rename = "erroredOnUtc")]
    pub errored_on: Millis,
    /// Whether it still matters.
    pub status: ErrorStatus,
    /// When it was put right.
    #[serde(rename = "resolvedOnUtc", skip_serializing_if = "Option::is_none")]
    pub resolved_on: Option<Millis>,
}

/// Whether an authorization error still matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub enum ErrorStatus {
    /// The connection waits for an authorization.
    Active,
    /// A later authorization put it right.
    Resolved,
}

/// A request to create a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionRequest {
    /// The integration to connect with.
    pub platform_key: PlatformKey,
}

/// The body of a request to create a connection.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionRequestBody {
    /// The integration to connect with: `exgd` (Stripe) or `yzth` (Stripe Test).
    #[schema(required, nullable = false, pattern = "^[a-z]{4}$")]
    platform_key: Option<String>,
}

impl ConnectionRequest {
    /// Reads a body. A key that isn't four lower-case letters is invalid; one that is, but names no
    /// integration of Tributary's, is not found.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        const VALIDATOR: &str = "CreateConnection";
        let body: ConnectionRequestBody = request::object(body, VALIDATOR)?;
        let text = body.platform_key.unwrap_or_default();
        if text.len() != 4 || !text.bytes().all(|byte| byte.is_ascii_lowercase()) {
            let message = "platformKey is required: exgd (Stripe) or yzth (Stripe Test)";
            return Err(ApiError::invalid(VALIDATOR, "platformKey", message));
        }
        let platform_key = text.parse().map_err(|_| ApiError::IntegrationNotFound(text))?;
        Ok(ConnectionRequest { platform_key })
    }
}

/// A request to change a connection's status: all that can be asked is to unlink it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateConnectionStatus;

/// The body of a request to change a connection's status.
#[derive(Deserialize, ToSchema)]
pub struct UpdateConnectionStatusBody {
    /// `Unlinked`: no other status can be asked for.
    #[schema(required, nullable = false)]
    status: Option<String>,
}

impl UpdateConnectionStatus {
    /// Who owns the rules, in validation items.
    pub const VALIDATOR: &'static str = "UpdateConnectionStatus";

    /// Reads a body.
    pub fn read(body: &[u8]) -> Result<Self, ApiError> {
        let body: UpdateConnectionStatusBody = request::object(body, Self::VALIDATOR)?;
        match body.status.as_deref() {
            Some("Unlinked") => Ok(UpdateConnectionStatus),
            _ => Err(ApiError::invalid(Self::VALIDATOR, "status", "status must be Unlinked")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connection() -> Connection {
        Connection {
            id: "7d6b1f6e-3c0b-4a51-9d0c-2f0f3a0d9b11".parse().unwrap(),
            integration_id: "43b64770-a953-46d6-ab30-46c21094a276".parse().unwrap(),
            source: PlatformKey::Stripe.into(),
            link_url: "https://link.example.com/companies/1/connections/2/start".into(),
            status: ConnectionStatus::PendingAuth,
            last_sync: None,
            created: Millis(1_793_094_809_000),
            data_connection_errors: vec![],
            connection_info: None,
        }
    }

    #[test]
    fn a_new_connection_leaves_out_what_it_lacks() {
        assert_eq!(
            serde_json::to_string(&connection()).unwrap(),
            r#"{"id":"7d6b1f6e-3c0b-4a51-9d0c-2f0f3a0d9b11","integrationId":"43b64770-a953-46d6-ab30-46c21094a276","integrationKey":"exgd","sourceId":"9a96f326-226a-4e0f-923a-6758fdba40cc","sourceType":"Commerce","platformName":"Stripe","linkUrl":"https://link.example.com/companies/1/connections/2/start","status":"PendingAuth","created":"2026-10-27T09:53:29Z"}"#
        );
    }

    #[test]
    fn authorization_errors_have_a_status_code_in_text() {
        let error = ConnectionError {
            status_code: "403".into(),
            status_text: "access_denied".into(),
            error_message: "The merchant declined.".into(),
            errored_on: Millis(0),
            status: ErrorStatus::Active,
            resolved_on: None,
        };
        assert_eq!(
            serde_json::to_string(&error).unwrap(),
            r#"{"statusCode":"403","statusText":"access_denied","errorMessage":"The merchant declined.","erroredOnUtc":"1970-01-01T00:00:00Z","status":"Active"}"#
        );
        let synced = Connection {
            last_sync: Some(Millis(1_793_096_563_646)),
            data_connection_errors: vec![error],
            connection_info: Some(ConnectionInfo { account_id: "acct_1".into(), livemode: true }),
            ..connection()
        };
        let json = serde_json::to_string(&synced).unwrap();
        assert!(json.contains(r#""lastSync":"2026-10-27T10:22:43.646Z""#), "{json}");
        assert!(json.contains(r#""dataConnectionErrors":[{"statusCode":"403""#), "{json}");
        assert!(json.contains(r#""connectionInfo":{"accountId":"acct_1","livemode":true}"#), "{json}");
    }

    #[test]
    fn a_connection_is_asked_for_by_platform_key() {
        let read = |body: &str| ConnectionRequest::read(body.as_bytes());
        let test_mode = ConnectionRequest { platform_key: PlatformKey::StripeTest };
        assert_eq!(read(r#"{"platformKey":"yzth","x":1}"#), Ok(test_mode));
        let unknown = read(r#"{"platformKey":"zzzz"}"#).unwrap_err();
        assert_eq!(unknown, ApiError::IntegrationNotFound("zzzz".into()));
        for bad in ["{}", r#"{"platformKey":"EXGD"}"#, r#"{"platformKey":5}"#, r#""exgd""#, "", "{"] {
            assert_eq!(read(bad).unwrap_err().status(), 400, "{bad}");
        }
    }
}
