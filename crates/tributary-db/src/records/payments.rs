//! Payments: rows from `/v1/charges` and `/v1/refunds` (rule M1).

use crate::bulk::{Record, Value};
use crate::conn::AnyConn;
use crate::error::DbError;
use crate::query::{Field, Fields, Word};
use crate::records::Stamped;
use crate::records::listed::listed;
use crate::stored::Stored;
use diesel::sql_types::BigInt;
use diesel::{ExpressionMethods, QueryDsl, Queryable, QueryableByName, RunQueryDsl, sql_query};
use tributary_core::commerce::{PaymentStatus, PaymentType};
use tributary_core::ids::ConnectionNo;
use tributary_core::{Currency, Millis, Resource};

/// A charge, or a refund that moved money.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Payment {
    /// Stripe's id.
    pub id: String,
    /// `charges` or `refunds`: where the row came from.
    pub resource: String,
    /// Minor units of `currency`; negative for refunds.
    pub amount_minor: i64,
    /// Thousandths of the major unit.
    pub amount_milli: i64,
    /// The charge's currency, not the settlement's.
    #[diesel(deserialize_as = Stored)]
    pub currency: Currency,
    /// The charge's or refund's own status.
    #[diesel(deserialize_as = Stored)]
    pub status: PaymentStatus,
    /// The network or wallet, where Stripe names one.
    pub provider: Option<String>,
    /// The refunded charge; none for charges.
    pub charge_id: Option<String>,
    /// The intent it belongs to.
    pub payment_intent_id: Option<String>,
    /// Its row in the ledger.
    pub balance_transaction_id: Option<String>,
    /// The payer; none for guests.
    pub customer_id: Option<String>,
    /// Stripe's id of the payment method.
    pub payment_method_id: Option<String>,
    /// The payment method for people, such as `visa ending 4242`.
    pub payment_method_name: Option<String>,
    /// When Stripe created it: UTC milliseconds.
    pub created_ms: i64,
    /// What it was paid with, in the contract's words.
    #[diesel(deserialize_as = Stored)]
    pub kind: PaymentType,
    /// The terminal location it was paid at.
    pub location_id: Option<String>,
}

impl Record for Payment {
    type Table = crate::schema::payments::table;
    const TABLE: &'static str = "payments";
    const COLUMNS: &'static [&'static str] = &[
        "resource",
        "amount_minor",
        "amount_milli",
        "currency",
        "status",
        "provider",
        "charge_id",
        "payment_intent_id",
        "balance_transaction_id",
        "customer_id",
        "payment_method_id",
        "payment_method_name",
        "created_ms",
        "type",
        "location_id",
    ];

    fn id(&self) -> &str {
        &self.id
    }

    fn values(&self) -> Vec<Value<'_>> {
        vec![
            Value::Text(Some(&self.resource)),
            Value::Int(Some(self.amount_minor)),
            Value::Int(Some(self.amount_milli)),
            Value::Text(Some(self.currency.code())),
            Value::Text(Some(self.status.as_str())),
            Value::Text(self.provider.as_deref()),
            Value::Text(self.charge_id.as_deref()),
            Value::Text(self.payment_intent_id.as_deref()),
            Value::Text(self.balance_transaction_id.as_deref()),
            Value::Text(self.customer_id.as_deref()),
            Value::Text(self.payment_method_id.as_deref()),
            Value::Text(self.payment_method_name.as_deref()),
            Value::Int(Some(self.created_ms)),
            Value::Text(Some(self.kind.as_str())),
            Value::Text(self.location_id.as_deref()),
        ]
    }
}

/// What may be asked of payments.
pub const FIELDS: &Fields = &Fields::new(
    "Payment",
    "payments",
    [Field::id("id", "payments.id"), Field::date("createdDate", "payments.created_ms")],
    &[
        Field::date("modifiedDate", "payments.modified_ms"),
        Field::number("amount", "payments.amount_milli"),
        Field::code("currency", "payments.currency"),
        Field::text("type", "payments.type"),
        Field::word("status", SHOWN_STATUS, STATUSES),
        Field::text("paymentProvider", "NULLIF(payments.provider, '')").optional(),
        Field::id("paymentMethodRef.id", "payments.payment_method_id").optional(),
        Field::text("paymentMethodRef.name", SHOWN_METHOD_NAME).optional(),
    ],
);

/// Whether the intent of a payment was canceled.
macro_rules! released {
    () => {
        "EXISTS (SELECT 1 FROM payment_intents AS i WHERE i.connection_no = payments.connection_no \
         AND i.id = payments.payment_intent_id AND i.status = 'canceled')"
    };
}

