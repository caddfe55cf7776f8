//! The portal's routes.

use crate::failure::Failure;
use crate::pages::{
    api_keys, companies, company, company_actions, company_new, data, history, home, integration,
    integration_save, integrations, progress, setup, sign_in,
};
use crate::{PortalState, admin_api, assets, csp, form, headers};
use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, FormConfig, PayloadConfig, QueryConfig, ServiceConfig, get, head, post};
use actix_web::{HttpResponse, Resource, ResponseError};

/// The portal's routes. They take every path that is left: register others, such as health checks, before them.
pub fn routes(state: PortalState) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.service(admin_api::scope(state.clone()));
        let is_https = state.urls.is_https();
        let scope = web::scope("")
            .app_data(Data::new(state))
            .app_data(FormConfig::default().limit(form::BYTES_MAX))
            .app_data(QueryConfig::default().error_handler(|_, _| Failure::NotFound.into()))
            .configure(outside)
            .configure(of_platform)
            .default_service(web::to(|| async { Failure::NotFound.error_response() }))
            .wrap(from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
                headers::add(is_https, request, next)
            }));
        config.service(scope);
    }
}

/// What needs no platform.
fn outside(config: &mut ServiceConfig) {
    config
        .service(page("/").route(get().to(home::page)).route(head().to(home::page)))
        .service(
            resource("/sign-in", "GET, HEAD, POST")
                .route(get().to(sign_in::page))
                .route(head().to(sign_in::page))
                .route(post().to(sign_in::sign_in)),
        )
        .service(resource("/sign-out", "POST").route(post().to(sign_in::sign_out)))
        .service(resource("/setup", "GET, POST").route(get().to(setup::page)).route(post().to(setup::create)))
        .service(
            resource("/csp-report", "POST")
                .app_data(PayloadConfig::new(csp::BYTES_MAX))
                .route(post().to(csp::report)),
        )
        .service(page("/assets/{file}").route(get().to(assets::asset)).route(head().to(assets::asset)));
}

/// The pages of a platform. Each asks for a member of it.
fn of_platform(config: &mut ServiceConfig) {
    config
        .service(page("/p/{platform}").route(get().to(home::platform)))
        .service(page("/p/{platform}/companies").route(get().to(companies::page)))
        .service(
            resource("/p/{platform}/companies/new", "GET, POST")
                .route(get().to(company_new::page))
                .route(post().to(company_new::create)),
        )
        .service(page("/p/{platform}/companies/{company}").route(get().to(company::page)))
        .service(
            action("/p/{platform}/companies/{company}/connect").route(post().to(company_actions::connect)),
        )
        .service(
            action("/p/{platform}/companies/{company}/refresh").route(post().to(company_actions::refresh)),
        )
        .service(page("/p/{platform}/companies/{company}/progress").route(get().to(progress::json)))
        .service(page("/p/{platform}/companies/{company}/history").route(get().to(history::page)))
        .service(page("/p/{platform}/companies/{company}/data/{type}").route(get().to(data::page)))
        .service(page("/p/{platform}/settings/integrations").route(get().to(integrations::page)))
        .service(page("/p/{platform}/settings/integrations/{key}").route(get().to(integration::page)))
        .service(
            action("/p/{platform}/settings/integrations/{key}/save").route(post().to(integration_save::save)),
        )
        .service(
            action("/p/{platform}/settings/integrations/{key}/check")
                .route(post().to(integration_save::check)),
        )
        .service(
            action("/p/{platform}/settings/integrations/{key}/switch")
                .route(post().to(integration_save::switch)),
        )
        .service(
            resource("/p/{platform}/developers/api-keys", "GET, POST")
                .route(get().to(api_keys::page))
                .route(post().to(api_keys::create)),
        );
}

/// A path that is only read.
fn page(path: &'static str) -> Resource {
    resource(path, "GET, HEAD")
}

/// A path that only does something.
fn action(path: &'static str) -> Resource {
    resource(path, "POST")
}

/// A path that answers other methods with a page of ours.
fn resource(path: &'static str, allowed: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        let mut response: HttpResponse = Failure::MethodNotAllowed.error_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        response
    }))
}
