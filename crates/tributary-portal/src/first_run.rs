//! The first run: while no user exists, whoever holds the installation's token may become the first
//! administrator.

use crate::PortalState;
use crate::cookie::is_same;
use tributary_core::Secret;
use tributary_db::vault::Vault;
use tributary_db::{DbError, users};

/// The token of the first run. It is derived from the master key: every process of the installation has the same
/// one, and it is stored nowhere. It opens nothing once there is a user.
pub(crate) fn token(vault: &Vault) -> Secret {
    vault.derive("the portal's first run")
}

/// Whether text is the token of the first run.
pub(crate) fn is_token(vault: &Vault, given: &Secret) -> bool {
    is_same(given, &token(vault))
}

impl PortalState {
    /// The address at which the first administrator is made; none when there is a user already. Blocks.
    ///
    /// It holds a secret: show it to whoever started the process, and don't log it.
    pub fn setup_url(&self) -> Result<Option<Secret>, DbError> {
        if self.db.read_blocking(users::exist)? {
            return Ok(None);
        }
        let mut url = self.urls.portal.at("/setup");
        url.query_pairs_mut().append_pair("token", token(&self.vault).expose());
        Ok(Some(Secret::new(url.as_str())))
    }
}
