//! Every object has every key that Stripe always sends in this version, nulls included.

use crate::support::{LISTS, Stage, config};
use serde_json::Value;

/// The keys of each object that aren't optional in the version that the sandbox renders.
fn keys(list: &str) -> &'static str {
    match list {
        "customers" => {
            "id object balance created default_source description email invoice_settings livemode metadata shipping"
        }
        "products" => {
            "id object active created description images livemode marketing_features metadata name package_dimensions \
             shippable tax_details type updated url"
        }
        "prices" => {
            "id object active billing_scheme created currency custom_unit_amount livemode lookup_key metadata nickname \
             product recurring tax_behavior tiers_mode transform_quantity type unit_amount unit_amount_decimal"
        }
        "payment_intents" => {
            "id object allowed_payment_method_types amount amount_capturable amount_received application \
             application_fee_amount automatic_payment_methods canceled_at cancellation_reason capture_method \
             client_secret confirmation_method created currency customer customer_account description \
             excluded_payment_method_types last_payment_error latest_charge livemode managed_payments metadata \
             next_action on_behalf_of payment_method payment_method_configuration_details payment_method_options \
             payment_method_types payment_record processing receipt_email review setup_future_usage shipping source \
             statement_descriptor statement_descriptor_suffix status transfer_group"
        }
        "charges" => {
            "id object amount amount_captured amount_refunded application application_fee application_fee_amount \
             balance_transaction billing_details calculated_statement_descriptor captured created currency customer \
             description disputed failure_balance_transaction failure_code failure_message fraud_details livemode \
             metadata on_behalf_of outcome paid payment_intent payment_method payment_method_details receipt_email \
             receipt_number receipt_url refunded review shipping source source_transfer statement_descriptor \
             statement_descriptor_suffix status transfer_data transfer_group"
        }
        "refunds" => {
            "id object amount balance_transaction charge created currency customer customer_account metadata \
             payment_intent payment_method reason receipt_number source_transfer_reversal status transfer_reversal"
        }
        "disputes" => {
            "id object amount balance_transactions charge created currency enhanced_eligibility_types evidence \
             evidence_details intended_submission_method is_charge_refundable livemode metadata payment_intent reason \
             status"
        }
        "balance_transactions" => {
            "id object amount available_on balance_type created currency description exchange_rate fee fee_details net \
             reporting_category source status type"
        }
        _ => {
            "id object amount application_fee application_fee_amount arrival_date automatic balance_transaction created \
             currency description destination failure_balance_transaction failure_code failure_message livemode metadata \
             method original_payout payout_method reconciliation_status reversed_by source_type statement_descriptor \
             status trace_id type"
        }
    }
}

#[tokio::test]
async fn every_key_is_there_and_retrieving_gives_what_listing_gave() {
    let stage = Stage::open(config());
    for list in LISTS {
        for object in stage.walk(stage.key(), &format!("/v1/{list}"), 100).await {
            let lacking: Vec<&str> =
                keys(list).split_whitespace().filter(|key| object.get(key).is_none()).collect();
            assert!(lacking.is_empty(), "{list} lacks {lacking:?}");
        }
        let first = stage.get(&format!("/v1/{list}?limit=1")).await["data"][0].clone();
        let id = first["id"].as_str().unwrap();
        assert_eq!(stage.get(&format!("/v1/{list}/{id}")).await, first);
    }
    stage.close().await;
}

#[tokio::test]
async fn secrets_are_planted_where_they_must_be_cut() {
    let stage = Stage::open(config());
    let intents = stage.walk(stage.key(), "/v1/payment_intents", 100).await;
    assert!(
        intents.iter().all(|intent| intent["client_secret"].as_str().unwrap().contains("_secret_canary"))
    );
    let disputes = stage.walk(stage.key(), "/v1/disputes", 100).await;
    assert!(disputes.iter().all(|dispute| dispute["evidence"].to_string().contains("canary")));
    let charges = stage.walk(stage.key(), "/v1/charges", 100).await;
    let planted = |object: &Value, field: &str| object[field].to_string().contains("4242424242424242");
    assert!(charges.iter().any(|charge| planted(charge, "description")));
    assert!(charges.iter().any(|charge| planted(charge, "metadata")));
    let (_, page) = stage.get_as(&stage.account(0).restricted_key, "/v1/payment_intents?limit=1").await;
    assert!(page["data"][0].get("client_secret").is_none(), "restricted keys see no client secrets");
    stage.close().await;
}

#[tokio::test]
async fn the_account_says_where_it_is_and_the_platform_lists_it_once_connected() {
    let stage = Stage::open(config());
    let (_, british) = stage.get_as(&stage.account(1).secret_key, "/v1/account").await;
    assert_eq!(
        (british["country"].as_str(), british["default_currency"].as_str()),
        (Some("GB"), Some("gbp"))
    );
    assert_eq!(british["settings"]["dashboard"]["timezone"], "Europe/London");
    assert!(british.get("livemode").is_none());
    let own = stage.get(&format!("/v1/accounts/{}", stage.account(0).id)).await;
    assert_eq!(own["id"], stage.account(0).id);
    let (_, none) = stage.get_as(&stage.info.platforms[0].secret_key, "/v1/accounts").await;
    assert_eq!(none["data"], serde_json::json!([]));
    let (status, balance) = stage.get_as(&stage.info.platforms[0].secret_key, "/v1/balance").await;
    assert_eq!((status.as_u16(), &balance["available"][0]["amount"]), (200, &Value::from(0)));
    stage.close().await;
}
