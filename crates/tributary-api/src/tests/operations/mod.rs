//! Every operation of the document, driven over two tenants that have something of everything.
//!
//! A new operation that the tests can't drive fails them: its path parameters need a value in [`world`], its body
//! one in [`bodies`].

mod bodies;
mod conformance;
mod document;
mod foreign;
mod lists;
mod validate;
mod world;

use super::{Reply, TestApi, basic};
use crate::openapi::document;
use crate::routes::table;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::Value;
use tributary_core::Secret;
use world::Ids;

/// An operation, as the document describes it.
struct Operation {
    id: String,
    method: Method,
    path: String,
    described: Value,
}

impl Operation {
    /// Every operation of the document, in an order in which each finds what it needs: those that take something
    /// away come last, and those that take more away after those that take less.
    fn all() -> Vec<Operation> {
        let mut all = Vec::new();
        for (path, item) in document(&table())["paths"].as_object().unwrap() {
            for (method, described) in item.as_object().unwrap() {
                let method: Method = method.to_ascii_uppercase().parse().unwrap();
                let id = described["operationId"].as_str().unwrap().to_owned();
                all.push(Operation { id, method, path: path.clone(), described: described.clone() });
            }
        }
        let order = ["GET", "POST", "PUT", "PATCH", "DELETE"];
        let rank = |method: &Method| order.iter().position(|known| *known == method.as_str()).unwrap();
        // Nothing can be asked for of what is paused.
        let pauses = |it: &Operation| it.path.ends_with("/pause");
        all.sort_by_key(|it| (rank(&it.method), pauses(it), std::cmp::Reverse(it.path.len())));
        all
    }

    /// Whether there can be what it reads: Stripe has no product categories.
    fn finds_something(&self) -> bool {
        self.id != "get-product-category"
    }

    /// The names of its parameters at a place: `path` or `query`.
    fn parameters(&self, place: &str) -> Vec<&str> {
        let all = self.described["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        let here = all.iter().filter(|parameter| parameter["in"] == place);
        here.map(|parameter| parameter["name"].as_str().unwrap()).collect()
    }

    /// The path with these values, followed by parameters of the URL.
    fn url(&self, ids: &Ids, query: &str) -> String {
        let mut url = self.path.clone();
        for name in self.parameters("path") {
            let id = ids.get(name).unwrap_or_else(|| panic!("world.rs: no value for {{{name}}} of {url}"));
            url = url.replace(&format!("{{{name}}}"), id);
        }
        if query.is_empty() { url } else { format!("{url}?{query}") }
    }

    /// A request that succeeds where its ids are the caller's.
    fn request(&self, key: &Secret, ids: &Ids, query: &str) -> TestRequest {
        let request = TestRequest::with_uri(&self.url(ids, query)).method(self.method.clone());
        let request = request.insert_header(basic(key));
        match self.described["requestBody"].is_object() {
            false => request,
            true => request
                .insert_header(("content-type", "application/json"))
                .set_payload(bodies::of(&self.id, ids)),
        }
    }

    async fn ask(&self, api: &TestApi, key: &Secret, ids: &Ids, query: &str) -> Reply {
        api.send(self.request(key, ids, query)).await
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.id)
    }
}
