//! Keys for services that integrate with a platform by themselves. A platform has one of each kind.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::integration_keys::dsl;
use diesel::{ExpressionMethods, RunQueryDsl};
use tributary_core::ids::PlatformNo;
use tributary_core::{Millis, Secret, digest, token};

/// The kind of key that Zapier uses.
pub const ZAPIER: &str = "zapier";

/// Makes a new key in place of the one before, which opens nothing from then on. It is shown this once: only its hash
/// is kept.
pub fn rotate(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    kind: &str,
    now: Millis,
) -> Result<Secret, DbError> {
    let key = token::random_integration_key().map_err(|error| DbError::Unavailable(error.to_string()))?;
    let hash = digest::lookup_hash(&key);
    let insert = diesel::insert_into(dsl::integration_keys)
        .values((
            dsl::platform_no.eq(platform_no.0),
            dsl::kind.eq(kind),
            dsl::key_hash.eq(hash.clone()),
            dsl::created_ms.eq(now.0),
        ))
        .on_conflict((dsl::platform_no, dsl::kind))
        .do_update()
        .set((dsl::key_hash.eq(hash), dsl::created_ms.eq(now.0)));
    Both(insert).execute(conn)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb};
    use diesel::QueryDsl;

    #[test]
    fn a_new_key_replaces_the_one_before_and_neither_is_kept() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One"), db.platform("Other"));
        let make = |no| db.run(|conn| rotate(conn, no, ZAPIER, NOW));
        let (first, second) = (make(one.no), make(one.no));
        make(other.no);
        assert!(first.expose().starts_with("sk_integ_") && first.expose() != second.expose());
        let stored: Vec<String> = db.run(|conn| {
            let of = dsl::integration_keys.filter(dsl::platform_no.eq(one.no.0));
            Ok(of.select(dsl::key_hash).load(conn)?)
        });
        assert_eq!(stored, [digest::lookup_hash(&second)]);
    }
}
