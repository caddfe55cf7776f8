use crate::connection_errors::ConnectionError;
use crate::connections::ConnectionView;
use tributary_contract::connections::{self, ConnectionInfo, ErrorStatus};
use tributary_core::{PlatformKey, PublicUrls};

/// A connection.
pub fn connection(urls: &PublicUrls, view: ConnectionView) -> connections::Connection {
    let ConnectionView { connection, integration } = view;
    connections::Connection {
        id: connection.id,
        integration_id: integration.key.integration_id(),
        source: integration.key.into(),
        link_url: urls.start(connection.company_id, connection.id),
        status: connection.status,
        last_sync: connection.last_sync,
        created: connection.created,
        data_connection_errors: connection.errors.into_iter().map(error).collect(),
        connection_info: connection.account_id.map(|account| info(account.0, integration.key)),
    }
}

fn info(account_id: String, key: PlatformKey) -> ConnectionInfo {
    ConnectionInfo { account_id, livemode: key.mode().is_live() }
}

fn error(error: ConnectionError) -> connections::ConnectionError {
    connections::ConnectionError {
        status_code: error.status_code,
        status_text: error.status_text,
        error_message: error.error_message,
        errored_on: error.errored_on,
        status: if error.resolved_on.is_some() { ErrorStatus::Resolved } else { ErrorStatus::Active },
        resolved_on: error.resolved_on,
    }
}
