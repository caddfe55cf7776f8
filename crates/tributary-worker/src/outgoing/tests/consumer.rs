//! A consumer that answers byte for byte what a test tells it, and remembers what it was sent.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What the consumer does with a request.
#[derive(Clone, Debug)]
pub(super) enum Does {
    /// Writes this and goes on listening on the connection.
    Answers(Vec<u8>),
    /// Writes this, then neither more nor a close.
    HangsAfter(Vec<u8>),
    /// Writes this and closes.
    ClosesAfter(Vec<u8>),
}

/// What arrived.
#[derive(Clone, Debug, Default)]
pub(super) struct Received {
    /// `POST /hooks HTTP/1.1`
    pub(super) line: String,
    /// Header lines, names in lower case.
    pub(super) headers: Vec<(String, String)>,
    /// The body.
    pub(super) body: String,
}

impl Received {
    /// The values of a header.
    pub(super) fn header(&self, name: &str) -> Vec<&str> {
        let with_name = self.headers.iter().filter(|(one, _)| one == name);
        with_name.map(|(_, value)| value.as_str()).collect()
    }
}

/// A consumer on a free port; it ends when it is dropped.
pub(super) struct Consumer {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Seen {
    connections: usize,
    requests: Vec<Received>,
}

/// An answer with this status, headers (each line with its end) and body.
pub(super) fn answer(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Said\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}

impl Consumer {
    /// Does the same with each request.
    pub(super) async fn who(does: Does) -> Consumer {
        Consumer::at("127.0.0.1:0".parse().unwrap(), does).await
    }

    /// Answers every request with this status and nothing else.
    pub(super) async fn answering(status: u16) -> Consumer {
        Consumer::who(Does::Answers(answer(status, "", ""))).await
    }

    pub(super) async fn at(address: SocketAddr, does: Does) -> Consumer {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let shared = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                shared.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, does.clone(), Arc::clone(&shared)));
            }
        });
        Consumer { address, seen, task }
    }

    /// Its URL with this host instead of its address.
    pub(super) fn url_at(&self, host: &str) -> String {
        format!("http://{host}:{}/hooks", self.address.port())
    }

    pub(super) fn url(&self) -> String {
        self.url_at(&IpAddr::to_string(&self.address.ip()))
    }

    pub(super) fn requests(&self) -> Vec<Received> {
        self.seen.lock().unwrap().requests.clone()
    }

    pub(super) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, does: Does, seen: Arc<Mutex<Seen>>) {
    let mut stream = BufReader::new(stream);
    while let Some(received) = read(&mut stream).await {
        seen.lock().unwrap().requests.push(received);
        let bytes = match &does {
            Does::Answers(bytes) | Does::HangsAfter(bytes) | Does::ClosesAfter(bytes) => bytes,
        };
        // The sender may have had enough of a long answer.
        let _ = stream.write_all(bytes).await;
        match does {
            Does::Answers(_) => {}
            Does::HangsAfter(_) => std::future::pending::<()>().await,
            Does::ClosesAfter(_) => return,
        }
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> Option<Received> {
    let mut received = Received::default();
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            first if received.line.is_empty() => received.line = first.to_owned(),
            header => {
                let (name, value) = header.split_once(": ")?;
                received.headers.push((name.to_lowercase(), value.to_owned()));
            }
        }
    }
    let length = received.header("content-length").first().map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    received.body = String::from_utf8(body).unwrap();
    Some(received)
}
