//! What the path of a read names.

use crate::error::ApiError;
use crate::kind::Kind;
use crate::render;
use crate::world::World;
use crate::world::rows::Ref;

/// What a path names.
pub(crate) enum Target {
    Balance,
    OwnAccount,
    Account(String),
    Accounts,
    List(Kind),
    One(Kind, String),
    /// A list below another object.
    Nested(Nested),
}

/// A list of `kind` that holds what belongs to the object `id` of `parent`.
pub(crate) struct Nested {
    pub(crate) kind: Kind,
    pub(crate) parent: Kind,
    pub(crate) id: String,
    /// The template that limits and counters know it by.
    endpoint: &'static str,
}

impl Target {
    pub(crate) fn of(segments: &[String]) -> Option<Self> {
        let words: Vec<&str> = segments.iter().map(String::as_str).collect();
        match words[..] {
            ["v1", "balance"] => Some(Target::Balance),
            ["v1", "account"] => Some(Target::OwnAccount),
            ["v1", "accounts"] => Some(Target::Accounts),
            ["v1", "accounts", id] => Some(Target::Account(id.to_owned())),
            ["v1", word] => Kind::at(word).map(Target::List),
            ["v1", group @ ("checkout" | "terminal"), word] => {
                Kind::at(&format!("{group}/{word}")).map(Target::List)
            }
            ["v1", group @ ("checkout" | "terminal"), word, id] => {
                Kind::at(&format!("{group}/{word}")).map(|kind| Target::One(kind, id.to_owned()))
            }
            ["v1", word, id] => Kind::at(word).map(|kind| Target::One(kind, id.to_owned())),
            ["v1", "checkout", "sessions", id, "line_items"] => {
                nested("checkout/sessions", id, "line_items").map(Target::Nested)
            }
            ["v1", parent, id, list] => nested(parent, id, list).map(Target::Nested),
            ["v1", parent, of, list, id] => {
                let kind = nested(parent, of, list).map(|nested| nested.kind);
                // Of lines there is no way to get one alone.
                let kind = kind.filter(|kind| !kind.is_oldest_first());
                kind.map(|kind| Target::One(kind, id.to_owned()))
            }
            _ => None,
        }
    }

    /// What permissions and faults speak of.
    pub(crate) fn resource(&self) -> Kind {
        match self {
            Target::Balance => Kind::Balance,
            Target::OwnAccount | Target::Account(_) | Target::Accounts => Kind::Account,
            Target::List(kind) | Target::One(kind, _) => *kind,
            Target::Nested(nested) => nested.kind,
        }
    }

    /// The template that limits and counters know the route by.
    pub(crate) fn endpoint(&self) -> &'static str {
        match self {
            Target::Balance => "GET /v1/balance",
            Target::OwnAccount => "GET /v1/account",
            Target::Account(_) => "GET /v1/accounts/:id",
            Target::Accounts => "GET /v1/accounts",
            Target::Nested(nested) => nested.endpoint,
            Target::List(kind) => kind.endpoints().0,
            Target::One(kind, _) => kind.endpoints().1,
        }
    }
}

/// The list of this name below the object `id` of the list at `parent`.
fn nested(parent: &str, id: &str, list: &str) -> Option<Nested> {
    let kind = match (parent, list) {
        ("charges", "refunds") => Kind::Refunds,
        ("customers", "payment_methods") => Kind::PaymentMethods,
        ("invoices", "lines") => Kind::InvoiceLines,
        ("credit_notes", "lines") => Kind::CreditNoteLines,
        ("checkout/sessions", "line_items") => Kind::SessionItems,
        ("transfers", "reversals") => Kind::TransferReversals,
        ("application_fees", "refunds") => Kind::FeeRefunds,
        _ => return None,
    };
    let endpoint = match kind {
        Kind::Refunds => "GET /v1/charges/:id/refunds",
        Kind::PaymentMethods => "GET /v1/customers/:id/payment_methods",
        _ => kind.endpoints().0,
    };
    Some(Nested { kind, parent: Kind::at(parent)?, id: id.to_owned(), endpoint })
}

impl Nested {
    /// The list's own path.
    pub(crate) fn url(&self) -> String {
        let list = self.endpoint.rsplit('/').next().unwrap_or_default();
        format!("/v1/{}/{}/{list}", self.parent.path(), self.id)
    }

    /// The places of what the list can hold, ascending.
    pub(crate) fn places(&self, world: &World) -> Result<Vec<u32>, ApiError> {
        let Nested { kind, parent, id, .. } = self;
        let missing = || ApiError::missing(404, parent.object_name(), id, parent.object_name());
        let place = world.find(*parent, id).ok_or_else(missing)?;
        let (billing, extras) = (&world.billing, &world.extras);
        let span = match kind {
            Kind::Refunds => return Ok(world.refunds_of_charge(place)),
            Kind::PaymentMethods => {
                let owned = |row| render::owner(world, row) == Ref::to(place);
                let places = (0..).zip(&extras.methods).filter(|(_, row)| owned(row));
                return Ok(places.map(|(place, _)| place).collect());
            }
            Kind::InvoiceLines => billing.invoices.get(place).map(|row| row.lines),
            Kind::CreditNoteLines => billing.credit_notes.get(place).map(|row| row.lines),
            Kind::SessionItems => billing.sessions.get(place).map(|row| row.lines),
            Kind::TransferReversals => extras.transfers.get(place).map(|row| row.reversals),
            _ => None,
        };
        let places = span.map(|span| span.places()).unwrap_or_default();
        Ok(places.filter_map(|place| u32::try_from(place).ok()).collect())
    }
}
