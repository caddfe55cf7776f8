//! The portal: pages for platform admins.
//!
//! So far one page, which says what this installation serves and how to set it up from the command line.

mod assets;
mod headers;

use actix_web::body::BoxBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, Resource};
use askama::Template;
use url::Url;

/// What the portal works with.
#[derive(Clone, Debug)]
pub struct PortalState {
    /// Where the portal is reached.
    pub public_url: Url,
    /// Where developers reach the API.
    pub api_url: Url,
    /// Where merchants reach Link.
    pub link_url: Url,
}

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
        let is_https = state.public_url.scheme() == "https";
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
    let (api_url, link_url) = (origin(&state.api_url), origin(&state.link_url));
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

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::dev::ServiceResponse;
    use actix_web::{App, test};

    async fn call(public_url: &str, request: test::TestRequest) -> ServiceResponse {
        let state = PortalState {
            public_url: public_url.parse().unwrap(),
            api_url: "https://api.example.com".parse().unwrap(),
            link_url: "http://127.0.0.1:7612".parse().unwrap(),
        };
        let app = test::init_service(App::new().configure(routes(state))).await;
        test::call_service(&app, request.to_request()).await
    }

    async fn text(response: ServiceResponse) -> String {
        String::from_utf8(test::read_body(response).await.to_vec()).unwrap()
    }

    #[actix_web::test]
    async fn the_page_says_where_api_and_link_are() {
        let response = call("http://127.0.0.1:7610", test::TestRequest::get().uri("/")).await;
        assert_eq!(response.status(), 200);
        let page = text(response).await;
        for part in
            ["https://api.example.com<", "http://127.0.0.1:7612<", "/oauth/callback", "api-key create"]
        {
            assert!(page.contains(part), "{part} in {page}");
        }
    }

    #[actix_web::test]
    async fn every_answer_carries_the_strict_headers() {
        for uri in ["/", "/nothing", "/assets/nothing.css"] {
            let response = call("https://portal.example.com", test::TestRequest::get().uri(uri)).await;
            let header =
                |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
            let policy = header("content-security-policy").unwrap();
            assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
            assert_eq!(header("x-content-type-options").unwrap(), "nosniff");
            assert!(header("strict-transport-security").is_some(), "{uri}");
        }
        let response = call("http://127.0.0.1:7610", test::TestRequest::get().uri("/")).await;
        assert!(
            response.headers().get("strict-transport-security").is_none(),
            "plain http can't be upgraded"
        );
    }

    #[actix_web::test]
    async fn other_paths_and_methods_are_refused_with_a_page() {
        let missing = call("http://127.0.0.1:1", test::TestRequest::get().uri("/companies")).await;
        assert_eq!(missing.status(), 404);
        assert!(text(missing).await.contains("There is no such page"));
        let posted = call("http://127.0.0.1:1", test::TestRequest::post().uri("/")).await;
        assert_eq!(posted.status(), 405);
        assert_eq!(posted.headers().get("allow").unwrap(), "GET, HEAD");
    }

    #[actix_web::test]
    async fn the_style_sheet_is_served_under_the_name_that_the_page_uses() {
        let page = text(call("http://127.0.0.1:1", test::TestRequest::get().uri("/")).await).await;
        let start = page.find("/assets/portal.").unwrap();
        let path = &page[start..start + page[start..].find('"').unwrap()];
        let sheet = call("http://127.0.0.1:1", test::TestRequest::get().uri(path)).await;
        assert_eq!(sheet.status(), 200);
        assert!(sheet.headers().get("cache-control").unwrap().to_str().unwrap().contains("immutable"));
    }
}
