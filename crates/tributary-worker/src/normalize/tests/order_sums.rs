use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A line as Stripe makes it: amount, quantity, discount, tax, and whether the amount includes the tax.
type Line = (i64, i64, i64, i64, bool);

fn any_line() -> impl Strategy<Value = Line> {
    (-1_000_000_i64..1_000_000, 0_i64..50, 0_i64..1000, 0_i64..1000, any::<bool>())
}

fn invoice((amount, quantity, discount, tax, included): Line, place: usize) -> Value {
    json!({
        "id": format!("il_{place}"), "amount": amount, "quantity": quantity, "quantity_decimal": quantity.to_string(),
        "discount_amounts": [{"amount": discount, "discount": "di_1"}],
        "taxes": [{
            "amount": tax, "tax_behavior": if included { "inclusive" } else { "exclusive" },
            "tax_rate_details": {"tax_rate": "txr_1"},
        }],
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn the_lines_of_an_order_add_up_to_it(
        lines in prop::collection::vec(any_line(), 0..25), shipping in 0_i64..5000, credited in 0_i64..5000,
        code in prop::sample::select(&["usd", "jpy", "kwd"][..]),
    ) {
        let added = |line: &Line| if line.4 { 0 } else { line.3 };
        let subtotal: i64 = lines.iter().map(|line| line.0).sum();
        let discounts: i64 = lines.iter().map(|line| line.2).sum();
        let total = subtotal - discounts + lines.iter().map(added).sum::<i64>() + shipping;
        let taxes: Vec<Value> = lines.iter().map(|line| json!({"amount": line.3})).collect();
        let data: Vec<Value> = lines.iter().enumerate().map(|(place, line)| invoice(*line, place)).collect();
        let invoice = json!({
            "id": "in_1", "created": 7, "currency": code, "status": "open", "subtotal": subtotal, "total": total,
            "total_discount_amounts": [{"amount": discounts}], "total_taxes": taxes, "lines": {"data": data},
            "shipping_cost": {"amount_total": shipping}, "pre_payment_credit_notes_amount": credited,
        });
        let order = orders::invoice(&invoice.to_string()).order.unwrap();
        let of_lines = |of: fn(&tributary_db::records::order_lines::OrderLine) -> i64| order.lines.iter().map(of).sum::<i64>();
        prop_assert_eq!(of_lines(|line| line.total_minor) + shipping, order.order.total_minor);
        prop_assert_eq!(of_lines(|line| line.tax_minor), order.order.tax_minor);
        prop_assert_eq!(of_lines(|line| line.discount_minor), order.order.discount_minor);
        for line in &order.lines {
            // quantity × unit price − discount + tax = total, but for the rounding of a price without an end.
            let (quantity, unit): (f64, f64) = (line.quantity.parse().unwrap(), line.unit_price.parse().unwrap());
            let minor = quantity * unit * 10_f64.powi(line.currency.exponent() as i32);
            let sum = minor - line.discount_minor as f64 + line.tax_minor as f64;
            prop_assert!((sum - line.total_minor as f64).abs() < 0.01, "{:?}", line);
        }
    }
}
