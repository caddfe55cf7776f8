//! Whole lists as NDJSON.

use super::records::transaction;
use super::sockets::{answer_to, head, serve};
use super::{Reply, TestApi};
use crate::compress::tests::decompress;
use crate::failure::Failure;
use crate::stream;
use actix_web::http::Method;
use actix_web::http::header::ContentEncoding;
use actix_web::web::{self, ServiceConfig};
use serde_json::Value;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tributary_db::records::Records;
use tributary_db::{AnyConn, DbError, Page};

/// An API with this many transactions, of which every third is in EUR.
fn with_transactions(count: i64) -> TestApi {
    let api = TestApi::new();
    api.seed.complete_all(&api.one.connection);
    let currency = |n| if n % 3 == 0 { "EUR" } else { "USD" };
    let rows: Vec<_> = (0..count).map(|n| transaction(&format!("txn_{n:05}"), n, currency(n))).collect();
    api.seed
        .write(&api.one.connection, &Records { transactions: rows.iter().collect(), ..Records::default() });
    api
}

impl TestApi {
    /// `…/data/` and a path below it, as a stream.
    async fn whole(&self, path: &str) -> Reply {
        let path = format!("{}/data/{path}", self.one.connection_path());
        self.send(self.one.request(Method::GET, &path).insert_header(("accept", stream::NDJSON))).await
    }
}

impl Reply {
    fn lines(&self) -> Vec<Value> {
        assert_eq!((self.status, self.header("content-type")), (200, stream::NDJSON), "{}", self.text);
        assert!(self.text.is_empty() || self.text.ends_with('\n'));
        self.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[actix_web::test]
async fn a_whole_list_is_what_its_pages_hold_in_their_order() {
    let api = with_transactions(5003);
    for query in
        ["", "?query=currency%3DEUR", "?orderBy=-totalAmount", "?query=totalAmount%3E1&orderBy=currency,id"]
    {
        let list = format!("commerce-transactions{query}");
        let whole = api.whole(&list).await;
        let mut paged = Vec::new();
        for page in 1..=2 {
            let between = if query.is_empty() { '?' } else { '&' };
            let page = api.records(&format!("{list}{between}page={page}&pageSize=5000")).await.json();
            paged.extend(page["results"].as_array().unwrap().clone());
        }
        assert!(whole.lines() == paged && paged.len() > 500, "{query}");
        assert_eq!((whole.header("etag"), whole.header("vary")), ("", "accept, accept-encoding"));
    }
    assert_eq!(api.whole("commerce-customers").await.lines(), [""; 0]);
}

#[actix_web::test]
async fn streams_are_compressed_as_they_go() {
    let api = with_transactions(3000);
    let path = format!("{}/data/commerce-transactions", api.one.connection_path());
    let plain = api.whole("commerce-transactions").await;
    for encoding in [ContentEncoding::Gzip, ContentEncoding::Zstd] {
        let request = api.one.request(Method::GET, &path).insert_header(("accept", stream::NDJSON));
        let reply = api.send(request.insert_header(("accept-encoding", encoding.as_str()))).await;
        assert_eq!(reply.header("content-encoding"), encoding.as_str());
        assert!(reply.bytes.len() < plain.bytes.len() / 3);
        assert!(decompress(encoding, &reply.bytes) == plain.bytes);
    }
}

#[actix_web::test]
async fn what_cannot_be_listed_is_refused_before_the_stream_begins() {
    let api = TestApi::new();
    assert_eq!(api.whole("commerce-payments").await.status, 409);
    api.seed.complete_all(&api.one.connection);
    assert_eq!(api.whole("commerce-payments?query=nothing%3D1").await.status, 400);
    let foreign = format!("{}/data/commerce-payments", api.other.connection_path());
    let request = api.one.request(Method::GET, &foreign).insert_header(("accept", stream::NDJSON));
    assert_eq!(api.send(request).await.status, 404);
    for paging in ["page=1", "pageSize=100"] {
        let broken = api.whole(&format!("commerce-payments?{paging}")).await.broken();
        assert!(broken[0].ends_with("means nothing where the whole list is streamed: leave it out"));
    }
}

#[actix_web::test]
async fn a_client_gets_pages_unless_it_prefers_the_whole() {
    let api = with_transactions(3);
    let path = format!("{}/data/commerce-transactions", api.one.connection_path());
    for (accept, is_whole) in [
        ("application/x-ndjson", true),
        ("application/json;q=0.5, application/x-ndjson", true),
        ("application/json", false),
        ("*/*", false),
        ("application/json, application/x-ndjson;q=0.5", false),
        ("text/html, */*;q=0.8", false),
    ] {
        let reply = api.send(api.one.request(Method::GET, &path).insert_header(("accept", accept))).await;
        assert_eq!(reply.header("content-type") == stream::NDJSON, is_whole, "{accept}");
    }
}

/// What the API sends of a list of which `read` reads the parts, over a connection.
async fn sent(api: &TestApi, read: fn(&mut AnyConn, &(), Page) -> Result<Vec<u8>, Failure>) -> String {
    let state = api.state.clone();
    let (address, handle) = serve(move || {
        let state = state.clone();
        move |config: &mut ServiceConfig| {
            let list = move || {
                let state = state.clone();
                async move { stream::answer(&state, |_| Ok(()), read).await }
            };
            config.route("/", web::get().to(list));
        }
    });
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all((head(api, "GET /") + "\r\n").as_bytes()).await.unwrap();
    let answer = answer_to(&mut client).await;
    handle.stop(false).await;
    answer
}

#[actix_web::test]
async fn only_a_list_that_is_whole_ends_properly() {
    let api = TestApi::new();
    let whole =
        sent(&api, |_, (), page| Ok(vec![7; (100_000 - page.offset).clamp(0, page.limit) as usize])).await;
    assert!(whole.starts_with("HTTP/1.1 200") && whole.ends_with("\r\n0\r\n\r\n"));
    assert_eq!(whole.matches("7\n").count(), 100_000);
    let failing = |_: &mut AnyConn, (): &(), page: Page| match page.offset {
        ..50_000 => Ok(vec![7; page.limit as usize]),
        _ => Err(DbError::Broken("canary".to_owned()).into()),
    };
    let panicking = |_: &mut AnyConn, (): &(), page: Page| match page.offset {
        ..50_000 => Ok(vec![7; page.limit as usize]),
        _ => panic!("canary"),
    };
    for cut in [sent(&api, failing).await, sent(&api, panicking).await] {
        assert!(cut.starts_with("HTTP/1.1 200") && cut.contains("7\n7\n7\n"));
        assert!(!cut.ends_with("0\r\n\r\n") && !cut.contains("canary"));
    }
}

#[actix_web::test]
async fn a_client_that_goes_away_leaves_its_turn_to_others() {
    let api = TestApi::new();
    let endless = |_: &mut AnyConn, (): &(), page: Page| Ok(vec![7_u8; page.limit as usize]);
    let turns = api.state.streams.available_permits();
    for _ in 0..2 * turns {
        let answer = stream::answer(&api.state, |_| Ok(()), endless).await.unwrap();
        assert_eq!(answer.status(), 200);
        drop(answer);
    }
    let all = api.state.streams.acquire_many(u32::try_from(turns).unwrap());
    assert!(tokio::time::timeout(Duration::from_secs(20), all).await.is_ok());
}
