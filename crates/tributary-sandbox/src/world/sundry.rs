//! What else an account has: ways to pay, setup intents, terminal locations, transfers and files.

use super::bills::Span;
use super::calendar::DAY;
use super::extras::*;
use super::ledger::Ledger;
use super::plot::Frame;
use super::rows::{ChargeRow, CustomerRow, DisputeRow, Method, Outcome, Ref};
use super::scene::part;
use crate::dice::{Dice, salted};
use std::collections::HashMap;

/// Everything beside payments and Billing. Lists are in the order of `created`, oldest first.
#[derive(Default)]
pub(crate) struct Extras {
    pub(crate) methods: Vec<MethodRow>,
    pub(crate) setups: Vec<SetupRow>,
    pub(crate) locations: Vec<LocationRow>,
    pub(crate) transfers: Vec<TransferRow>,
    pub(crate) reversals: Vec<ReversalRow>,
    /// The merchants, on the platform's own account once their fees were gathered.
    pub(crate) merchants: Vec<Merchant>,
    /// The platform's own: gathered from the merchants when first asked for.
    pub(crate) fees: Vec<FeeRow>,
    pub(crate) files: Vec<FileRow>,
}

/// The ways that charges were paid, each where it was first used, and written into the charges.
pub(super) fn methods(frame: &Frame<'_>, charges: &mut [ChargeRow]) -> Vec<MethodRow> {
    let mut methods: Vec<MethodRow> = Vec::new();
    let mut known: HashMap<(u32, u8, &str), u32> = HashMap::new();
    for (place, charge) in (0..).zip(charges) {
        let next = u32::try_from(methods.len()).unwrap_or(u32::MAX);
        let found = match charge.customer.get() {
            Some(customer) => {
                // A bank debit is of the region of what it settles in.
                let settled = match charge.method {
                    Method::Debit => frame.profile.settlement(charge.currency).code(),
                    _ => "",
                };
                let key = (u32::try_from(customer).unwrap_or(u32::MAX), charge.method as u8, settled);
                *known.entry(key).or_insert(next)
            }
            None => next,
        };
        if found == next {
            methods.push(MethodRow { created: charge.created, customer: charge.customer, charge: place });
        }
        charge.payment_method = Ref::to(found as usize);
    }
    methods.shrink_to_fit();
    methods
}

/// Setup intents: of each status one, then mostly succeeded ones, evenly through time.
pub(super) fn setups(
    frame: &Frame<'_>,
    customers: &[CustomerRow],
    methods: &[MethodRow],
    charges: usize,
) -> Vec<SetupRow> {
    let mut dice = Dice::new(salted(&[frame.salt, 0x5E7]));
    let count = SetupStatus::ALL.len() + 6 + charges / 60;
    let step = (frame.end - frame.start) / count as u32;
    let row = |place: usize| {
        let created = frame.start + step * place as u32 + step / 2;
        let status = match SetupStatus::ALL.get(place) {
            Some(status) => *status,
            None if dice.chance(150) => SetupStatus::ALL[dice.below(6) as usize],
            None => SetupStatus::Succeeded,
        };
        let used = methods.partition_point(|row| row.created <= created);
        let saved = (0..4).map(|_| dice.below(used as u64) as usize).find(|at| {
            let customer = methods.get(*at).and_then(|row| row.customer.get());
            customer.and_then(|at| customers.get(at)).is_some_and(|row| !row.deleted)
        });
        let saved = saved.filter(|_| used > 0);
        let (method, status) = match (status, saved) {
            (SetupStatus::RequiresPaymentMethod | SetupStatus::Canceled, _) => (Ref::NONE, status),
            (_, Some(place)) => (Ref::to(place), status),
            (_, None) => (Ref::NONE, SetupStatus::RequiresPaymentMethod),
        };
        let customer = method.get().and_then(|at| methods.get(at)).map_or(Ref::NONE, |row| row.customer);
        SetupRow { created, method, customer, status }
    };
    let mut rows: Vec<SetupRow> = (0..count).map(row).collect();
    // Early ones found no one who had paid yet: the statuses that lack are the newest ones'.
    let len = rows.len();
    for (back, status) in SetupStatus::ALL.into_iter().enumerate() {
        if !rows.iter().any(|row| row.status == status)
            && let Some(row) = rows.get_mut(len - 1 - back).filter(|row| row.method != Ref::NONE)
        {
            row.status = status;
        }
    }
    rows
}

