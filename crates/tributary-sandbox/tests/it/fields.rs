//! Objects of Billing, Checkout and the rest have every key that isn't optional in the version that is rendered.

use crate::support::{Stage, config};
use serde_json::Value;

/// The objects of a list, and the field that embeds objects of their own.
struct Shape {
    path: &'static str,
    keys: &'static str,
    inner: Option<(&'static str, &'static str)>,
}

const SHAPES: [Shape; 12] = [
    Shape {
        path: "/v1/setup_intents",
        keys: "id object allowed_payment_method_types application automatic_payment_methods cancellation_reason \
         client_secret created customer description excluded_payment_method_types last_setup_error \
         latest_attempt livemode mandate metadata next_action on_behalf_of payment_method \
         payment_method_configuration_details payment_method_options payment_method_types single_use_mandate \
         status usage",
        inner: None,
    },
    Shape {
        path: "/v1/coupons",
        keys: "id object amount_off created currency duration duration_in_months livemode max_redemptions metadata \
         name percent_off redeem_by times_redeemed valid",
        inner: None,
    },
    Shape {
        path: "/v1/tax_rates",
        keys: "id object active country created description display_name effective_percentage flat_amount inclusive \
         jurisdiction jurisdiction_level livemode metadata percentage rate_type state tax_type",
        inner: None,
    },
    Shape {
        path: "/v1/subscriptions?status=all",
        keys: "id object application application_fee_percent automatic_tax billing_cycle_anchor \
         billing_cycle_anchor_config billing_mode billing_schedules billing_thresholds cancel_at \
         cancel_at_period_end canceled_at cancellation_details collection_method created currency customer \
         customer_account days_until_due default_payment_method default_source description discounts ended_at \
         invoice_settings items latest_invoice livemode managed_payments metadata \
         next_pending_invoice_item_invoice on_behalf_of pause_collection payment_settings \
         pending_invoice_item_interval pending_setup_intent pending_update schedule start_date status \
         test_clock transfer_data trial_end trial_settings trial_start",
        inner: Some((
            "items",
            "id object billing_thresholds created current_period_end current_period_start current_trial discounts \
         metadata plan price subscription tax_rates",
        )),
    },
    Shape {
        path: "/v1/invoices",
        keys: "id object account_country account_name account_tax_ids amount_due amount_overpaid amount_paid \
         amount_remaining amount_shipping application attempt_count attempted automatic_tax \
         automatically_finalizes_at billing_reason collection_method created currency custom_fields customer \
         customer_account customer_address customer_email customer_name customer_phone customer_shipping \
         customer_tax_exempt default_payment_method default_source default_tax_rates description discounts \
         due_date effective_at ending_balance footer from_invoice issuer last_finalization_error \
         latest_revision lines livemode metadata next_payment_attempt number on_behalf_of parent \
         payment_settings period_end period_start post_payment_credit_notes_amount \
         pre_payment_credit_notes_amount receipt_number rendering shipping_cost shipping_details \
         starting_balance statement_descriptor status status_transitions subtotal subtotal_excluding_tax \
         test_clock total total_discount_amounts total_excluding_tax total_pretax_credit_amounts total_taxes \
         webhooks_delivered_at",
        inner: Some((
            "lines",
            "id object amount currency description discount_amounts discountable discounts invoice livemode \
         metadata parent period pretax_credit_amounts pricing quantity quantity_decimal subscription subtotal \
         taxes",
        )),
    },
    Shape {
        path: "/v1/invoiceitems",
        keys: "id object amount currency customer customer_account date description discountable discounts invoice \
         livemode metadata parent period pricing proration quantity quantity_decimal tax_rates test_clock",
        inner: None,
    },
    Shape {
        path: "/v1/invoice_payments",
        keys: "id object amount_paid amount_requested created currency invoice is_default livemode payment status \
         status_transitions",
        inner: None,
    },
    Shape {
        path: "/v1/credit_notes",
        keys: "id object amount amount_shipping created currency customer customer_account \
         customer_balance_transaction discount_amount discount_amounts effective_at invoice lines livemode \
         memo metadata number out_of_band_amount pdf post_payment_amount pre_payment_amount \
         pretax_credit_amounts reason refunds shipping_cost status subtotal subtotal_excluding_tax total \
         total_excluding_tax total_taxes type voided_at",
        inner: Some((
            "lines",
            "id object amount description discount_amount discount_amounts livemode metadata \
         pretax_credit_amounts quantity tax_rates taxes type unit_amount unit_amount_decimal",
        )),
    },
    Shape {
        path: "/v1/checkout/sessions?expand[]=data.line_items",
        keys: "id object adaptive_pricing after_expiration allow_promotion_codes allowed_payment_method_types \
         amount_subtotal amount_total automatic_tax billing_address_collection cancel_url client_reference_id \
         client_secret collected_information consent consent_collection created currency currency_conversion \
         custom_fields custom_text customer customer_account customer_creation customer_details \
         customer_email discounts expires_at integration_identifier invoice invoice_creation livemode locale \
         managed_payments metadata mode origin_context payment_intent payment_link payment_method_collection \
         payment_method_configuration_details payment_method_options payment_method_types payment_status \
         permissions recovered_from saved_payment_method_options setup_intent shipping_address_collection \
         shipping_cost shipping_options status submit_type subscription success_url total_details ui_mode url \
         wallet_options",
        inner: Some((
            "line_items",
            "id object adjustable_quantity amount_discount amount_subtotal amount_tax amount_total currency \
         description metadata price quantity",
        )),
    },
    Shape {
        path: "/v1/terminal/locations",
        keys: "id object address display_name livemode metadata",
        inner: None,
    },
    Shape {
        path: "/v1/transfers",
        keys: "id object amount amount_reversed balance_transaction created currency description destination \
         livemode metadata reversals reversed source_transaction transfer_group",
        inner: Some((
            "reversals",
            "id object amount balance_transaction created currency destination_payment_refund metadata \
         source_refund transfer",
        )),
    },
    Shape {
        path: "/v1/files",
        keys: "id object created expires_at filename purpose size title type url",
        inner: None,
    },
];

