//! The way in: to the companies of one's platform.

use crate::failure::Failure;
use crate::html;
use crate::session::{Member, Visitor};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

/// Shown to a user who is a member of no platform any more.
#[derive(Template)]
#[template(path = "problem.html")]
struct NoPlatform {
    heading: &'static str,
    body: &'static str,
    reference: Option<&'static str>,
}

/// `GET /`: 303 to the companies of the user's platform, the first by name of several.
pub(crate) async fn page(visitor: Visitor) -> Result<HttpResponse, Failure> {
    match visitor.memberships.first() {
        Some((platform, _)) => Ok(html::see_other(&format!("/p/{}/companies", platform.id))),
        None => {
            let problem = NoPlatform {
                heading: "You belong to no platform",
                body: "Ask an administrator to add you to one.",
                reference: None,
            };
            html::page(StatusCode::FORBIDDEN, &problem)
        }
    }
}

/// `GET /p/{platform}`: 303 to its companies.
pub(crate) async fn platform(member: Member) -> HttpResponse {
    html::see_other(&member.path("/companies"))
}
