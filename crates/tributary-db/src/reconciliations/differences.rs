//! `differences`: what a reconciliation found that doesn't agree.

use crate::conn::AnyConn;
use crate::error::DbError;
use crate::page::Page;
use crate::schema::{differences, reconciliations};
use crate::stored::{Stored, StoredOption};
use diesel::prelude::*;
use tributary_core::ids::{ConnectionNo, ReconciliationId};
use tributary_core::reconciliation::DifferenceKind;
use tributary_core::{Currency, Resource};

/// Differences listed of one reconciliation; the rest is counted.
const LISTED_MAX: i64 = 1000;

/// Something that doesn't agree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Queryable)]
pub struct Difference {
    /// What doesn't.
    #[diesel(deserialize_as = Stored)]
    pub kind: DifferenceKind,
    /// The list of the object that it is about.
    #[diesel(deserialize_as = StoredOption)]
    pub resource: Option<Resource>,
    /// The object's id at Stripe.
    pub object_id: Option<String>,
    /// The object that names it, or the record's id.
    pub related_id: Option<String>,
    /// The currency of the amounts.
    #[diesel(deserialize_as = StoredOption)]
    pub currency: Option<Currency>,
    /// What the amount should be, in minor units.
    pub expected_minor: Option<i64>,
    /// What it is.
    pub found_minor: Option<i64>,
}

impl Difference {
    /// One of this kind, about nothing yet.
    pub fn of(kind: DifferenceKind) -> Self {
        Difference {
            kind,
            resource: None,
            object_id: None,
            related_id: None,
            currency: None,
            expected_minor: None,
            found_minor: None,
        }
    }

    /// About an object.
    #[must_use]
    pub fn about(mut self, resource: Resource, id: &str) -> Self {
        (self.resource, self.object_id) = (Some(resource), Some(id.to_owned()));
        self
    }

    /// Which this other object names, or whose record it is.
    #[must_use]
    pub fn beside(mut self, id: &str) -> Self {
        self.related_id = Some(id.to_owned());
        self
    }

    /// What an amount should be and what it is; one that no column holds is left out.
    #[must_use]
    pub fn amounts(mut self, currency: Currency, expected: i128, found: i128) -> Self {
        self.currency = Some(currency);
        self.expected_minor = i64::try_from(expected).ok();
        self.found_minor = i64::try_from(found).ok();
        self
    }

    /// Whether it is about the same thing, whatever the amounts.
    pub fn is_about_the_same(&self, other: &Difference) -> bool {
        let of = |it: &Difference| {
            (it.kind, it.resource, it.object_id.clone(), it.related_id.clone(), it.currency)
        };
        of(self) == of(other)
    }
}

/// A difference as a reconciliation has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The difference.
    pub difference: Difference,
    /// Whether it is mended.
    pub repaired: bool,
}

/// Replaces what is listed of a reconciliation. `unlisted` is how many more there were.
pub fn write_differences(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    id: ReconciliationId,
    found: &[Found],
    unlisted: usize,
) -> Result<(), DbError> {
    let text = id.to_string();
    let of = differences::table
        .filter(differences::connection_no.eq(connection.0))
        .filter(differences::reconciliation_id.eq(&text));
    diesel::delete(of).execute(conn)?;
    for (n, Found { difference, repaired }) in (0_i64..LISTED_MAX).zip(found) {
        diesel::insert_into(differences::table)
            .values((
                differences::connection_no.eq(connection.0),
                differences::reconciliation_id.eq(&text),
                differences::n.eq(n),
                differences::kind.eq(difference.kind.as_str()),
                differences::resource.eq(difference.resource.map(Resource::as_str)),
                differences::object_id.eq(&difference.object_id),
                differences::related_id.eq(&difference.related_id),
                differences::currency.eq(difference.currency.as_ref().map(Currency::code)),
                differences::expected_minor.eq(difference.expected_minor),
                differences::found_minor.eq(difference.found_minor),
                differences::repaired.eq(*repaired),
            ))
            .execute(conn)?;
    }
    let all = i64::try_from(found.len().saturating_add(unlisted)).unwrap_or(i64::MAX);
    let row = reconciliations::table
        .filter(reconciliations::connection_no.eq(connection.0))
        .filter(reconciliations::id.eq(&text));
    diesel::update(row).set(reconciliations::differences.eq(all)).execute(conn)?;
    Ok(())
}

/// A part of what is listed of a reconciliation, in the order it was found, and how many are listed.
pub fn differences_of(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    id: ReconciliationId,
    page: Page,
) -> Result<(Vec<Found>, i64), DbError> {
    let of = differences::table
        .filter(differences::connection_no.eq(connection.0))
        .filter(differences::reconciliation_id.eq(id.to_string()));
    let difference = (
        differences::kind,
        differences::resource,
        differences::object_id,
        differences::related_id,
        differences::currency,
        differences::expected_minor,
        differences::found_minor,
    );
    let total = of.clone().count().get_result(conn)?;
    let rows: Vec<(Difference, bool)> = of
        .order(differences::n)
        .offset(page.offset)
        .limit(page.limit)
        .select((difference, differences::repaired))
        .load(conn)?;
    let found = rows.into_iter().map(|(difference, repaired)| Found { difference, repaired });
    Ok((found.collect(), total))
}
