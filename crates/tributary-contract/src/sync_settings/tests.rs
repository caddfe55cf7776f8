use super::*;
use serde_json::{Value, json};
use tributary_core::sync_settings::effective;

const NOW: Millis = Millis(1_790_000_000_000);

fn platform() -> PlatformId {
    "367f7975-267b-439b-90c6-a6040ee680f3".parse().unwrap()
}

fn body(settings: Value) -> Value {
    json!({ "clientId": platform(), "settings": settings, "overridesDefaults": true })
}

fn read_body(body: &Value) -> Result<Level, ApiError> {
    read_for_platform(body.to_string().as_bytes(), platform(), NOW)
}

fn payments(changes: Value) -> Value {
    let mut setting = json!({
        "dataType": "commerce-payments", "fetchOnFirstLink": true, "syncSchedule": 24, "syncOrder": 3,
    });
    setting.as_object_mut().unwrap().append(changes.clone().as_object_mut().unwrap());
    setting
}

fn broken(body: &Value) -> Vec<String> {
    match read_body(body) {
        Err(ApiError::Invalid(items)) => items.iter().map(|item| item.message().to_owned()).collect(),
        other => panic!("not refused: {other:?}"),
    }
}

/// The contract's example carries a date and a window at once, and says "or" of them.
#[test]
fn everything_that_is_said_of_a_type_is_kept_and_shown() {
    let given = payments(json!({
        "syncFromUtc": "2020-01-01T12:00:00.000Z", "syncFromWindow": 24, "monthsToSync": 24, "isLocked": true,
    }));
    let level = read_body(&body(json!([given]))).unwrap();
    let shown = list(&effective(&level, &Level::default()));
    assert_eq!(shown.len(), DataType::ALL.len());
    let of = |data_type: DataType| {
        serde_json::to_value(shown.iter().find(|setting| setting.data_type == data_type).unwrap()).unwrap()
    };
    let mut expected = given;
    expected["syncFromUtc"] = json!("2020-01-01T12:00:00Z");
    assert_eq!(of(DataType::Payments), expected);
    assert_eq!(
        of(DataType::Customers),
        json!({
            "dataType": "commerce-customers", "fetchOnFirstLink": true, "syncSchedule": 0, "syncOrder": 0,
            "isLocked": false,
        })
    );
}

#[test]
fn types_of_other_products_are_taken_and_left_out_and_keys_have_any_case() {
    let mut invoices = payments(json!({}));
    invoices["dataType"] = json!("Invoices");
    let mut shouted = payments(json!({ "syncFromWindow": null, "isLocked": null }));
    shouted["dataType"] = json!("COMMERCE-PAYMENTS");
    let level = read_body(&body(json!([invoices, shouted]))).unwrap();
    assert_eq!(level.types.keys().collect::<Vec<_>>(), [&DataType::Payments]);
    let silent = json!({ "clientId": platform(), "settings": [] });
    assert_eq!(read_body(&silent), Ok(Level { overrides: true, types: BTreeMap::new() }));
}

#[test]
fn every_broken_rule_is_named() {
    let bad = payments(json!({
        "syncSchedule": -1, "syncOrder": 1001, "syncFromWindow": 0, "monthsToSync": 1201,
        "syncFromUtc": "yesterday",
    }));
    assert_eq!(
        broken(&body(json!([bad, payments(json!({})), { "dataType": "commerce-gifts" }, {}]))),
        [
            "syncSchedule must be a whole number from 0 to 8760",
            "syncOrder must be a whole number from 0 to 1000",
            "syncFromWindow must be a whole number from 1 to 1200",
            "monthsToSync must be a whole number from 0 to 1200",
            "syncFromUtc must be a date such as 2026-01-31T00:00:00Z",
            "commerce-payments is there twice",
            "dataType must be one of the contract's data types, such as commerce-payments",
            "dataType must be one of the contract's data types, such as commerce-payments",
        ]
    );
    assert_eq!(
        broken(&body(json!([{ "dataType": "commerce-payments" }]))),
        ["fetchOnFirstLink is required", "syncSchedule is required", "syncOrder is required"]
    );
    for date in ["2026-09-21T14:13:21Z", "9999-01-01", "1969-12-31"] {
        let future = payments(json!({ "syncFromUtc": date }));
        assert_eq!(broken(&body(json!([future]))), ["syncFromUtc must lie between 1970 and now"], "{date}");
    }
}

#[test]
fn the_body_names_whom_it_is_about() {
    let message = format!("clientId must be {}", platform());
    let mut other = body(json!([]));
    other["clientId"] = json!(PlatformId::random());
    assert_eq!(broken(&other), std::slice::from_ref(&message));
    assert_eq!(broken(&json!({})), [message, "settings is required: a list".to_owned()]);
    let company = CompanyId::random();
    let right = json!({ "companyId": company.to_string().to_uppercase(), "settings": [] }).to_string();
    assert!(read_for_company(right.as_bytes(), company, NOW).is_ok());
    assert!(read_for_company(right.as_bytes(), CompanyId::random(), NOW).is_err());
}
