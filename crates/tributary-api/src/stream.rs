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
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tributary_contract::ApiError;
use tributary_db::{AnyConn, DbError, Page};

/// What a client that wants a whole list accepts.
pub(crate) const NDJSON: &str = "application/x-ndjson";

/// Rows that are in memory at once.
const ROWS: i64 = 5000;

/// How long a chunk is, roughly.
const CHUNK_BYTES: usize = 64 * 1024;

/// Chunks that wait for the client.
const CHUNKS_AHEAD: usize = 4;

/// How long a client may take for one chunk.
const STALLED: Duration = Duration::from_secs(30);

/// How long a client may take for as many rows as are read at once.
const IDLE_SECS: u32 = 120;

/// How long a request waits for other streams to end.
const TURN: Duration = Duration::from_secs(10);

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
    find: impl FnOnce(&mut AnyConn) -> Result<T, Failure> + Send + 'static,
    read: impl Fn(&mut AnyConn, &T, Page) -> Result<Vec<S>, Failure> + Send + 'static,
) -> Answer
where
    S: Serialize,
{
    let turn = timeout(TURN, state.streams.clone().acquire_owned()).await;
    let turn = turn.ok().and_then(Result::ok).ok_or(ApiError::Unavailable)?;
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
                let whole = send(conn, &thing, &read, &Client { parts, runtime });
                if let Err(failure) = whole {
                    tracing::error!(%failure, "a stream was cut");
                }
            }
        }
        Ok(())
    };
    let db = state.db.clone();
    actix_web::rt::spawn(async move {
        if let Err(error) = db.read_snapshot(IDLE_SECS, work).await {
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
    fn takes(&self, part: Part) -> bool {
        matches!(self.runtime.block_on(timeout(STALLED, self.parts.send(part))), Ok(Ok(())))
    }
}

/// Sends everything; ends early when the client doesn't take it.
fn send<T, S: Serialize>(
    conn: &mut AnyConn,
    thing: &T,
    read: &impl Fn(&mut AnyConn, &T, Page) -> Result<Vec<S>, Failure>,
    client: &Client,
) -> Result<(), Failure> {
    let mut page = Page { offset: 0, limit: ROWS };
    let mut chunk = Vec::with_capacity(CHUNK_BYTES);
    loop {
        let records = read(conn, thing, page)?;
        let is_last = (records.len() as i64) < page.limit;
        for record in records {
            serde_json::to_writer(&mut chunk, &record)?;
            chunk.push(b'\n');
            if chunk.len() >= CHUNK_BYTES && !client.takes(Part::Lines(std::mem::take(&mut chunk).into())) {
                return Ok(());
            }
        }
        if is_last {
            let _ = client.takes(Part::Lines(chunk.into())) && client.takes(Part::End);
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
