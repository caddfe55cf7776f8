//! What a platform has set for itself, beside its name: where its logo is, where merchants go after Link, which
//! pages may embed Link.

use crate::conn::{AnyConn, Both};
use crate::error::DbError;
use crate::schema::platform_settings as table;
use crate::stored::{StoredJson, json_text};
use diesel::prelude::*;
use tributary_core::ids::PlatformNo;

/// A platform's settings. The services check them before they are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable)]
pub struct PlatformSettings {
    /// Where its logo is.
    pub logo_url: Option<String>,
    /// Where its icon is.
    pub icon_url: Option<String>,
    /// Where merchants go when Link is done: an address with placeholders in braces.
    pub redirect_url: Option<String>,
    /// What `redirect_url` may lead to; empty: anything.
    #[diesel(deserialize_as = StoredJson)]
    pub white_list_urls: Vec<String>,
    /// Origins whose pages may embed Link.
    #[diesel(deserialize_as = StoredJson)]
    pub cors_origins: Vec<String>,
}

/// A platform's settings; those of one that never set any are empty.
pub fn find(conn: &mut AnyConn, platform_no: PlatformNo) -> Result<PlatformSettings, DbError> {
    let found = table::table
        .find(platform_no.0)
        .select((
            table::logo_url,
            table::icon_url,
            table::redirect_url,
            table::white_list_urls,
            table::cors_origins,
        ))
        .first(conn)
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Stores everything but the origins.
pub fn set_profile(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    settings: &PlatformSettings,
) -> Result<(), DbError> {
    ensure(conn, platform_no)?;
    diesel::update(table::table.find(platform_no.0))
        .set((
            table::logo_url.eq(&settings.logo_url),
            table::icon_url.eq(&settings.icon_url),
            table::redirect_url.eq(&settings.redirect_url),
            table::white_list_urls.eq(json_text(&settings.white_list_urls)?),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores the origins whose pages may embed Link, in place of those before.
pub fn set_cors_origins(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    origins: &[String],
) -> Result<(), DbError> {
    ensure(conn, platform_no)?;
    diesel::update(table::table.find(platform_no.0))
        .set(table::cors_origins.eq(json_text(&origins)?))
        .execute(conn)?;
    Ok(())
}

fn ensure(conn: &mut AnyConn, platform_no: PlatformNo) -> Result<(), DbError> {
    let insert = diesel::insert_into(table::table)
        .values((
            table::platform_no.eq(platform_no.0),
            table::white_list_urls.eq("[]"),
            table::cors_origins.eq("[]"),
        ))
        .on_conflict_do_nothing();
    Both(insert).execute(conn)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_db::TestDb;

    #[test]
    fn each_platform_has_settings_of_its_own_and_the_parts_do_not_disturb_each_other() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One").no, db.platform("Other").no);
        let profile = PlatformSettings {
            logo_url: Some("https://a.example/logo.png".to_owned()),
            redirect_url: Some("https://a.example/{companyId}".to_owned()),
            white_list_urls: vec!["https://a.example".to_owned()],
            ..PlatformSettings::default()
        };
        db.run(|conn| set_cors_origins(conn, one, &["https://b.example".to_owned()]));
        db.run(|conn| set_profile(conn, one, &profile));
        let expected =
            PlatformSettings { cors_origins: vec!["https://b.example".to_owned()], ..profile.clone() };
        assert_eq!(db.run(|conn| find(conn, one)), expected);
        db.run(|conn| set_cors_origins(conn, one, &[]));
        assert_eq!(db.run(|conn| find(conn, one)), profile);
        assert_eq!(db.run(|conn| find(conn, other)), PlatformSettings::default());
    }
}
