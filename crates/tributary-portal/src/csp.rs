//! Where browsers report what a page's policy stopped. Nothing of a report is repeated.

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use std::sync::atomic::{AtomicU64, Ordering};

/// Reports of which a line is logged; of the rest only every thousandth, so that nobody can fill the log.
const LOGGED: u64 = 20;

/// Reports since the process started.
static REPORTS: AtomicU64 = AtomicU64::new(0);

/// The longest report that is read, in bytes.
pub(crate) const BYTES_MAX: usize = 8192;

/// `POST /csp-report`.
pub(crate) async fn report(body: Bytes) -> HttpResponse {
    let count = REPORTS.fetch_add(1, Ordering::Relaxed) + 1;
    if count <= LOGGED || count.is_multiple_of(1000) {
        tracing::warn!(count, bytes = body.len(), "a browser reported a breach of a page's content policy");
    }
    HttpResponse::NoContent().finish()
}
