//! Whole lists: every record that a query leaves, one JSON object per line (NDJSON), without pages.
//!
//! All of it is of one moment. A thread reads ahead of the client by a few chunks at most and ends when the client
//! goes away. Where reading fails half-way, the connection is cut: only a list that is whole ends properly.

use crate::answer::Answer;
use crate::failure::Failure;
use crate::state::ApiState;
use actix_web::http::header::{Accept, Header};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use futures::{Stream, stream};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout, timeout_at};
use tributary_contract::ApiError;
use tributary_core::ids::PlatformNo;
use tributary_db::{AnyConn, DbError, Page};

/// What a client that wants a whole list accepts.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// Rows that are in memory at once.
const ROWS: i64 = 5000;

/// How long a chunk is, roughly.
const CHUNK_BYTES: usize = 64 * 1024;

/// Chunks that wait for the client.
const CHUNKS_AHEAD: usize = 4;

/// How long a client may take for the rows that are read at once.
const PART_SECS: u32 = 120;

/// How long a request waits for other streams to end.
const TURN: Duration = Duration::from_secs(10);

/// Streams that one process sends at once.
const AT_ONCE: usize = 2;

/// Turns for streams: each holds a connection to the database, and what it sees from being cleaned up, for as long as its
/// client reads. A platform has one, so that nobody keeps the others waiting.
pub(crate) struct Turns {
    all: Arc<Semaphore>,
    of_platforms: Mutex<HashMap<PlatformNo, Arc<Semaphore>>>,
}

/// The right to send one stream.
struct Turn {
    _of_platform: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        Turns { all: Arc::new(Semaphore::new(AT_ONCE)), of_platforms: Mutex::default() }
    }
}

impl Turns {
    /// Waits for a platform's turn; unavailable where it doesn't come soon.
    async fn wait(&self, platform: PlatformNo) -> Result<Turn, ApiError> {
        let of_platform = {
            let mut known = self.of_platforms.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(platform).or_insert_with(|| Arc::new(Semaphore::new(1))))
        };
        let both = async {
            let _of_platform = of_platform.acquire_owned().await.ok()?;
            Some(Turn { _of_platform, _of_all: Arc::clone(&self.all).acquire_owned().await.ok()? })
        };
        timeout(TURN, both).await.ok().flatten().ok_or(ApiError::Unavailable)
    }
}

/// What passes from the thread that reads to the answer.
enum Part {
    Lines(Bytes),
    /// There is no more: without it the list isn't whole.
    End,
}

/// Whether a request would rather have the whole list than a page.
pub(crate) fn is_wanted(request: &HttpRequest) -> bool {
    let accepted = Accept::parse(request).map(|accept| accept.ranked()).unwrap_or_default();
    let pages = ["application/json", "application/*", "*/*"];
    let first = accepted.iter().map(|kind| kind.essence_str());
    first.into_iter().find(|kind| *kind == NDJSON || pages.contains(kind)) == Some(NDJSON)
}

/// Answers with every record. `find` says what is read, or why it can't be; `read` reads a part of it, as it is shown.
pub(crate) async fn answer<T, S>(
    state: &ApiState,
    platform: PlatformNo,
    find: impl FnOnce(&mut AnyConn) -> Result<T, Failure> + Send + 'static,
    mut read: impl FnMut(&mut AnyConn, &T, Page) -> Result<Vec<S>, Failure> + Send + 'static,
) -> Answer
where
    S: Serialize,
{
    let turn = state.streams.wait(platform).await?;
    let (found, is_found) = oneshot::channel();
    let (parts, received) = channel(CHUNKS_AHEAD);
    let runtime = Handle::current();
    let work = move |conn: &mut AnyConn| {
        let _turn = turn;
        match find(conn) {
            // Whoever asked has gone if nobody listens.
            Err(failure) => drop(found.send(Err(failure))),
            Ok(thing) => {
                drop(found.send(Ok(())));
                let whole = send(conn, &thing, &mut read, &Client { parts, runtime });
                if let Err(failure) = whole {
                    tracing::error!(%failure, "a stream was cut");
                }
            }
        }
        Ok(())
    };
    let db = state.db.clone();
    actix_web::rt::spawn(async move {
        if let Err(error) = db.read_snapshot(PART_SECS, work).await {
            tracing::error!(%error, "a stream failed");
        }
    });
    // Dropped unsent where there was no connection to be had.
    is_found.await.map_err(|_| DbError::Cancelled)??;
    Ok(HttpResponse::Ok().content_type(NDJSON).streaming(lines(received)))
}

/// Who takes the parts.
struct Client {
    parts: Sender<Part>,
    runtime: Handle,
}

impl Client {
    /// Whether the client took a part in time.
    fn takes(&self, part: Part, until: Instant) -> bool {
        matches!(self.runtime.block_on(timeout_at(until, self.parts.send(part))), Ok(Ok(())))
    }
}

/// Sends everything; ends early when the client doesn't take it.
fn send<T, S: Serialize>(
    conn: &mut AnyConn,
    thing: &T,
    read: &mut impl FnMut(&mut AnyConn, &T, Page) -> Result<Vec<S>, Failure>,
    client: &Client,
) -> Result<(), Failure> {
    let mut page = Page { offset: 0, limit: ROWS };
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    loop {
        let records = read(conn, thing, page)?;
        let is_last = (records.len() as i64) < page.limit;
        let until = Instant::now() + Duration::from_secs(PART_SECS.into());
        for record in records {
            serde_json::to_writer(&mut chunk, &record)?;
            chunk.push(b'\n');
            if chunk.len() >= CHUNK_BYTES
                && !client.takes(Part::Lines(std::mem::take(&mut chunk).into()), until)
            {
                return Ok(());
            }
        }
        if is_last {
            let _ = client.takes(Part::Lines(chunk.into()), until) && client.takes(Part::End, until);
            return Ok(());
        }
        page.offset += page.limit;
    }
}

/// The body: an error where the parts stop before the end.
fn lines(parts: Receiver<Part>) -> impl Stream<Item = Result<Bytes, Cut>> {
    stream::try_unfold(parts, |mut parts| async {
        match parts.recv().await {
            Some(Part::Lines(lines)) => Ok(Some((lines, parts))),
            Some(Part::End) => Ok(None),
            None => Err(Cut),
        }
    })
}

/// The list isn't whole: reading it failed, or the client took too long.
#[derive(Debug, thiserror::Error)]
#[error("the list was cut")]
struct Cut;
