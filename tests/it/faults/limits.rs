//! Rate limits that strike hard.

use super::{RUN, assert_as_if_undisturbed};
use crate::support::app::TestApp;
use crate::support::database::Kind;
use crate::support::wait;

/// B-10: four of five requests for one account are refused for its rate, for as long as the other account takes. The
/// other isn't slowed; the storm over, the first is whole.
#[test]
fn b10_a_429_storm_of_one_account_is_survived_and_the_other_account_is_not_affected() {
    let app = TestApp::on(Kind::Sqlite)
        .charges(250)
        .setting("stripe.attempts_max", "3")
        .setting("worker.outage_waits_max", "10000")
        .setting("worker.outage_wait_secs", "1")
        .start();
    let storm = format!("rate-limit:p=0.8,account={}", app.sandbox.account(0));
    app.sandbox.set_faults(&[&storm]);
    let struck = app.link("Struck", 0);
    wait::until("requests are refused", wait::SOON, || (app.sandbox.answers(429) > 5).then_some(()));
    let spared = app.link("Spared", 1);
    app.synced(&spared, RUN);
    super::assert_equals_stripe(&app, &spared, 1);
    wait::until("the storm has blown for a while", RUN, || (app.sandbox.answers(429) > 60).then_some(()));
    app.sandbox.set_faults(&[]);
    app.synced(&struck, RUN);
    assert_as_if_undisturbed(&app, &struck, 0);
}
