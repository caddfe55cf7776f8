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
        self.follow(&|field| target(kind, field))
    }

    fn follow(&self, next: &dyn Fn(&str) -> Option<Target>) -> Result<Vec<Kind>, ExpandError> {
        let mut shown = Vec::new();
        for (field, inner) in &self.children {
            let target = next(field).ok_or_else(|| ExpandError::NotExpandable(field.clone()))?;
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
                Target::Parts(parts) => inner.follow(&parts)?,
                Target::Nothing => Vec::new(),
            };
            shown.append(&mut inside);
        }
        Ok(shown)
    }
}

/// What a balance transaction's `source` can be here.
const SOURCES: [Kind; 6] =
    [Kind::Charges, Kind::Refunds, Kind::Disputes, Kind::Payouts, Kind::Transfers, Kind::TransferReversals];

/// What a field leads to.
enum Target {
    Object(Kind),
    List(Kind),
    /// Whatever moved the money.
    Ledger,
    /// An object that is part of this one and leads further.
    Parts(fn(&str) -> Option<Target>),
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
        (PaymentIntents | SetupIntents, "payment_method") => Target::Object(PaymentMethods),
        (
            PaymentMethods | SetupIntents | Subscriptions | Invoices | InvoiceItems | CreditNotes
            | CheckoutSessions,
            "customer",
        ) => Target::Object(Customers),
        (Subscriptions, "items") => Target::List(SubscriptionItems),
        (Subscriptions, "latest_invoice") => Target::Object(Invoices),
        (Subscriptions | Invoices | InvoiceLines, "discounts") => Target::Parts(of_discount),
        (Invoices, "lines") => Target::List(InvoiceLines),
        (Invoices, "payments") => Target::List(InvoicePayments),
        (Invoices, "parent") => Target::Parts(of_parent),
        (InvoiceLines | CheckoutSessions, "subscription") => Target::Object(Subscriptions),
        (InvoiceItems | InvoicePayments | CreditNotes | CheckoutSessions, "invoice") => {
            Target::Object(Invoices)
        }
        (InvoicePayments, "payment") => Target::Parts(of_payment),
        (CreditNotes, "lines") => Target::List(CreditNoteLines),
        (CreditNotes, "refunds") => Target::Parts(of_credit),
        (CheckoutSessions, "line_items") => Target::List(SessionItems),
        (CheckoutSessions, "payment_intent") => Target::Object(PaymentIntents),
        (CheckoutSessions, "setup_intent") => Target::Object(SetupIntents),
        (SessionItems | SubscriptionItems, "price") => Target::Object(Prices),
        (Transfers | TransferReversals, "balance_transaction") => Target::Object(BalanceTransactions),
        (Transfers, "source_transaction") => Target::Object(Charges),
        (Transfers, "reversals") => Target::List(TransferReversals),
        (TransferReversals, "transfer") => Target::Object(Transfers),
        (ApplicationFees, "refunds") => Target::List(FeeRefunds),
        (Charges, "refunds") => Target::List(Refunds),
        (Prices, "product") => Target::Object(Products),
        (Products, "default_price") => Target::Object(Prices),
        (BalanceTransactions, "source") => Target::Ledger,
        (Prices, "tiers" | "currency_options") => Target::Nothing,
        (
            Charges,
            "application" | "application_fee" | "on_behalf_of" | "review" | "source_transfer" | "transfer",
        ) => Target::Nothing,
        (PaymentIntents, "application" | "on_behalf_of" | "review" | "source") => Target::Nothing,
        (
            SetupIntents,
            "application" | "latest_attempt" | "mandate" | "on_behalf_of" | "single_use_mandate",
        ) => Target::Nothing,
        (Coupons, "applies_to" | "currency_options") => Target::Nothing,
        (
            Subscriptions,
            "application"
            | "default_payment_method"
            | "default_source"
            | "on_behalf_of"
            | "pending_setup_intent"
            | "schedule"
            | "test_clock",
        ) => Target::Nothing,
        (
            Invoices,
            "account_tax_ids"
            | "application"
            | "confirmation_secret"
            | "default_payment_method"
            | "default_source"
            | "latest_revision"
            | "on_behalf_of"
            | "test_clock",
        ) => Target::Nothing,
        (CheckoutSessions, "payment_link") => Target::Nothing,
        (CheckoutSessions, "discounts") => Target::Parts(of_session_discount),
        (SessionItems, "taxes" | "discounts") => Target::Nothing,
        (CreditNotes, "customer_balance_transaction") => Target::Nothing,
        (Transfers, "destination" | "destination_payment") => Target::Nothing,
        (TransferReversals, "destination_payment_refund" | "source_refund") => Target::Nothing,
        (ApplicationFees, "account" | "application" | "balance_transaction" | "charge") => Target::Nothing,
        (Files, "links") => Target::Nothing,
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

fn of_discount(field: &str) -> Option<Target> {
    match field {
        "customer" => Some(Target::Object(Kind::Customers)),
        "source" => Some(Target::Parts(of_session_discount)),
        "promotion_code" => Some(Target::Nothing),
        _ => None,
    }
}

fn of_session_discount(field: &str) -> Option<Target> {
    match field {
        "coupon" => Some(Target::Object(Kind::Coupons)),
        "promotion_code" => Some(Target::Nothing),
        _ => None,
    }
}

fn of_parent(field: &str) -> Option<Target> {
    (field == "subscription_details").then_some(Target::Parts(of_subscription_details))
}

fn of_subscription_details(field: &str) -> Option<Target> {
    (field == "subscription").then_some(Target::Object(Kind::Subscriptions))
}

fn of_payment(field: &str) -> Option<Target> {
    (field == "payment_intent").then_some(Target::Object(Kind::PaymentIntents))
}

fn of_credit(field: &str) -> Option<Target> {
    (field == "refund").then_some(Target::Object(Kind::Refunds))
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
