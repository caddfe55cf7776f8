//! The merchant's account: one row from `/v1/account`.

use crate::bulk::{Record, Value};
use diesel::Queryable;

/// What company info takes from the account.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Account {
    /// Stripe's id.
    pub id: String,
    /// Trading name.
    pub name: Option<String>,
    /// Registered name, where Stripe shows it.
    pub legal_name: Option<String>,
    /// Default settlement currency, upper case.
    pub currency: Option<String>,
    /// Two-letter country.
    pub country: Option<String>,
    /// IANA zone that Stripe's dashboard counts days in.
    pub time_zone: Option<String>,
    /// A JSON list in the contract's form.
    pub addresses: String,
    /// A JSON list in the contract's form.
    pub phone_numbers: String,
    /// A JSON list in the contract's form.
    pub web_links: String,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: Option<i64>,
}

impl Record for Account {
    type Table = crate::schema::accounts::table;
    const TABLE: &'static str = "accounts";
    const COLUMNS: &'static [&'static str] = &[
        "name",
        "legal_name",
        "currency",
        "country",
        "time_zone",
        "addresses",
        "phone_numbers",
        "web_links",
        "created_ms",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(self.name.as_deref()),
            Value::Text(self.legal_name.as_deref()),
            Value::Text(self.currency.as_deref()),
            Value::Text(self.country.as_deref()),
            Value::Text(self.time_zone.as_deref()),
            Value::Text(Some(&self.addresses)),
            Value::Text(Some(&self.phone_numbers)),
            Value::Text(Some(&self.web_links)),
            Value::Int(self.created_ms),
        ]
    }
}