/// The status as [`join_intents`] leaves it.
const SHOWN_STATUS: &str = concat!(
    "CASE WHEN payments.status = 'Authorized' AND ",
    released!(),
    " THEN 'Cancelled' ELSE payments.status END"
);

/// When each status is shown.
const STATUSES: &[Word] = &[
    ("Pending", "payments.status = 'Pending'"),
    ("Authorized", concat!("payments.status = 'Authorized' AND NOT ", released!())),
    ("Paid", "payments.status = 'Paid'"),
    ("Failed", "payments.status = 'Failed'"),
    (
        "Cancelled",
        concat!("payments.status = 'Cancelled' OR payments.status = 'Authorized' AND ", released!()),
    ),
    ("Unknown", "payments.status = 'Unknown'"),
];

/// The method's name, which is shown beside its id only.
const SHOWN_METHOD_NAME: &str =
    "CASE WHEN payments.payment_method_id IS NOT NULL THEN NULLIF(payments.payment_method_name, '') END";

listed!(
    payments,
    Payment,
    (
        id,
        resource,
        amount_minor,
        amount_milli,
        currency,
        status,
        provider,
        charge_id,
        payment_intent_id,
        balance_transaction_id,
        customer_id,
        payment_method_id,
        payment_method_name,
        created_ms,
        type_,
        location_id,
    )
);

/// The columns of [`Payment`], and when each row changed.
macro_rules! columns {
    () => {{
        use crate::schema::payments::dsl;
        let payment = (
            dsl::id,
            dsl::resource,
            dsl::amount_minor,
            dsl::amount_milli,
            dsl::currency,
            dsl::status,
            dsl::provider,
            dsl::charge_id,
            dsl::payment_intent_id,
            dsl::balance_transaction_id,
            dsl::customer_id,
            dsl::payment_method_id,
            dsl::payment_method_name,
            dsl::created_ms,
            dsl::type_,
            dsl::location_id,
        );
        (payment, dsl::modified_ms)
    }};
}

/// The charges that these intents led to, failed attempts too.
pub(super) fn charges_of_intents(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    intents: &[&str],
) -> Result<Vec<Stamped<Payment>>, DbError> {
    use crate::schema::payments::dsl;
    Ok(dsl::payments
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::payment_intent_id.eq_any(intents))
        .filter(dsl::resource.eq(Resource::Charges.as_str()))
        .filter(diesel::dsl::not(dsl::deleted))
        .select(columns!())
        .load(conn)?)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// How many payments of a connection were created since a moment; `count_max` if there are more.
pub fn count_since(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    since: Millis,
    count_max: i64,
) -> Result<i64, DbError> {
    let sql = format!(
        "SELECT count(*) AS n FROM (SELECT 1 AS one FROM payments WHERE connection_no = {} AND created_ms >= {} \
         AND NOT deleted LIMIT {count_max}) AS recent",
        connection.0, since.0
    );
    let count: Count = sql_query(sql).get_result(conn)?;
    Ok(count.n)
}

/// Payments by their ids.
pub(super) fn by_ids(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    ids: &[&str],
) -> Result<Vec<Stamped<Payment>>, DbError> {
    use crate::schema::payments::dsl;
    Ok(dsl::payments
        .filter(dsl::connection_no.eq(connection.0))
        .filter(dsl::id.eq_any(ids))
        .filter(diesel::dsl::not(dsl::deleted))
        .select(columns!())
        .load(conn)?)
}

/// Turns Authorized into Cancelled where the intent was canceled: an intent adds its status to the payment of
/// its latest charge (rule M1).
pub fn join_intents(
    conn: &mut AnyConn,
    connection: ConnectionNo,
    payments: &mut [Stamped<Payment>],
) -> Result<(), DbError> {
    use crate::schema::payment_intents;
    let authorized = |payment: &&mut Stamped<Payment>| payment.0.status == PaymentStatus::Authorized;
    let intents: Vec<String> = payments
        .iter_mut()
        .filter(authorized)
        .filter_map(|(payment, _)| payment.payment_intent_id.clone())
        .collect();
    if intents.is_empty() {
        return Ok(());
    }
    let canceled: Vec<String> = payment_intents::table
        .filter(payment_intents::connection_no.eq(connection.0))
        .filter(payment_intents::id.eq_any(intents))
        .filter(payment_intents::status.eq("canceled"))
        .select(payment_intents::id)
        .load(conn)?;
    for (payment, _) in payments.iter_mut().filter(authorized) {
        if payment.payment_intent_id.as_ref().is_some_and(|intent| canceled.contains(intent)) {
            payment.status = PaymentStatus::Cancelled;
        }
    }
    Ok(())
}
