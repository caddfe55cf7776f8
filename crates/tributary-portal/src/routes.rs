//! The portal's routes.

use crate::failure::Failure;
use crate::pages::{
    api_keys, companies, company, company_actions, company_new, data, history, home, integration,
    integration_save, integrations, progress, reading, reconciliation, setup, sign_in, timetable,
};
use crate::{PortalState, admin_api, assets, csp, form, headers};
use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, FormConfig, PayloadConfig, QueryConfig, ServiceConfig, get, head, post};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, ResponseError};
use tributary_pages::headers::add;

/// The portal's routes. They take every path that is left: register others, such as health checks, before them.
pub fn routes(state: PortalState) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config.service(admin_api::scope(state.clone()));
        let is_https = state.urls.portal.is_https();
        let scope = web::scope("")
            .app_data(Data::new(state))
            .app_data(FormConfig::default().limit(form::BYTES_MAX))
            .app_data(QueryConfig::default().error_handler(|_, _| Failure::NotFound.into()))
            .configure(outside)
            .configure(of_platform)
            .default_service(web::to(|| async { Failure::NotFound.error_response() }))
            .wrap(from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
                add(headers::POLICIES, is_https, request, next)
            }));
        config.service(scope);
    }
}

/// What needs no platform.
fn outside(config: &mut ServiceConfig) {
    config
        .service(page("/", home::page))
        .service(form_page("/sign-in", sign_in::page, sign_in::sign_in))
        .service(action("/sign-out", sign_in::sign_out))
        .service(form_page("/setup", setup::page, setup::create))
        .service(action("/csp-report", csp::report).app_data(PayloadConfig::new(csp::BYTES_MAX)))
        .service(page("/assets/{file}", assets::asset));
}

/// The pages of a platform. Each asks for a member of it.
fn of_platform(config: &mut ServiceConfig) {
    config
        .service(page("/p/{platform}", home::platform))
        .service(page("/p/{platform}/companies", companies::page))
        .service(form_page("/p/{platform}/companies/new", company_new::page, company_new::create))
        .service(page("/p/{platform}/companies/{company}", company::page))
        .service(action("/p/{platform}/companies/{company}/connect", company_actions::connect))
        .service(action("/p/{platform}/companies/{company}/refresh", company_actions::refresh))
        .service(action("/p/{platform}/companies/{company}/delete", company_actions::delete))
        .service(action(
            "/p/{platform}/companies/{company}/connections/{connection}/unlink",
            company_actions::unlink,
        ))
        .service(action(
            "/p/{platform}/companies/{company}/connections/{connection}/delete",
            company_actions::delete_one,
        ))
        .service(action(
            "/p/{platform}/companies/{company}/connections/{connection}/reconcile",
            reconciliation::ask,
        ))
        .service(page(
            "/p/{platform}/companies/{company}/connections/{connection}/reconciliations/{reconciliation}",
            reconciliation::page,
        ))
        .service(action(
            "/p/{platform}/companies/{company}/connections/{connection}/refresh",
            reading::refresh,
        ))
        .service(action("/p/{platform}/companies/{company}/connections/{connection}/pause", reading::pause))
        .service(action("/p/{platform}/companies/{company}/connections/{connection}/resume", reading::resume))
        .service(action("/p/{platform}/companies/{company}/connections/{connection}/cancel", reading::cancel))
        .service(form_page(
            "/p/{platform}/companies/{company}/schedule",
            timetable::of_company,
            timetable::set_of_company,
        ))
        .service(page("/p/{platform}/companies/{company}/progress", progress::json))
        .service(page("/p/{platform}/companies/{company}/history", history::page))
        .service(page("/p/{platform}/companies/{company}/data/{type}", data::page))
        .service(page("/p/{platform}/settings/integrations", integrations::page))
        .service(page("/p/{platform}/settings/integrations/{key}", integration::page))
        .service(action("/p/{platform}/settings/integrations/{key}/save", integration_save::save))
        .service(action("/p/{platform}/settings/integrations/{key}/check", integration_save::check))
        .service(action("/p/{platform}/settings/integrations/{key}/switch", integration_save::switch))
        .service(form_page(
            "/p/{platform}/settings/schedule",
            timetable::of_platform,
            timetable::set_of_platform,
        ))
        .service(form_page("/p/{platform}/developers/api-keys", api_keys::page, api_keys::create));
}

/// A path that is only read.
fn page<F, Args>(path: &'static str, handler: F) -> Resource
where
    F: Handler<Args> + Clone,
    F::Output: Responder + 'static,
    Args: FromRequest + 'static,
{
    resource(path, "GET, HEAD").route(get().to(handler.clone())).route(head().to(handler))
}

/// A path that only does something.
fn action<F, Args>(path: &'static str, handler: F) -> Resource
where
    F: Handler<Args>,
    F::Output: Responder + 'static,
    Args: FromRequest + 'static,
{
    resource(path, "POST").route(post().to(handler))
}

/// A path that is read, and to which its page's form is sent.
fn form_page<F, G, Read, Sent>(path: &'static str, read: F, send: G) -> Resource
where
    F: Handler<Read> + Clone,
    F::Output: Responder + 'static,
    Read: FromRequest + 'static,
    G: Handler<Sent>,
    G::Output: Responder + 'static,
    Sent: FromRequest + 'static,
{
    resource(path, "GET, HEAD, POST")
        .route(get().to(read.clone()))
        .route(head().to(read))
        .route(post().to(send))
}

/// A path that answers other methods with a page of ours.
fn resource(path: &'static str, allowed: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        let mut response: HttpResponse = Failure::MethodNotAllowed.error_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
        response
    }))
}
