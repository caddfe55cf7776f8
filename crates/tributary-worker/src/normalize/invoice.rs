//! Invoices: as themselves, and as orders (rule M4).

use super::fields::{created_ms, currency, id, milli, ms, out_of_range, owned, required, text, word};
use super::flaw::Flaw;
use super::order_line::{self, Sold, sum};
use super::{InvoiceRows, OrderRows};
use tributary_core::{Currency, Resource};
use tributary_db::records::invoices;
use tributary_db::records::order_lines::{LineDiscount, LineTax, OrderLine};
use tributary_db::records::orders::Order;
use tributary_stripe::objects::{DiscountAmount, Invoice, InvoiceLine, PretaxCredit, TaxAmount};

/// A credit that is used up before taxes; what else Stripe lists with it is a discount, which is listed by itself too.
const CREDIT: &str = "credit_balance_transaction";

pub(super) fn rows(invoice: Invoice<'_>) -> Result<InvoiceRows, Flaw> {
    let currency = currency(invoice.currency.as_deref())?;
    let id = owned(invoice.id.clone());
    let row = row(&invoice, &id, currency)?;
    let order = match row.status.as_str() {
        "draft" => None,
        _ => Some(order(invoice, &row)?),
    };
    Ok(InvoiceRows { invoice: row, order })
}

fn row(invoice: &Invoice<'_>, invoice_id: &str, currency: Currency) -> Result<invoices::Invoice, Flaw> {
    let amounts = |field, amount_minor| Ok::<_, Flaw>((amount_minor, milli(currency, amount_minor, field)?));
    let (total_minor, total_milli) = amounts("total", required(invoice.total, "total")?)?;
    let (due_minor, due_milli) = amounts("amount_due", invoice.amount_due.unwrap_or(0))?;
    let (paid_minor, paid_milli) = amounts("amount_paid", invoice.amount_paid.unwrap_or(0))?;
    let (_, remaining_milli) = amounts("amount_remaining", invoice.amount_remaining.unwrap_or(0))?;
    let at = invoice.status_transitions.unwrap_or_default();
    let parent = invoice.parent.as_ref().and_then(|parent| parent.subscription_details.as_ref());
    Ok(invoices::Invoice {
        id: invoice_id.to_owned(),
        number: text(invoice.number.clone()),
        status: word(invoice.status.clone()),
        billing_reason: text(invoice.billing_reason.clone()),
        collection_method: text(invoice.collection_method.clone()),
        customer_id: id(invoice.customer.clone()),
        subscription_id: id(parent.and_then(|details| details.subscription.clone())),
        currency,
        subtotal_minor: required(invoice.subtotal, "subtotal")?,
        discount_minor: sum_of_discounts(
            &invoice.total_discount_amounts,
            &invoice.total_pretax_credit_amounts,
        )?,
        tax_minor: sum(taxes(&invoice.total_taxes).map(|tax| tax.amount.unwrap_or(0)))
            .ok_or(out_of_range("total_taxes"))?,
        shipping_minor: invoice.shipping_cost.as_ref().and_then(|cost| cost.amount_total).unwrap_or(0),
        total_minor,
        total_milli,
        due_minor,
        due_milli,
        paid_minor,
        paid_milli,
        remaining_milli,
        credited_before_minor: invoice.pre_payment_credit_notes_amount.unwrap_or(0),
        credited_after_minor: invoice.post_payment_credit_notes_amount.unwrap_or(0),
        due_ms: ms(invoice.due_date),
        finalized_ms: ms(at.finalized_at),
        paid_ms: ms(at.paid_at),
        voided_ms: ms(at.voided_at),
        uncollectible_ms: ms(at.marked_uncollectible_at),
        created_ms: created_ms(invoice.created)?,
    })
}

/// A voided invoice stays as an order of nothing. What was credited before payment is a line of its own, so that the
/// lines still add up to what the order came to.
fn order(invoice: Invoice<'_>, row: &invoices::Invoice) -> Result<OrderRows, Flaw> {
    let is_void = row.status == "void";
    let of = |amount_minor: i64| if is_void { 0 } else { amount_minor };
    let total_minor =
        row.total_minor.checked_sub(row.credited_before_minor).map(of).ok_or(out_of_range("total"))?;
    let (tax_minor, discount_minor) = (of(row.tax_minor), of(row.discount_minor));
    let shipping = invoice.shipping_cost.filter(|_| !is_void);
    let goods_to = invoice.customer_shipping.and_then(|shipping| shipping.address);
    let countries = [invoice.customer_address, goods_to].into_iter().flatten();
    let mut lines = Vec::new();
    if !is_void {
        for line in invoice.lines.and_then(|lines| lines.data).unwrap_or_default() {
            lines.push(order_line(row, lines.len(), line)?);
        }
        if row.credited_before_minor != 0 {
            lines.push(credit(row, lines.len())?);
        }
    }
    let order = Order {
        id: row.id.clone(),
        resource: Resource::Invoices,
        status: row.status.clone(),
        number: row.number.clone(),
        country: countries.into_iter().find_map(|address| text(address.country)),
        currency: row.currency,
        total_minor,
        total_milli: milli(row.currency, total_minor, "total")?,
        tax_minor,
        tax_milli: milli(row.currency, tax_minor, "total_taxes")?,
        discount_minor,
        discount_milli: milli(row.currency, discount_minor, "total_discount_amounts")?,
        shipping_minor: shipping.as_ref().and_then(|cost| cost.amount_total),
        shipping_tax_minor: shipping.as_ref().and_then(|cost| cost.amount_tax),
        customer_id: row.customer_id.clone(),
        customer_name: text(invoice.customer_name),
        payment_intent_id: None,
        closed_ms: match row.status.as_str() {
            "paid" => row.paid_ms,
            "void" => row.voided_ms,
            "uncollectible" => row.uncollectible_ms,
            _ => None,
        },
        created_ms: row.created_ms,
    };
    Ok(OrderRows { order, lines })
}