fn check(what: &str, object: &Value, keys: &str) {
    let lacking: Vec<&str> = keys.split_whitespace().filter(|key| object.get(key).is_none()).collect();
    assert!(lacking.is_empty(), "{what} lacks {lacking:?}");
}

#[tokio::test]
async fn every_key_of_billing_and_the_rest_is_there() {
    let stage = Stage::open(config());
    for shape in SHAPES {
        let mut embedded = 0;
        for object in stage.walk(stage.key(), shape.path, 100).await {
            check(shape.path, &object, shape.keys);
            let Some((field, keys)) = shape.inner else { continue };
            for inner in object[field]["data"].as_array().unwrap() {
                check(field, inner, keys);
                embedded += 1;
            }
        }
        assert_eq!(embedded > 0, shape.inner.is_some(), "{}", shape.path);
    }
    let setups = stage.walk(stage.key(), "/v1/setup_intents", 100).await;
    let planted = |setup: &Value| setup["client_secret"].as_str().unwrap().contains("_secret_canary");
    assert!(setups.iter().all(planted), "client secrets are planted");
    stage.close().await;
}

#[tokio::test]
async fn expansion_reaches_through_parts_of_billing() {
    let stage = Stage::open(config());
    let cases = [
        (
            "/v1/invoice_payments?status=paid&expand[]=data.payment.payment_intent.latest_charge",
            "/data/0/payment/payment_intent/latest_charge/object",
            "charge",
        ),
        (
            "/v1/invoice_payments?expand[]=data.invoice.customer",
            "/data/0/invoice/customer/object",
            "customer",
        ),
        (
            "/v1/subscriptions?status=active&expand[]=data.latest_invoice.payments",
            "/data/0/latest_invoice/payments/object",
            "list",
        ),
        (
            "/v1/checkout/sessions?status=complete&expand[]=data.customer",
            "/data/0/object",
            "checkout.session",
        ),
        ("/v1/transfers?expand[]=data.source_transaction", "/data/0/source_transaction/object", "charge"),
    ];
    for (path, pointer, expected) in cases {
        let page = stage.get(path).await;
        assert_eq!(page.pointer(pointer).and_then(Value::as_str), Some(expected), "{path}");
    }
    let all = stage.walk(stage.key(), "/v1/invoices?expand[]=data.discounts.source.coupon", 100).await;
    let discounts: Vec<&Value> = all.iter().flat_map(|row| row["discounts"].as_array().unwrap()).collect();
    assert!(!discounts.is_empty());
    assert!(discounts.iter().all(|discount| discount["source"]["coupon"]["object"] == "coupon"));
    let key = stage.account(0).restricted_key.clone();
    stage.control("permissions", serde_json::json!({"key": key, "remove": ["rak_invoice_read"]})).await;
    for path in ["/v1/invoices", "/v1/invoice_payments", "/v1/subscriptions?expand[]=data.latest_invoice"] {
        let (status, body) = stage.get_as(&key, path).await;
        assert_eq!(status, 403, "{path}");
        assert!(body["error"]["message"].as_str().unwrap().contains("'rak_invoice_read'"));
    }
    stage.close().await;
}
