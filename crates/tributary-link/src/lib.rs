//! Link: the pages on which a merchant connects a Stripe account, the OAuth callback, and the receipt of Stripe's events.
//!
//! A merchant comes to `start` by a connection's link, or to a company's page and from there to
//! `start`; goes to Stripe; and comes back to the callback, which consumes the state (invariant 7), exchanges
//! the code once and answers with a redirect to a page whose address holds nothing secret. Every end
//! of an authorization is an [`Outcome`]: a word with the state, an error with the connection, a text on a page.

mod assets;
mod authorization;
mod brand;
mod callback;
mod company;
mod cookie;
mod done;
mod error;
mod events;
mod headers;
mod pages;
mod params;
mod problem;
mod start;

pub use error::Outcome;
pub use events::Intake;

use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Resource};
use problem::Problem;
use std::sync::Arc;
use tokio::sync::Notify;
use tributary_core::{Clock, PublicUrls, link_paths};
use tributary_db::Db;
use tributary_db::vault::Vault;
use tributary_pages::PublicUrl;
use tributary_pages::headers::add;

/// What Link works with; clones share it all.
#[derive(Clone)]
pub struct LinkState {
    /// The store.
    pub db: Db,
    /// Seals the tokens and opens the platforms' secret keys.
    pub vault: Vault,
    /// The way to Stripe.
    pub stripe: tributary_stripe::Client,
    /// Where Link is reached.
    pub public_url: PublicUrl,
    /// Where all services are reached: what links in messages start with.
    pub urls: PublicUrls,
    /// The time.
    pub clock: Clock,
    /// Notified whenever a connection was linked or an event stored, so that a worker of this process starts at once.
    pub wake: Arc<Notify>,
    /// The way of Stripe's events into the database.
    pub intake: Intake,
}

/// The longest form that is read, in bytes.
const FORM_BYTES_MAX: usize = 4096;

/// Link's routes. They take every path that is left: register others, such as health checks, before them.
pub fn routes(state: LinkState) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let is_https = state.public_url.is_https();
        let scope = web::scope("")
            .app_data(Data::new(state))
            .app_data(web::FormConfig::default().limit(FORM_BYTES_MAX))
            .service(
                resource("/companies/{company}/connections/{connection}/start", "GET")
                    .route(web::get().to(start::start)),
            )
            .service(
                resource("/companies/{company}/connections/{connection}/done", "GET, HEAD")
                    .route(web::get().to(done::done))
                    .route(web::head().to(done::done)),
            )
            .service(resource(link_paths::CALLBACK, "GET").route(web::get().to(callback::callback)))
            .service(
                resource("/stripe/events/connections/{connection}", "POST")
                    .app_data(web::PayloadConfig::new(events::BODY_BYTES_MAX))
                    .route(web::post().to(events::of_connection)),
            )
            .service(
                resource("/stripe/events/{integration}", "POST")
                    .app_data(web::PayloadConfig::new(events::BODY_BYTES_MAX))
                    .route(web::post().to(events::of_integration)),
            )
            .service(
                resource("/company/{company}", "GET, HEAD")
                    .route(web::get().to(company::page))
                    .route(web::head().to(company::page)),
            )
            .service(
                resource("/company/{company}/connections", "POST").route(web::post().to(company::connect)),
            )
            .service(
                resource("/assets/{file}", "GET, HEAD")
                    .route(web::get().to(assets::asset))
                    .route(web::head().to(assets::asset)),
            )
            .service(
                resource("/brand/{platformKey}/{image}.svg", "GET, HEAD")
                    .route(web::get().to(brand::image))
                    .route(web::head().to(brand::image)),
            )
            .default_service(web::to(not_found))
            .wrap(from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
                add(headers::POLICIES, is_https, request, next)
            }));
        config.service(scope);
    }
}

/// A path that answers other methods with a page of ours.
fn resource(path: &'static str, allowed: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        let mut response = problem::page(&Problem::MethodNotAllowed);
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        response
    }))
}

async fn not_found() -> HttpResponse {
    problem::page(&Problem::NotFound)
}
