//! Who asks, and for which platform.

use super::refusal::Refusal;
use actix_web::dev::{Payload, ServiceRequest};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use std::future::{Ready, ready};
use std::str::FromStr;
use tributary_core::ids::PlatformId;
use tributary_core::state::Role;
use tributary_db::platforms::Platform;
use tributary_db::users::User;

/// The user whom a request's password proves.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    pub user: User,
    /// The platforms that the user is a member of, each with the role there.
    pub memberships: Vec<(Platform, Role)>,
}

/// The platform that the path names, of which the caller is a member in a role that will do. Handlers take the
/// platform from here and from nowhere else (invariant 6).
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub platform: Platform,
    pub user: User,
}

/// Lets a request for a platform on only if the caller has at least this role there. Another's platform answers like
/// a missing one.
pub(super) fn admit(request: &ServiceRequest, needed: Role) -> Result<(), Refusal> {
    let missing = || Refusal::NotFound { what: "platform" };
    let caller = request.extensions().get::<Caller>().cloned().ok_or(Refusal::Internal)?;
    let Some(id) = request.match_info().get("platform") else { return Ok(()) };
    let id = PlatformId::from_str(id).map_err(|_| missing())?;
    let found = caller.memberships.into_iter().find(|(platform, _)| platform.id == id);
    let (platform, role) = found.ok_or_else(missing)?;
    if role < needed {
        return Err(Refusal::Role { role, needed });
    }
    request.extensions_mut().insert(Member { platform, user: caller.user });
    Ok(())
}

impl FromRequest for Caller {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Caller>().cloned().ok_or(Refusal::Internal))
    }
}

impl FromRequest for Member {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Member>().cloned().ok_or(Refusal::Internal))
    }
}
