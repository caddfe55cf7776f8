//! Coupons, discounts and tax rates, and how they show on what is sold.

use super::View;
use crate::expand::Expand;
use crate::json::Json;
use crate::kind::Kind;
use crate::world::bills::{CouponRow, Lasts, Off, TaxRateRow, Totals};
use crate::world::rows::Ref;

pub(super) fn coupon(view: &View<'_>, json: &mut Json, place: usize) {
    let Some(row) = view.world.billing.coupons.get(place) else { return };
    json.open();
    view.id(json, "id", Kind::Coupons, place);
    json.text("object", "coupon");
    match row.off {
        Off::Amount(amount) => {
            json.int("amount_off", amount);
            json.int("created", row.created);
            json.text("currency", view.world.profile.home().code());
        }
        Off::Percent(_) => {
            json.null("amount_off");
            json.int("created", row.created);
            json.null("currency");
        }
    }
    duration(json, row);
    json.flag("livemode", view.world.mode.is_live());
    json.null("max_redemptions");
    json.raw("metadata", "{}");
    match row.off {
        Off::Percent(percent) => json.plain("name", format_args!("{percent} per cent off")),
        Off::Amount(_) => json.text("name", "Welcome voucher"),
    }
    match row.off {
        Off::Percent(percent) => json.int("percent_off", i64::from(percent)),
        Off::Amount(_) => json.null("percent_off"),
    }
    if row.redeem_by == 0 {
        json.null("redeem_by");
    } else {
        json.int("redeem_by", row.redeem_by);
    }
    json.int("times_redeemed", row.times_redeemed);
    json.flag("valid", row.redeem_by == 0);
    json.close();
}

fn duration(json: &mut Json, row: &CouponRow) {
    let (word, months) = match row.lasts {
        Lasts::Forever => ("forever", None),
        Lasts::Once => ("once", None),
        Lasts::Months(months) => ("repeating", Some(months)),
    };
    json.text("duration", word);
    match months {
        Some(months) => json.int("duration_in_months", i64::from(months)),
        None => json.null("duration_in_months"),
    }
}

/// The discount of a subscription, an invoice or a session: they have one per coupon, and its id follows theirs.
#[derive(Clone, Copy)]
pub(super) struct Discount {
    pub(super) owner: (Kind, usize),
    pub(super) customer: Ref,
    pub(super) coupon: u8,
}

/// A `discounts` member: ids, or whole discounts where they are expanded.
pub(super) fn discounts(view: &View<'_>, json: &mut Json, discount: Option<Discount>, expand: &Expand) {
    json.open_list("discounts");
    match (discount, expand.get("discounts")) {
        (Some(discount), None) => json.element_written(|out| {
            view.world.push_discount_id(out, discount.owner.0, discount.owner.1);
        }),
        (Some(discount), Some(inner)) => whole(view, json, discount, inner),
        (None, _) => {}
    }
    json.close_list();
}

fn whole(view: &View<'_>, json: &mut Json, discount: Discount, expand: &Expand) {
    let (kind, place) = discount.owner;
    let of = |wanted: Kind| if kind == wanted { Ref::to(place) } else { Ref::NONE };
    let plain = Expand::default();
    json.open();
    discount_id(view, json, "id", discount);
    json.text("object", "discount");
    view.reference(json, "checkout_session", Kind::CheckoutSessions, of(Kind::CheckoutSessions), &plain);
    view.reference(json, "customer", Kind::Customers, discount.customer, expand);
    json.nulls(&["customer_account", "end"]);
    view.reference(json, "invoice", Kind::Invoices, of(Kind::Invoices), &plain);
    json.nulls(&["invoice_item", "promotion_code"]);
    json.open_at("source");
    let nothing = Expand::default();
    let source = expand.get("source").unwrap_or(&nothing);
    view.reference(json, "coupon", Kind::Coupons, Ref::to(usize::from(discount.coupon)), source);
    json.text("type", "coupon");
    json.close();
    json.int("start", view.world.created(kind, place));
    view.reference(json, "subscription", Kind::Subscriptions, of(Kind::Subscriptions), &plain);
    json.null("subscription_item");
    json.close();
}

