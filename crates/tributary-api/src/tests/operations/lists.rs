//! Something of everything, continued: orders and Stripe's own lists.

use crate::tests::TestApi;
use crate::tests::orders::{invoice, line, location, order, payout, subscription, tax_component};
use crate::tests::seed::Tenant;
use tributary_core::Resource;
use tributary_db::records::Records;

/// Writes two records of every kind: one that has every field, under the id that the parameter's name gives, and
/// one that has no more than it must.
pub fn write(api: &TestApi, tenant: &Tenant, id: &impl Fn(&str) -> String) {
    let of = |id: String| (id, true);
    let bare = |id: &str| (id.to_owned(), false);
    let orders = [order(of(id("orderId")), "GBP"), order(bare("in_bare"), "JPY")];
    let lines = [line(&orders[0], "il_1", &id("taxId"))];
    let locations = [location(of(id("locationId"))), location(bare("tml_bare"))];
    let taxes = [tax_component(of(id("taxId"))), tax_component(bare("txr_bare"))];
    let invoices = [invoice(of(id("invoiceId"))), invoice(bare("in_bare"))];
    let payouts = [payout(of(id("payoutId"))), payout(bare("po_bare"))];
    let subscriptions = [subscription(of(id("subscriptionId"))), subscription(bare("sub_bare"))];
    let records = Records {
        orders: orders.iter().collect(),
        order_lines: lines.iter().collect(),
        locations: locations.iter().collect(),
        tax_components: taxes.iter().collect(),
        invoices: invoices.iter().collect(),
        payouts: payouts.iter().collect(),
        subscriptions: subscriptions.iter().collect(),
        ..Records::default()
    };
    api.seed.write(&tenant.connection, &records);
    api.seed.object(&tenant.connection, Resource::Charges, &id("objectId"), r#"{"object":"charge"}"#);
}
