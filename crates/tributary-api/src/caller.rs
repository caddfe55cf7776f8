//! Who asks.

use crate::failure::Failure;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::future::{Ready, ready};
use tributary_contract::ApiError;
use tributary_core::ids::{ApiKeyId, PlatformNo};
use tributary_db::platforms::Platform;

/// The platform whose key the request carries. Handlers get it from the request, and every query takes the
/// platform from it (invariant 6).
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub platform: Platform,
    pub key: ApiKeyId,
}

impl Caller {
    pub(crate) fn platform_no(&self) -> PlatformNo {
        self.platform.no
    }
}

impl FromRequest for Caller {
    type Error = Failure;
    type Future = Ready<Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().cloned();
        ready(caller.ok_or(Failure::Refused(ApiError::Unauthorized)))
    }
}
