//! The contract's errors: one variant per answer, with its status and body.

use serde::Serialize;
use tributary_core::ids::{CompanyId, ConnectionId, DatasetId};
use tributary_core::{DataType, PlatformKey};
use utoipa::ToSchema;

/// A request that can't be answered as asked. Its text is the body's `error`.
///
/// Ids that a client sent are kept as it sent them: they need not be ids at all, and an id of another
/// platform answers like a missing one (invariant 6).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// 400: body or parameters break a rule; each item names one.
    #[error("Error processing request - not valid.")]
    Invalid(Vec<ValidationItem>),
    /// 400: `query`, `orderBy` or `tags` can't be read; the item says which and what would do.
    #[error("Error parsing query - Malformed query.")]
    MalformedQuery(ValidationItem),
    /// 400: `query` or `orderBy` names a property that can't be asked for.
    #[error("Error parsing query - Could not resolve property {property} on {model}")]
    UnresolvedProperty {
        /// The property, as given.
        property: String,
        /// The contract's name of what is listed: `Company`, `Dataset`, …
        model: &'static str,
    },
    /// 400: a pull of the data type is under way already (rule E10).
    #[error(
        "DatasetAlreadyInProgressException: Cannot queue {data_type} sync for {company_id} as previous sync \
         {dataset_id} is still in progress"
    )]
    DatasetAlreadyInProgress {
        /// The data type.
        data_type: DataType,
        /// The company.
        company_id: CompanyId,
        /// The dataset that is under way.
        dataset_id: DatasetId,
    },
    /// 400: somebody paused the connection.
    #[error("ConnectionPausedException: Data connection {0} is paused. Resume it to have it read.")]
    ConnectionPaused(ConnectionId),
    /// 400: the product's data isn't Tributary's to read.
    #[error("{0} doesn't support data refreshing.")]
    ProductNotRefreshable(String),
    /// 400: data of the company is being read already.
    #[error(
        "Data cannot be refreshed while a read operation is in progress. Allow the read to complete before \
         attempting to refresh."
    )]
    ReadInProgress,
    /// 400: the name for an API key is too long.
    #[error("Max string length (50) for `name` reached.")]
    ApiKeyNameTooLong,
    /// 401: no API key, or not one of ours.
    #[error("Unauthorized")]
    Unauthorized,
    /// 404: no such company.
    #[error("No company was found with ID {0}")]
    CompanyNotFound(String),
    /// 404: no such connection of that company.
    #[error("Data connection {0} not found")]
    ConnectionNotFound(String),
    /// 404: no such dataset of that company.
    #[error("Dataset {0} not found")]
    DatasetNotFound(String),
    /// 404: the platform has no such integration, or has it switched off.
    #[error("Integration {0} not found")]
    IntegrationNotFound(String),
    /// 404: no such webhook consumer.
    #[error("Webhook {0} not found")]
    WebhookNotFound(String),
    /// 404: no such message, or none of that consumer's.
    #[error("Message {0} not found")]
    MessageNotFound(String),
    /// 404: no record of that id.
    #[error("No data available for {data_type} for ID {id}")]
    RecordNotFound {
        /// The record's data type.
        data_type: DataType,
        /// The id, as given.
        id: String,
    },
    /// 404: nothing of that id, of a kind that the contract doesn't have.
    #[error("No {what} was found with ID {id}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// The id, as given.
        id: String,
    },
    /// 404: Stripe has nothing of the kind, or it isn't a data type.
    #[error("Datatype {data_type} not supported by platform(s) {}", names(.platforms))]
    DataTypeNotSupported {
        /// The data type: the contract's key where it has one, otherwise as given.
        data_type: String,
        /// The integrations that were asked.
        platforms: Vec<PlatformKey>,
    },
    /// 404: there is nothing to pull the data type from.
    #[error("Datatype {0} cannot be queued: the company has no linked connection to pull it from")]
    NoLinkedConnection(DataType),
    /// 404: not an identifier that a product can have.
    #[error("Product {0} not found")]
    ProductNotFound(String),
    /// 404: no such API key of the platform.
    #[error("API key {0} not found")]
    ApiKeyNotFound(String),
    /// 404: nothing is ever pushed.
    #[error("Push operation {0} not found")]
    PushOperationNotFound(String),
    /// 404: nobody has configured it.
    #[error("No supplemental data is configured for datatype {data_type} of {platform}")]
    SupplementalDataNotFound {
        /// The data type's key.
        data_type: DataType,
        /// The integration.
        platform: PlatformKey,
    },
    /// 404: there are no custom data types.
    #[error("Custom data type {0} not found")]
    CustomDataTypeNotFound(String),
    /// 404: no such path.
    #[error("NotFound")]
    RouteNotFound,
    /// 405: the path has other methods.
    #[error("The method is not allowed on this path.")]
    MethodNotAllowed,
    /// 409: no pull of the data type has completed yet for the connection.
    #[error("The data set has not been requested.")]
    NotRequested,
    /// 409: the platform has as many API keys as it may.
    #[error(
        "Maximum number of API keys reached. To create a new API key, delete an unused key and try again."
    )]
    TooManyApiKeys,
    /// 413: the body is too long.
    #[error("The request body is too large: at most {max_bytes} bytes are accepted.")]
    BodyTooLarge {
        /// The most that is accepted.
        max_bytes: usize,
    },
    /// 429: a limit was passed.
    #[error("You have made too many requests in a given amount of time; please retry later.")]
    TooManyRequests,
    /// 500: a defect of ours; the log has the cause under the correlation id.
    #[error("There is a problem with our server. Please try again later.")]
    Internal,
    /// 503: the service can't answer now, because it starts, stops or has lost its database.
    #[error("The API is temporarily offline. Please try again later.")]
    Unavailable,
}