/// A dozen shops and one per thousand charges; the third is closed for good.
pub(super) fn locations(frame: &Frame<'_>, charges: usize) -> Vec<LocationRow> {
    let count = 12 + (charges / 1000).min(200) as u32;
    let row = |place: u32| LocationRow { created: frame.start - 10 * DAY + place * 60, deleted: place == 2 };
    (0..count).map(row).collect()
}

/// More reversals than a transfer shows at once.
const MANY_REVERSALS: usize = 12;

/// Shares of charges that went on to sellers, and what of them came back; booked in the ledger. Charges that carry a
/// transfer group have one each, if they were paid by card in a currency the account keeps.
pub(super) fn transfers(
    frame: &Frame<'_>,
    charges: &[ChargeRow],
    ledger: &mut Ledger,
) -> (Vec<TransferRow>, Vec<ReversalRow>) {
    let (mut transfers, mut reversals): (Vec<TransferRow>, Vec<ReversalRow>) = (Vec::new(), Vec::new());
    let fits = |charge: &ChargeRow| {
        charge.outcome == Outcome::Paid
            && charge.captured == charge.amount
            && charge.method == Method::Card
            && frame.profile.settlement(charge.currency) == charge.currency
            && charge.created + 20 * DAY < frame.end
    };
    // Two or more, also where no group fits: the first charges that do.
    let grouped = |place: usize| crate::render::transfer_group(place).is_some();
    let mut extra = 3;
    for (place, charge) in charges.iter().enumerate().filter(|(_, charge)| fits(charge)) {
        if !grouped(place) {
            if extra == 0 {
                continue;
            }
            extra -= 1;
        }
        let amount = part(charge.currency, charge.captured, 60);
        let at = transfers.len();
        ledger.transfer(frame, charge, at, amount);
        let shares: &[i64] = match at {
            0 => &[5; MANY_REVERSALS],
            1 => &[100],
            _ if at % 9 == 2 => &[40],
            _ => &[],
        };
        let mut row = TransferRow {
            created: charge.created + 60,
            charge: u32::try_from(place).unwrap_or(u32::MAX),
            amount,
            reversed: 0,
            reversals: Span { first: reversals.len() as u32, count: shares.len() as u32 },
            txn: Ref::NONE,
            currency: charge.currency,
        };
        for (nth, share) in shares.iter().enumerate() {
            let back = if *share == 100 { amount } else { part(charge.currency, amount, *share) };
            let created = charge.created + (2 + nth as u32) * DAY;
            ledger.transfer_reversal(frame, charge, reversals.len(), created, back);
            row.reversed += back;
            reversals.push(ReversalRow { created, owner: at as u32, amount: back, txn: Ref::NONE });
        }
        transfers.push(row);
    }
    (transfers, reversals)
}

/// Evidence of disputes, and what merchants and reports leave.
pub(super) fn files(frame: &Frame<'_>, disputes: &[DisputeRow]) -> Vec<FileRow> {
    const OTHERS: [(&str, &str); 6] = [
        ("business_logo", "png"),
        ("business_icon", "png"),
        ("finance_report_run", "csv"),
        ("tax_document_user_upload", "pdf"),
        ("sigma_scheduled_query", "csv"),
        ("identity_document", "jpg"),
    ];
    let bytes = |place: u64| 2000 + (salted(&[frame.salt, 0xF1, place]) % 900_000) as u32;
    let mut files: Vec<FileRow> = Vec::new();
    for (place, (purpose, kind)) in (0..).zip(OTHERS.into_iter().cycle().take(14)) {
        let created = frame.start + place as u32 * 5 * DAY;
        files.push(FileRow { created, purpose, kind, bytes: bytes(place) });
    }
    for (place, dispute) in (100..).zip(disputes.iter().filter(|row| !row.status.is_inquiry())) {
        let created = (dispute.created + 7200).min(frame.end);
        files.push(FileRow { created, purpose: "dispute_evidence", kind: "pdf", bytes: bytes(place) });
    }
    files.sort_by_key(|file| file.created);
    files
}
