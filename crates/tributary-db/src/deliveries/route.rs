//! From the outbox to deliveries: which consumers a message is for.

use crate::conn::AnyConn;
use crate::delivery_lanes;
use crate::error::DbError;
use crate::on_each;
use crate::schema::{consumers, deliveries, messages};
use crate::stored::{Stored, StoredJson, StoredOption};
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Bool;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};
use tributary_core::Millis;
use tributary_core::ids::{CompanyId, ConsumerId, MessageId};
use tributary_core::state::DeliveryState;

/// Deliveries that one statement makes.
const INSERTED_AT_ONCE: usize = 500;

/// What [`route()`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Routed {
    /// Messages looked at.
    pub messages: u64,
    /// Deliveries made of them.
    pub deliveries: usize,
}

/// A message as far as it decides who gets it.
#[derive(Debug, Queryable)]
pub(super) struct Routable {
    pub(super) connection_no: i64,
    #[diesel(deserialize_as = Stored)]
    pub(super) id: MessageId,
    pub(super) platform_no: i64,
    #[diesel(deserialize_as = StoredOption)]
    pub(super) company_id: Option<CompanyId>,
    pub(super) event_type: String,
    /// A JSON object.
    tags: StoredJson,
}

macro_rules! routable_columns {
    () => {
        (
            messages::connection_no,
            messages::id,
            messages::platform_no,
            messages::company_id,
            messages::event_type,
            messages::tags,
        )
    };
}
pub(super) use routable_columns;

/// What a consumer asks for.
#[derive(Debug, Queryable)]
pub(super) struct Subscription {
    #[diesel(deserialize_as = Stored)]
    pub(super) id: ConsumerId,
    pub(super) platform_no: i64,
    /// A JSON list of event types.
    event_types: StoredJson,
    /// A JSON list of `key:value`; empty: every company.
    company_tags: StoredJson,
}

macro_rules! subscription_columns {
    () => {
        (consumers::id, consumers::platform_no, consumers::event_types, consumers::company_tags)
    };
}
pub(super) use subscription_columns;

/// A consumer's wishes, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wishes {
    pub(super) event_types: BTreeSet<String>,
    pub(super) company_tags: BTreeSet<String>,
}

impl Subscription {
    pub(super) fn wishes(&self) -> Result<Wishes, DbError> {
        Ok(Wishes { event_types: read(&self.event_types)?, company_tags: read(&self.company_tags)? })
    }
}

impl Routable {
    /// The company's tags at that moment, each as `key:value`.
    pub(super) fn tags(&self) -> Result<BTreeSet<String>, DbError> {
        let tags: BTreeMap<String, String> = read(&self.tags)?;
        Ok(tags.into_iter().map(|(key, value)| format!("{key}:{value}")).collect())
    }
}

fn read<T: DeserializeOwned>(json: &StoredJson) -> Result<T, DbError> {
    json.read().map_err(|error| DbError::Broken(error.to_string()))
}

impl Wishes {
    /// Whether a message of this type is wanted. `tags` are its company's; none where it is of no company, which
    /// no filter of companies concerns.
    pub(super) fn want(&self, event_type: &str, tags: Option<&BTreeSet<String>>) -> bool {
        self.event_types.contains(event_type)
            && (self.company_tags.is_empty() || tags.is_none_or(|tags| !tags.is_disjoint(&self.company_tags)))
    }
}

/// Whether there are new messages: for a look that need not write.
pub fn any_to_route(conn: &mut AnyConn) -> Result<bool, DbError> {
    Ok(diesel::select(exists(messages::table.filter(not(messages::routed)))).get_result(conn)?)
}

