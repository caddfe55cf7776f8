//! Idempotency keys: what was answered to a request, so that its repeat is answered alike and changes nothing.
//!
//! The key is claimed before the change and the answer kept after it, both in the transaction of the change. Of
//! two requests at once the second waits at its claim until the first's transaction ends: SQLite has one writer,
//! PostgreSQL lets an insert wait for a conflicting one. A refused request rolls its claim back.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::platforms::Platform;
use crate::schema::idempotency_keys as keys;
use crate::stored::Sealed;
use crate::vault::{Cell, Scope, Vault};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use tributary_core::ids::PlatformNo;
use tributary_core::{Millis, Secret};
use uuid::Uuid;

/// Rows that one request deletes at most.
const PRUNED_MAX: i64 = 100;

/// A request that names a key.
#[derive(Clone, Debug)]
pub struct KeyedRequest {
    /// The key, as the client sent it.
    pub key: String,
    /// What tells one request from another: a hash of all that was asked.
    pub hash: String,
}

/// An answer as it was given.
#[derive(Clone, Debug)]
pub struct KeptAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body; none for an answer without one. It may hold a secret that is shown once.
    pub body: Option<Secret>,
}

/// A key that is this transaction's: its answer is to be kept.
#[derive(Debug)]
pub struct Claimed {
    platform_no: PlatformNo,
    id: Uuid,
}

/// What a key turned out to be.
#[derive(Debug)]
pub enum Claim {
    /// Not used before.
    Fresh(Claimed),
    /// The same request was answered before.
    Answered(KeptAnswer),
    /// Another request used it.
    OtherRequest,
}

/// Claims a key for a request. Keys older than `forgotten` are free again.
pub fn claim(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    request: &KeyedRequest,
    now: Millis,
    forgotten: Millis,
) -> Result<Claim, DbError> {
    let row = keys::table.find((platform.no.0, &request.key));
    diesel::delete(row.filter(keys::created_ms.lt(forgotten.0))).execute(conn)?;
    let id = Uuid::new_v4();
    let insert = diesel::insert_into(keys::table)
        .values((
            keys::platform_no.eq(platform.no.0),
            keys::key.eq(&request.key),
            keys::id.eq(id.to_string()),
            keys::request_hash.eq(&request.hash),
            keys::created_ms.eq(now.0),
        ))
        .on_conflict_do_nothing();
    if Both(insert).execute(conn)? == 1 {
        return Ok(Claim::Fresh(Claimed { platform_no: platform.no, id }));
    }
    let (hash, id, status, sealed): (String, String, Option<i64>, Option<Sealed>) =
        row.select((keys::request_hash, keys::id, keys::status, keys::sealed_body)).first(conn)?;
    if hash != request.hash {
        return Ok(Claim::OtherRequest);
    }
    let broken = || DbError::Broken("an idempotency key without its answer".to_owned());
    let status = status.and_then(|status| u16::try_from(status).ok()).ok_or_else(broken)?;
    let row = Uuid::try_parse(&id).map_err(|_| broken())?;
    let open = |sealed| vault.open(conn, &Scope::of_platform(platform), cell(row), &sealed);
    Ok(Claim::Answered(KeptAnswer { status, body: sealed.map(open).transpose()? }))
}

/// Keeps the answer of a claimed key.
pub fn keep(
    conn: &mut AnyConn,
    vault: &Vault,
    platform: &Platform,
    claimed: &Claimed,
    answer: &KeptAnswer,
    now: Millis,
) -> Result<(), DbError> {
    let seal = |body| vault.seal(conn, &Scope::of_platform(platform), cell(claimed.id), body, now);
    let sealed = answer.body.as_ref().map(seal).transpose()?;
    let row = keys::table
        .filter(keys::platform_no.eq(claimed.platform_no.0))
        .filter(keys::id.eq(claimed.id.to_string()));
    diesel::update(row)
        .set((keys::status.eq(i64::from(answer.status)), keys::sealed_body.eq(sealed)))
        .execute(conn)?;
    Ok(())
}

