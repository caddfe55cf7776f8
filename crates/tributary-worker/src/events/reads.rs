//! Reading the objects that events hint at, and those whose order of change is unclear.

use super::load::Load;
use super::{Job, Lane};
use crate::held::{RunError, dead_credential};
use crate::reread::{self, READS_AT_ONCE};
use std::sync::Arc;
use tributary_core::Millis;
use tributary_core::knowledge::Source;
use tributary_db::rereads::{self, Reread};
use tributary_stripe::{Answer, Error, ErrorKind, Object, RawObject};

/// The first wait after a failure, in seconds; each further one is four times as long.
const FIRST_WAIT_SECS: i64 = 5;
/// The longest wait.
const WAIT_SECS_MAX: i64 = 3_600;
/// After so many failures an object is left to the next run, which reads it with its list.
const FAILURES_MAX: i64 = 20;

/// A read that has ended.
pub(super) struct Read {
    what: Reread,
    /// Our clock when it began, and when it had ended.
    times: (Millis, Millis),
    answer: Result<Answer<RawObject>, Error>,
}

impl Lane<'_> {
    /// Begins to read an object, unless it is being read or too many are.
    pub(super) fn begin_read(&mut self, what: Reread) {
        let key = (what.resource, what.id.clone());
        if self.reading.len() >= READS_AT_ONCE || !self.reading.insert(key) {
            return;
        }
        let (stripe, auth) = (self.held.context.stripe.clone(), self.held.auth.clone());
        let clock = self.held.context.clock.clone();
        self.jobs.spawn(async move {
            let began = clock.now();
            let answer = reread::retrieve(&stripe, &auth, what.resource, &what.id).await;
            Job::Read(Box::new(Read { what, times: (began, clock.now()), answer }))
        });
    }

    /// Stores what was read, in one commit.
    pub(super) async fn finish_reads(&mut self, reads: Vec<Read>) -> Result<(), RunError> {
        let mut load = Load::default();
        let (mut done, mut failed) = (Vec::new(), Vec::new());
        for Read { what, times, answer } in reads {
            self.reading.remove(&(what.resource, what.id.clone()));
            match answer {
                Ok(answer) => {
                    self.observe(&answer);
                    let interval = self.offset.interval(answer.sent_at, answer.received_at);
                    load.add(&self.scope, what.resource, &answer.body.object(), interval);
                    done.push(what);
                }
                Err(error) if matches!(error.kind, ErrorKind::NotFound { .. }) => {
                    let interval = self.offset.interval(times.0, times.1);
                    if let Ok(stub) = Object::parse(&reread::stub_text(&what.id)) {
                        load.add(&self.scope, what.resource, &stub, interval);
                    }
                    done.push(what);
                }
                Err(error) => {
                    if let Some(dead) = dead_credential(&error) {
                        return Err(dead);
                    }
                    let (resource, failures) = (what.resource, what.failures);
                    tracing::warn!(connection.no = self.held.owner.connection_no.0, %resource, failures, %error, "an object can't be read");
                    // What may not be read shows with the runs.
                    let is_final = matches!(error.kind, ErrorKind::Forbidden { .. });
                    if is_final || failures >= FAILURES_MAX { done.push(what) } else { failed.push(what) }
                }
            }
        }
        let (owner, load) = (self.held.owner, Arc::new(load));
        self.held
            .commit(move |conn, modified| {
                for what in &done {
                    // Struck off first: if the order is still unclear, storing asks again.
                    rereads::done(conn, owner.connection_no, what.resource, &what.id, what.requested_ms)?;
                }
                for what in &failed {
                    let again = modified.plus_ms(wait_secs(what.failures) * 1000);
                    rereads::fail(conn, owner.connection_no, what.resource, &what.id, again)?;
                }
                load.write(conn, owner, Source::Read, modified)
            })
            .await
    }
}

fn wait_secs(failures: i64) -> i64 {
    let doublings = u32::try_from(2 * failures.clamp(0, 10)).unwrap_or(0);
    (FIRST_WAIT_SECS << doublings).min(WAIT_SECS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_an_hour() {
        let waits: Vec<i64> = (0..7).map(wait_secs).collect();
        assert_eq!(waits, [5, 20, 80, 320, 1_280, 3_600, 3_600]);
        assert_eq!(wait_secs(i64::MAX), 3_600);
    }
}
