//! Whole lists as NDJSON.

use super::records::transaction;
use super::seed::{NOW, Tenant};
use super::sockets::{answer_to, head, serve};
use super::{Reply, TestApi};
use crate::compress::tests::decompress;
use crate::failure::Failure;
use crate::stream;
use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::http::header::ContentEncoding;
use actix_web::web::{self, ServiceConfig};
use futures::FutureExt;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tributary_core::Resource;
use tributary_core::knowledge::{Interval, Source};
use tributary_db::bulk::{Owner, Rows};
use tributary_db::records::{self, Records};
use tributary_db::source_objects::{self, Reading, SourceObject};
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
    let companies = api.one.request(Method::GET, "/companies?page=1&pageSize=1");
    let reply = api.send(companies.insert_header(("accept", stream::NDJSON))).await;
    assert_eq!(reply.header("content-type"), "application/json", "a list that is never streamed");
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

#[actix_web::test]
async fn source_objects_and_deleted_records_are_streamed_part_by_part() {
    const COUNT: usize = 5003;
    let api = with_transactions(COUNT as i64);
    let connection = &api.one.connection;
    let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
    let ids: Vec<String> = (0..COUNT).map(|n| format!("ch_{n:05}")).collect();
    let object = |id: &String| SourceObject {
        id: id.clone(),
        created_secs: None,
        digest: 1,
        deleted: false,
        json: "{}".to_owned(),
    };
    let objects: Vec<SourceObject> = ids.iter().map(object).collect();
    let interval = Interval::of_read(NOW, NOW, 0);
    let readings: Vec<Reading<'_>> = objects.iter().map(|object| Reading { object, interval }).collect();
    api.seed.run(|conn| {
        source_objects::apply(conn, owner, Resource::Charges, Source::Read, &readings, Rows::Any)?;
        records::bury(conn, owner, NOW.0, Resource::BalanceTransactions, &["txn_1".to_owned()])
    });
    for (list, prefix) in [
        ("sourceObjects/charges", "ch"),
        ("deletedRecords/commerce-transactions", "txn"),
        ("deletedRecords/commerce-transactions?orderBy=id", "txn"),
    ] {
        let path = format!("/tributary/v1{}/{list}", api.one.connection_path());
        let request = api.one.request(Method::GET, &path).insert_header(("accept", stream::NDJSON));
        let lines = api.send(request).await.lines();
        let is_next = |(n, line): (usize, &Value)| line["id"] == format!("{prefix}_{n:05}");
        assert!(lines.len() == COUNT && lines.iter().enumerate().all(is_next), "{list}: {}", lines.len());
    }
}

/// What the API sends of a list of which `read` reads the parts, over a connection.
async fn sent(api: &TestApi, read: fn(&mut AnyConn, &(), Page) -> Result<Vec<u8>, Failure>) -> String {
    let (state, platform) = (api.state.clone(), api.one.platform.no);
    let (address, handle) = serve(move || {
        let state = state.clone();
        move |config: &mut ServiceConfig| {
            let list = move || {
                let state = state.clone();
                async move { stream::answer(&state, platform, |_| Ok(()), read).await }
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

/// What a tenant gets who asks for a list without an end.
async fn endless(api: &TestApi, tenant: &Tenant) -> HttpResponse {
    let read = |_: &mut AnyConn, (): &(), page: Page| Ok(vec![7_u8; page.limit as usize]);
    stream::answer(&api.state, tenant.platform.no, |_| Ok(()), read).await.unwrap()
}

#[actix_web::test]
async fn a_client_that_goes_away_leaves_its_turn_to_others() {
    let api = TestApi::new();
    for _ in 0..5 {
        assert_eq!(endless(&api, &api.one).await.status(), 200);
    }
}

#[actix_web::test]
async fn a_platform_has_one_stream_at_a_time_and_keeps_nobody_else_waiting() {
    let api = TestApi::new();
    let first = endless(&api, &api.one).await;
    let mut second = Box::pin(endless(&api, &api.one));
    assert!(second.as_mut().now_or_never().is_none(), "it waits for the first");
    assert_eq!(endless(&api, &api.other).await.status(), 200);
    drop(first);
    assert_eq!(second.await.status(), 200);
}
