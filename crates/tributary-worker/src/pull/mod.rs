//! Pulling a run's windows: each is fetched by a task of its own, several at once, and one loop stores what they tell, in
//! as few commits as possible. Between commits it decides where windows are split, so that no place for fetching stays
//! free while a long list is left (rule E5).

mod board;
mod fetch;
mod split;
mod store;
#[cfg(test)]
mod tests;

use crate::held::{RunError, dead_credential};
use crate::run::Active;
use board::{Board, Doing, Tracked};
use fetch::{Range, Source, Told};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tributary_core::Resource;
use tributary_core::state::WindowState;
use tributary_db::windows::{self, Place, Window};
use tributary_stripe::{Error, ErrorKind, Reaction};

/// Pages that share a commit on SQLite, at most: its one writer is never taken for longer than 50 ms (rule E17).
const PAGES_PER_SQLITE_COMMIT: usize = 8;

/// How often one window may lose its cursor. Each time something was deleted at just the wrong moment.
const LOST_CURSORS_MAX: u32 = 20;

/// How often datasets say how far they are.
const PROGRESS_EVERY: Duration = Duration::from_secs(1);

/// Windows are split when all lists have shown a first page, so that places go to the longest of them, or so long after
/// the first has.
const FIRST_PAGES_WITHIN: Duration = Duration::from_secs(1);

/// How often it is asked whether others wait for the place that this run takes.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How the pulling came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pulled {
    /// Every window is settled.
    All,
    /// Others wait: what is left is for the next turn.
    LetGo,
}

/// The pulling under way.
struct Pulling<'a> {
    active: &'a Active<'a>,
    board: Board,
    source: Source,
    told: mpsc::Receiver<Told>,
    /// Each says whether it ended as it should.
    tasks: JoinSet<bool>,
    /// When windows that wait for Stripe to recover go on.
    recovery: Option<Instant>,
    progress_at: Instant,
    /// From when on windows are split, whatever is known.
    splits_at: Option<Instant>,
    /// Resources whose windows have all settled are told here,
    settled: &'a mpsc::UnboundedSender<Resource>,
    /// each once.
    announced: BTreeSet<Resource>,
}

/// Pulls the windows to their ends, or to states that say why not. `settled` hears of each resource when all its windows
/// are settled, once.
pub(crate) async fn all(
    active: &Active<'_>,
    windows: Vec<Window>,
    settled: mpsc::UnboundedSender<Resource>,
) -> Result<Pulled, RunError> {
    let mut pulling = Pulling::new(active, windows, &settled);
    loop {
        pulling.fetch_more();
        if pulling.tasks.is_empty() && pulling.told.is_empty() {
            if pulling.board.is_settled() {
                return Ok(Pulled::All);
            }
            if pulling.source.enough.is_cancelled() {
                return Ok(Pulled::LetGo);
            }
        }
        let told = pulling.listen().await?;
        if !told.is_empty() {
            pulling.store(told).await?;
        }
        if active.is_turn_over() {
            pulling.source.enough.cancel();
        }
    }
}

impl<'a> Pulling<'a> {
    fn new(
        active: &'a Active<'a>,
        windows: Vec<Window>,
        settled: &'a mpsc::UnboundedSender<Resource>,
    ) -> Self {
        let context = active.held.context;
        let (sender, told) = mpsc::channel(context.settings.pages_per_commit.max(1));
        let source = Source {
            stripe: active.stripe.clone(),
            auth: active.held.auth.clone(),
            clocks: Arc::clone(&active.clocks),
            room: context.load.pages(),
            encodes: active.is_first && !context.db.is_sqlite(),
            enough: CancellationToken::new(),
            told: sender,
        };
        let resources: Vec<Resource> = windows.iter().map(|window| window.resource).collect();
        let mut pulling = Pulling {
            active,
            board: Board::new(windows),
            source,
            told,
            tasks: JoinSet::new(),
            recovery: None,
            progress_at: Instant::now(),
            splits_at: None,
            settled,
            announced: BTreeSet::new(),
        };
        pulling.announce(resources);
        pulling
    }

    fn announce(&mut self, resources: impl IntoIterator<Item = Resource>) {
        for resource in resources {
            if self.board.has_settled(resource) && self.announced.insert(resource) {
                // Whoever listens ends only with this.
                let _ = self.settled.send(resource);
            }
        }
    }

    /// Gives free places to windows that wait for one.
    fn fetch_more(&mut self) {
        if self.source.enough.is_cancelled() {
            return;
        }
        let at_once = self.active.held.context.settings.windows_at_once;
        while let Some(tracked) = self.board.next(at_once) {
            let (source, place) = (self.source.clone(), tracked.window.place());
            let task = if place.0.is_singleton() {
                self.tasks.spawn(fetch::singleton(source, place))
            } else {
                let range = Range {
                    place,
                    from_secs: Arc::clone(&tracked.from_secs),
                    to_secs: tracked.window.to_secs,
                    cursor: tracked.window.cursor.clone(),
                };
                self.tasks.spawn(fetch::list(source, range))
            };
            tracked.doing = Doing::Fetching(task);
        }
    }

