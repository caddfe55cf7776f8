//! A run's decisions, as pure functions of what is stored.

use crate::rules::{self, finding, findings};
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

/// The list after which customers are looked up that payments name and no list has shown (rule E6): the later of the
/// two. Where older customers aren't kept, most of those that are missing are just that.
pub(crate) fn after_which_customers_are_looked_up(windows: &[Window]) -> Option<Resource> {
    let customers = windows.iter().position(|window| window.resource == Resource::Customers)?;
    let charges = windows.iter().position(|window| window.resource == Resource::Charges)?;
    let keeps_all = windows.get(customers).is_some_and(|window| window.bound_secs == 0);
    windows.get(customers.max(charges)).map(|window| window.resource).filter(|_| keeps_all)
}

/// How a dataset ends, once every resource it needs or can use is settled; none before that.
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

/// How far a data type has come, 0 to 99: the share of its resources that are settled.
pub(crate) fn progress(data_type: DataType, windows: &[Window]) -> i64 {
    let needed = data_type.required().len() + data_type.optional().len();
    let settled = |window: &&Window| {
        let needs = data_type.required().contains(&window.resource)
            || data_type.optional().contains(&window.resource);
        needs && window.state != WindowState::Open
    };
    let settled = windows.iter().filter(settled).count();
    i64::try_from(settled * 100 / needed.max(1)).unwrap_or(0).min(99)
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
        let customers = window(Resource::Customers, WindowState::Open, None);
        let charges = window(Resource::Charges, WindowState::Open, None);
        let after = |windows: &[&Window]| {
            after_which_customers_are_looked_up(&windows.iter().copied().cloned().collect::<Vec<_>>())
        };
        assert_eq!(after(&[&customers, &charges]), Some(Resource::Charges));
        assert_eq!(after(&[&charges, &customers]), Some(Resource::Customers));
        assert_eq!(after(&[&charges]), None);
        assert_eq!(after(&[&Window { bound_secs: 1, ..customers.clone() }, &charges]), None);
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
