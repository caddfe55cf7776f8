//! Reading a window's pages from Stripe, in a task of its own: pages are asked for ahead, completed, mapped, and told to
//! whoever stores them.

use crate::clock_offset::Clocks;
use crate::commit::Batch;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tributary_core::{Millis, Resource};
use tributary_db::windows::Place;
use tributary_stripe::{Answer, Auth, Client, Cursor, Error, ListPage, ListParams};

/// What all fetching of a run shares.
#[derive(Clone)]
pub(super) struct Source {
    pub(super) stripe: Client,
    pub(super) auth: Auth,
    pub(super) clocks: Arc<Clocks>,
    /// Bounds the pages that the process has under way or keeps.
    pub(super) room: Arc<Semaphore>,
    /// Whether rows are encoded for COPY.
    pub(super) encodes: bool,
    /// Cancelled when what was asked for is to be the last.
    pub(super) enough: CancellationToken,
    pub(super) told: mpsc::Sender<Told>,
}

/// What is read of a list.
pub(super) struct Range {
    pub(super) place: Place,
    /// First second; it moves up when the window is split.
    pub(super) from_secs: Arc<AtomicI64>,
    /// First second after it.
    pub(super) to_secs: Option<i64>,
    /// The last object that is stored.
    pub(super) cursor: Option<String>,
}

/// A page of a window, or why there is none: then nothing follows.
pub(super) struct Told {
    pub(super) place: Place,
    pub(super) what: Result<Fetched, Error>,
}

/// A page, mapped, when it was read, and its place among the pages that the process keeps.
pub(super) struct Fetched {
    pub(super) batch: Batch,
    pub(super) sent: Millis,
    pub(super) received: Millis,
    pub(super) room: Option<OwnedSemaphorePermit>,
}

type Asked = Result<(Answer<ListPage>, Option<OwnedSemaphorePermit>), Error>;

/// Tells pages until the last one, an error, or until it is enough; says no if it broke down before.
///
/// While a page's nested lists are read, and it is mapped, and encoded if its rows are to be copied, Stripe already works
/// on the next one.
pub(super) async fn list(source: Source, range: Range) -> bool {
    let resource = range.place.0;
    let mut next = Some(request(&source, &range, range.cursor.clone()));
    while let Some(mut under_way) = next.take() {
        let asked = match under_way.join_next().await {
            Some(Ok(asked)) => asked,
            _ => return false,
        };
        let (answer, room) = match asked {
            Ok(asked) => asked,
            Err(error) => {
                tell(&source, range.place, Err(error)).await;
                return true;
            }
        };
        source.clocks.observe(answer.sent_at, answer.received_at, answer.date);
        let last = answer.body.last().map(|object| (object.id.into_owned(), object.created));
        if let Some((id, _)) = &last
            && answer.body.has_more()
            && !source.enough.is_cancelled()
        {
            next = Some(request(&source, &range, Some(id.clone())));
        }
        let whole = source.stripe.complete(&source.auth, resource, answer).await;
        let fetched = whole.map(|answer| {
            let mut batch = map_page(resource, &answer.body);
            batch.last = last;
            if source.encodes {
                batch.encode();
            }
            Fetched { batch, sent: answer.sent_at, received: answer.received_at, room }
        });
        let failed = fetched.is_err();
        tell(&source, range.place, fetched).await;
        if failed {
            break;
        }
    }
    true
}

/// Tells the one object of a singleton.
pub(super) async fn singleton(source: Source, place: Place) -> bool {
    let read = source.stripe.singleton(&source.auth, place.0).await;
    let fetched = read.map(|answer| {
        source.clocks.observe(answer.sent_at, answer.received_at, answer.date);
        let mut batch = Batch::new(place.0);
        batch.add(&answer.body.object());
        Fetched { batch, sent: answer.sent_at, received: answer.received_at, room: None }
    });
    tell(&source, place, fetched).await;
    true
}

async fn tell(source: &Source, place: Place, what: Result<Fetched, Error>) {
    // Nobody listens any more when the run has ended.
    let _ = source.told.send(Told { place, what }).await;
}

/// Asks for a page in a task of its own, which ends with the set.
fn request(source: &Source, range: &Range, cursor: Option<String>) -> JoinSet<Asked> {
    let source = source.clone();
    let (resource, from_secs) = (range.place.0, range.from_secs.load(Ordering::Acquire));
    let params = ListParams {
        created_gte: (from_secs > 0).then_some(from_secs),
        created_lt: range.to_secs,
        cursor: cursor.map(Cursor::OlderThan),
        ..ListParams::default()
    };
    let mut under_way = JoinSet::new();
    under_way.spawn(async move {
        source.stripe.list_page_within(&source.auth, resource, &params, &source.room).await
    });
    under_way
}

fn map_page(resource: Resource, page: &ListPage) -> Batch {
    let mut batch = Batch::new(resource);
    for object in page.objects() {
        match object {
            Ok(object) => batch.add(&object),
            Err(error) => batch.problem("", error.to_string()),
        }
    }
    batch.more = page.has_more();
    batch
}
