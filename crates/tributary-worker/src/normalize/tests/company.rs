use super::*;
use tributary_db::records::accounts::Account;

fn account(json: &str) -> Account {
    rows!(Account, Account, json)
}

#[test]
fn an_account_gives_names_addresses_phones_and_links_in_the_contracts_form() {
    let expected = Account {
        id: "acct_1Harbour01".to_owned(),
        name: Some("Harbour Books".to_owned()),
        legal_name: Some("Harbour Books Trading Ltd".to_owned()),
        currency: Some("GBP".to_owned()),
        country: Some("GB".to_owned()),
        time_zone: Some("Europe/London".to_owned()),
        addresses: concat!(
            r#"[{"type":"Billing","line1":"22 Dock Lane","line2":"First floor","city":"Bristol","country":"GB","#,
            r#""postalCode":"BS1 6UN"},{"type":"Unknown","line1":"1 Quay Street","city":"Bristol","country":"GB","#,
            r#""postalCode":"BS1 4DJ"}]"#
        )
        .to_owned(),
        phone_numbers: concat!(
            r#"[{"number":"+44 117 496 0000","type":"Primary"},"#,
            r#"{"number":"+44 117 496 0001","type":"Unknown"}]"#
        )
        .to_owned(),
        web_links: concat!(
            r#"[{"type":"Website","url":"https://harbour.example"},"#,
            r#"{"type":"Website","url":"https://harbour.example/help"}]"#
        )
        .to_owned(),
        created_ms: Some(1_700_000_000_000),
    };
    assert_eq!(account(fixture!("account")), expected);
}

#[test]
fn an_account_that_says_little_has_the_dashboards_name_and_empty_lists() {
    let account = account(fixture!("account_bare"));
    assert_eq!((account.name.as_deref(), account.legal_name), (Some("Bare"), None));
    assert_eq!(account.currency.as_deref(), Some("JPY"));
    assert_eq!([account.addresses, account.phone_numbers, account.web_links], ["[]", "[]", "[]"]);
    assert_eq!(account.created_ms, None);
}

#[test]
fn one_address_phone_and_page_for_everything_are_named_once() {
    let json = fixture!("account")
        .replace("1 Quay Street", "22 Dock Lane")
        .replace("\"line2\": null", "\"line2\": \"First floor\"")
        .replace("BS1 4DJ", "BS1 6UN")
        .replace("496 0001", "496 0000")
        .replace("example/help", "example");
    let account = account(&json);
    for list in [account.addresses, account.phone_numbers, account.web_links] {
        assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&list).unwrap().len(), 1, "{list}");
    }
}
