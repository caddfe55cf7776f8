//! The first run: while no user exists, whoever holds the installation's token may become the first
//! administrator.

use crate::cookie::is_same;
use crate::{PortalState, Urls};
use tributary_core::Secret;
use tributary_db::vault::Vault;
use tributary_db::{AnyConn, DbError, users};

/// The token of the first run. It is derived from the master key: every process of the installation has the same
/// one, and it is stored nowhere. It opens nothing once there is a user.
pub(crate) fn token(vault: &Vault) -> Secret {
    vault.derive("the portal's first run")
}

/// Whether text is the token of the first run.
pub(crate) fn is_token(vault: &Vault, given: &Secret) -> bool {
    is_same(given, &token(vault))
}

/// The address at which the first administrator is made; none when there is a user already.
///
/// It holds a secret: show it to whoever started the process, and don't log it.
fn setup_url(conn: &mut AnyConn, vault: &Vault, urls: &Urls) -> Result<Option<Secret>, DbError> {
    if users::exist(conn)? {
        return Ok(None);
    }
    let mut url = urls.portal.clone();
    url.set_path("/setup");
    url.query_pairs_mut().append_pair("token", token(vault).expose());
    Ok(Some(Secret::new(url.as_str())))
}

impl PortalState {
    /// As [`setup_url`], for this portal. Blocks.
    pub fn setup_url(&self) -> Result<Option<Secret>, DbError> {
        self.db.read_blocking(|conn| setup_url(conn, &self.vault, &self.urls))
    }
}