impl ApiError {
    /// One broken rule.
    ///
    /// `validator` owns the rule (`Paging`, `CreateCompany`), `item` is the field or parameter that breaks it,
    /// `message` says what would do.
    pub fn invalid(validator: &'static str, item: impl Into<String>, message: impl Into<String>) -> Self {
        ApiError::Invalid(vec![ValidationItem::new(validator, item, message)])
    }

    /// The HTTP status. Never 5xx for what is merely unsupported: clients retry those for an hour.
    pub fn status(&self) -> u16 {
        use ApiError::*;
        match self {
            Invalid(_)
            | MalformedQuery(_)
            | UnresolvedProperty { .. }
            | DatasetAlreadyInProgress { .. }
            | ConnectionPaused(_)
            | ProductNotRefreshable(_)
            | ReadInProgress
            | ApiKeyNameTooLong => 400,
            Unauthorized => 401,
            CompanyNotFound(_)
            | ConnectionNotFound(_)
            | DatasetNotFound(_)
            | IntegrationNotFound(_)
            | WebhookNotFound(_)
            | MessageNotFound(_)
            | RecordNotFound { .. }
            | NotFound { .. }
            | DataTypeNotSupported { .. }
            | NoLinkedConnection(_)
            | ProductNotFound(_)
            | ApiKeyNotFound(_)
            | PushOperationNotFound(_)
            | SupplementalDataNotFound { .. }
            | CustomDataTypeNotFound(_)
            | RouteNotFound => 404,
            MethodNotAllowed => 405,
            NotRequested | TooManyApiKeys => 409,
            BodyTooLarge { .. } => 413,
            TooManyRequests => 429,
            Internal => 500,
            Unavailable => 503,
        }
    }

    /// The contract's name of the part that failed.
    fn service(&self) -> &'static str {
        match self {
            ApiError::CompanyNotFound(_) | ApiError::MalformedQuery(_) => "ClientsApi",
            ApiError::UnresolvedProperty { .. }
            | ApiError::DatasetAlreadyInProgress { .. }
            | ApiError::ConnectionPaused(_) => "PullApi",
            _ => "PublicApi",
        }
    }

    /// The body of the answer. `correlation_id` is what support finds the request by: 32 hex digits.
    pub fn message(&self, correlation_id: String) -> ErrorMessage {
        let errors = match self {
            ApiError::Invalid(errors) => errors.clone(),
            ApiError::MalformedQuery(item) => vec![item.clone()],
            _ => Vec::new(),
        };
        let validation = (!errors.is_empty()).then_some(Validation { errors, warnings: Vec::new() });
        ErrorMessage {
            status_code: self.status(),
            service: self.service(),
            error: self.to_string(),
            correlation_id,
            validation,
            can_be_retried: "Unknown",
            detailed_error_code: 0,
        }
    }
}