/// Deletes some of what is older than `forgotten`, of every platform, the oldest first. A system task. What
/// another transaction deletes already is left to it, so that none waits for another.
pub fn prune(conn: &mut AnyConn, forgotten: Millis) -> Result<usize, DbError> {
    let unlocked = match conn {
        AnyConn::Pg(_) => " FOR UPDATE SKIP LOCKED",
        AnyConn::Sqlite(_) => "",
    };
    let sql = format!(
        "DELETE FROM idempotency_keys WHERE id IN (SELECT id FROM idempotency_keys WHERE created_ms < $1 \
         ORDER BY created_ms LIMIT $2{unlocked})"
    );
    Ok(sql_query(sql).bind::<BigInt, _>(forgotten.0).bind::<BigInt, _>(PRUNED_MAX).execute(conn)?)
}

fn cell(row: Uuid) -> Cell<'static> {
    Cell { table: "idempotency_keys", column: "sealed_body", row }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};

    const DAY_MS: i64 = 86_400_000;

    fn request(key: &str, hash: &str) -> KeyedRequest {
        KeyedRequest { key: key.to_owned(), hash: hash.to_owned() }
    }

    /// Claims a key; where it is fresh, keeps an answer with this body.
    fn answer(db: &TestDb, platform: &Platform, key: &str, body: &str, now: Millis) -> Option<KeptAnswer> {
        let forgotten = now.plus_ms(-DAY_MS);
        db.run(|conn| match claim(conn, &db.vault, platform, &request(key, "h"), now, forgotten)? {
            Claim::Fresh(claimed) => {
                let answer = KeptAnswer { status: 201, body: Some(Secret::new(body)) };
                keep(conn, &db.vault, platform, &claimed, &answer, now).map(|()| None)
            }
            Claim::Answered(answer) => Ok(Some(answer)),
            Claim::OtherRequest => panic!("the same request"),
        })
    }

    #[test]
    fn of_many_at_once_one_is_fresh_and_the_others_get_its_answer() {
        let db = TestDb::new();
        let platform = db.platform("One");
        let answers: Vec<Option<KeptAnswer>> = std::thread::scope(|threads| {
            let (db, platform) = (&db, &platform);
            let spawn = |n: u32| threads.spawn(move || answer(db, platform, "k", &n.to_string(), NOW));
            let threads: Vec<_> = (0..20).map(spawn).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let bodies =
            answers.iter().flatten().map(|kept| (kept.status, kept.body.as_ref().map(Secret::expose)));
        let bodies: std::collections::BTreeSet<_> = bodies.collect();
        assert_eq!((answers.iter().flatten().count(), bodies.len()), (19, 1));
    }

    #[test]
    fn answers_lie_sealed_under_their_platform() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One"), db.platform("Other"));
        assert!(answer(&db, &one, "k", "canary", NOW).is_none());
        assert!(answer(&db, &other, "k", "theirs", NOW).is_none(), "each has its own keys");
        let read = |conn: &mut AnyConn| Ok(keys::table.select(keys::sealed_body).load(conn)?);
        let sealed: Vec<Option<Vec<u8>>> = db.run(read);
        assert!(sealed.iter().flatten().all(|bytes| !bytes.windows(6).any(|six| six == b"canary")));
        assert_eq!(answer(&db, &one, "k", "", NOW).unwrap().body.unwrap().expose(), "canary");
    }

    #[test]
    fn what_is_forgotten_is_pruned_a_hundred_at_a_time() {
        let db = TestDb::new();
        let platform = db.platform("One");
        for n in 0..150 {
            answer(&db, &platform, &n.to_string(), "", NOW.plus_ms(n));
        }
        let pruned = |forgotten| db.run(|conn| prune(conn, forgotten));
        assert_eq!(pruned(NOW), 0);
        assert_eq!(pruned(NOW.plus_ms(149)), 100);
        assert_eq!(pruned(NOW.plus_ms(149)), 49);
        assert!(answer(&db, &platform, "149", "", NOW.plus_ms(149)).is_some(), "the newest is left");
    }
}