/// Makes deliveries of up to `limit` new messages, the oldest first, for the consumers that ask for them and aren't
/// disabled now. Nothing happens while another worker is at it: one router at a time keeps a company's messages in
/// order.
pub fn route(conn: &mut AnyConn, limit: i64, now: Millis) -> Result<Routed, DbError> {
    if !is_only_router(conn)? {
        return Ok(Routed::default());
    }
    let new: Vec<Routable> = messages::table
        .filter(not(messages::routed))
        .order(messages::id)
        .select(routable_columns!())
        .limit(limit)
        .load(conn)?;
    if new.is_empty() {
        return Ok(Routed::default());
    }
    let subscriptions = subscriptions(conn, &new)?;
    let mut wanted = Vec::new();
    for message in &new {
        let tags = message.tags()?;
        let tags = message.company_id.map(|_| &tags);
        let of_platform = subscriptions.get(&message.platform_no).into_iter().flatten();
        let who = of_platform.filter(|(_, wishes)| wishes.want(&message.event_type, tags));
        wanted.extend(who.map(|(consumer, _)| (*consumer, message)));
    }
    let deliveries = insert(conn, &wanted, now)?;
    let ids: Vec<String> = new.iter().map(|message| message.id.to_string()).collect();
    let connections: BTreeSet<i64> = new.iter().map(|message| message.connection_no).collect();
    let done =
        messages::table.filter(messages::connection_no.eq_any(connections)).filter(messages::id.eq_any(ids));
    diesel::update(done).set(messages::routed.eq(true)).execute(conn)?;
    Ok(Routed { messages: new.len() as u64, deliveries })
}

/// The consumers that aren't disabled, by the numbers of their platforms: those that the messages are of.
fn subscriptions(
    conn: &mut AnyConn,
    new: &[Routable],
) -> Result<BTreeMap<i64, Vec<(ConsumerId, Wishes)>>, DbError> {
    let platforms: BTreeSet<i64> = new.iter().map(|message| message.platform_no).collect();
    let found: Vec<Subscription> = consumers::table
        .filter(consumers::platform_no.eq_any(platforms))
        .filter(not(consumers::disabled))
        .select(subscription_columns!())
        .load(conn)?;
    let mut by_platform: BTreeMap<i64, Vec<(ConsumerId, Wishes)>> = BTreeMap::new();
    for one in &found {
        by_platform.entry(one.platform_no).or_default().push((one.id, one.wishes()?));
    }
    Ok(by_platform)
}

/// Lanes into which something was put, in the one order in which they are locked.
pub(super) type Lanes = BTreeSet<(ConsumerId, Option<CompanyId>)>;

/// Has the lanes looked at.
pub(super) fn open(conn: &mut AnyConn, lanes: &Lanes, now: Millis) -> Result<(), DbError> {
    lanes.iter().try_for_each(|(consumer, company)| delivery_lanes::open(conn, *consumer, *company, now))
}

/// Makes waiting deliveries and has their lanes looked at; returns how many. Whoever has a delivery of a message gets no
/// other.
pub(super) fn insert(
    conn: &mut AnyConn,
    wanted: &[(ConsumerId, &Routable)],
    now: Millis,
) -> Result<usize, DbError> {
    let row = |(consumer, message): &(ConsumerId, &Routable)| {
        (
            deliveries::consumer_id.eq(consumer.to_string()),
            deliveries::message_id.eq(message.id.to_string()),
            deliveries::connection_no.eq(message.connection_no),
            deliveries::platform_no.eq(message.platform_no),
            deliveries::company_id.eq(message.company_id.map(|id| id.to_string())),
            deliveries::state.eq(DeliveryState::Waiting.as_str()),
            deliveries::attempts.eq(0_i64),
            deliveries::next_attempt_ms.eq(now.0),
            deliveries::created_ms.eq(now.0),
        )
    };
    let mut made = 0;
    for wanted in wanted.chunks(INSERTED_AT_ONCE) {
        let rows: Vec<_> = wanted.iter().map(row).collect();
        let insert = diesel::insert_into(deliveries::table).values(rows).on_conflict_do_nothing();
        made += on_each!(conn, c => insert.execute(c)?);
    }
    let lanes: Lanes = wanted.iter().map(|(consumer, message)| (*consumer, message.company_id)).collect();
    open(conn, &lanes, now)?;
    Ok(made)
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Bool)]
    locked: bool,
}

/// PostgreSQL: takes the router's lock until the transaction ends, if it is free. The number is a name.
fn is_only_router(conn: &mut AnyConn) -> Result<bool, DbError> {
    let AnyConn::Pg(conn) = conn else { return Ok(true) };
    let taken: Locked = sql_query("SELECT pg_try_advisory_xact_lock(7611, 1) AS locked").get_result(conn)?;
    Ok(taken.locked)
}
