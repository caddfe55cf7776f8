//! Terminal locations, transfers, application fees and files.

use super::{View, address, charge};
use crate::dice::{push_base62, salted, text};
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::World;
use crate::world::rows::Ref;

pub(super) fn location(view: &View<'_>, json: &mut Json, place: usize) {
    json.open();
    view.id(json, "id", Kind::TerminalLocations, place);
    json.text("object", "terminal.location");
    address(json, "address", view.world.profile.country, place as u64 + 1);
    json.plain("display_name", format_args!("Simulated shop {place}"));
    json.flag("livemode", view.world.mode.is_live());
    json.raw("metadata", "{}");
    json.close();
}

/// The seller whom the transfer at a place went to: one of four, not among the sandbox's accounts.
pub(crate) fn seller(world: &World, place: usize) -> String {
    format!("acct_1{}", text(salted(&[world.salt, 0x5E11, place as u64 % 4]), 15))
}

pub(super) fn transfer(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.extras.transfers.get(place) else { return };
    json.open();
    view.id(json, "id", Kind::Transfers, place);
    json.text("object", "transfer");
    json.int("amount", row.amount);
    json.int("amount_reversed", row.reversed);
    view.reference(json, "balance_transaction", Kind::BalanceTransactions, row.txn, expand);
    json.int("created", row.created);
    json.text("currency", row.currency.code());
    json.plain("description", format_args!("Share of order {}", row.charge));
    json.text("destination", &seller(view.world, place));
    json.written("destination_payment", |out| {
        out.push_str("py_1");
        push_base62(out, salted(&[view.world.salt, 0xDE57, place as u64]), 11);
        push_base62(out, salted(&[view.world.salt, 0xDE58, place as u64]), 12);
    });
    json.flag("livemode", view.world.mode.is_live());
    json.raw("metadata", "{}");
    view.nested(json, "reversals", Kind::TransferReversals, row.reversals.places().rev(), expand, |out| {
        out.push_str("/v1/transfers/");
        view.world.push_id(out, Kind::Transfers, place);
        out.push_str("/reversals");
    });
    json.flag("reversed", row.reversed == row.amount);
    view.reference(json, "source_transaction", Kind::Charges, Ref::to(row.charge as usize), expand);
    json.text("source_type", "card");
    json.text_or_null("transfer_group", charge::transfer_group(row.charge as usize).as_deref());
    json.close();
}

pub(super) fn reversal(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.extras.reversals.get(place) else { return };
    let Some(transfer) = view.world.extras.transfers.get(row.owner as usize) else { return };
    json.open();
    view.id(json, "id", Kind::TransferReversals, place);
    json.text("object", "transfer_reversal");
    json.int("amount", row.amount);
    view.reference(json, "balance_transaction", Kind::BalanceTransactions, row.txn, expand);
    json.int("created", row.created);
    json.text("currency", transfer.currency.code());
    json.null("destination_payment_refund");
    json.raw("metadata", "{}");
    json.null("source_refund");
    view.reference(json, "transfer", Kind::Transfers, Ref::to(row.owner as usize), expand);
    json.close();
}

pub(super) fn fee(view: &View<'_>, json: &mut Json, place: usize) {
    let Some(row) = view.world.extras.fees.get(place) else { return };
    let Some(merchant) = view.world.extras.merchants.get(row.account as usize) else { return };
    let charge = |out: &mut String| view.world.push_merchants_id(out, Kind::Charges, place);
    json.open();
    view.id(json, "id", Kind::ApplicationFees, place);
    json.text("object", "application_fee");
    json.text("account", &merchant.id);
    json.int("amount", row.amount);
    json.int("amount_refunded", 0);
    json.text("application", view.client_id);
    json.null("balance_transaction");
    json.written("charge", charge);
    json.int("created", row.created);
    json.text("currency", row.currency.code());
    json.open_at("fee_source");
    json.written("charge", charge);
    json.text("type", "charge");
    json.close();
    json.flag("livemode", view.world.mode.is_live());
    json.null("originating_transaction");
    json.flag("refunded", false);
    view.nested(json, "refunds", Kind::FeeRefunds, 0..0, &Expand::default(), |out| {
        out.push_str("/v1/application_fees/");
        view.world.push_id(out, Kind::ApplicationFees, place);
        out.push_str("/refunds");
    });
    json.close();
}

pub(super) fn file(view: &View<'_>, json: &mut Json, place: usize, expand: &Expand) {
    let Some(row) = view.world.extras.files.get(place) else { return };
    json.open();
    view.id(json, "id", Kind::Files, place);
    json.text("object", "file");
    json.int("created", row.created);
    json.null("expires_at");
    json.plain("filename", format_args!("{}-{place}.{}", row.purpose, row.kind));
    if expand.get("links").is_some() {
        json.raw("links", r#"{"object":"list","data":[],"has_more":false,"url":"/v1/file_links"}"#);
    }
    json.text("purpose", row.purpose);
    json.int("size", row.bytes);
    json.null("title");
    json.text("type", row.kind);
    json.written("url", |out| {
        out.push_str("https://files.example.com/v1/files/");
        view.world.push_id(out, Kind::Files, place);
        out.push_str("/contents");
    });
    json.close();
}
