//! Looking through a platform's companies, as people do: by a piece of text, by status, page after page.

use crate::companies::Company;
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::integrations;
use crate::schema::{companies, connections};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::Text;
use tributary_core::Millis;
use tributary_core::ids::{CompanyId, PlatformNo};
use tributary_core::state::ConnectionStatus;

diesel::define_sql_function! {
    /// Lower case, of ASCII letters only: on PostgreSQL because of the columns' collation.
    fn lower(text: Text) -> Text;
}
diesel::define_sql_function! {
    /// `text` without `part`: what tells on both databases, and without patterns, whether it holds it.
    fn replace(text: Text, part: Text, by: Text) -> Text;
}

/// Which companies are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// A part of the name, or the whole id of the company, of one of its connections or of its Stripe account.
    /// Empty: any.
    pub text: String,
    /// How its connections stand.
    pub standing: Option<Standing>,
}

/// How a company's connections stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// At least one has this status.
    Has(ConnectionStatus),
    /// There is none.
    NoConnections,
}

/// A place in the list, which is ordered by creation, newest first: it stays right when companies come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// When the company there was created.
    pub created: Millis,
    /// The company there.
    pub id: CompanyId,
}

/// Which part of the list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The newest.
    Newest,
    /// What comes after a place.
    OlderThan(Place),
    /// What comes before a place.
    NewerThan(Place),
}

/// A part of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The companies, newest first.
    pub companies: Vec<Company>,
    /// Whether there may be newer ones.
    pub has_newer: bool,
    /// Whether there may be older ones.
    pub has_older: bool,
}

/// At most `limit` companies of a platform.
pub fn search(
    conn: &mut AnyConn,
    platform_no: PlatformNo,
    search: &Search,
    part: Part,
    limit: usize,
) -> Result<Found, DbError> {
    let mut query = companies::table.filter(companies::platform_no.eq(platform_no.0)).into_boxed();
    let connections_of = || {
        connections::table
            .filter(connections::platform_no.eq(platform_no.0))
            .filter(connections::company_id.eq(companies::id))
            .select(connections::no)
    };
    let text = search.text.trim();
    if !text.is_empty() {
        // Folded as the databases fold: what stands in a name is found as it stands there.
        let folded = text.to_ascii_lowercase();
        let named = owners(conn, platform_no, text)?;
        query = query.filter(
            replace(lower(companies::name), folded, "")
                .ne(lower(companies::name))
                .or(companies::id.eq_any(named)),
        );
    }
    match search.standing {
        None => {}
        Some(Standing::Has(status)) => {
            query = query.filter(exists(connections_of().filter(connections::status.eq(status.as_str()))));
        }
        Some(Standing::NoConnections) => query = query.filter(not(exists(connections_of()))),
    }
    query = match part {
        Part::Newest => query.order((companies::created_ms.desc(), companies::id)),
        Part::OlderThan(place) => {
            let same = companies::created_ms.eq(place.created.0).and(companies::id.gt(place.id.to_string()));
            query
                .filter(companies::created_ms.lt(place.created.0).or(same))
                .order((companies::created_ms.desc(), companies::id))
        }
        Part::NewerThan(place) => {
            let same = companies::created_ms.eq(place.created.0).and(companies::id.lt(place.id.to_string()));
            query
                .filter(companies::created_ms.gt(place.created.0).or(same))
                .order((companies::created_ms.asc(), companies::id.desc()))
        }
    };
    // One more than asked for tells whether there are more.
    let mut found: Vec<Company> = query.limit(limit as i64 + 1).load(conn)?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let (has_newer, has_older) = match part {
        Part::Newest => (false, has_more),
        Part::OlderThan(_) => (true, has_more),
        Part::NewerThan(_) => {
            found.reverse();
            (has_more, true)
        }
    };
    Ok(Found { companies: found, has_newer, has_older })
}

/// The most companies that an id stands for: any number may be connected to one Stripe account.
const OWNERS_MAX: i64 = 1000;

