//! The API described: as an OpenAPI document, and as a page for people. Both are made from the table of routes, once,
//! when the service starts, and are served without a key: they say nothing of anybody.

mod document;
mod page;
mod schemas;
mod text;
mod view;

pub(crate) use document::document;

use crate::representation::Wanted;
use crate::routes::table;
use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::guard;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Bytes, Path, ServiceConfig};
use actix_web::{Error, FromRequest, Handler, HttpResponse};
use askama::Template;
use page::Reference;
use std::future::ready;
use std::sync::LazyLock;
use tributary_pages::headers::{self, Policies};
use tributary_pages::{Asset, ICON};

static STYLES: LazyLock<Asset> =
    LazyLock::new(|| Asset::stylesheet("reference", include_str!("../../assets/reference.css")));

/// The document's text, and its page. A page that can't be rendered is a defect that the tests show; the document is there
/// all the same.
static DESCRIBED: LazyLock<(Bytes, Option<Bytes>)> = LazyLock::new(|| {
    let document = document(&table());
    let page = Reference::new(&document, &STYLES).render();
    (document.to_string().into(), page.ok().map(Bytes::from))
});

/// The page loads its styles and its icon, and nothing else from anywhere.
const POLICIES: Policies = Policies {
    content_security: "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
                       frame-ancestors 'none'",
    cross_origin_opener: "same-origin",
    referrer: "no-referrer",
};

/// The document, its page, and what that loads. They touch neither the database nor anybody's quota.
pub(crate) fn routes(config: &mut ServiceConfig) {
    let (document, page) = &*DESCRIBED;
    serve(config, "/openapi.json", || ready(kept_fresh("application/json", document.clone())));
    if let Some(page) = page {
        serve(config, "/docs", || ready(kept_fresh("text/html; charset=utf-8", page.clone())));
        serve(config, "/assets/{file}", asset);
    }
}

/// Serves what is only read, with the headers of every page. Requests with other methods go on to the API's own
/// routes, which answer them like any unknown path.
fn serve<F, Args>(config: &mut ServiceConfig, path: &str, handler: F)
where
    F: Handler<Args, Output = HttpResponse>,
    Args: FromRequest + 'static,
{
    let reads = guard::Any(guard::Get()).or(guard::Head());
    config.service(web::resource(path).guard(reads).wrap(from_fn(around)).to(handler));
}

async fn around(mut request: ServiceRequest, next: Next<BoxBody>) -> Result<ServiceResponse, Error> {
    let wanted = Wanted::take(&mut request);
    Ok(wanted.represent(headers::add(POLICIES, false, request, next).await?).await)
}

/// Asked for again each time, so that nobody reads what an older version said.
fn kept_fresh(content_type: &str, body: Bytes) -> HttpResponse {
    HttpResponse::Ok().content_type(content_type).insert_header((CACHE_CONTROL, "no-cache")).body(body)
}

async fn asset(file: Path<String>) -> HttpResponse {
    Asset::find(&[&STYLES, &ICON], &file).map_or_else(|| HttpResponse::NotFound().finish(), Asset::response)
}
