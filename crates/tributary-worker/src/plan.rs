//! A run's decisions, as pure functions of what is stored.

use crate::rules::{self, finding, findings};
use std::collections::{BTreeMap, BTreeSet};
use tributary_core::state::{DatasetStatus, WindowState};
use tributary_core::{DataType, Mode, Resource};
use tributary_db::datasets::Finish;
use tributary_db::windows::Window;

/// Older than what a list may still lack of the seconds before it was read: lists lag behind by a little.
const LEDGER_OVERLAP_SECS: i64 = 3600;

/// Where a resource is pulled from, in Unix seconds.
///
/// All that is kept of a list is read, from `bound_secs` on (rule E4), but for what never changes: of that only what
/// was booked since `covered_until_ms`, Stripe's clock at the last run that read it to the end.
pub(crate) fn from_secs(
    resource: Resource,
    bound_secs: i64,
    covered_until_ms: Option<i64>,
    wiped: bool,
) -> i64 {
    match covered_until_ms {
        Some(until) if resource.is_immutable() && !wiped => {
            (until / 1000 - LEDGER_OVERLAP_SECS).max(bound_secs)
        }
        _ => bound_secs,
    }
}

/// Whether objects that a window didn't show are gone (rule E7): only if it showed all that is kept of the list, and
/// in live mode only for what can be deleted there.
pub(crate) fn sweeps(window: &Window, mode: Mode) -> bool {
    let whole = window.state == WindowState::Done && window.is_whole() && window.problem.is_none();
    whole && !window.resource.is_singleton() && (mode == Mode::Test || window.resource.is_deletable())
}

/// Whether customers are looked up now that payments name and no list has shown (rule E6): when the later of the two lists
/// was read. Where older customers aren't kept, most of those that are missing are just that.
pub(crate) fn looks_up_customers(
    resource: Resource,
    wholes: &[Window],
    finished: &BTreeSet<Resource>,
) -> bool {
    let other = match resource {
        Resource::Customers => Resource::Charges,
        Resource::Charges => Resource::Customers,
        _ => return false,
    };
    let is_done = |whole: &Window| whole.resource == other && whole.state == WindowState::Done;
    finished.contains(&other) && wholes.iter().any(is_done) && has_all_customers(wholes)
}

/// Whether the list of customers was read to its end, however far back it goes.
pub(crate) fn has_all_customers(wholes: &[Window]) -> bool {
    let is_all = |whole: &Window| {
        whole.resource == Resource::Customers && whole.state == WindowState::Done && whole.bound_secs == 0
    };
    wholes.iter().any(is_all)
}

/// The windows of each resource as one: settled when all are, with what is wrong with any of them. Windows come about by
/// splitting, so that those of a run together are the range that it opened.
pub(crate) fn together(windows: &[Window]) -> Vec<Window> {
    let mut wholes: Vec<Window> = Vec::new();
    for window in windows {
        let Some(whole) = wholes.iter_mut().find(|whole| whole.resource == window.resource) else {
            wholes.push(window.clone());
            continue;
        };
        whole.n = whole.n.min(window.n);
        whole.from_secs = whole.from_secs.min(window.from_secs);
        whole.to_secs = None;
        (whole.cursor, whole.cursor_secs) = (None, None);
        if weight(window.state) > weight(whole.state) {
            whole.state = window.state;
            whole.problem = window.problem.clone().or(whole.problem.take());
        } else if whole.problem.is_none() {
            whole.problem.clone_from(&window.problem);
        }
        whole.pages += window.pages;
        whole.objects += window.objects;
        whole.changed += window.changed;
        whole.notes.merge(&window.notes);
    }
    wholes
}

/// Of several windows of a resource the one with the weightiest state tells how the resource stands.
fn weight(state: WindowState) -> u8 {
    match state {
        WindowState::Done => 0,
        WindowState::Failed => 1,
        WindowState::Forbidden => 2,
        WindowState::Open => 3,
    }
}

