//! What there is: one line per operation.

use crate::answer::{self, Answer};
use crate::failure::Failure;
use crate::state::ApiState;
use crate::{commerce, companies, connections, data};
use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};
use actix_web::{FromRequest, Handler, Resource, Responder, Route};
use tributary_contract::ApiError;

/// An operation.
pub(crate) struct Entry {
    pub method: Method,
    pub path: &'static str,
    route: Route,
}

/// The API's routes. They take every path that is left: register others, such as health checks, before them.
pub fn routes(state: ApiState) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let scope = web::scope("")
            .app_data(Data::new(state.clone()))
            .app_data(PayloadConfig::new(state.settings.body_bytes_max))
            .configure(register)
            .default_service(web::to(not_found))
            .wrap(from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
                answer::around(state.clone(), request, next)
            }));
        config.service(scope);
    }
}

/// The path of a connection's records of one type.
macro_rules! records {
    ($type:literal) => {
        concat!("/companies/{company}/connections/{connection}/data/", $type)
    };
}

/// The path of one record.
macro_rules! record {
    ($type:literal) => {
        concat!("/companies/{company}/connections/{connection}/data/", $type, "/{record}")
    };
}

/// Every operation; of paths that match the same request the first counts.
pub(crate) fn table() -> Vec<Entry> {
    vec![
        post("/companies", companies::create),
        get("/companies", companies::list),
        get("/companies/{company}", companies::get),
        post("/companies/{company}/connections", connections::create),
        get("/companies/{company}/connections", connections::list),
        get("/companies/{company}/connections/{connection}", connections::get),
        post("/companies/{company}/data/all", data::refresh_all),
        post("/companies/{company}/data/queue/{type}", data::queue),
        get("/companies/{company}/dataStatus", data::status),
        get("/companies/{company}/data/history", data::history_list),
        get("/companies/{company}/data/history/{dataset}", data::history_get),
        get(records!("commerce-info"), commerce::info::get),
        get(records!("commerce-customers"), commerce::customers::list),
        get(record!("commerce-customers"), commerce::customers::get),
        get(records!("commerce-disputes"), commerce::disputes::list),
        get(record!("commerce-disputes"), commerce::disputes::get),
        get(records!("commerce-payments"), commerce::payments::list),
        get(record!("commerce-payments"), commerce::payments::get),
        get(records!("commerce-products"), commerce::products::list),
        get(record!("commerce-products"), commerce::products::get),
        get(records!("commerce-transactions"), commerce::transactions::list),
        get(record!("commerce-transactions"), commerce::transactions::get),
        get(records!("{type}"), commerce::unsupported::get),
        get(record!("{type}"), commerce::unsupported::get),
    ]
}

fn get<F, Args>(path: &'static str, handler: F) -> Entry
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Entry { method: Method::GET, path, route: web::get().to(handler) }
}

fn post<F, Args>(path: &'static str, handler: F) -> Entry
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    Entry { method: Method::POST, path, route: web::post().to(handler) }
}

/// Registers the table, one resource per path.
fn register(config: &mut ServiceConfig) {
    let mut resources: Vec<(&str, Vec<Method>, Resource)> = Vec::new();
    for Entry { method, path, route } in table() {
        let (mut methods, resource) = match resources.pop_if(|(last, ..)| *last == path) {
            Some((_, methods, resource)) => (methods, resource),
            None => (Vec::new(), web::resource(path)),
        };
        methods.push(method);
        resources.push((path, methods, resource.route(route)));
    }
    for (_, methods, resource) in resources {
        let allowed = methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let refuse = move || std::future::ready(Answer::Err(Failure::MethodNotAllowed(allowed.clone())));
        config.service(resource.default_service(web::to(refuse)));
    }
}

async fn not_found() -> Answer {
    Err(ApiError::RouteNotFound.into())
}