fn order_line(invoice: &invoices::Invoice, place: usize, line: InvoiceLine<'_>) -> Result<OrderLine, Flaw> {
    let mut discounts: Vec<LineDiscount> = Vec::new();
    for discount in line.discount_amounts.unwrap_or_default() {
        let amount_minor = discount.amount.unwrap_or(0);
        discounts.push(LineDiscount { id: id(discount.discount), amount_minor });
    }
    for credit in line.pretax_credit_amounts.unwrap_or_default() {
        if credit.kind.as_deref() == Some(CREDIT) {
            let amount_minor = credit.amount.unwrap_or(0);
            discounts.push(LineDiscount { id: id(credit.credit_balance_transaction), amount_minor });
        }
    }
    let part = |included: bool| {
        let parts = taxes(&line.taxes).filter(|tax| is_included(tax) == included);
        sum(parts.map(|tax| tax.amount.unwrap_or(0))).ok_or(out_of_range("taxes"))
    };
    let (included_minor, added_minor) = (part(true)?, part(false)?);
    let rate = |tax: TaxAmount<'_>| {
        let id = id(tax.tax_rate_details.and_then(|details| details.tax_rate))?;
        Some(LineTax { id, amount_minor: tax.amount.unwrap_or(0) })
    };
    let pricing = line.pricing.unwrap_or_default();
    let price = pricing.price_details.unwrap_or_default();
    let whole = line.quantity.map(|quantity| quantity.to_string());
    let sold = Sold {
        id: required(text(line.id), "lines")?,
        description: text(line.description),
        product_id: id(price.product),
        variant_id: id(price.price),
        variant_name: None,
        quantity: text(line.quantity_decimal).or(whole),
        amount_minor: required(line.amount, "lines")?,
        listed: pricing.unit_amount_decimal.as_deref(),
        included_minor,
        added_minor,
        taxes: line.taxes.unwrap_or_default().into_iter().filter_map(rate).collect(),
        discounts,
    };
    order_line::row(&invoice.id, place, invoice.currency, sold)
}

/// The line that takes off what was credited before payment. Stripe doesn't tell the tax in it.
fn credit(invoice: &invoices::Invoice, place: usize) -> Result<OrderLine, Flaw> {
    let flaw = out_of_range("pre_payment_credit_notes_amount");
    let sold = Sold {
        id: format!("{}:credit", invoice.id),
        description: Some("Credit notes before payment".to_owned()),
        product_id: None,
        variant_id: None,
        variant_name: None,
        quantity: Some("-1".to_owned()),
        amount_minor: invoice.credited_before_minor.checked_neg().ok_or(flaw)?,
        listed: None,
        included_minor: 0,
        added_minor: 0,
        taxes: Vec::new(),
        discounts: Vec::new(),
    };
    order_line::row(&invoice.id, place, invoice.currency, sold)
}

fn taxes<'t, 'a>(given: &'t Option<Vec<TaxAmount<'a>>>) -> impl Iterator<Item = &'t TaxAmount<'a>> {
    given.iter().flatten()
}

fn is_included(tax: &TaxAmount<'_>) -> bool {
    tax.tax_behavior.as_deref() == Some("inclusive")
}

fn sum_of_discounts(
    discounts: &Option<Vec<DiscountAmount<'_>>>,
    credits: &Option<Vec<PretaxCredit<'_>>>,
) -> Result<i64, Flaw> {
    let discounts = discounts.iter().flatten().map(|discount| discount.amount.unwrap_or(0));
    let credits = credits.iter().flatten().filter(|credit| credit.kind.as_deref() == Some(CREDIT));
    sum(discounts.chain(credits.map(|credit| credit.amount.unwrap_or(0))))
        .ok_or(out_of_range("total_discount_amounts"))
}
