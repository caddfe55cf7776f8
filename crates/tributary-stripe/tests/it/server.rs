//! A server that answers what the test tells it, byte for byte, and remembers what it was asked.

use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Does {
    /// Writes these bytes and closes.
    Writes(Vec<u8>),
    /// Writes these bytes, then neither more nor a close.
    HangsAfter(Vec<u8>),
}

/// A request as it came: its head as text and its body.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET /v1/charges?limit=100 HTTP/1.1`
    pub line: String,
    /// Header lines in lower case.
    pub headers: Vec<String>,
    /// The body as text.
    pub body: String,
}

impl Asked {
    /// Whether a header line was sent; names are compared in lower case.
    pub fn has(&self, line: &str) -> bool {
        self.headers.iter().any(|header| header == &line.to_lowercase())
    }
}

/// A server on a free port of this machine; it ends when it is dropped.
pub struct Server {
    /// `http://127.0.0.1:…`
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

type Answers = Arc<dyn Fn(&Asked, usize) -> Does + Send + Sync>;

impl Server {
    /// Answers the first request with the first of `script`, and so on; the last again and again.
    pub async fn playing(script: Vec<Does>) -> Server {
        Server::answering(move |_, number| script[number.min(script.len() - 1)].clone()).await
    }

    /// Answers by a function of the request and its number, from 0.
    pub async fn answering(answer: impl Fn(&Asked, usize) -> Does + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, log): (Answers, _) = (Arc::new(answer), Arc::clone(&asked));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answers), Arc::clone(&log)));
            }
        });
        Server { url, asked, task }
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, answers: Answers, log: Arc<Mutex<Vec<Asked>>>) {
    let Some(asked) = read_request(&mut stream).await else { return };
    let number = {
        let mut log = log.lock().unwrap();
        log.push(asked.clone());
        log.len() - 1
    };
    match answers(&asked, number) {
        Does::Writes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Does::HangsAfter(bytes) => {
            let _ = stream.write_all(&bytes).await;
            std::future::pending::<()>().await;
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let mut lines = head.split("\r\n");
    let line = lines.next()?.to_owned();
    let headers: Vec<String> = lines.map(str::to_lowercase).collect();
    let len = headers.iter().find_map(|h| h.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    while bytes.len() < head_end + 4 + len {
        stream.read_buf(&mut bytes).await.ok()?;
    }
    let body = String::from_utf8(bytes[head_end + 4..].to_vec()).ok()?;
    Some(Asked { line, headers, body })
}

/// A whole answer with further header lines.
pub fn answer(status: u16, headers: &[&str], content_type: &str, body: &str) -> Does {
    let mut text = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Type: {content_type}\r\n");
    text.push_str(&format!("Content-Length: {}\r\n", body.len()));
    headers.iter().for_each(|header| text.push_str(&format!("{header}\r\n")));
    Does::Writes(format!("{text}\r\n{body}").into_bytes())
}

/// A whole JSON answer.
pub fn json(status: u16, body: &str) -> Does {
    answer(status, &["Request-Id: req_test1"], "application/json", body)
}
