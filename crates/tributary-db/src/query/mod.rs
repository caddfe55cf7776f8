//! The query language over stored rows: which properties each kind of record lets be asked for, and the SQL that
//! filters, orders and pages by them.
//!
//! What a client sends reaches SQL as bound parameters only. Column names and expressions come from the allow-lists,
//! which are static text.

mod bounded;
mod dialect;
mod dsl;
mod explain;
mod fields;
mod listing;
mod memory;
mod sql;

pub use dsl::{Condition, Ordering, TagCondition};
pub use explain::explain;
pub(crate) use fields::words;
pub use fields::{Field, Fields, Word};
pub(crate) use listing::{CountOf, PageOf, Rows};
pub use listing::{Place, Start};
pub use memory::{Memory, Part};

use crate::page::Page;
use tributary_contract::ApiError;
use tributary_contract::query::{Expr, Filter, Key, Kind, OrderKey, Property, resolve, resolve_order};

/// What is asked of a list: which records, in which order, which part.
#[derive(Clone, Debug, PartialEq)]
pub struct ListQuery {
    /// Which records.
    pub filter: Filter<&'static Field>,
    /// In which order. The id is always among the keys, so that no two records are equal and pages neither repeat a
    /// record nor leave one out.
    pub order: Vec<OrderKey<&'static Field>>,
    /// Which part.
    pub page: Page,
}

impl ListQuery {
    /// Gives a query and an order their meaning; the newest first where no order is asked for.
    pub fn new(
        fields: &'static Fields,
        query: Option<&Expr>,
        order: &[Key],
        page: Page,
    ) -> Result<Self, ApiError> {
        let find = |name: &str| fields.find(name);
        let filter = match query {
            Some(expr) => resolve(expr, fields.model, &find)?,
            None => Filter::everything(),
        };
        let mut keys = resolve_order(order, fields.model, &|name: &str| fields.find_to_order(name))?;
        let newest = fields.newest_first();
        if keys.is_empty() || keys == newest[..1] {
            keys = newest;
        } else if !keys.iter().any(|key| key.property == fields.id()) {
            // In the direction of the last key, as the index of changes has it, forwards and backwards.
            let descending = keys.last().is_some_and(|key| key.descending);
            keys.push(OrderKey { property: fields.id(), descending });
        }
        Ok(ListQuery { filter, order: keys, page })
    }

    /// Whether the order is by a date that is never missing, and then by the id: then there are [`Place`]s in it.
    pub fn is_by_date(&self) -> bool {
        let is_date = |key: &OrderKey<&'static Field>| key.property.kind() == Kind::Date;
        let is_id = |key: &OrderKey<&'static Field>| key.property.kind() == Kind::Id;
        matches!(self.order.as_slice(), [date, id] if is_date(date) && is_id(id) && ![date, id].iter().any(|key| key.property.is_optional()))
    }

    /// Every record, the newest first.
    pub fn newest(fields: &'static Fields, page: Page) -> Self {
        ListQuery { filter: Filter::everything(), order: fields.newest_first(), page }
    }
}