/// How a dataset ends, once every resource it needs or can use is settled, and of what its records show whatever the run
/// pulls; none before that. `windows` has one of each resource ([`together`]).
///
/// Resources that fill no data type (subscriptions, payouts, …) are optional to the type they belong to
/// ([`DataType::optional`]): they are pulled with it and never fail it.
pub(crate) fn outcome(data_type: DataType, windows: &[Window]) -> Option<Finish> {
    let of = |resource: Resource| windows.iter().filter(move |window| window.resource == resource);
    let settled = |resource: &Resource| {
        let mut all = of(*resource).peekable();
        all.peek().is_some() && all.all(|window| window.state != WindowState::Open)
    };
    if !data_type.required().iter().chain(data_type.optional()).all(settled) {
        return None;
    }
    let is_under_way =
        |window: &&Window| window.state == WindowState::Open && shown(data_type).contains(&window.resource);
    if windows.iter().any(|window| is_under_way(&window)) {
        return None;
    }
    let mut finish = Finish {
        status: DatasetStatus::Complete,
        error_message: None,
        errors: Vec::new(),
        warnings: Vec::new(),
        records_modified: false,
    };
    let required = || data_type.required().iter().flat_map(|resource| of(*resource));
    let optional = || data_type.optional().iter().flat_map(|resource| of(*resource));
    finish.records_modified = required().chain(optional()).any(|window| window.changed > 0);
    for window in required() {
        finish.errors.extend(findings(data_type, &window.notes.errors));
        finish.warnings.extend(findings(data_type, &window.notes.warnings));
        let Some((status, message)) = trouble(window) else { continue };
        if window.state != WindowState::Done {
            finish.errors.push(finding(data_type, rules::UNREADABLE, window.resource.as_str(), &message));
        }
        if finish.error_message.is_none() {
            (finish.status, finish.error_message) = (status, Some(message));
        }
    }
    for window in optional() {
        finish.warnings.extend(findings(data_type, &window.notes.errors));
        finish.warnings.extend(findings(data_type, &window.notes.warnings));
        if let Some((_, message)) = trouble(window)
            && window.state != WindowState::Done
        {
            finish.warnings.push(finding(data_type, rules::UNREADABLE, window.resource.as_str(), &message));
        }
    }
    Some(finish)
}

/// What a settled window says against completeness.
fn trouble(window: &Window) -> Option<(DatasetStatus, String)> {
    let problem =
        || window.problem.clone().unwrap_or_else(|| format!("{} could not be read", window.resource));
    match window.state {
        WindowState::Done if window.problem.is_none() => None,
        WindowState::Open => None,
        WindowState::Done => Some((DatasetStatus::MapError, problem())),
        WindowState::Forbidden => Some((DatasetStatus::PermissionsError, problem())),
        WindowState::Failed => Some((DatasetStatus::FetchError, problem())),
    }
}

/// What records of a data type show beyond what it requires or can use. In a first run nothing stamps a record again when
/// what it shows arrives: nobody reads it before its dataset has ended, and that waits for these (decision 0021).
fn shown(data_type: DataType) -> &'static [Resource] {
    match data_type {
        DataType::Orders => &[Resource::PaymentIntents, Resource::TaxRates],
        DataType::Disputes => &[Resource::Charges],
        _ => &[],
    }
}

