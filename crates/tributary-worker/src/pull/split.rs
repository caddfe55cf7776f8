//! Where windows are split (rule E5): pure functions of what is known of them.
//!
//! A list says nothing of its length. What a window has read so far tells how densely its objects stand; how far back it
//! goes is guessed from the oldest object that any list of the run has shown, or, where that is no help, from how far the
//! window has come. A guess that is wrong costs a call or two, never an object: whatever is split, the halves together are
//! what the window was.

use std::collections::BTreeMap;
use tributary_core::Resource;
use tributary_db::windows::Place;

/// Objects on a page.
const PAGE: f64 = 100.0;

/// Pages that each part of a split window is expected to have, at least (rule E5).
const PART_PAGES: f64 = 5.0;

/// A resource may have one window more for every so many pages. Each split costs a call at most, a page that two windows
/// share, so that with this many pages per split the calls stay within a thirtieth of the fewest possible.
const PAGES_PER_SPLIT: f64 = 32.0;

/// What the first page of a window says of its density may be far off, as its newest objects are where all the bustle is:
/// before a second one is read, it has to promise so many times as much.
const FIRST_PAGE_PROMISES: f64 = 4.0;

/// A window that is the oldest of all lists is taken to go back this many times as far as it has come.
const REACH: i64 = 4;

/// Seconds of the ledger that are read last: lists lag behind by a little, so that what the others name is in it.
const LEDGER_HEAD_SECS: i64 = 3600;

/// A window of the run, as far as splitting is concerned.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    pub(crate) place: Place,
    /// First second of `created` in it.
    pub(crate) from_secs: i64,
    /// First second after it; none: no end.
    pub(crate) to_secs: Option<i64>,
    /// Whether it is neither done nor given up.
    pub(crate) is_open: bool,
    /// Pages stored of it.
    pub(crate) pages: i64,
    /// What it has read in this attempt.
    pub(crate) read: Option<Read>,
    /// Whether that is more than a page.
    pub(crate) is_proven: bool,
    /// Pages that it is taken to have as long as nothing was read of it; 0: nothing is known.
    pub(crate) assumed_pages: f64,
}

/// The objects that a window has read: how many, and `created` of the newest and of the oldest in Unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    pub(crate) newest_secs: i64,
    pub(crate) oldest_secs: i64,
    pub(crate) objects: i64,
}

/// A window to be split: what was created before `at_secs` becomes a window of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Split {
    pub(crate) place: Place,
    pub(crate) at_secs: i64,
    /// Pages that the new window is expected to have.
    pub(crate) pages: f64,
}

impl Read {
    /// What was read with what is read now, which is older.
    pub(crate) fn and(before: Option<Read>, now: Read) -> Read {
        match before {
            Some(before) => Read {
                newest_secs: before.newest_secs.max(now.newest_secs),
                oldest_secs: before.oldest_secs.min(now.oldest_secs),
                objects: before.objects + now.objects,
            },
            None => now,
        }
    }
}

/// The oldest `created` that any window has shown.
fn oldest_known(spans: &[Span]) -> Option<i64> {
    spans.iter().filter_map(|span| Some(span.read?.oldest_secs)).min()
}

/// From which second on the rest of a window is taken to have objects.
fn floor_secs(span: &Span, read: Read, oldest_known: Option<i64>) -> i64 {
    let guess = match oldest_known {
        Some(known) if known < read.oldest_secs => known,
        _ => read.oldest_secs - REACH * (read.newest_secs - read.oldest_secs + 1),
    };
    guess.max(span.from_secs)
}

/// Pages that an open window is expected to have left.
fn expected(span: &Span, oldest_known: Option<i64>) -> f64 {
    let Some(read) = span.read else { return span.assumed_pages };
    let per_sec = read.objects as f64 / (read.newest_secs - read.oldest_secs + 1) as f64;
    per_sec * (read.oldest_secs - floor_secs(span, read, oldest_known)) as f64 / PAGE
}

/// Pages that an open window is sure enough to have left for it to be split.
fn promised(span: &Span, oldest_known: Option<i64>) -> f64 {
    let pages = expected(span, oldest_known);
    let is_sure = span.is_proven || pages >= FIRST_PAGE_PROMISES * PAGES_PER_SPLIT;
    if span.read.is_some() && is_sure || is_unread_ledger(span) { pages } else { 0.0 }
}

/// Whether it is a part of the ledger that nothing was read of: it may be split on the strength of the other lists.
fn is_unread_ledger(span: &Span) -> bool {
    span.place.0 == Resource::BalanceTransactions && span.read.is_none() && span.assumed_pages > 0.0
}

/// What a window can be split by.
fn known(span: &Span) -> Option<Read> {
    let unread = |end_secs| Read { newest_secs: end_secs, oldest_secs: end_secs, objects: 0 };
    span.read.or_else(|| span.to_secs.filter(|_| is_unread_ledger(span)).map(unread))
}

