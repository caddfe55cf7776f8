//! Who is asking: a browser with a session, as the user of a platform, in a role.

use crate::failure::Failure;
use crate::{PortalState, cookie};
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use std::pin::Pin;
use tributary_core::Secret;
use tributary_core::ids::PlatformId;
use tributary_core::state::Role;
use tributary_db::platforms::Platform;
use tributary_db::users::{self, User};
use tributary_db::{AnyConn, sessions};

type Extracting<T> = Pin<Box<dyn Future<Output = Result<T, Failure>>>>;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Visitor {
    /// The session's token.
    pub token: Secret,
    /// Who it is.
    pub user: User,
    /// The platforms this user is a member of, by name, each with the role there.
    pub memberships: Vec<(Platform, Role)>,
}

/// Somebody who is signed in and a member of the platform that the address names.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Who it is.
    pub visitor: Visitor,
    /// The platform.
    pub platform: Platform,
    /// What this user may do there.
    pub role: Role,
}

impl Member {
    /// Refuses those whose role is below the one that a page or an action needs.
    pub fn require(&self, needed: Role) -> Result<(), Failure> {
        match self.role >= needed {
            true => Ok(()),
            false => Err(Failure::Forbidden { role: self.role, needed }),
        }
    }

    /// A path of the platform's.
    pub fn path(&self, rest: &str) -> String {
        format!("/p/{}{rest}", self.platform.id)
    }
}

impl FromRequest for Visitor {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { visitor(&request).await })
    }
}

impl FromRequest for Member {
    type Error = Failure;
    type Future = Extracting<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let visitor = visitor(&request).await?;
            let id: Option<PlatformId> =
                request.match_info().get("platform").and_then(|text| text.parse().ok());
            let mine = visitor.memberships.iter().find(|(platform, _)| Some(platform.id) == id).cloned();
            let (platform, role) = mine.ok_or(Failure::NotFound)?;
            Ok(Member { visitor, platform, role })
        })
    }
}

async fn visitor(request: &HttpRequest) -> Result<Visitor, Failure> {
    let state = request.app_data::<Data<PortalState>>().ok_or(Failure::NotFound)?;
    let next = (request.method() == Method::GET).then(|| request.uri().to_string());
    let Some(token) = cookie::session(request, &state.urls) else {
        return Err(Failure::SignInFirst { next });
    };
    let now = state.clock.now();
    let found = {
        let token = token.clone();
        let read = move |conn: &mut AnyConn| {
            let Some(session) = sessions::find(conn, &token, now)? else { return Ok(None) };
            let memberships = users::memberships(conn, session.user.id)?;
            Ok(Some((session, memberships)))
        };
        state.db.read(read).await?
    };
    let Some((session, memberships)) = found else { return Err(Failure::SignInFirst { next }) };
    if session.is_stale {
        let token = token.clone();
        state.db.write(move |conn| sessions::touch(conn, &token, now)).await?;
    }
    Ok(Visitor { token, user: session.user, memberships })
}
