//! Lists: which page is asked for, and the envelope it is answered in.

use crate::answer::{Answer, json};
use crate::failure::Failure;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use serde::Serialize;
use std::future::{Ready, ready};
use tributary_contract::{ApiError, PageRequest, Paged, Parameters};
use tributary_db::Page;

/// Parameters that choose or order what is listed. Ignoring one would answer another question than was asked.
const SELECTING: [&str; 3] = ["query", "orderBy", "tags"];

/// A request for a page of a list.
pub(crate) struct ListRequest {
    request: PageRequest,
    path: String,
}

impl ListRequest {
    fn read(request: &HttpRequest) -> Result<Self, ApiError> {
        let extensions = request.extensions();
        let none = Parameters::default();
        let parameters = extensions.get::<Parameters>().unwrap_or(&none);
        for name in SELECTING {
            if parameters.get(name).is_some_and(|value| !value.trim().is_empty()) {
                let message = format!("{name} is not supported: leave it out");
                return Err(ApiError::invalid("Query", name, message));
            }
        }
        let path = request.uri().path().to_owned();
        Ok(ListRequest { request: PageRequest::from_parameters(parameters)?, path })
    }

    /// The rows to read.
    pub(crate) fn page(&self) -> Page {
        Page { offset: self.request.offset(), limit: self.request.limit() }
    }

    /// The page, of `total` results in all.
    pub(crate) fn answer<T: Serialize>(&self, (results, total): (Vec<T>, i64)) -> Answer {
        json(&Paged::new(results, &self.request, total, &self.path))
    }
}

impl FromRequest for ListRequest {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read(request).map_err(Failure::Refused))
    }
}