/// Pages that each resource with an open window is expected to have left.
pub(crate) fn pages_left(spans: &[Span]) -> BTreeMap<Resource, f64> {
    let oldest_known = oldest_known(spans);
    let mut left = BTreeMap::new();
    for span in spans.iter().filter(|span| span.is_open) {
        *left.entry(span.place.0).or_insert(0.0) += expected(span, oldest_known);
    }
    left
}

/// How to use `free` places for fetching. Each window is cut evenly, and the splits of one window follow each other from its
/// oldest second on.
///
/// Places go to the longest windows, out of proportion: Stripe limits each endpoint, so that the longest lists decide when
/// the run ends, and only what is read at their endpoints' limits from the start is in time. Shorter lists are read in
/// what the account's limit leaves; as long as every place is taken, nothing is lost by it.
pub(crate) fn splits(spans: &[Span], free: usize) -> Vec<Split> {
    let oldest_known = oldest_known(spans);
    let mut room = rooms(spans);
    let weight = |(count, _, _, pages): &(usize, &Span, Read, f64)| pages.powi(3) / *count as f64;
    let mut parts: Vec<(usize, &Span, Read, f64)> = spans
        .iter()
        .filter(|span| span.is_open && span.place.0.is_dated())
        .filter_map(|span| Some((1, span, known(span)?, promised(span, oldest_known))))
        .collect();
    for _ in 0..free {
        let may_grow = |(count, span, _, pages): &&mut (usize, &Span, Read, f64)| {
            let room = room.get(&span.place.0).copied().unwrap_or(0);
            room > 0 && *pages >= PART_PAGES * (*count + 1) as f64
        };
        let heaviest = parts.iter_mut().filter(may_grow).max_by(|a, b| weight(a).total_cmp(&weight(b)));
        let Some((count, span, ..)) = heaviest else { break };
        *count += 1;
        if let Some(room) = room.get_mut(&span.place.0) {
            *room -= 1;
        }
    }
    parts
        .iter()
        .flat_map(|(count, span, read, pages)| cuts(*count, span, *read, *pages, oldest_known))
        .collect()
}

/// How many more windows each resource may have.
fn rooms(spans: &[Span]) -> BTreeMap<Resource, usize> {
    let left = pages_left(spans);
    let mut rooms = BTreeMap::new();
    for resource in left.keys() {
        let of = || spans.iter().filter(|span| span.place.0 == *resource);
        let pages = of().map(|span| span.pages as f64).sum::<f64>() + left[resource];
        let allowed = (pages / PAGES_PER_SPLIT) as usize;
        rooms.insert(*resource, allowed.saturating_sub(of().count() - 1));
    }
    rooms
}

fn cuts(
    count: usize,
    span: &Span,
    read: Read,
    pages: f64,
    oldest_known: Option<i64>,
) -> impl Iterator<Item = Split> + use<> {
    let (place, from_secs) = (span.place, span.from_secs);
    let floor = floor_secs(span, read, oldest_known);
    let secs = read.oldest_secs - floor;
    let parts = i64::try_from(count).unwrap_or(1);
    let mut last = from_secs;
    (1..parts).filter_map(move |part| {
        let at_secs = floor + secs / parts * part + secs % parts * part / parts;
        let is_cut = at_secs > last && at_secs <= read.oldest_secs;
        if is_cut {
            last = at_secs;
        }
        is_cut.then_some(Split { place, at_secs, pages: pages / count as f64 })
    })
}

/// Lists that emit no events are read last, so that what was made during the run is in them (rule E3); of a ledger that was
/// split, its newest window.
pub(crate) fn waits_for_the_others(resource: Resource, to_secs: Option<i64>) -> bool {
    let is_head = to_secs.is_none();
    is_head
        && matches!(
            resource,
            Resource::BalanceTransactions | Resource::TaxRates | Resource::TerminalLocations
        )
}

/// Where the ledger is split before anything of it was read. It is read last, but where that would take long, all but its
/// last hour is read beside the other lists: as soon as one of these turns out to be long, since then the ledger is, and
/// taken to be as long as the longest.
pub(crate) fn ledger_split(spans: &[Span], as_of_secs: i64) -> Option<Split> {
    let mut of_ledger = spans.iter().filter(|span| span.place.0 == Resource::BalanceTransactions);
    let (Some(span), None) = (of_ledger.next(), of_ledger.next()) else { return None };
    let oldest_known = oldest_known(spans);
    let open = spans.iter().filter(|span| span.is_open);
    let longest = open.map(|span| promised(span, oldest_known)).fold(0.0, f64::max);
    let at_secs = as_of_secs - LEDGER_HEAD_SECS;
    let is_untouched = span.is_open && span.read.is_none() && span.pages == 0;
    (is_untouched && at_secs > span.from_secs && longest >= PAGES_PER_SPLIT).then_some(Split {
        place: span.place,
        at_secs,
        pages: longest,
    })
}
