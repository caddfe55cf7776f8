//! What there is: every operation with what the document says of it, one block each.
//!
//! From this one table come the routes themselves, `Allow`, the words of paths in any case, the OpenAPI document
//! with its page, and the tests that drive every operation.

mod commerce;
mod companies;
mod connections;
mod data;
mod entry;
mod extensions;
mod integrations;
mod parameters;
mod platform;
mod reading;
mod sync_settings;
mod tag;
mod unused;
mod webhooks;

pub(crate) use entry::{Entry, SchemaOf};
pub(crate) use parameters::{PathParameter, QueryParameter};
pub(crate) use tag::Tag;

use crate::answer::{self, Answer};
use crate::failure::Failure;
use crate::openapi;
use crate::path::Templates;
use crate::state::ApiState;
use actix_web::Resource;
use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, PayloadConfig, ServiceConfig};
use std::sync::Arc;
use tributary_contract::ApiError;

/// The API's routes. They take every path that is left: register others, such as health checks, before them.
pub fn routes(state: ApiState) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        let templates = Arc::new(Templates::of(table().iter().map(|entry| entry.path)));
        let scope = web::scope("")
            .app_data(Data::new(state.clone()))
            .app_data(PayloadConfig::new(state.settings.body_bytes_max))
            .configure(register)
            .default_service(web::to(not_found))
            .wrap(from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
                answer::around(state.clone(), Arc::clone(&templates), request, next)
            }));
        config.configure(openapi::routes).service(scope);
    }
}

/// Every operation; of paths that match the same request the first counts.
pub(crate) fn table() -> Vec<Entry> {
    let areas = [
        platform::entries(),
        companies::entries(),
        connections::entries(),
        data::entries(),
        sync_settings::entries(),
        webhooks::entries(),
        integrations::entries(),
        unused::entries(),
        commerce::entries(),
        extensions::entries(),
        reading::entries(),
    ];
    areas.into_iter().flatten().collect()
}

/// Registers the table, one resource per path.
fn register(config: &mut ServiceConfig) {
    let mut resources: Vec<(&str, Vec<Method>, Resource)> = Vec::new();
    for Entry { method, path, route, .. } in table() {
        match resources.iter_mut().find(|(known, ..)| *known == path) {
            Some((_, methods, resource)) => {
                methods.push(method);
                *resource = std::mem::replace(resource, web::resource(path)).route(route);
            }
            None => resources.push((path, vec![method], web::resource(path).route(route))),
        }
    }
    for (_, methods, resource) in resources {
        // A GET answers HEAD too: see `representation`.
        let also = |method: &Method| (*method == Method::GET).then_some("HEAD");
        let allowed = methods.iter().flat_map(|method| [Some(method.as_str()), also(method)]).flatten();
        let allowed = allowed.collect::<Vec<_>>().join(", ");
        let refuse = move || std::future::ready(Answer::Err(Failure::MethodNotAllowed(allowed.clone())));
        config.service(resource.default_service(web::to(refuse)));
    }
}

async fn not_found() -> Answer {
    Err(ApiError::RouteNotFound.into())
}
