//! What each list holds, and ids there and back.

use super::World;
use super::rows::ChargeRow;
use crate::kind::Kind;

impl World {
    /// How many objects the list ever had, deleted ones included.
    pub(crate) fn len(&self, kind: Kind) -> usize {
        let (billing, extras) = (&self.billing, &self.extras);
        match kind {
            Kind::Customers => self.customers.len(),
            Kind::Products => self.products.len(),
            Kind::Prices => self.prices.len(),
            Kind::PaymentIntents => self.intents.len(),
            Kind::Charges => self.charges.len(),
            Kind::Refunds => self.refunds.len(),
            Kind::Disputes => self.disputes.len(),
            Kind::BalanceTransactions => self.txns.len(),
            Kind::Payouts => self.payouts.len(),
            Kind::PaymentMethods => extras.methods.len(),
            Kind::SetupIntents => extras.setups.len(),
            Kind::Coupons => billing.coupons.len(),
            Kind::TaxRates => billing.tax_rates.len(),
            Kind::Subscriptions => billing.subscriptions.len(),
            Kind::SubscriptionItems => billing.items.len(),
            Kind::Invoices => billing.invoices.len(),
            Kind::InvoiceLines | Kind::InvoiceItems => billing.lines.len(),
            Kind::InvoicePayments => billing.payments.len(),
            Kind::CreditNotes => billing.credit_notes.len(),
            Kind::CreditNoteLines => billing.credit_notes.last().map_or(0, |note| note.lines.places().end),
            Kind::CheckoutSessions => billing.sessions.len(),
            Kind::SessionItems => billing.session_lines.len(),
            Kind::TerminalLocations => extras.locations.len(),
            Kind::Transfers => extras.transfers.len(),
            Kind::TransferReversals => extras.reversals.len(),
            Kind::ApplicationFees => extras.fees.len(),
            Kind::Files => extras.files.len(),
            Kind::Events => self.events.len(),
            _ => 0,
        }
    }

    /// When the object at `place` was made: Unix seconds, or 0 where there is none. Lines and items are as old as what
    /// they belong to.
    pub(crate) fn created(&self, kind: Kind, place: usize) -> u32 {
        let (billing, extras) = (&self.billing, &self.extras);
        match kind {
            Kind::Customers => self.customers.get(place).map(|row| row.created),
            Kind::Products => self.products.get(place).map(|row| row.created),
            Kind::Prices => self.prices.get(place).map(|row| row.created),
            Kind::PaymentIntents => self.intents.get(place).map(|row| row.created),
            Kind::Charges => self.charges.get(place).map(|row| row.created),
            Kind::Refunds => self.refunds.get(place).map(|row| row.created),
            Kind::Disputes => self.disputes.get(place).map(|row| row.created),
            Kind::BalanceTransactions => self.txns.get(place).map(|row| row.created),
            Kind::Payouts => self.payouts.get(place).map(|row| row.created),
            Kind::PaymentMethods => extras.methods.get(place).map(|row| row.created),
            Kind::SetupIntents => extras.setups.get(place).map(|row| row.created),
            Kind::Coupons => billing.coupons.get(place).map(|row| row.created),
            Kind::TaxRates => billing.tax_rates.get(place).map(|row| row.created),
            Kind::Subscriptions => billing.subscriptions.get(place).map(|row| row.created),
            Kind::SubscriptionItems => {
                return self.parents(Kind::Subscriptions, billing.items.get(place).map(|row| row.owner));
            }
            Kind::Invoices => billing.invoices.get(place).map(|row| row.created),
            Kind::InvoiceLines | Kind::InvoiceItems => {
                return self.parents(Kind::Invoices, billing.lines.get(place).map(|row| row.owner));
            }
            Kind::InvoicePayments => billing.payments.get(place).map(|row| row.created),
            Kind::CreditNotes => billing.credit_notes.get(place).map(|row| row.created),
            Kind::CreditNoteLines => {
                let owner = billing.credit_notes.partition_point(|note| note.lines.places().end <= place);
                billing.credit_notes.get(owner).map(|row| row.created)
            }
            Kind::CheckoutSessions => billing.sessions.get(place).map(|row| row.created),
            Kind::SessionItems => {
                return self
                    .parents(Kind::CheckoutSessions, billing.session_lines.get(place).map(|row| row.owner));
            }
            Kind::TerminalLocations => extras.locations.get(place).map(|row| row.created),
            Kind::Transfers => extras.transfers.get(place).map(|row| row.created),
            Kind::TransferReversals => extras.reversals.get(place).map(|row| row.created),
            Kind::ApplicationFees => extras.fees.get(place).map(|row| row.created),
            Kind::Files => extras.files.get(place).map(|row| row.created),
            Kind::Events => self.events.get(place).map(|event| event.created()),
            _ => None,
        }
        .unwrap_or(0)
    }

    fn parents(&self, kind: Kind, owner: Option<u32>) -> u32 {
        owner.map_or(0, |owner| self.created(kind, owner as usize))
    }

    /// Whether only a stub is left of the object.
    pub(crate) fn is_deleted(&self, kind: Kind, place: usize) -> bool {
        match kind {
            Kind::Customers => self.customers.get(place).is_some_and(|row| row.deleted),
            Kind::Products => self.products.get(place).is_some_and(|row| row.deleted),
            Kind::Coupons => self.billing.coupons.get(place).is_some_and(|row| row.deleted),
            Kind::TerminalLocations => self.extras.locations.get(place).is_some_and(|row| row.deleted),
            _ => false,
        }
    }

