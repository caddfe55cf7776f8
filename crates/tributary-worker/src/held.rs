//! A connection that is held: whose it is, how it is read, and how it is written to.

use crate::{WorkerContext, hold};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_core::ids::CredentialId;
use tributary_core::state::RunReason;
use tributary_core::{Millis, Mode};
use tributary_db::bulk::Owner;
use tributary_db::connection_errors::ConnectionError;
use tributary_db::connections::Connection;
use tributary_db::leases::{self, Lease};
use tributary_db::reads::{self, Purpose};
use tributary_db::{AnyConn, DbError, credentials, integrations, platforms, use_cases};
use tributary_stripe::{Auth, ErrorKind};

/// Why the work on a connection stopped before its end. What is stored stays; another attempt goes on from there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    /// The store failed, or the lease was lost.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A row that is needed is gone or makes no sense.
    #[error("{0}")]
    Inconsistent(&'static str),
    /// The service is shutting down.
    #[error("the worker is stopping")]
    Stopping,
    /// Stripe no longer accepts the credential.
    #[error("the credential is no longer accepted: {0}")]
    Deauthorized(String),
}

/// A connection under a lease, with its credential opened.
pub(crate) struct Held<'a> {
    pub(crate) context: &'a WorkerContext,
    pub(crate) lease: Lease,
    pub(crate) owner: Owner,
    /// Which credential `auth` was opened from.
    pub(crate) credential: CredentialId,
    pub(crate) auth: Auth,
    pub(crate) mode: Mode,
    /// What its requests are made for now.
    pub(crate) purpose: Purposes,
    pub(crate) stop: &'a CancellationToken,
}

impl<'a> Held<'a> {
    /// Opens the credential that is in use. [`DbError::Fenced`] when the connection has been severed meanwhile: the
    /// lease went with it.
    pub(crate) async fn open(
        context: &'a WorkerContext,
        lease: Lease,
        connection: &Connection,
        stop: &'a CancellationToken,
    ) -> Result<Self, RunError> {
        let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
        let (vault, connection) = (context.vault.clone(), connection.clone());
        let found = context.db.read(move |conn| {
            let Some(credential) = credentials::in_use(conn, connection.no)? else { return Ok(None) };
            let token = credentials::access_token(conn, &vault, &connection, &credential)?;
            let Some(platform) = platforms::find_by_no(conn, connection.platform_no)? else {
                return Ok(None);
            };
            let integration = integrations::find(conn, platform.no, connection.integration_id)?;
            Ok(integration.map(|integration| (credential, token, integration.key.mode())))
        });
        let Some((credential, token, mode)) = found.await? else { return Err(RunError::Db(DbError::Fenced)) };
        let auth = Auth::own(token, credential.account_id, mode);
        let purpose = Purposes::default();
        Ok(Held { context, lease, owner, credential: credential.id, auth, mode, purpose, stop })
    }

    /// One writing transaction under the lease; `work` gets the commit's `modified_ms` (rule E9). It also counts the
    /// requests that were sent since the last (rule E13).
    pub(crate) async fn commit<T, F>(&self, work: F) -> Result<T, RunError>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConn, Millis) -> Result<T, DbError> + Send + 'static,
    {
        let (sent, commit) = self.prepare(work);
        let committed = self.context.db.write_bulk(commit).await;
        Ok(self.counted(sent, committed)?.0)
    }

    /// As [`Held::commit`], acknowledged before it is on the disk where the database can ([`Db::write_early`]). For what
    /// nobody is shown before a later commit: if a crash takes it back, the next write under the lease is refused.
    ///
    /// [`Db::write_early`]: tributary_db::Db::write_early
    pub(crate) async fn commit_early<T, F>(&self, work: F) -> Result<T, RunError>
    where
        T: Send + 'static,
        F: Fn(&mut AnyConn, Millis) -> Result<T, DbError> + Send + 'static,
    {
        let (sent, commit) = self.prepare(work);
        let committed = self.context.db.write_early(commit).await;
        let (value, modified) = self.counted(sent, committed)?;
        self.lease.wrote_early(modified);
        Ok(value)
    }

    /// The requests that the transaction counts, and the transaction; it gives its `modified_ms` as well.
    fn prepare<T, F>(
        &self,
        work: F,
    ) -> (i64, impl Fn(&mut AnyConn) -> Result<(T, Millis), DbError> + Send + use<T, F>)
    where
        F: Fn(&mut AnyConn, Millis) -> Result<T, DbError> + Send + 'static,
    {
        let (lease, lease_ms) = (self.lease.clone(), hold::lease_ms(self.context));
        let (sent, purpose) = (self.auth.take_sent(), self.purpose.get());
        let commit = move |conn: &mut AnyConn| {
            let modified = leases::enter(conn, &lease, lease_ms)?;
            if sent > 0 {
                reads::add(conn, lease.connection_no, purpose, sent, modified)?;
            }
            Ok((work(conn, modified)?, modified))
        };
        (sent, commit)
    }

    /// Requests that were not counted are counted by another commit.
    fn counted<T>(&self, sent: i64, committed: Result<T, DbError>) -> Result<T, DbError> {
        if committed.is_err() {
            self.auth.give_back_sent(sent);
        }
        committed
    }

    /// 401: the merchant or Stripe took the access away (rule E10).
    ///
    /// Where the merchant has authorised anew meanwhile, nothing changes and the work is taken up with the new
    /// credential.
    pub(crate) async fn deauthorize(&self, reason: String) -> Result<(), RunError> {
        let (connection, credential) = (self.owner.connection_no, self.credential);
        tracing::warn!(connection.no = connection.0, "Stripe no longer accepts the credential");
        let urls = self.context.urls.clone();
        self.commit(move |conn, now| {
            let error = ConnectionError {
                status_code: "401".to_owned(),
                status_text: reason.clone(),
                error_message: "Access was revoked at Stripe. Authorise the connection again.".to_owned(),
                errored_on: now,
                resolved_on: None,
            };
            use_cases::deauthorize(conn, &urls, connection, credential, error, now).map(drop)
        })
        .await
    }
}

/// What a held connection's requests are made for; for no run until one says so.
#[derive(Debug, Default)]
pub(crate) struct Purposes(Mutex<Purpose>);

impl Purposes {
    /// From now on requests are for a run of this reason.
    pub(crate) fn set(&self, run: RunReason) {
        let purpose = match run {
            RunReason::Initial => Purpose::Initial,
            RunReason::EventsLost | RunReason::Scheduled => Purpose::Scheduled,
            RunReason::Requested => Purpose::Other,
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = purpose;
    }

    fn get(&self) -> Purpose {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sleeps, unless the service stops.
pub(crate) async fn pause(wait: Duration, stop: &CancellationToken) -> Result<(), RunError> {
    if wait.is_zero() {
        return Ok(());
    }
    tokio::select! {
        () = tokio::time::sleep(wait) => Ok(()),
        () = stop.cancelled() => Err(RunError::Stopping),
    }
}

/// Whether the credential is dead, with Stripe's words for it.
pub(crate) fn dead_credential(error: &tributary_stripe::Error) -> Option<RunError> {
    match &error.kind {
        ErrorKind::Unauthorized { message, .. } | ErrorKind::AccountInvalid { message } => {
            Some(RunError::Deauthorized(message.clone()))
        }
        _ => None,
    }
}
