//! Bodies of outgoing messages: one envelope, and a payload for each kind of event.
//!
//! The contract's TypeScript SDK recognises payloads by their fields alone and wants text wherever there is any:
//! what has no value is left out here too.

mod event_type;
pub mod example;
#[cfg(test)]
mod tests;

pub use event_type::EventType;

use crate::companies::Company;
use crate::connections::Connection;
use serde::Serialize;
use std::collections::BTreeMap;
use tributary_core::ids::{CompanyId, ConnectionId, EventId, ReconciliationId};
use tributary_core::reconciliation::Verdict;
use tributary_core::state::DatasetStatus;
use tributary_core::{DataType, Millis};

/// What a consumer is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Envelope {
    /// The event's id.
    pub id: EventId,
    /// What happened.
    pub event_type: EventType,
    /// When it happened.
    pub generated_date: Millis,
    /// Whether nothing happened and the message is there to try a consumer. Ours; left out of real ones.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub test: bool,
    /// What it happened to.
    pub payload: Payload,
}

/// What an event is about. Each kind of event has one of these forms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Payload {
    /// `company.created` and `company.deleted`: the company without its connections.
    Company(Box<Company>),
    /// `company.product.added` and `company.product.removed`.
    Product(CompanyProduct),
    /// `connection.…`.
    Connection(Box<ConnectionChange>),
    /// `read.completed` and `read.completed.initial`.
    Read(ReadCompleted),
    /// `reconciliation.verdict.changed`.
    Verdict(VerdictChange),
    /// `client.rateLimit.…`.
    RateLimit(ClientRateLimit),
}

/// A company as other things refer to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompanyReference {
    /// Its id.
    pub id: CompanyId,
    /// Its name.
    pub name: String,
    /// Free text, often the platform's own id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it is shown.
    pub links: CompanyLinks,
    /// The platform's own labels.
    pub tags: BTreeMap<String, String>,
}

/// Where a company is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompanyLinks {
    /// Its page in the portal.
    pub portal: String,
}

/// A company's product label was added or removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CompanyProduct {
    /// The company.
    pub id: CompanyId,
    /// The company's name.
    pub name: String,
    /// The company's description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The label.
    pub product_id: String,
    /// The label for people.
    pub product_name: String,
    /// Every label that the company has now.
    pub products: Vec<String>,
}

/// Something happened to a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionChange {
    /// Its company.
    pub reference_company: CompanyReference,
    /// The connection as it is now.
    pub connection: Connection,
}

/// Data types were read to their end, whatever the outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReadCompleted {
    /// The company.
    pub reference_company: CompanyReference,
    /// A lower bound: `query=modifiedDate>=…` with it finds every record that was changed. Left out where nothing
    /// had begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified_from_date: Option<Millis>,
    /// The data types.
    pub data_types: Vec<DataTypeRead>,
}

/// How one data type's reading ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataTypeRead {
    /// The connection it was read from.
    pub connection_id: ConnectionId,
    /// What was read.
    pub data_type: DataType,
    /// Whether records were created, changed or removed.
    pub records_modified: bool,
    /// How it ended.
    pub status: DatasetStatus,
    /// What was found wrong on the way.
    pub issues: Vec<Issue>,
}

/// Something wrong that was found while a data type was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Issue {
    /// What kind of thing.
    #[serde(rename = "type")]
    pub kind: IssueKind,
    /// What is wrong, for people.
    pub message: String,
    /// Where there is more of it.
    pub links: IssueLinks,
}

/// Kinds of issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum IssueKind {
    /// Something that Stripe has is missing from the records: it failed the data type.
    #[serde(rename = "error.validation")]
    Error,
    /// A record, or something about the data type, isn't as it should be.
    #[serde(rename = "warning.validation")]
    Warning,
}

/// Where there is more of an issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IssueLinks {
    /// The API's answer with every error and warning of the dataset.
    pub logs: String,
    /// The portal's page of the company's datasets.
    pub portal: String,
}

/// What is said of whether a connection's records tie to Stripe's has changed. Ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerdictChange {
    /// The company.
    pub reference_company: CompanyReference,
    /// The connection.
    pub connection_id: ConnectionId,
    /// The reconciliation that reached the verdict.
    pub reconciliation_id: ReconciliationId,
    /// What is said now.
    pub verdict: Verdict,
    /// What was said before; left out for the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_verdict: Option<Verdict>,
    /// Why it isn't `ties`, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// Differences that were found.
    pub differences: i64,
    /// How many of them are repaired.
    pub repaired: i64,
    /// Where there is more of it.
    pub links: VerdictLinks,
}

/// Where there is more of a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerdictLinks {
    /// The API's answer with the reconciliation.
    pub reconciliation: String,
    /// The portal's page of it.
    pub portal: String,
}

/// A platform has used up its quota of requests, or has got a new one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientRateLimit {
    /// Requests in a day.
    pub daily_quota: i64,
    /// Requests that are left.
    pub quota_remaining: i64,
    /// When the day ends that the quota is for.
    pub expiry_date: Millis,
}