/// How far a data type has come, 0 to 99: the pages stored of its lists, of those and the ones that are expected.
/// `windows` has one of each resource ([`together`]).
pub(crate) fn progress(data_type: DataType, windows: &[Window], pages_left: &BTreeMap<Resource, f64>) -> i64 {
    let mut stored = 0.0;
    let mut all = 0.0;
    for resource in data_type.required().iter().chain(data_type.optional()) {
        let whole = windows.iter().find(|window| window.resource == *resource);
        let is_open = whole.is_none_or(|whole| whole.state == WindowState::Open);
        // A list has a page at least, and one that is read to its end has something done to it yet.
        let pages = whole.map_or(0.0, |whole| whole.pages as f64);
        let left = pages_left.get(resource).copied().unwrap_or(0.0);
        stored += pages;
        all += pages + if is_open { left.max(1.0) } else { 0.0 };
    }
    if all <= 0.0 { 0 } else { (stored * 100.0 / all).clamp(0.0, 99.0) as i64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tributary_db::findings::{Note, Notes};

    fn window(resource: Resource, state: WindowState, problem: Option<&str>) -> Window {
        Window {
            resource,
            n: 0,
            from_secs: 0,
            to_secs: None,
            cursor: None,
            cursor_secs: None,
            state,
            pages: 1,
            objects: 1,
            changed: 1,
            problem: problem.map(str::to_owned),
            bound_secs: 0,
            notes: Notes::default(),
        }
    }

    #[test]
    fn a_dataset_ends_only_when_all_it_needs_is_settled() {
        let charges = window(Resource::Charges, WindowState::Done, None);
        let refunds = window(Resource::Refunds, WindowState::Open, None);
        let intents = window(Resource::PaymentIntents, WindowState::Done, None);
        assert_eq!(outcome(DataType::Payments, &[charges.clone(), refunds, intents.clone()]), None);
        assert_eq!(outcome(DataType::Payments, &[charges.clone(), intents.clone()]), None);
        let refunds = window(Resource::Refunds, WindowState::Done, None);
        let finish = outcome(DataType::Payments, &[charges, refunds, intents]).unwrap();
        assert_eq!((finish.status, finish.records_modified), (DatasetStatus::Complete, true));
    }

    #[test]
    fn a_missing_permission_fails_what_requires_it_and_warns_what_can_do_without() {
        let windows = [
            window(Resource::Charges, WindowState::Done, None),
            window(Resource::Refunds, WindowState::Done, None),
            window(
                Resource::PaymentIntents,
                WindowState::Forbidden,
                Some("rak_payment_intent_read is missing"),
            ),
        ];
        let finish = outcome(DataType::Payments, &windows).unwrap();
        assert_eq!(finish.status, DatasetStatus::Complete);
        assert_eq!(finish.warnings[0].message, "rak_payment_intent_read is missing");
        let windows =
            [window(Resource::Disputes, WindowState::Forbidden, Some("rak_dispute_read is missing"))];
        let finish = outcome(DataType::Disputes, &windows).unwrap();
        assert_eq!(finish.status, DatasetStatus::PermissionsError);
        assert_eq!(finish.error_message.as_deref(), Some("rak_dispute_read is missing"));
        assert_eq!(finish.errors[0].rule_id, "commerce-dispute-002");
    }

    #[test]
    fn what_was_noted_of_objects_is_found_with_every_type_that_shows_them() {
        let note = |rule: &str, id: &str| Note {
            rule: rule.to_owned(),
            item_id: id.to_owned(),
            message: "odd".to_owned(),
        };
        let mut charges = window(Resource::Charges, WindowState::Done, Some("odd"));
        charges.notes.errors.add(note(rules::UNMAPPED, "ch_1"));
        charges.notes.warnings.add(note(rules::UNKNOWN_CURRENCY, "ch_2"));
        let mut intents = window(Resource::PaymentIntents, WindowState::Done, Some("odd"));
        intents.notes.errors.add(note(rules::UNMAPPED, "pi_1"));
        let windows = [charges, window(Resource::Refunds, WindowState::Done, None), intents];
        let finish = outcome(DataType::Payments, &windows).unwrap();
        assert_eq!(finish.status, DatasetStatus::MapError);
        let of = |found: &[tributary_db::findings::Finding]| {
            found.iter().map(|one| format!("{} {}", one.rule_id, one.item_id)).collect::<Vec<_>>()
        };
        assert_eq!(of(&finish.errors), ["commerce-payment-001 ch_1"]);
        assert_eq!(of(&finish.warnings), ["commerce-payment-004 ch_2", "commerce-payment-001 pi_1"]);
    }

    #[test]
    fn only_the_ledger_is_pulled_from_where_the_last_run_began() {
        let until = Some(1_800_000_000_000);
        assert_eq!(from_secs(Resource::Charges, 0, until, false), 0);
        assert_eq!(from_secs(Resource::BalanceTransactions, 0, until, false), 1_799_996_400);
        assert_eq!(from_secs(Resource::BalanceTransactions, 0, until, true), 0);
        assert_eq!(from_secs(Resource::BalanceTransactions, 0, None, false), 0);
    }

    #[test]
    fn nothing_is_pulled_from_before_the_bound_of_the_history() {
        let until = Some(1_800_000_000_000);
        let bound = 1_790_000_000;
        assert_eq!(from_secs(Resource::Charges, bound, until, false), bound);
        assert_eq!(from_secs(Resource::BalanceTransactions, bound, until, false), 1_799_996_400);
        assert_eq!(from_secs(Resource::BalanceTransactions, bound, None, false), bound);
        let late = 1_799_999_000;
        assert_eq!(from_secs(Resource::BalanceTransactions, late, until, false), late);
    }

    #[test]
    fn unlisted_customers_are_looked_up_when_both_lists_are_known_and_all_customers_are_kept() {
        let customers = window(Resource::Customers, WindowState::Done, None);
        let charges = window(Resource::Charges, WindowState::Done, None);
        let after = |resource, finished: &[Resource], windows: &[&Window]| {
            let windows: Vec<Window> = windows.iter().copied().cloned().collect();
            looks_up_customers(resource, &windows, &finished.iter().copied().collect())
        };
        let both = [&customers, &charges];
        assert!(!after(Resource::Customers, &[], &both) && !after(Resource::Charges, &[], &both));
        assert!(after(Resource::Charges, &[Resource::Customers], &both));
        assert!(after(Resource::Customers, &[Resource::Charges], &both));
        assert!(!after(Resource::Refunds, &[Resource::Customers, Resource::Charges], &both));
        let bounded = Window { bound_secs: 1, ..customers.clone() };
        assert!(!after(Resource::Charges, &[Resource::Customers], &[&bounded, &charges]));
        let has_all = |window: &Window| has_all_customers(std::slice::from_ref(window));
        assert!(has_all(&customers) && !has_all(&bounded) && !has_all(&charges));
        let refused = window(Resource::Customers, WindowState::Forbidden, None);
        assert!(!has_all(&refused));
        assert!(!after(Resource::Charges, &[Resource::Customers], &[&refused, &charges]));
    }

    #[test]
    fn a_resource_is_settled_when_all_its_windows_are_and_has_the_troubles_of_each() {
        let halves = |newer, older| {
            let newer = Window { from_secs: 50, bound_secs: 0, ..window(Resource::Charges, newer, None) };
            let older = Window { n: 1, to_secs: Some(50), ..window(Resource::Charges, older, Some("odd")) };
            together(&[newer, older, window(Resource::Refunds, WindowState::Done, None)])
        };
        let wholes = halves(WindowState::Done, WindowState::Done);
        assert_eq!(wholes.len(), 2);
        let whole = &wholes[0];
        assert_eq!((whole.n, whole.from_secs, whole.to_secs, whole.state), (0, 0, None, WindowState::Done));
        assert_eq!((whole.pages, whole.objects, whole.changed), (2, 2, 2));
        assert!(whole.is_whole() && whole.problem.as_deref() == Some("odd"));
        assert_eq!(halves(WindowState::Open, WindowState::Failed)[0].state, WindowState::Open);
        assert_eq!(halves(WindowState::Failed, WindowState::Done)[0].state, WindowState::Failed);
        assert_eq!(halves(WindowState::Failed, WindowState::Forbidden)[0].state, WindowState::Forbidden);
    }

    #[test]
    fn a_dataset_ends_only_when_what_its_records_show_is_there() {
        let done = |resource| window(resource, WindowState::Done, None);
        let all = DataType::Orders.required().iter().chain(DataType::Orders.optional());
        let mut windows: Vec<Window> = all.copied().map(done).collect();
        assert!(outcome(DataType::Orders, &windows).is_some(), "the run doesn't pull what orders show");
        windows.push(window(Resource::PaymentIntents, WindowState::Open, None));
        assert_eq!(outcome(DataType::Orders, &windows), None);
        windows.pop();
        windows.push(window(Resource::PaymentIntents, WindowState::Forbidden, None));
        assert!(outcome(DataType::Orders, &windows).is_some());
    }

    #[test]
    fn progress_is_of_the_pages_that_are_expected() {
        let charges = Window { pages: 30, ..window(Resource::Charges, WindowState::Open, None) };
        let refunds = Window { pages: 10, ..window(Resource::Refunds, WindowState::Done, None) };
        let intents = window(Resource::PaymentIntents, WindowState::Open, None);
        let windows = [charges, refunds, Window { pages: 0, ..intents }];
        let left = BTreeMap::from([(Resource::Charges, 59.0), (Resource::Refunds, 7.0)]);
        assert_eq!(progress(DataType::Payments, &windows, &left), 40);
        assert_eq!(progress(DataType::Disputes, &[], &BTreeMap::new()), 0);
        let done = windows.map(|window| Window { state: WindowState::Done, ..window });
        assert_eq!(progress(DataType::Payments, &done, &left), 99, "the rest is said by its end");
    }

    #[test]
    fn what_needs_no_resource_is_complete_at_once() {
        let finish = outcome(DataType::ProductCategories, &[]).unwrap();
        assert_eq!((finish.status, finish.records_modified), (DatasetStatus::Complete, false));
        assert_eq!(outcome(DataType::Locations, &[]), None);
    }

    #[test]
    fn absence_proves_deletion_only_where_the_list_was_whole() {
        let whole = window(Resource::Customers, WindowState::Done, None);
        assert!(sweeps(&whole, Mode::Live));
        assert!(!sweeps(&window(Resource::Charges, WindowState::Done, None), Mode::Live));
        assert!(sweeps(&window(Resource::Charges, WindowState::Done, None), Mode::Test));
        assert!(!sweeps(&Window { from_secs: 1, ..whole.clone() }, Mode::Test));
        assert!(
            sweeps(&Window { from_secs: 1, bound_secs: 1, ..whole.clone() }, Mode::Test),
            "all that is kept"
        );
        assert!(!sweeps(&Window { state: WindowState::Forbidden, ..whole.clone() }, Mode::Test));
        assert!(!sweeps(&Window { problem: Some("x".to_owned()), ..whole }, Mode::Test));
    }
}
