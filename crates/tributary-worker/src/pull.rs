//! Pulling one resource: pages are fetched and mapped ahead, and stored in the order of the list.

use crate::commit::{self, Batch};
use crate::held::{RunError, dead_credential};
use crate::run::Active;
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tributary_core::state::WindowState;
use tributary_core::{Millis, Resource};
use tributary_db::windows::{self, Window};
use tributary_stripe::{Answer, Auth, Client, Cursor, Error, ErrorKind, ListPage, ListParams, Reaction};

/// Pages that are fetched ahead of what is stored, at most.
const PAGES_AHEAD: usize = 16;

/// Pages that share a commit on SQLite, at most: its one writer is never taken for longer than 50 ms (rule E17).
const PAGES_PER_SQLITE_COMMIT: usize = 8;

/// How often one pull may lose its cursor. Each time something was deleted at just the wrong moment.
const LOST_CURSORS_MAX: u32 = 20;

/// A page, mapped, and when it was read.
struct Fetched {
    batch: Batch,
    sent: Millis,
    received: Millis,
    date: Option<Millis>,
}

/// Ends the fetching when the pull ends for whatever reason.
struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Pulls a list's window to its end, or to a state that says why not.
pub(crate) async fn list(active: &mut Active<'_>, window: &Window) -> Result<(), RunError> {
    let mut window = window.clone();
    let mut lost_cursors = 0;
    loop {
        let Err(error) = store_pages(active, &mut window).await? else { return Ok(()) };
        if error.reaction() == Reaction::ResumeByTime && lost_cursors < LOST_CURSORS_MAX {
            lost_cursors += 1;
            resume_by_time(active, &mut window).await?;
        } else if !recover(active, window.resource, &error).await? {
            return Ok(());
        }
    }
}

/// Fetches and stores until the list ends (`Ok`) or Stripe refuses (`Err`). `window` follows what is stored.
async fn store_pages(active: &mut Active<'_>, window: &mut Window) -> Result<Result<(), Error>, RunError> {
    let is_sqlite = active.held.context.db.is_sqlite();
    let asked = active.held.context.settings.pages_per_commit;
    let at_once = if is_sqlite { asked.min(PAGES_PER_SQLITE_COMMIT) } else { asked };
    let (sender, mut pages) = mpsc::channel(PAGES_AHEAD);
    let encodes = active.is_first && !is_sqlite;
    let fetching =
        fetch(active.held.context.stripe.clone(), active.held.auth.clone(), window.clone(), encodes, sender);
    let _fetching = AbortOnDrop(tokio::spawn(fetching).abort_handle());
    loop {
        let next = tokio::select! {
            next = pages.recv() => next,
            () = active.held.stop.cancelled() => return Err(RunError::Stopping),
        };
        let Some(next) = next else {
            return Err(RunError::Inconsistent("fetching ended without a last page"));
        };
        let mut fetched = vec![match next {
            Ok(page) => page,
            Err(error) => return Ok(Err(error)),
        }];
        let mut failed = None;
        while fetched.len() < at_once {
            match pages.try_recv() {
                Ok(Ok(page)) => fetched.push(page),
                Ok(Err(error)) => {
                    failed = Some(error);
                    break;
                }
                Err(_) => break,
            }
        }
        let more = fetched.last().is_none_or(|page| page.batch.more);
        store(active, window, fetched).await?;
        if let Some(error) = failed {
            return Ok(Err(error));
        }
        if !more {
            return Ok(Ok(()));
        }
    }
}

async fn store(active: &mut Active<'_>, window: &mut Window, fetched: Vec<Fetched>) -> Result<(), RunError> {
    let mut batches = Vec::with_capacity(fetched.len());
    for Fetched { mut batch, sent, received, date } in fetched {
        active.observe(sent, received, date);
        batch.interval = active.offset.interval(sent, received);
        batches.push(batch);
    }
    if let Some((cursor, secs)) = commit::store(active, window, batches).await? {
        window.cursor = Some(cursor);
        window.cursor_secs = secs;
    }
    Ok(())
}

