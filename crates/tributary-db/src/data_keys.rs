//! Data keys: the keys that seal secrets, themselves sealed by the master key.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::{data_keys, platforms};
use crate::stored::{Sealed, Stored};
use crate::vault::Scope;
use diesel::dsl::exists;
use diesel::prelude::*;
use tributary_core::Millis;
use tributary_core::ids::{DataKeyId, PlatformId};
use tributary_core::seal::{Place, SealingKey};

/// How a master key relates to what the database holds; start-up asks (rule I13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MasterKeyState {
    /// Nothing is sealed yet: any master key will do, a new one too.
    NoDataKeys,
    /// The key opens the data keys.
    Matches,
    /// The data keys were sealed by another master key.
    Other,
}

#[derive(Queryable)]
struct DataKey {
    #[diesel(deserialize_as = Stored)]
    id: DataKeyId,
    sealed_key: Sealed,
}

impl DataKey {
    fn open(&self, master: &SealingKey, platform: PlatformId) -> Result<SealingKey, DbError> {
        Ok(master.unwrap_key(&place(platform, self.id), self.id, &self.sealed_key.0)?)
    }
}

fn place(platform: PlatformId, id: DataKeyId) -> Place<'static> {
    Place { table: "data_keys", column: "sealed_key", platform, row: id.uuid() }
}

/// The scope's data key; made by whoever comes first, and the same one for all who come at once.
pub(crate) fn get_or_create(
    conn: &mut AnyConn,
    master: &SealingKey,
    scope: &Scope,
    now: Millis,
) -> Result<SealingKey, DbError> {
    if let Some(key) = load(conn, scope, None)? {
        return key.open(master, scope.platform_id);
    }
    let key = SealingKey::random()?;
    let id = DataKeyId::from_uuid(key.id());
    let sealed = master.wrap(&place(scope.platform_id, id), &key)?;
    let insert = diesel::insert_into(data_keys::table)
        .values((
            data_keys::id.eq(id.to_string()),
            data_keys::platform_no.eq(scope.platform_no.0),
            data_keys::company_id.eq(scope.company.map(|company| company.to_string())),
            data_keys::sealed_key.eq(sealed),
            data_keys::master_key_id.eq(master.id().to_string()),
            data_keys::created_ms.eq(now.0),
        ))
        .on_conflict_do_nothing();
    if Both(insert).execute(conn)? == 1 {
        return Ok(key);
    }
    let key = load(conn, scope, None)?
        .ok_or_else(|| DbError::Broken("a data key belongs to another scope".to_owned()))?;
    key.open(master, scope.platform_id)
}

/// The data key that a sealed value of the scope names.
pub(crate) fn find(
    conn: &mut AnyConn,
    master: &SealingKey,
    scope: &Scope,
    id: DataKeyId,
) -> Result<Option<SealingKey>, DbError> {
    load(conn, scope, Some(id))?.map(|key| key.open(master, scope.platform_id)).transpose()
}

fn load(conn: &mut AnyConn, scope: &Scope, id: Option<DataKeyId>) -> Result<Option<DataKey>, DbError> {
    let mut query = data_keys::table
        .filter(data_keys::platform_no.eq(scope.platform_no.0))
        .select((data_keys::id, data_keys::sealed_key))
        .into_boxed();
    query = match scope.company {
        Some(company) => query.filter(data_keys::company_id.eq(company.to_string())),
        None => query.filter(data_keys::company_id.is_null()),
    };
    if let Some(id) = id {
        query = query.filter(data_keys::id.eq(id.to_string()));
    }
    Ok(query.first(conn).optional()?)
}

/// Whether this is the master key of the database; really opens a data key to tell. A system look-up.
pub fn master_key_state(conn: &mut AnyConn, master: &SealingKey) -> Result<MasterKeyState, DbError> {
    let foreign = data_keys::table.filter(data_keys::master_key_id.ne(master.id().to_string()));
    if diesel::select(exists(foreign)).get_result::<bool>(conn)? {
        return Ok(MasterKeyState::Other);
    }
    let oldest: Option<(DataKey, String)> = data_keys::table
        .inner_join(platforms::table.on(platforms::no.eq(data_keys::platform_no)))
        .order((data_keys::created_ms, data_keys::id))
        .select(((data_keys::id, data_keys::sealed_key), platforms::id))
        .first(conn)
        .optional()?;
    let Some((key, platform)) = oldest else { return Ok(MasterKeyState::NoDataKeys) };
    let opened = platform.parse().ok().map(|platform| key.open(master, platform));
    Ok(if matches!(opened, Some(Ok(_))) { MasterKeyState::Matches } else { MasterKeyState::Other })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::{NOW, TestDb, master_key};
    use tributary_core::ids::CompanyId;

    #[test]
    fn all_who_come_at_once_get_one_data_key_per_scope() {
        let db = TestDb::new();
        let (platform, master) = (db.platform("One"), master_key());
        let scope = Scope::of_platform(&platform);
        let company = Scope { company: Some(CompanyId::random()), ..scope };
        let get = |scope: &Scope| db.run(|conn| get_or_create(conn, &master, scope, NOW)).id();
        let ids: Vec<_> = std::thread::scope(|threads| {
            let spawn = |_| threads.spawn(|| (get(&scope), get(&company)));
            let threads: Vec<_> = (0..16).map(spawn).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(ids.iter().all(|pair| *pair == ids[0]));
        assert_ne!(ids[0].0, ids[0].1);
        assert_eq!(db.run(|conn| Ok(data_keys::table.count().get_result::<i64>(conn)?)), 2);
    }

    #[test]
    fn start_up_learns_whether_the_master_key_is_the_one_that_was_used() {
        let db = TestDb::new();
        let (platform, master, other) = (db.platform("One"), master_key(), master_key());
        let state = |key: &SealingKey| db.run(|conn| master_key_state(conn, key));
        assert_eq!(state(&master), MasterKeyState::NoDataKeys);
        db.run(|conn| get_or_create(conn, &master, &Scope::of_platform(&platform), NOW));
        assert_eq!(state(&master), MasterKeyState::Matches);
        assert_eq!(state(&other), MasterKeyState::Other);
        // A key that merely claims the right id doesn't count: the data key must open.
        let damage = |conn: &mut AnyConn| {
            let damaged = data_keys::sealed_key.eq(vec![0_u8; 77]);
            Ok(diesel::update(data_keys::table).set(damaged).execute(conn)?)
        };
        assert_eq!(db.run(damage), 1);
        assert_eq!(state(&master), MasterKeyState::Other);
    }
}
