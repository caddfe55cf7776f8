//! Deleting what was read from connections that are gone.

use crate::WorkerContext;
use tributary_db::DbError;
use tributary_db::deletions::{self, Deleted};

/// Rows deleted in one transaction: few enough that SQLite's other writers don't notice (rule E17).
const ROWS_AT_ONCE: usize = 1_000;

/// Deletes some rows; says whether there may be more to do at once.
pub(super) async fn some(context: &WorkerContext) -> bool {
    match delete_some(context).await {
        Ok(Deleted::Nothing) => false,
        Ok(Deleted::Rows(connection, rows)) => {
            tracing::debug!(connection.no = connection.0, rows, "deleted rows of a connection that is gone");
            true
        }
        Ok(Deleted::All(connection)) => {
            tracing::info!(connection.no = connection.0, "nothing is left of a connection that was deleted");
            true
        }
        Err(error) => {
            tracing::warn!(%error, "deleting rows of a connection that is gone failed");
            false
        }
    }
}

async fn delete_some(context: &WorkerContext) -> Result<Deleted, DbError> {
    if !context.db.read(deletions::any).await? {
        return Ok(Deleted::Nothing);
    }
    context.db.write_bulk(|conn| deletions::delete_some(conn, ROWS_AT_ONCE)).await
}