/// Reads pages until the last one, an error, or until nobody wants more. Ends the channel with either.
///
/// While a page's nested lists are read, and it is mapped, and encoded if its rows are to be copied, Stripe already works
/// on the next one.
async fn fetch(
    stripe: Client,
    auth: Auth,
    window: Window,
    encodes: bool,
    pages: mpsc::Sender<Result<Fetched, Error>>,
) {
    let mut next = Some(request(&stripe, &auth, &window, window.cursor.clone()));
    while let Some(mut request_under_way) = next.take() {
        let answer = match request_under_way.join_next().await {
            Some(Ok(answer)) => answer,
            // The receiver sees the channel end too early.
            _ => return,
        };
        let last = answer.as_ref().ok().and_then(|answer| answer.body.last());
        let last = last.map(|object| (object.id.into_owned(), object.created));
        if let (Ok(answer), Some((id, _))) = (&answer, &last)
            && answer.body.has_more()
        {
            next = Some(request(&stripe, &auth, &window, Some(id.clone())));
        }
        let whole = match answer {
            Ok(answer) => stripe.complete(&auth, window.resource, answer).await,
            Err(error) => Err(error),
        };
        let fetched = whole.map(|answer| {
            let mut batch = map_page(window.resource, &answer.body);
            batch.last = last;
            if encodes {
                batch.encode();
            }
            Fetched { batch, sent: answer.sent_at, received: answer.received_at, date: answer.date }
        });
        if pages.send(fetched).await.is_err() {
            return;
        }
    }
}

/// Asks for a page in a task of its own, which ends with the set.
fn request(
    stripe: &Client,
    auth: &Auth,
    window: &Window,
    cursor: Option<String>,
) -> JoinSet<Result<Answer<ListPage>, Error>> {
    let (stripe, auth, resource) = (stripe.clone(), auth.clone(), window.resource);
    let params = ListParams {
        created_gte: (window.from_secs > 0).then_some(window.from_secs),
        created_lt: window.to_secs,
        cursor: cursor.map(Cursor::OlderThan),
        ..ListParams::default()
    };
    let mut under_way = JoinSet::new();
    under_way.spawn(async move { stripe.list_page(&auth, resource, &params).await });
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

/// Pulls the one object of a singleton.
pub(crate) async fn singleton(active: &mut Active<'_>, window: &Window) -> Result<(), RunError> {
    let mut window = window.clone();
    loop {
        let stripe = active.held.context.stripe.clone();
        let answer = tokio::select! {
            answer = stripe.singleton(&active.held.auth, window.resource) => answer,
            () = active.held.stop.cancelled() => return Err(RunError::Stopping),
        };
        match answer {
            Ok(answer) => {
                let mut batch = Batch::new(window.resource);
                batch.add(&answer.body.object());
                let fetched =
                    Fetched { batch, sent: answer.sent_at, received: answer.received_at, date: answer.date };
                return store(active, &mut window, vec![fetched]).await;
            }
            Err(error) if !recover(active, window.resource, &error).await? => return Ok(()),
            Err(_) => {}
        }
    }
}

/// After a refusal: says yes when the pull should go on, or notes why it can't and says no.
async fn recover(active: &mut Active<'_>, resource: Resource, error: &Error) -> Result<bool, RunError> {
    if let Some(dead) = dead_credential(error) {
        return Err(dead);
    }
    if active.wait_for_recovery(error).await? {
        return Ok(true);
    }
    let (state, problem) = match &error.kind {
        ErrorKind::Forbidden { permissions, .. } => (WindowState::Forbidden, missing(resource, permissions)),
        _ => (WindowState::Failed, format!("{resource}: {error}")),
    };
    tracing::warn!(connection.no = active.held.owner.connection_no.0, %resource, %state, %error, "a resource can't be read");
    let (connection, run) = (active.held.owner.connection_no, active.run);
    active
        .held
        .commit(move |conn, _| windows::stop(conn, connection, run, (resource, 0), state, &problem))
        .await?;
    Ok(false)
}

/// Names the permission that a 403 asks for.
fn missing(resource: Resource, permissions: &[String]) -> String {
    match permissions {
        [] => format!("Stripe refuses to show {resource}. Permission needed: {}", resource.permission()),
        named => format!("Stripe refuses to show {resource}. Permission needed: {}", named.join(" or ")),
    }
}

/// The cursor's object is gone: go on from its second, which repeats what else that second holds.
async fn resume_by_time(active: &mut Active<'_>, window: &mut Window) -> Result<(), RunError> {
    let to_secs = window.cursor_secs.map(|secs| secs + 1).or(window.to_secs);
    let (connection, run, resource) = (active.held.owner.connection_no, active.run, window.resource);
    active
        .held
        .commit(move |conn, _| windows::lose_cursor(conn, connection, run, (resource, 0), to_secs))
        .await?;
    window.cursor = None;
    window.to_secs = to_secs;
    Ok(())
}