    /// Waits until something is told, and takes what else is there, as far as it fits into one commit. Nothing at all
    /// when something else is to be looked at.
    async fn listen(&mut self) -> Result<Vec<Told>, RunError> {
        let context = self.active.held.context;
        let asked = context.settings.pages_per_commit;
        let at_once = if context.db.is_sqlite() { asked.min(PAGES_PER_SQLITE_COMMIT) } else { asked };
        let recovery = self.recovery;
        let first = tokio::select! {
            told = self.told.recv() => told,
            Some(ended) = self.tasks.join_next(), if !self.tasks.is_empty() => match ended {
                Ok(true) => None,
                // It was ended because nobody needs it any more.
                Err(error) if error.is_cancelled() => None,
                Ok(false) | Err(_) => {
                    return Err(RunError::Inconsistent("fetching ended without a last page"));
                }
            },
            () = tokio::time::sleep_until(recovery.unwrap_or_else(Instant::now)), if recovery.is_some() => {
                self.recovery = None;
                self.active.end_outage();
                self.board.resume_paused();
                None
            }
            () = tokio::time::sleep(LOOK_EVERY) => None,
            () = self.active.held.stop.cancelled() => return Err(RunError::Stopping),
        };
        let mut told: Vec<Told> = first.into_iter().collect();
        while !told.is_empty() && told.len() < at_once {
            match self.told.try_recv() {
                Ok(another) => told.push(another),
                Err(_) => break,
            }
        }
        Ok(told)
    }

    /// Stores pages, splits windows, and sees to what failed.
    async fn store(&mut self, told: Vec<Told>) -> Result<(), RunError> {
        let settings = &self.active.held.context.settings;
        let resources: Vec<Resource> = told.iter().map(|told| told.place.0).collect();
        let mut taken = self.board.take(told, &self.active.clocks);
        let splits_at = *self.splits_at.get_or_insert_with(|| Instant::now() + FIRST_PAGES_WITHIN);
        let is_early = splits_at > Instant::now() && !self.board.has_first_pages();
        let new_windows = if is_early || self.source.enough.is_cancelled() {
            Vec::new()
        } else {
            self.board.split(settings.windows_at_once, self.active.clocks.as_of())
        };
        let shows_progress = self.progress_at <= Instant::now();
        if shows_progress {
            self.progress_at = Instant::now() + PROGRESS_EVERY;
            self.active.expect(self.board.pages_left());
        }
        if !taken.advances.is_empty() || !new_windows.is_empty() {
            store::store(self.active, &mut taken, &new_windows, shows_progress).await?;
            self.board.follow_splits(&new_windows);
        }
        for (place, error) in std::mem::take(&mut taken.failed) {
            self.fail(place, &error).await?;
        }
        self.announce(resources);
        Ok(())
    }

    /// Sees to a window whose fetching failed: it goes on by time, or when Stripe has recovered, or is given up.
    async fn fail(&mut self, place: Place, error: &Error) -> Result<(), RunError> {
        if let Some(dead) = dead_credential(error) {
            return Err(dead);
        }
        let Some(tracked) = self.board.get(place) else { return Ok(()) };
        if error.reaction() == Reaction::ResumeByTime && tracked.lost_cursors < LOST_CURSORS_MAX {
            return resume_by_time(self.active, tracked).await;
        }
        if error.reaction() == Reaction::Later {
            if self.recovery.is_none()
                && let Some(wait) = self.active.begin_outage(error).await?
            {
                self.recovery = Some(Instant::now() + wait);
            }
            if self.recovery.is_some() {
                tracked.doing = Doing::Paused;
                return Ok(());
            }
        }
        tracked.settle();
        give_up(self.active, tracked, error).await
    }
}

/// Notes why a window can't be read.
async fn give_up(active: &Active<'_>, tracked: &mut Tracked, error: &Error) -> Result<(), RunError> {
    let place = tracked.window.place();
    let resource = place.0;
    let (state, problem) = match &error.kind {
        ErrorKind::Forbidden { permissions, .. } => (WindowState::Forbidden, missing(resource, permissions)),
        _ => (WindowState::Failed, format!("{resource}: {error}")),
    };
    tracing::warn!(connection.no = active.held.owner.connection_no.0, %resource, %state, %error, "a resource can't be read");
    tracked.window.state = state;
    let (connection, run) = (active.held.owner.connection_no, active.run);
    active.held.commit(move |conn, _| windows::stop(conn, connection, run, place, state, &problem)).await
}

/// Names the permission that a 403 asks for.
fn missing(resource: Resource, permissions: &[String]) -> String {
    match permissions {
        [] => format!("Stripe refuses to show {resource}. Permission needed: {}", resource.permission()),
        named => format!("Stripe refuses to show {resource}. Permission needed: {}", named.join(" or ")),
    }
}

/// The cursor's object is gone: go on from its second, which repeats what else that second holds.
async fn resume_by_time(active: &Active<'_>, tracked: &mut Tracked) -> Result<(), RunError> {
    let window = &mut tracked.window;
    window.to_secs = window.cursor_secs.map(|secs| secs + 1).or(window.to_secs);
    window.cursor = None;
    tracked.doing = Doing::Waiting;
    tracked.lost_cursors += 1;
    let (connection, run, place, to_secs) =
        (active.held.owner.connection_no, active.run, window.place(), window.to_secs);
    active.held.commit(move |conn, _| windows::lose_cursor(conn, connection, run, place, to_secs)).await
}
