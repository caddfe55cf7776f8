//! What follows the severing of connections: deleting what was read from deleted ones, and ending at Stripe the
//! authorizations that no connection uses any more.

mod erase;
mod revoke;

use crate::WorkerContext;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Nobody waits for what happens here: it is looked for less often than work is.
const IDLE_POLLS: u64 = 5;

/// Works until `stop` is cancelled. Any number of workers may; one that is killed leaves nothing half done that another
/// wouldn't take up.
pub(crate) async fn run(context: WorkerContext, stop: CancellationToken) {
    let idle = Duration::from_millis(context.settings.poll_ms.saturating_mul(IDLE_POLLS));
    while !stop.is_cancelled() {
        let erased = erase::some(&context).await;
        let revoked = revoke::one(&context).await;
        if !erased && !revoked {
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(idle) => {}
            }
        }
    }
}