fn discount_id(view: &View<'_>, json: &mut Json, name: &str, discount: Discount) {
    json.written(name, |out| view.world.push_discount_id(out, discount.owner.0, discount.owner.1));
}

/// A member with what a discount took off: empty where there is none.
pub(super) fn discount_amounts(
    view: &View<'_>,
    json: &mut Json,
    name: &str,
    discount: Option<Discount>,
    amount: i64,
) {
    json.open_list(name);
    if let Some(discount) = discount {
        json.open();
        json.int("amount", amount);
        discount_id(view, json, "discount", discount);
        json.close();
    }
    json.close_list();
}

pub(super) fn tax_rate(view: &View<'_>, json: &mut Json, place: usize) {
    let Some(row) = view.world.billing.tax_rates.get(place) else { return };
    json.open();
    view.id(json, "id", Kind::TaxRates, place);
    json.text("object", "tax_rate");
    json.flag("active", row.active);
    json.text("country", view.world.profile.country);
    json.int("created", row.created);
    json.plain("description", format_args!("Simulated {}", row.name));
    json.text("display_name", row.name);
    json.raw("effective_percentage", &percentage(row));
    json.null("flat_amount");
    json.flag("inclusive", row.inclusive);
    json.text("jurisdiction", view.world.profile.country);
    json.text("jurisdiction_level", "country");
    json.flag("livemode", view.world.mode.is_live());
    json.raw("metadata", "{}");
    json.raw("percentage", &percentage(row));
    json.text("rate_type", "percentage");
    json.null("state");
    json.text("tax_type", row.tax);
    json.close();
}

fn percentage(row: &TaxRateRow) -> String {
    tributary_core::money::decimal_text(row.basis_points, 2)
}

/// A member with the one tax of a line or of a whole invoice: empty where there is none.
pub(super) fn taxes(view: &View<'_>, json: &mut Json, name: &str, rate: Option<u8>, totals: Totals) {
    json.open_list(name);
    let row = rate.and_then(|place| Some((place, view.world.billing.tax_rates.get(usize::from(place))?)));
    if let Some((place, row)) = row {
        json.open();
        json.int("amount", totals.tax);
        json.text("tax_behavior", if row.inclusive { "inclusive" } else { "exclusive" });
        json.open_at("tax_rate_details");
        view.id(json, "tax_rate", Kind::TaxRates, usize::from(place));
        json.close();
        json.text("taxability_reason", if row.basis_points == 0 { "zero_rated" } else { "standard_rated" });
        json.int("taxable_amount", without_tax(view, rate, totals));
        json.text("type", "tax_rate_details");
        json.close();
    }
    json.close_list();
}

/// What was taxed: the amount less discount and, where prices include it, less tax.
pub(super) fn without_tax(view: &View<'_>, rate: Option<u8>, totals: Totals) -> i64 {
    let net = totals.subtotal - totals.discount;
    if is_inclusive(view, rate) { net - totals.tax } else { net }
}

/// Whether prices include the tax.
pub(super) fn is_inclusive(view: &View<'_>, rate: Option<u8>) -> bool {
    let row = rate.and_then(|place| view.world.billing.tax_rates.get(usize::from(place)));
    row.is_some_and(|row| row.inclusive)
}

/// A decimal member: an amount per unit, to the thousandth.
pub(super) fn unit_decimal(json: &mut Json, name: &str, amount: i64, quantity: u32) {
    if quantity == 0 {
        return json.text(name, "0");
    }
    let thousandths = amount * 1000 / i64::from(quantity);
    json.text(name, &tributary_core::money::decimal_text(thousandths, 3));
}
