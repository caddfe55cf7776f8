//! The form in which what was found is sent: not at all if the client has it, compressed if it likes, without a
//! body to a HEAD.
//!
//! Every 200 of a GET whose body is known as a whole has an `ETag`: a hash of the body before it is compressed.
//! It is weak on a compressed answer, whose bytes are others, and `If-None-Match` compares weakly, so that a tag
//! serves whatever the encoding. What is streamed has no tag. Bodies of requests are never decompressed: a few
//! bytes may grow to gigabytes.

use crate::compress::Compressor;
use actix_web::body::{BodySize, BoxBody, MessageBody, None as NoBody, SizedStream};
use actix_web::dev::{ResponseHead, ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    self, AcceptEncoding, ContentEncoding, Encoding, EntityTag, Header, HeaderMap, HeaderName, HeaderValue,
    IfNoneMatch, TryIntoHeaderValue,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Bytes;
use futures::stream;
use std::convert::Infallible;
use tributary_contract::ApiError;
use tributary_core::digest;

/// What is shorter is not worth compressing: it fits one packet.
const COMPRESSED_BYTES_MIN: u64 = 1024;

/// In which form a client wants the answer.
#[derive(Debug)]
pub(crate) struct Wanted {
    method: Method,
    encoding: ContentEncoding,
    known: Option<IfNoneMatch>,
}

impl Wanted {
    /// Reads what the request's headers say. A HEAD goes on as the GET that it asks about.
    pub(crate) fn take(request: &mut ServiceRequest) -> Self {
        let method = request.method().clone();
        if method == Method::HEAD {
            request.head_mut().method = Method::GET;
        }
        let known = request.headers().contains_key(header::IF_NONE_MATCH);
        let known = known.then(|| IfNoneMatch::parse(request).ok()).flatten();
        Wanted { method, encoding: accepted(request), known }
    }

    /// Gives an answer its form.
    pub(crate) async fn represent(&self, response: ServiceResponse) -> ServiceResponse {
        let is_head = self.method == Method::HEAD;
        if !(is_head || self.method == Method::GET) {
            return response;
        }
        let (request, response) = response.into_parts();
        let (mut response, mut body) = response.into_parts();
        if response.status() == StatusCode::OK {
            body = self.encode(response.head_mut(), body).await;
        }
        let body = if is_head { bodiless(body) } else { body };
        ServiceResponse::new(request, response.set_body(body))
    }

    /// The body of a 200 as it is sent, or none if the client has it.
    async fn encode(&self, head: &mut ResponseHead, body: BoxBody) -> BoxBody {
        vary(head, "accept-encoding");
        let is_long = !matches!(body.size(), BodySize::Sized(bytes) if bytes < COMPRESSED_BYTES_MIN);
        let compressor = if is_long { Compressor::of(self.encoding) } else { None };
        let body = match body.try_into_bytes() {
            Err(stream) => Err(stream),
            Ok(bytes) => {
                let tag = EntityTag::new(compressor.is_some(), digest::of_parts(&[&bytes]));
                let is_known = self.knows(&tag);
                insert(head, header::ETAG, tag);
                if is_known {
                    head.status = StatusCode::NOT_MODIFIED;
                    head.headers_mut().remove(header::CONTENT_TYPE);
                    return BoxBody::new(NoBody::new());
                }
                Ok(bytes)
            }
        };
        let Some(compressor) = compressor else { return body.map_or_else(|stream| stream, BoxBody::new) };
        let compressed = match body {
            Err(stream) => compressor.stream(stream),
            Ok(bytes) => match compressor.whole(bytes.clone()).await {
                Ok(compressed) => BoxBody::new(compressed),
                Err(error) => {
                    tracing::error!(%error, "a body was not compressed");
                    return BoxBody::new(bytes);
                }
            },
        };
        insert(head, header::CONTENT_ENCODING, self.encoding);
        compressed
    }

    /// Whether the client has the answer with this tag.
    fn knows(&self, tag: &EntityTag) -> bool {
        match &self.known {
            None => false,
            Some(IfNoneMatch::Any) => true,
            Some(IfNoneMatch::Items(tags)) => tags.iter().any(|known| known.weak_eq(tag)),
        }
    }
}

/// Adds to the request's headers that the answer depends on.
pub(crate) fn vary(head: &mut ResponseHead, name: &str) {
    let before = head.headers().get(header::VARY).and_then(|value| value.to_str().ok());
    let names = before.map_or_else(|| name.to_owned(), |before| format!("{before}, {name}"));
    insert(head, header::VARY, names);
}

fn insert(head: &mut ResponseHead, name: HeaderName, value: impl TryIntoHeaderValue) {
    if let Ok(value) = value.try_into_value() {
        head.headers_mut().insert(name, value);
    }
}

/// A body of the same length, where that is known, without anything in it.
fn bodiless(body: BoxBody) -> BoxBody {
    match body.size() {
        BodySize::Sized(bytes) => {
            BoxBody::new(SizedStream::new(bytes, stream::empty::<Result<Bytes, Infallible>>()))
        }
        BodySize::Stream | BodySize::None => BoxBody::new(NoBody::new()),
    }
}

/// The encoding that the client likes best of those there are; the body as it is where it likes none.
fn accepted(request: &ServiceRequest) -> ContentEncoding {
    let supported = [Encoding::identity(), Encoding::gzip(), Encoding::zstd()];
    let accepted = AcceptEncoding::parse(request).ok();
    match accepted.and_then(|accepted| accepted.negotiate(supported.iter())) {
        Some(Encoding::Known(encoding)) => encoding,
        Some(Encoding::Unknown(_)) | None => ContentEncoding::Identity,
    }
}

/// Refuses a request whose body is compressed. 415 would say it too, but no operation of the contract declares it.
pub(crate) fn refuse_encoded_body(headers: &HeaderMap) -> Result<(), ApiError> {
    let is_plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).all(is_plain) {
        return Ok(());
    }
    let message = "send the body as it is: compressed bodies are not read";
    Err(ApiError::invalid("Body", "Content-Encoding", message))
}
