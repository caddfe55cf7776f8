//! The portal: pages for platform admins.
//!
//! So far one page, which says what this installation serves and how to set it up from the command line.

mod admin_api;
mod assets;
pub mod auth;
mod headers;
pub mod passwords;
mod state;

pub use state::{PortalState, Urls};

use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Resource};
use askama::Template;
use url::Url;

/// The page about this installation.
#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    version: &'a str,
    api_url: &'a str,
    link_url: &'a str,
    callback_url: String,
}

/// A page that says what is wrong with a request.
#[derive(Template)]
#[template(path = "problem.html")]
struct Problem {
    heading: &'static str,
    body: &'static str,
}

/// The portal's routes. They take every path that is left: register others, such as health checks, before them.
pub fn routes(state: PortalState) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.service(admin_api::scope(state.clone()));
        let is_https = state.urls.is_https();
        let scope = web::scope("")
            .app_data(Data::new(state))
            .service(resource("/").route(web::get().to(home)).route(web::head().to(home)))
            .service(
                resource("/assets/{file}")
                    .route(web::get().to(assets::asset))
                    .route(web::head().to(assets::asset)),
            )
            .default_service(web::to(|| async { not_found() }))
            .wrap(from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
                headers::add(is_https, request, next)
            }));
        config.service(scope);
    }
}

/// A path that answers methods other than GET and HEAD with a page of ours.
fn resource(path: &'static str) -> Resource {
    web::resource(path).default_service(web::to(|| async {
        let problem =
            Problem { heading: "This can't be done here", body: "The page can be read, nothing else." };
        let mut response = render(StatusCode::METHOD_NOT_ALLOWED, &problem);
        let allowed = actix_web::http::header::HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(actix_web::http::header::ALLOW, allowed);
        response
    }))
}

async fn home(state: Data<PortalState>) -> HttpResponse {
    let origin = |url: &Url| url.as_str().trim_end_matches('/').to_owned();
    let (api_url, link_url) = (origin(&state.urls.api), origin(&state.urls.link));
    let home = Home {
        version: env!("CARGO_PKG_VERSION"),
        api_url: &api_url,
        link_url: &link_url,
        callback_url: format!("{link_url}/oauth/callback"),
    };
    render(StatusCode::OK, &home)
}

pub(crate) fn not_found() -> HttpResponse {
    let problem = Problem { heading: "There is no such page", body: "The address may be mistyped." };
    render(StatusCode::NOT_FOUND, &problem)
}

fn render(status: StatusCode, page: &impl Template) -> HttpResponse {
    match page.render() {
        Ok(html) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            HttpResponse::InternalServerError().finish()
        }
    }
}
