//! What only shows on a real connection: bodies without a length, and answers made from a panic.

use super::{TestApi, basic};
use crate::{answer, routes};
use actix_web::body::BoxBody;
use actix_web::dev::{ServerHandle, ServiceRequest};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer, web};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Serves on a free port until the handle stops it.
pub(super) fn serve<C: FnOnce(&mut ServiceConfig) + 'static>(
    configure: impl Fn() -> C + Send + Clone + 'static,
) -> (SocketAddr, ServerHandle) {
    let server = HttpServer::new(move || App::new().configure(configure())).workers(1).disable_signals();
    let server = server.bind(("127.0.0.1", 0)).unwrap();
    let address = server.addrs()[0];
    let running = server.run();
    let handle = running.handle();
    actix_web::rt::spawn(running);
    (address, handle)
}

/// The head of a request with the first tenant's key.
pub(super) fn head(api: &TestApi, line: &str) -> String {
    let (name, key) = basic(&api.one.key);
    format!("{line} HTTP/1.1\r\nHost: api\r\nConnection: close\r\n{name}: {key}\r\n")
}

pub(super) async fn answer_to(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // The server may reset the connection once it has answered: what came before that counts.
    let _ = stream.read_to_end(&mut bytes).await;
    String::from_utf8(bytes).unwrap()
}

#[actix_web::test]
async fn a68_a_stream_without_end_is_answered_at_the_limit() {
    let api = TestApi::new();
    let state = api.state.clone();
    let (address, handle) = serve(move || routes(state.clone()));
    let (mut reader, mut writer) = TcpStream::connect(address).await.unwrap().into_split();
    let head = head(&api, "POST /companies") + "Transfer-Encoding: chunked\r\n\r\n";
    writer.write_all(head.as_bytes()).await.unwrap();
    let sending = actix_web::rt::spawn(async move {
        let chunk = format!("{:x}\r\n{}\r\n", 65_536, "a".repeat(65_536));
        while writer.write_all(chunk.as_bytes()).await.is_ok() {}
    });
    let mut answer = [0; 12];
    reader.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 413");
    sending.abort();
    handle.stop(false).await;
}

#[actix_web::test]
async fn a_panic_is_a_500_in_the_contracts_form_and_the_server_goes_on() {
    let api = TestApi::new();
    let state = api.state.clone();
    let (address, handle) = serve(move || {
        let state = state.clone();
        move |config: &mut ServiceConfig| {
            let boom = || async { if true { panic!("canary") } else { "" } };
            let wrap = from_fn(move |request: ServiceRequest, next: Next<BoxBody>| {
                answer::around(state.clone(), Arc::default(), request, next)
            });
            config.service(web::scope("").route("/boom", web::get().to(boom)).wrap(wrap));
        }
    });
    for _ in 0..3 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all((head(&api, "GET /boom") + "\r\n").as_bytes()).await.unwrap();
        let answer = answer_to(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
        assert!(
            answer.contains(r#""statusCode":500"#) && answer.contains("content-type: application/json"),
            "{answer}"
        );
        assert!(answer.contains("cache-control: no-store") && !answer.contains("canary"), "{answer}");
    }
    handle.stop(false).await;
}
