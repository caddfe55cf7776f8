//! Holding one connection: claim it, drive its lanes, keep the lease alive meanwhile, let go.

use crate::WorkerContext;
use crate::held::RunError;
use crate::lanes::{self, Lanes};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_core::ids::ConnectionNo;
use tributary_db::DbError;
use tributary_db::leases::{self, Lease};

/// Takes the connection over if it is free, and drives its lanes until they end, are stopped, or the lease is lost.
pub(crate) async fn hold(
    context: &WorkerContext,
    connection: ConnectionNo,
    owner: &str,
    lanes: Lanes,
    stop: &CancellationToken,
) {
    let lease_ms = lease_ms(context);
    let owner = owner.to_owned();
    let claimed = context.db.write(move |conn| leases::claim(conn, connection, &owner, lease_ms)).await;
    let lease = match claimed {
        Ok(Some(lease)) => lease,
        Ok(None) => return,
        Err(error) => {
            tracing::warn!(connection.no = connection.0, %error, "claiming a connection failed");
            return;
        }
    };
    let stop = stop.child_token();
    let ended = tokio::select! {
        ended = lanes::drive(context, &lease, lanes, &stop) => ended,
        lost = keep_alive(context, &lease) => Err(RunError::Db(lost)),
    };
    match ended {
        Ok(()) => let_go(context, lease).await,
        // What is stored is gone on from, at once.
        Err(RunError::Db(error @ DbError::TakenBack)) => {
            tracing::warn!(connection.no = connection.0, %error, "the work is taken up again from what is stored");
            let_go(context, lease).await;
        }
        // Somebody else goes on from the last page stored; there is nothing to let go.
        Err(RunError::Db(DbError::Fenced)) => {
            tracing::warn!(
                connection.no = connection.0,
                lease.epoch,
                "the lease was lost and the write refused"
            );
        }
        // The lease runs out by itself, which keeps a fault that lasts from being tried in a tight loop.
        Err(error) => {
            tracing::error!(connection.no = connection.0, %error, "work on a connection was interrupted and will be taken up again");
        }
    }
}

async fn let_go(context: &WorkerContext, lease: Lease) {
    let no = lease.connection_no.0;
    if let Err(error) = context.db.write(move |conn| leases::release(conn, &lease)).await {
        tracing::warn!(connection.no = no, %error, "releasing a connection failed");
    }
}

/// Renews the lease while the run waits for Stripe, and returns when it is lost. Commits renew it as well.
async fn keep_alive(context: &WorkerContext, lease: &Lease) -> DbError {
    let lease_ms = lease_ms(context);
    let every = Duration::from_millis(lease_ms.unsigned_abs() / 3);
    loop {
        tokio::time::sleep(every).await;
        let renewed = lease.clone();
        match context.db.write(move |conn| leases::renew(conn, &renewed, lease_ms)).await {
            Ok(()) => {}
            Err(DbError::Fenced) => return DbError::Fenced,
            // The database may be back before the lease runs out; if not, the next commit is refused.
            Err(error) => {
                tracing::warn!(connection.no = lease.connection_no.0, %error, "renewing a lease failed")
            }
        }
    }
}

pub(crate) fn lease_ms(context: &WorkerContext) -> i64 {
    i64::try_from(context.settings.lease_secs.saturating_mul(1000)).unwrap_or(i64::MAX / 2)
}