/// The ids of the companies that text is the id of: theirs, a connection's, or a Stripe account's. They are looked up
/// before the names are gone through, by indexes, rather than once for each name.
fn owners(conn: &mut AnyConn, platform_no: PlatformNo, text: &str) -> Result<Vec<String>, DbError> {
    let id = text.to_lowercase();
    let mut owners: Vec<String> = connections::table
        .filter(connections::id.eq(&id))
        .filter(connections::platform_no.eq(platform_no.0))
        .select(connections::company_id)
        .load(conn)?;
    // The platform's by its integrations: SQLite would go through all its connections if the query named it.
    let integrations = integrations::list(conn, platform_no)?;
    let of_account: Vec<String> = connections::table
        .filter(connections::integration_id.eq_any(integrations.iter().map(|of| of.id.to_string())))
        .filter(connections::account_id.eq(text))
        .select(connections::company_id)
        .order(connections::no.desc())
        .limit(OWNERS_MAX)
        .load(conn)?;
    owners.extend(of_account);
    owners.push(id);
    Ok(owners)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::companies::{self, NewCompany};
    use crate::test_db::{NOW, TestDb};

    fn names(found: &Found) -> Vec<&str> {
        found.companies.iter().map(|company| company.name.as_str()).collect()
    }

    #[test]
    fn companies_are_found_by_part_of_the_name_and_by_whole_ids() {
        let db = TestDb::new();
        let (one, other) = (db.platform("One"), db.platform("Other"));
        let (bakery, connection) = db.linked(&one, "acct_1AbC");
        db.company(&one, "Böse & Söhne");
        db.company(&other, "Bakery abroad");
        let find = |text: &str| {
            let wanted = Search { text: text.to_owned(), standing: None };
            db.run(|conn| search(conn, one.no, &wanted, Part::Newest, 10))
        };
        for text in [
            "baker",
            " AKER ",
            &bakery.id.to_string(),
            &connection.id.to_string().to_uppercase(),
            "acct_1AbC",
        ] {
            assert_eq!(names(&find(text)), ["Bakery"], "{text}");
        }
        assert_eq!(names(&find("& S")), ["Böse & Söhne"]);
        db.company(&one, "ÖKO Strom");
        for text in ["ÖKO Strom", "ÖKO STROM"] {
            assert_eq!(names(&find(text)), ["ÖKO Strom"], "{text}");
        }
        assert_eq!(find("").companies.len(), 3);
        for text in ["%", "_akery", "acct_1abc", "'", "nothing"] {
            assert_eq!(names(&find(text)), [""; 0], "{text}");
        }
    }

    #[test]
    fn companies_are_found_by_how_their_connections_stand() {
        let db = TestDb::new();
        let one = db.platform("One");
        db.linked(&one, "acct_1");
        db.company(&one, "Lonely");
        let find = |standing: Standing| {
            let wanted = Search { text: String::new(), standing: Some(standing) };
            db.run(|conn| search(conn, one.no, &wanted, Part::Newest, 10))
        };
        assert_eq!(names(&find(Standing::Has(ConnectionStatus::Linked))), ["Bakery"]);
        assert_eq!(names(&find(Standing::Has(ConnectionStatus::PendingAuth))), [""; 0]);
        assert_eq!(names(&find(Standing::NoConnections)), ["Lonely"]);
    }

    #[test]
    fn pages_meet_without_gap_or_overlap_in_both_directions() {
        let db = TestDb::new();
        let one = db.platform("One");
        for n in 0..7 {
            let new = NewCompany { name: format!("Company {n}"), ..NewCompany::default() };
            // Some were created in the same moment.
            db.run(|conn| companies::create(conn, one.no, new.clone(), NOW.plus_ms(n / 3)));
        }
        let read = |part: Part| db.run(|conn| search(conn, one.no, &Search::default(), part, 3));
        let place = |company: &Company| Place { created: company.created, id: company.id };
        let first = read(Part::Newest);
        let second = read(Part::OlderThan(place(&first.companies[2])));
        let third = read(Part::OlderThan(place(&second.companies[2])));
        assert_eq!((first.has_newer, first.has_older), (false, true));
        assert_eq!((third.companies.len(), third.has_newer, third.has_older), (1, true, false));
        let mut all: Vec<CompanyId> = Vec::new();
        for found in [&first, &second, &third] {
            all.extend(found.companies.iter().map(|company| company.id));
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 7);
        let back = read(Part::NewerThan(place(&third.companies[0])));
        assert_eq!((back.companies, back.has_newer, back.has_older), (second.companies, true, true));
    }
}
