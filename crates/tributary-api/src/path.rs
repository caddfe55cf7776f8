//! Paths: words in any case, ids as types.

use crate::failure::Failure;
use actix_web::FromRequest;
use actix_web::HttpRequest;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use std::future::{Ready, ready};
use tributary_contract::ApiError;
use tributary_contract::products::is_identifier;
use tributary_core::Resource;
use tributary_core::ids::{
    ApiKeyId, CompanyId, ConnectionId, ConsumerId, DatasetId, MessageId, ReconciliationId,
};

/// The paths of the table, split: what tells words from parameters.
#[derive(Default)]
pub(crate) struct Templates(Vec<Vec<&'static str>>);

impl Templates {
    pub(crate) fn of(paths: impl Iterator<Item = &'static str>) -> Self {
        Templates(paths.map(|path| path.split('/').collect()).collect())
    }

    /// The canonical form of a path, where it differs: the words of the first template that it matches in any
    /// case, and no slash at the end. Parameters stay as they are: no rule of ours may touch a record's id.
    fn canonical(&self, path: &str) -> Option<String> {
        let trimmed = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
        let given: Vec<&str> = trimmed.split('/').collect();
        let matches = |template: &&Vec<&'static str>| {
            let fits = |(word, given): (&&str, &&str)| is_parameter(word) || word.eq_ignore_ascii_case(given);
            template.len() == given.len() && template.iter().zip(&given).all(fits)
        };
        let canonical = match self.0.iter().find(matches) {
            Some(template) => {
                let pick = |(word, given)| if is_parameter(word) { given } else { word };
                template.iter().copied().zip(given).map(pick).collect::<Vec<_>>().join("/")
            }
            None => trimmed.to_owned(),
        };
        (canonical != path).then_some(canonical)
    }
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{')
}

/// Gives the request's path its canonical form, before it is routed: words as the table has them, no slash at
/// the end.
pub(crate) fn normalise(request: &mut ServiceRequest, templates: &Templates) {
    let Some(path) = templates.canonical(request.uri().path()) else { return };
    let mut parts = request.uri().clone().into_parts();
    let target = match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    // Neither can fail: the parts are those of a valid URI. If one did, the request would keep its path.
    let Ok(target) = PathAndQuery::try_from(target) else { return };
    parts.path_and_query = Some(target);
    let Ok(uri) = Uri::from_parts(parts) else { return };
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
}

/// A company that a path names. It need not exist.
#[derive(Clone, Copy)]
pub(crate) struct CompanyPath(pub CompanyId);

/// A connection that a path names, and the company that must own it.
#[derive(Clone, Copy)]
pub(crate) struct ConnectionPath {
    pub company: CompanyId,
    pub connection: ConnectionId,
}

/// A dataset that a path names, and the company that must own it.
#[derive(Clone, Copy)]
pub(crate) struct DatasetPath {
    pub company: CompanyId,
    pub dataset: DatasetId,
}

/// A reconciliation that a path names. It need not exist.
#[derive(Clone, Copy)]
pub(crate) struct ReconciliationSegment(pub ReconciliationId);

/// A webhook consumer that a path names. It need not exist.
#[derive(Clone, Copy)]
pub(crate) struct ConsumerPath(pub ConsumerId);

/// A message that a path names. It need not exist.
#[derive(Clone, Copy)]
pub(crate) struct MessagePath(pub MessageId);

/// A message to one consumer.
#[derive(Clone, Copy)]
pub(crate) struct DeliveryPath {
    pub consumer: ConsumerId,
    pub message: MessageId,
}

/// A record's id: the last segment of the path, decoded exactly once, so that blanks, colons, `/` and `%` are as
/// the client meant them (rule M2).
#[derive(Clone)]
pub(crate) struct RecordId(pub String);

/// A segment that is a data type, as given.
#[derive(Clone)]
pub(crate) struct TypeSegment(pub String);

/// A product's identifier, as the contract has them.
#[derive(Clone)]
pub(crate) struct ProductIdentifier(pub String);

/// An API key that a path names. It need not exist.
#[derive(Clone, Copy)]
pub(crate) struct ApiKeyPath(pub ApiKeyId);

impl ProductIdentifier {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let text = segment(request, "productIdentifier").to_owned();
        if is_identifier(&text) { Ok(ProductIdentifier(text)) } else { Err(ApiError::ProductNotFound(text)) }
    }
}

impl ApiKeyPath {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let text = segment(request, "apiKeyId");
        text.parse().map(ApiKeyPath).map_err(|_| ApiError::ApiKeyNotFound(text.to_owned()))
    }
}

/// The key of an integration, as given.
#[derive(Clone)]
pub(crate) struct PlatformKeySegment(pub String);

/// A push operation's key, as given.
#[derive(Clone)]
pub(crate) struct PushOperationKey(pub String);

/// A custom data type's id, as given.
#[derive(Clone)]
pub(crate) struct CustomDataIdentifier(pub String);

/// A segment that names one of Stripe's lists.
#[derive(Clone, Copy)]
pub(crate) struct ResourcePath(pub Resource);

impl CompanyPath {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let text = segment(request, "companyId");
        text.parse().map(CompanyPath).map_err(|_| ApiError::CompanyNotFound(text.to_owned()))
    }
}

