//! Routing, lanes, attempts and replay, on a database and a clock of the test's own.

mod lanes;
mod replaying;
mod routing;

use super::*;
use crate::delivery_lanes::{Hold, consumers_due, hold};
use crate::platforms::Platform;
use crate::schema::consumers;
use crate::test_db::{NOW, TestDb};
use crate::vault::{Cell, Scope};
use tributary_core::Secret;
use tributary_core::state::DisabledReason;

const LEASE_MS: i64 = 25_000;
const URL: &str = "https://example.com/hooks";
const MINUTE_MS: i64 = 60_000;
const DELIVERED: Verdict = Verdict { then: Then::Delivered, disable: None };
const DEAD: Verdict = Verdict { then: Then::Dead, disable: None };

fn again(wait_ms: i64) -> Verdict {
    Verdict { then: Then::Again(wait_ms), disable: None }
}

struct World {
    db: TestDb,
    platform: Platform,
}

impl World {
    fn new() -> World {
        let db = TestDb::new();
        let platform = db.platform("One");
        World { db, platform }
    }

    fn seal(&self, consumer: ConsumerId, column: &str, text: &str) -> Vec<u8> {
        let (scope, secret) = (Scope::of_platform(&self.platform), Secret::new(text));
        let cell = Cell { table: "consumers", column, row: consumer.uuid() };
        self.db.run(|conn| self.db.vault.seal(conn, &scope, cell, &secret, NOW))
    }

    /// A consumer of all companies' `a` events.
    fn consumer(&self) -> ConsumerId {
        self.consumer_of(&["a"], &[])
    }

    fn consumer_of(&self, types: &[&str], tags: &[&str]) -> ConsumerId {
        let id = ConsumerId::random();
        let secret = self.seal(id, "secret_sealed", "whsec_new");
        let json = |list: &[&str]| serde_json::to_string(list).unwrap();
        self.db.run(|conn| {
            diesel::insert_into(consumers::table)
                .values((
                    consumers::id.eq(id.to_string()),
                    consumers::platform_no.eq(self.platform.no.0),
                    consumers::url.eq(URL),
                    consumers::disabled.eq(false),
                    consumers::event_types.eq(json(types)),
                    consumers::company_tags.eq(json(tags)),
                    consumers::secret_sealed.eq(&secret),
                    consumers::created_ms.eq(NOW.0),
                    consumers::modified_ms.eq(NOW.0),
                ))
                .execute(conn)?;
            Ok(())
        });
        id
    }

    fn set_disabled(&self, consumer: ConsumerId, reason: Option<DisabledReason>) {
        let reason = reason.map(DisabledReason::as_str);
        self.db.run(|conn| {
            diesel::update(consumers::table.find(consumer.to_string()))
                .set((consumers::disabled.eq(reason.is_some()), consumers::disabled_reason.eq(reason)))
                .execute(conn)?;
            Ok(())
        });
    }

    /// A message of type `a`, so many milliseconds after [`NOW`].
    fn message(&self, company: Option<CompanyId>, after_ms: i64) -> MessageId {
        self.message_of("a", company, "{}", after_ms)
    }

    fn message_of(
        &self,
        event_type: &str,
        company: Option<CompanyId>,
        tags: &str,
        after_ms: i64,
    ) -> MessageId {
        let created = NOW.plus_ms(after_ms);
        let id = MessageId::new(created, &[7; 10]);
        self.db.run(|conn| {
            diesel::insert_into(messages::table)
                .values((
                    messages::connection_no.eq(0_i64),
                    messages::id.eq(id.to_string()),
                    messages::platform_no.eq(self.platform.no.0),
                    messages::company_id.eq(company.map(|id| id.to_string())),
                    messages::event_type.eq(event_type),
                    messages::event_id.eq(uuid::Uuid::new_v4().to_string()),
                    messages::tags.eq(tags),
                    messages::body.eq(format!("body of {id}")),
                    messages::created_ms.eq(created.0),
                    messages::routed.eq(false),
                ))
                .execute(conn)?;
            Ok(())
        });
        id
    }

    fn route(&self, now: Millis) -> Routed {
        self.db.run(|conn| route(conn, 100, now))
    }

    fn hold(&self, consumer: ConsumerId, now: Millis) -> Vec<Hold> {
        self.db.run(|conn| hold(conn, consumer, 10, LEASE_MS, now))
    }

    fn take(&self, hold: &Hold, now: Millis) -> Taken {
        self.db.run(|conn| take(conn, &self.db.vault, hold, LEASE_MS, now))
    }

    fn take_due(&self, hold: &Hold, now: Millis) -> Box<Due> {
        match self.take(hold, now) {
            Taken::Due(due) => due,
            other => panic!("something is due, but: {other:?}"),
        }
    }

    /// Records an attempt of which nothing was known but what is so now.
    fn record(&self, hold: &Hold, message: MessageId, verdict: Verdict, now: Millis) -> bool {
        let of_message = deliveries::table.find((hold.consumer_id.to_string(), message.to_string()));
        let attempts = self.db.run(|conn| {
            let attempts: Option<i64> =
                of_message.clone().select(deliveries::attempts).first(conn).optional()?;
            Ok(attempts.unwrap_or(0))
        });
        let known = Known { attempts, url: URL.to_owned(), failing_since: None };
        self.record_known(hold, message, known, verdict, now)
    }

    fn record_known(
        &self,
        hold: &Hold,
        message: MessageId,
        known: Known,
        verdict: Verdict,
        now: Millis,
    ) -> bool {
        let failed = verdict.then != Then::Delivered;
        let attempted = Attempted {
            message_id: message,
            known,
            started: now,
            elapsed_ms: 12,
            status: Some(if failed { 500 } else { 200 }),
            error: failed.then(|| "the consumer answered 500".to_owned()),
        };
        self.db.run(|conn| record(conn, hold, &attempted, verdict, LEASE_MS, now))
    }

    /// Sends everything that is due, and says what was sent, lane after lane.
    fn deliver(&self, consumer: ConsumerId, verdict: Verdict, now: Millis) -> Vec<MessageId> {
        let mut sent = Vec::new();
        for hold in self.hold(consumer, now) {
            while let Taken::Due(due) = self.take(&hold, now) {
                assert!(self.record(&hold, due.message_id, verdict, now));
                sent.push(due.message_id);
            }
        }
        sent
    }

    fn states(&self, consumer: ConsumerId) -> Vec<(MessageId, DeliveryState)> {
        let page = Page { offset: 0, limit: 100 };
        let (all, total) = self.db.run(|conn| of_consumer(conn, self.platform.no, consumer, None, page));
        assert_eq!(all.len(), usize::try_from(total).unwrap());
        all.into_iter().rev().map(|delivery| (delivery.message_id, delivery.state)).collect()
    }
}