    /// Whether the list of the kind shows the object; what it hides can still be retrieved.
    pub(crate) fn is_listed(&self, kind: Kind, place: usize) -> bool {
        match kind {
            // The lines of renewals have no items of their own.
            Kind::InvoiceItems => self.billing.lines.get(place).is_some_and(|line| line.item.get().is_none()),
            _ => !self.is_deleted(kind, place),
        }
    }

    fn prefix(&self, kind: Kind, place: usize) -> &'static str {
        let of_charge = |charge: usize| self.charges.get(charge).map_or("ch_", ChargeRow::prefix);
        match kind {
            Kind::Charges => of_charge(place),
            Kind::Refunds => {
                let charge = self.refunds.get(place).map_or(0, |row| row.charge as usize);
                if of_charge(charge) == "py_" { "pyr_" } else { kind.prefix() }
            }
            Kind::CheckoutSessions if self.mode.is_live() => "cs_live_",
            _ => kind.prefix(),
        }
    }

    /// Appends the id of the object at `place`.
    pub(crate) fn push_id(&self, out: &mut String, kind: Kind, place: usize) {
        if kind == Kind::ApplicationFees {
            return self.push_merchants_id(out, kind, place);
        }
        let created = self.created(kind, place);
        self.ids.push(out, self.prefix(kind, place), kind, created, u32::try_from(place).unwrap_or(u32::MAX));
    }

    /// Appends the id of a platform's fee, or of the charge it was taken of: both follow from the merchant's charge.
    pub(crate) fn push_merchants_id(&self, out: &mut String, kind: Kind, fee: usize) {
        let Some(row) = self.extras.fees.get(fee) else { return };
        if let Some(merchant) = self.extras.merchants.get(row.account as usize) {
            merchant.ids.push(out, kind.prefix(), kind, row.created, row.charge);
        }
    }

    /// Appends the id of the fee that an application took of a charge.
    pub(crate) fn push_fee_id(&self, out: &mut String, charge: usize) {
        let kind = Kind::ApplicationFees;
        let created = self.created(Kind::Charges, charge);
        self.ids.push(out, kind.prefix(), kind, created, u32::try_from(charge).unwrap_or(u32::MAX));
    }

    /// Appends the id of the discount that an object of this kind has.
    pub(crate) fn push_discount_id(&self, out: &mut String, kind: Kind, place: usize) {
        let created = self.created(kind, place);
        self.ids.push(out, "di_", kind, created, u32::try_from(place).unwrap_or(u32::MAX));
    }

    /// The id of the object at `place`.
    pub(crate) fn id(&self, kind: Kind, place: usize) -> String {
        let mut id = String::with_capacity(32);
        self.push_id(&mut id, kind, place);
        id
    }

    /// The place of the object with this id, deleted ones included.
    pub(crate) fn find(&self, kind: Kind, id: &str) -> Option<usize> {
        if kind == Kind::ApplicationFees {
            return (0..self.extras.fees.len()).find(|place| self.id(kind, *place) == id);
        }
        let place = self.ids.place(kind, id)? as usize;
        let exists = (self.first(kind)..self.len(kind)).contains(&place);
        (exists && self.id(kind, place) == id).then_some(place)
    }

    /// As [`World::find`] among those that are not deleted.
    pub(crate) fn find_living(&self, kind: Kind, id: &str) -> Option<usize> {
        self.find(kind, id).filter(|place| !self.is_deleted(kind, *place))
    }

    /// The place of the oldest object that wasn't wiped; of events also the oldest that is still kept.
    pub(crate) fn first(&self, kind: Kind) -> usize {
        let number = Kind::ALL.iter().position(|other| *other == kind);
        let floor = number.and_then(|number| self.floors.get(number)).copied().unwrap_or(0);
        if kind == Kind::Events { floor.max(self.events.expired) } else { floor }
    }

    /// All objects of all lists.
    pub(crate) fn objects(&self) -> usize {
        Kind::ALL.into_iter().map(|kind| self.len(kind)).sum()
    }

    /// Bytes that the lists hold, their spare room included.
    pub(crate) fn resident_bytes(&self) -> usize {
        fn held<T>(rows: &Vec<T>) -> usize {
            rows.capacity() * size_of::<T>()
        }
        let (billing, extras) = (&self.billing, &self.extras);
        held(&self.customers)
            + held(&self.products)
            + held(&self.prices)
            + held(&self.intents)
            + held(&self.charges)
            + held(&self.refunds)
            + held(&self.disputes)
            + held(&self.txns)
            + held(&self.payouts)
            + held(&billing.coupons)
            + held(&billing.tax_rates)
            + held(&billing.subscriptions)
            + held(&billing.items)
            + held(&billing.invoices)
            + held(&billing.lines)
            + held(&billing.payments)
            + held(&billing.credit_notes)
            + held(&billing.sessions)
            + held(&billing.session_lines)
            + held(&extras.methods)
            + held(&extras.setups)
            + held(&extras.locations)
            + held(&extras.transfers)
            + held(&extras.reversals)
            + held(&extras.fees)
            + held(&extras.files)
            + self.indexes.resident_bytes()
            + self.events.resident_bytes()
    }
}