impl ConnectionPath {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let text = segment(request, "connectionId");
        match (segment(request, "companyId").parse(), text.parse()) {
            (Ok(company), Ok(connection)) => Ok(ConnectionPath { company, connection }),
            _ => Err(ApiError::ConnectionNotFound(text.to_owned())),
        }
    }

    /// What is answered when the platform has no such connection.
    pub(crate) fn not_found(self) -> ApiError {
        ApiError::ConnectionNotFound(self.connection.to_string())
    }
}

impl DatasetPath {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let text = segment(request, "datasetId");
        match (segment(request, "companyId").parse(), text.parse()) {
            (Ok(company), Ok(dataset)) => Ok(DatasetPath { company, dataset }),
            _ => Err(ApiError::DatasetNotFound(text.to_owned())),
        }
    }
}

impl ReconciliationSegment {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let text = segment(request, "reconciliationId");
        text.parse().map(ReconciliationSegment).map_err(|_| reconciliation_not_found(text.to_owned()))
    }

    /// What is answered when the connection has no such reconciliation.
    pub(crate) fn not_found(self) -> ApiError {
        reconciliation_not_found(self.0.to_string())
    }
}

fn reconciliation_not_found(id: String) -> ApiError {
    ApiError::NotFound { what: "reconciliation", id }
}

impl ConsumerPath {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let text = segment(request, "webhookId");
        text.parse().map(ConsumerPath).map_err(|_| ApiError::WebhookNotFound(text.to_owned()))
    }
}

impl MessagePath {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let text = segment(request, "messageId");
        text.parse().map(MessagePath).map_err(|_| ApiError::MessageNotFound(text.to_owned()))
    }
}

impl DeliveryPath {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let (ConsumerPath(consumer), MessagePath(message)) =
            (ConsumerPath::read(request)?, MessagePath::read(request)?);
        Ok(DeliveryPath { consumer, message })
    }
}

impl RecordId {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        Ok(RecordId(decode(request.uri().path().rsplit('/').next().unwrap_or_default())))
    }
}

macro_rules! texts {
    ($($name:ident = $parameter:literal),+ $(,)?) => {$(
        impl $name {
            fn read(request: &HttpRequest) -> Result<Self, ApiError> {
                Ok($name(segment(request, $parameter).to_owned()))
            }
        }
    )+};
}

texts! {
    PlatformKeySegment = "platformKey",
    PushOperationKey = "pushOperationKey",
    CustomDataIdentifier = "customDataIdentifier",
    TypeSegment = "dataType",
}

impl ResourcePath {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let text = segment(request, "resource").to_ascii_lowercase();
        text.parse().map(ResourcePath).map_err(|_| ApiError::RouteNotFound)
    }
}

/// Decodes a segment. What can't be text becomes the replacement character, which is in no id of Stripe's: such
/// an id is not found, and PostgreSQL, whose text can't hold U+0000, isn't asked for it.
fn decode(segment: &str) -> String {
    percent_encoding::percent_decode_str(segment).decode_utf8_lossy().replace('\0', "\u{fffd}")
}

fn segment<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.match_info().get(name).unwrap_or_default()
}

macro_rules! from_path {
    ($($name:ident),+) => {$(
        impl FromRequest for $name {
            type Error = Failure;
            type Future = Ready<Result<Self, Failure>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                ready(Self::read(request).map_err(Failure::Refused))
            }
        }
    )+};
}

from_path!(
    ApiKeyPath,
    CompanyPath,
    ConnectionPath,
    ConsumerPath,
    CustomDataIdentifier,
    DatasetPath,
    DeliveryPath,
    MessagePath,
    PlatformKeySegment,
    ProductIdentifier,
    PushOperationKey,
    ReconciliationSegment,
    RecordId,
    ResourcePath,
    TypeSegment
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_any_case_and_ids_stay_as_they_are() {
        let paths = [
            "/companies",
            "/companies/{companyId}/dataStatus",
            "/companies/{companyId}/data/{dataType}/{id}",
        ];
        let templates = Templates::of(paths.into_iter());
        let of = |path| templates.canonical(path).unwrap_or_else(|| "unchanged".to_owned());
        assert_eq!(of("/COMPANIES"), "/companies");
        assert_eq!(of("/Companies/A/DATASTATUS/"), "/companies/A/dataStatus");
        assert_eq!(of("/companies/A/DATA/Commerce-X/DATA"), "/companies/A/data/Commerce-X/DATA");
        assert_eq!(of("/nothing/HERE/"), "/nothing/HERE");
        for path in ["/companies", "/", "", "*", "/nothing/HERE", "/companies/A%2FB/dataStatus"] {
            assert_eq!(of(path), "unchanged", "{path}");
        }
    }

    #[test]
    fn record_ids_are_decoded_exactly_once() {
        assert_eq!(decode("txn_1%3AStripe%20processing%20fees"), "txn_1:Stripe processing fees");
        assert_eq!(decode("a%2Fb%2525+c"), "a/b%25+c");
        assert_eq!(decode("%2%35"), "%25");
        assert_eq!(decode("a%00b%FF%zz"), "a\u{fffd}b\u{fffd}%zz");
    }
}
