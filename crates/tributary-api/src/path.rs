//! Paths: words in any case, ids as types.

use crate::failure::Failure;
use actix_web::FromRequest;
use actix_web::HttpRequest;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::Uri;
use actix_web::http::uri::PathAndQuery;
use std::future::{Ready, ready};
use tributary_contract::ApiError;
use tributary_core::ids::{CompanyId, ConnectionId, DatasetId};

/// The words of the API's paths.
pub(crate) const WORDS: [&str; 18] = [
    "all",
    "commerce-customers",
    "commerce-disputes",
    "commerce-info",
    "commerce-payments",
    "commerce-products",
    "commerce-transactions",
    "commerce-locations",
    "commerce-orders",
    "commerce-paymentMethods",
    "commerce-productCategories",
    "commerce-taxComponents",
    "companies",
    "connections",
    "data",
    "dataStatus",
    "history",
    "queue",
];

/// Segments that may be words: what follows is a record's id, which no rule of ours may touch.
const SEGMENTS_BEFORE_RECORD_ID: usize = 6;

/// Gives the request's path its canonical form, before it is routed: words as [`WORDS`] has them, no slash at
/// the end.
pub(crate) fn normalise(request: &mut ServiceRequest) {
    let Some(path) = canonical(request.uri().path()) else { return };
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

/// The canonical form, where it differs.
fn canonical(path: &str) -> Option<String> {
    let trimmed = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    let word = |segment| WORDS.into_iter().find(|word| word.eq_ignore_ascii_case(segment)).unwrap_or(segment);
    // The first segment is what stands before the first slash: nothing.
    let segments = trimmed.split('/').enumerate();
    let segments = segments.map(|(n, text)| if n <= SEGMENTS_BEFORE_RECORD_ID { word(text) } else { text });
    let canonical = segments.collect::<Vec<_>>().join("/");
    (canonical != path).then_some(canonical)
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

/// A record's id: the last segment of the path, decoded exactly once, so that blanks, colons, `/` and `%` are as
/// the client meant them (rule M2).
#[derive(Clone)]
pub(crate) struct RecordId(pub String);

/// A segment that is a data type, as given.
#[derive(Clone)]
pub(crate) struct TypeSegment(pub String);

impl CompanyPath {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let text = segment(request, "company");
        text.parse().map(CompanyPath).map_err(|_| ApiError::CompanyNotFound(text.to_owned()))
    }
}

impl ConnectionPath {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let text = segment(request, "connection");
        match (segment(request, "company").parse(), text.parse()) {
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
        let text = segment(request, "dataset");
        match (segment(request, "company").parse(), text.parse()) {
            (Ok(company), Ok(dataset)) => Ok(DatasetPath { company, dataset }),
            _ => Err(ApiError::DatasetNotFound(text.to_owned())),
        }
    }
}

impl RecordId {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        Ok(RecordId(decode(request.uri().path().rsplit('/').next().unwrap_or_default())))
    }
}

impl TypeSegment {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        Ok(TypeSegment(segment(request, "type").to_owned()))
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

from_path!(CompanyPath, ConnectionPath, DatasetPath, RecordId, TypeSegment);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_any_case_and_ids_stay_as_they_are() {
        let of = |path| canonical(path).unwrap_or_else(|| "unchanged".to_owned());
        assert_eq!(of("/Companies/A/DATASTATUS/"), "/companies/A/dataStatus");
        assert_eq!(
            of("/companies/A/Connections/B/data/commerce-PAYMENTMETHODS/ALL"),
            "/companies/A/connections/B/data/commerce-paymentMethods/ALL"
        );
        for path in ["/companies", "/", "", "*", "/nothing/HERE", "/companies/A%2FB"] {
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