fn names(platforms: &[PlatformKey]) -> String {
    platforms.iter().map(|key| key.display_name()).collect::<Vec<_>>().join(", ")
}

/// The body of every answer that is an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorMessage {
    /// The HTTP status.
    status_code: u16,
    /// The part that failed.
    service: &'static str,
    /// What is wrong, for people.
    error: String,
    /// What the log knows the request by: 32 hex digits.
    correlation_id: String,
    /// The rules that were broken, where the request was invalid.
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<Validation>,
    /// `Unknown`: the status tells what to do.
    can_be_retried: &'static str,
    /// Always 0.
    detailed_error_code: u8,
}

/// Rules that a request breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Validation {
    /// What kept the request from being done.
    errors: Vec<ValidationItem>,
    /// What didn't.
    warnings: Vec<ValidationItem>,
}

/// A rule that a request or a record breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ValidationItem {
    /// What breaks the rule: a field, a parameter, a record.
    item_id: String,
    /// What would do.
    message: String,
    /// Who owns the rule.
    validator_name: &'static str,
}

impl ValidationItem {
    /// See [`ApiError::invalid`].
    pub fn new(validator_name: &'static str, item_id: impl Into<String>, message: impl Into<String>) -> Self {
        ValidationItem { item_id: item_id.into(), message: message.into(), validator_name }
    }

    /// What would do.
    pub fn message(&self) -> &str {
        &self.message
    }
}

#[cfg(test)]
mod catalogue;

#[cfg(test)]
mod tests {
    use super::*;

    fn body(error: &ApiError) -> String {
        serde_json::to_string(&error.message("0".repeat(32))).unwrap()
    }

    #[test]
    fn a_body_repeats_the_status_and_has_the_fields_of_the_contract() {
        assert_eq!(
            body(&ApiError::NotRequested),
            r#"{"statusCode":409,"service":"PublicApi","error":"The data set has not been requested.","correlationId":"00000000000000000000000000000000","canBeRetried":"Unknown","detailedErrorCode":0}"#
        );
        assert_eq!(
            body(&ApiError::invalid("Paging", "page", "page must be positive")),
            r#"{"statusCode":400,"service":"PublicApi","error":"Error processing request - not valid.","correlationId":"00000000000000000000000000000000","validation":{"errors":[{"itemId":"page","message":"page must be positive","validatorName":"Paging"}],"warnings":[]},"canBeRetried":"Unknown","detailedErrorCode":0}"#
        );
    }

    #[test]
    fn texts_name_what_was_asked_for() {
        let (company_id, dataset_id) = (CompanyId::random(), DatasetId::random());
        let data_type = DataType::Payments;
        let record = ApiError::RecordNotFound { data_type, id: "ch_1".into() };
        assert_eq!(record.to_string(), "No data available for commerce-payments for ID ch_1");
        assert_eq!(ApiError::CompanyNotFound("7".into()).to_string(), "No company was found with ID 7");
        assert_eq!(ApiError::ConnectionNotFound("7".into()).to_string(), "Data connection 7 not found");
        let unsupported = ApiError::DataTypeNotSupported {
            data_type: "commerce-orders".into(),
            platforms: vec![PlatformKey::Stripe, PlatformKey::StripeTest],
        };
        assert_eq!(
            unsupported.to_string(),
            "Datatype commerce-orders not supported by platform(s) Stripe, Stripe Test"
        );
        assert_eq!(
            ApiError::DatasetAlreadyInProgress { data_type, company_id, dataset_id }.to_string(),
            format!(
                "DatasetAlreadyInProgressException: Cannot queue commerce-payments sync for {company_id} \
                 as previous sync {dataset_id} is still in progress"
            )
        );
    }
}
