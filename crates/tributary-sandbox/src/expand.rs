//! `expand[]`: which references are replaced by whole objects.

use crate::kind::Kind;

/// A tree of field names; empty where nothing is expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expand {
    children: Vec<(String, Expand)>,
}

/// The most levels that Stripe follows.
const MAX_DEPTH: usize = 4;

/// Why a path can't be expanded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ExpandError {
    /// More than four levels.
    TooDeep,
    /// The field isn't there or isn't a reference.
    NotExpandable(String),
}

impl Expand {
    /// What is expanded inside this field, if the field is.
    pub(crate) fn get(&self, field: &str) -> Option<&Expand> {
        self.children.iter().find(|(name, _)| name == field).map(|(_, inner)| inner)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// Adds a dotted path.
    pub(crate) fn add(&mut self, path: &str) -> Result<(), ExpandError> {
        if path.split('.').count() > MAX_DEPTH {
            return Err(ExpandError::TooDeep);
        }
        path.split('.').fold(self, |at, field| at.child(field));
        Ok(())
    }

    fn child(&mut self, field: &str) -> &mut Expand {
        let place = match self.children.iter().position(|(name, _)| name == field) {
            Some(place) => place,
            None => {
                self.children.push((field.to_owned(), Expand::default()));
                self.children.len() - 1
            }
        };
        &mut self.children[place].1
    }

    /// Checks every path against what objects of `kind` refer to; the kinds of objects that it would show.
    pub(crate) fn kinds(&self, kind: Kind) -> Result<Vec<Kind>, ExpandError> {
        let mut shown = Vec::new();
        for (field, inner) in &self.children {
            let target = target(kind, field).ok_or_else(|| ExpandError::NotExpandable(field.clone()))?;
            let mut inside = match target {
                Target::Object(kind) => {
                    shown.push(kind);
                    inner.kinds(kind)?
                }
                // A list's objects are expanded one level further in, below `data`.
                Target::List(kind) => {
                    shown.push(kind);
                    inner.get("data").map_or(Ok(Vec::new()), |inner| inner.kinds(kind))?
                }
                Target::Ledger => {
                    let mut all = vec![];
                    for kind in SOURCES {
                        all.extend(inner.kinds(kind).unwrap_or_default());
                    }
                    all
                }
                Target::Nothing => Vec::new(),
            };
            shown.append(&mut inside);
        }
        Ok(shown)
    }
}

/// What a balance transaction's `source` can be here.
const SOURCES: [Kind; 4] = [Kind::Charges, Kind::Refunds, Kind::Disputes, Kind::Payouts];

/// What a field leads to.
enum Target {
    Object(Kind),
    List(Kind),
    /// Whatever moved the money.
    Ledger,
    /// A reference that is always null here, or to what isn't simulated: it stays as it is.
    Nothing,
}

fn target(kind: Kind, field: &str) -> Option<Target> {
    use Kind::*;
    let found = match (kind, field) {
        (Charges | Refunds | PaymentIntents, "customer") => Target::Object(Customers),
        (Charges | Refunds | Payouts, "balance_transaction" | "failure_balance_transaction") => {
            Target::Object(BalanceTransactions)
        }
        (Charges | Refunds | Disputes, "payment_intent") => Target::Object(PaymentIntents),
        (Refunds | Disputes, "charge") => Target::Object(Charges),
        (PaymentIntents, "latest_charge") => Target::Object(Charges),
        (Charges, "refunds") => Target::List(Refunds),
        (Prices, "product") => Target::Object(Products),
        (Products, "default_price") => Target::Object(Prices),
        (BalanceTransactions, "source") => Target::Ledger,
        (Prices, "tiers" | "currency_options") => Target::Nothing,
        (
            Charges,
            "application" | "application_fee" | "on_behalf_of" | "review" | "source_transfer" | "transfer",
        ) => Target::Nothing,
        (PaymentIntents, "application" | "on_behalf_of" | "payment_method" | "review" | "source") => {
            Target::Nothing
        }
        (Refunds, "transfer_reversal" | "source_transfer_reversal" | "payment_method") => Target::Nothing,
        (Payouts, "destination" | "application_fee" | "original_payout" | "reversed_by") => Target::Nothing,
        (
            Customers,
            "default_source" | "test_clock" | "discount" | "sources" | "subscriptions" | "tax_ids",
        ) => Target::Nothing,
        (Products, "tax_code") => Target::Nothing,
        _ => return None,
    };
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_a_tree_and_are_checked_against_the_object() {
        let mut expand = Expand::default();
        expand.add("payment_intent.latest_charge").unwrap();
        expand.add("balance_transaction").unwrap();
        assert!(expand.get("payment_intent").unwrap().get("latest_charge").is_some());
        assert_eq!(
            expand.kinds(Kind::Charges),
            Ok(vec![Kind::PaymentIntents, Kind::Charges, Kind::BalanceTransactions])
        );
        assert_eq!(expand.add("a.b.c.d.e"), Err(ExpandError::TooDeep));
        expand.add("amount").unwrap();
        assert_eq!(expand.kinds(Kind::Charges), Err(ExpandError::NotExpandable("amount".to_owned())));
    }
}
