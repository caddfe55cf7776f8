//! What there is: one line per operation, with the least role that it takes.

use super::body::BODY_BYTES_MAX;
use super::caller;
use super::refusal::Refusal;
use super::{checks, companies, control, events, frame, integrations};
use crate::PortalState;
use actix_web::body::BoxBody;
use actix_web::dev::{HttpServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::guard::{Any, Get, Head, Method as MethodIs};
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, PayloadConfig};
use actix_web::{Error, FromRequest, Handler, Resource, Responder, Route};
use tributary_core::state::Role;

/// An operation.
pub(super) struct Entry {
    pub method: Method,
    /// Below `/api/v1`.
    pub path: &'static str,
    /// The least role on the platform that the path names.
    pub role: Role,
    route: Route,
}

/// A path below a connection.
macro_rules! below_connection {
    ($rest:literal) => {
        concat!("/platforms/{platform}/companies/{company}/connections/{connection}/", $rest)
    };
}

/// Every operation; those of one path stand together.
pub(super) fn table() -> Vec<Entry> {
    const INTEGRATION: &str = "/platforms/{platform}/integrations/{key}";
    const COMPANIES: &str = "/platforms/{platform}/companies";
    const COMPANY: &str = "/platforms/{platform}/companies/{company}";
    use Role::{Advisor, Developer, Onboarding};
    vec![
        get("/platforms", Onboarding, companies::platforms),
        get("/platforms/{platform}/integrations", Developer, integrations::list),
        get(INTEGRATION, Developer, integrations::get),
        entry(Method::PUT, INTEGRATION, Developer, integrations::put),
        entry(Method::PATCH, INTEGRATION, Developer, integrations::patch),
        post("/platforms/{platform}/integrations/{key}/check", Developer, checks::check),
        get(COMPANIES, Onboarding, companies::list),
        post(COMPANIES, Onboarding, companies::create),
        get(COMPANY, Onboarding, companies::get),
        post("/platforms/{platform}/companies/{company}/connections", Onboarding, companies::connect),
        post("/platforms/{platform}/companies/{company}/refresh", Advisor, companies::refresh),
        post(below_connection!("refresh"), Advisor, control::refresh),
        post(below_connection!("pause"), Developer, control::pause),
        post(below_connection!("resume"), Developer, control::resume),
        post(below_connection!("cancel"), Developer, control::cancel),
        get(below_connection!("events"), Developer, events::get),
        entry(Method::PATCH, below_connection!("events"), Developer, events::patch),
    ]
}

/// Everything below `/api/v1`.
pub(crate) fn scope(state: PortalState) -> impl HttpServiceFactory + 'static {
    let mut resources: Vec<(&str, Vec<Method>, Resource)> = Vec::new();
    for Entry { method, path, role, route } in table() {
        let (mut methods, resource) = match resources.pop_if(|(last, ..)| *last == path) {
            Some((_, methods, resource)) => (methods, resource),
            None => (Vec::new(), web::resource(path)),
        };
        if method == Method::GET {
            methods.extend([Method::GET, Method::HEAD]);
        } else {
            methods.push(method);
        }
        let guard = move |request: ServiceRequest, next: Next<BoxBody>| guard(role, request, next);
        resources.push((path, methods, resource.route(route.wrap(from_fn(guard)))));
    }
    let mut scope =
        web::scope("/api/v1").app_data(Data::new(state.clone())).app_data(PayloadConfig::new(BODY_BYTES_MAX));
    for (_, methods, resource) in resources {
        let allowed = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let refuse = move || std::future::ready(refused(Refusal::MethodNotAllowed(allowed.clone())));
        scope = scope.service(resource.default_service(web::to(refuse)));
    }
    scope.default_service(web::to(|| std::future::ready(refused(Refusal::NoSuchPath)))).wrap(from_fn(
        move |request: ServiceRequest, next: Next<BoxBody>| frame::around(state.clone(), request, next),
    ))
}

fn refused(refusal: Refusal) -> Result<actix_web::HttpResponse, Refusal> {
    Err(refusal)
}

fn get<F, Args>(path: &'static str, role: Role, handler: F) -> Entry
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    entry(Method::GET, path, role, handler)
}

fn post<F, Args>(path: &'static str, role: Role, handler: F) -> Entry
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    entry(Method::POST, path, role, handler)
}

fn entry<F, Args>(method: Method, path: &'static str, role: Role, handler: F) -> Entry
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    // What may be read may be asked for its headers alone.
    let is_asked = match method {
        Method::GET => Any(Get()).or(Head()),
        _ => Any(MethodIs(method.clone())),
    };
    let route = web::route().guard(is_asked).to(handler);
    Entry { method, path, role, route }
}

/// Runs an operation's handler for members with the role only.
async fn guard(
    role: Role,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    match caller::admit(&request, role) {
        Ok(()) => next.call(request).await,
        Err(refusal) => Ok(request.error_response(refusal)),
    }
}
