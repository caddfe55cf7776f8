//! The API described: as an OpenAPI document, and as a page for people. Both are made from the table of routes
//! when the service starts, and are served without a key: they say nothing of anybody.

mod document;
mod schemas;

pub(crate) use document::document;

use crate::routes::table;
use actix_web::http::header::{CACHE_CONTROL, ContentType, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpResponse, Responder};
use std::future::ready;

/// The routes of the document. They touch neither the database nor anybody's quota.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let document = Bytes::from(document(&table()).to_string());
    let answer = move || ready(serve(ContentType::json(), document.clone()));
    config.route("/openapi.json", web::get().to(answer));
}

fn serve(content_type: ContentType, body: Bytes) -> impl Responder {
    HttpResponse::Ok()
        .content_type(content_type)
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(body)
}
