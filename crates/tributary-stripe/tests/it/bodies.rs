//! B-12: bodies that are broken in every way that hundreds of dice throws find: none is taken for a page in part.

use crate::server::{Does, Server};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::sync::Arc;
use tributary_core::ids::AccountId;
use tributary_core::{Clock, Mode, Resource, Secret};
use tributary_stripe::{Auth, Client, ErrorKind, ListParams, StripeSettings};

/// How many broken bodies are made.
const BODIES: usize = 600;

const LIMIT_BYTES: usize = 64 * 1024;

const OBJECTS: [&str; 4] = [
    r#"{"id":"ch_1","object":"charge","created":5,"amount":100,"metadata":{"k":"ä\\\"}"}}"#,
    r#"{"id":"ch_2","object":"charge","created":5,"refunds":{"object":"list","data":[],"has_more":false}}"#,
    r#"{"id":"ch_3","object":"charge","created":4,"customer":null,"description":"[{\u00e9"}"#,
    r#"{"id":"ch_4","object":"charge","created":3}"#,
];

const IDS: [&str; 4] = ["ch_1", "ch_2", "ch_3", "ch_4"];

/// What is wrong with an answer.
#[derive(Clone, Debug)]
enum Broken {
    /// The body ends early; with `honest` the header says so.
    Cut { at: usize, honest: bool },
    /// A byte is another.
    Byte { at: usize, value: u8 },
    /// Something stands between.
    Inserted { at: usize, what: &'static str },
    /// The body is this.
    Other(&'static str),
    /// The body is these bytes.
    Noise(Vec<u8>),
    /// The header promises so many bytes more than come.
    LongerPromise(usize),
    /// The body says it is packed and isn't.
    NotPacked,
    /// A deep nest of brackets.
    Nest(usize),
    /// More than is read.
    Huge,
    /// Whole, as something else.
    ContentType(&'static str),
}

fn any_broken() -> impl Strategy<Value = Broken> {
    let words = prop::sample::select(vec!["\"", "}", "{", "]", ",", "\u{0}", "null", "<html>", "\\", "é"]);
    let others = prop::sample::select(vec![
        "",
        "null",
        "[]",
        "{}",
        "true",
        "\"list\"",
        "<!doctype html><title>Bad gateway</title>",
        r#"{"object":"list","data":null,"has_more":false}"#,
        r#"{"object":"list","data":{},"has_more":false}"#,
        r#"{"object":"list","data":[]}"#,
        r#"{"object":"list","data":[],"has_more":null}"#,
        r#"{"object":"list","data":[],"has_more":true}"#,
        r#"{"object":"list","data":[7,{}],"has_more":true}"#,
        r#"{"object":"charge","id":"ch_1"}"#,
        r#"{"error":{"message":"No"}}"#,
    ]);
    prop_oneof![
        3 => (0..1000_usize, any::<bool>()).prop_map(|(at, honest)| Broken::Cut { at, honest }),
        3 => (0..1000_usize, any::<u8>()).prop_map(|(at, value)| Broken::Byte { at, value }),
        3 => (0..1000_usize, words).prop_map(|(at, what)| Broken::Inserted { at, what }),
        2 => others.prop_map(Broken::Other),
        2 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Broken::Noise),
        1 => (1..5000_usize).prop_map(Broken::LongerPromise),
        1 => Just(Broken::NotPacked),
        1 => (1..20_000_usize).prop_map(Broken::Nest),
        1 => Just(Broken::Huge),
        1 => prop::sample::select(vec!["text/html", "text/plain", "application/xml"]).prop_map(Broken::ContentType),
    ]
}

fn page() -> String {
    format!(r#"{{"object":"list","url":"/v1/charges","has_more":false,"data":[{}]}}"#, OBJECTS.join(","))
}

impl Broken {
    /// The body; and its bytes as an answer.
    fn answer(&self) -> (Vec<u8>, Does) {
        let mut body = page().into_bytes();
        let whole = body.len();
        let (mut promised, mut content_type, mut packed) = (None, "application/json", "");
        match self {
            Broken::Cut { at, honest } => {
                body.truncate(at % whole);
                promised = Some(if *honest { body.len() } else { whole });
            }
            Broken::Byte { at, value } => body[at % whole] = *value,
            Broken::Inserted { at, what } => {
                let at = at % whole;
                body.splice(at..at, what.bytes());
            }
            Broken::Other(text) => body = text.as_bytes().to_vec(),
            Broken::Noise(noise) => body.clone_from(noise),
            Broken::LongerPromise(more) => promised = Some(whole + more),
            Broken::NotPacked => packed = "Content-Encoding: gzip\r\n",
            Broken::Nest(depth) => body = [b"{\"data\":".repeat(*depth / 8), b"[".repeat(*depth)].concat(),
            Broken::Huge => body = page().replace("ch_1", &"x".repeat(LIMIT_BYTES)).into_bytes(),
            Broken::ContentType(other) => content_type = other,
        }
        let len = promised.unwrap_or(body.len());
        let head = format!(
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {content_type}\r\n{packed}Content-Length: {len}\r\n\r\n"
        );
        let bytes = [head.into_bytes(), body.clone()].concat();
        (body, Does::Writes(bytes))
    }
}

/// The ids of a body that is a page by an independent reading; none if it isn't one.
fn ids_by_another_reader(body: &[u8]) -> Option<Vec<Option<String>>> {
    let list: serde_json::Value = serde_json::from_slice(body).ok()?;
    list["has_more"].as_bool()?;
    let data = list["data"].as_array()?;
    let id =
        |object: &serde_json::Value| object["id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
    Some(data.iter().map(id).collect())
}

/// Where the bytes happen to be a page all the same, it is the page that they say.
#[tokio::test]
async fn b12_no_broken_body_is_taken_for_a_page() {
    let mut runner =
        TestRunner::new_with_rng(Config::default(), TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let cases: Vec<Broken> =
        (0..BODIES).map(|_| any_broken().new_tree(&mut runner).unwrap().current()).collect();
    let script = Arc::new(cases.iter().map(Broken::answer).collect::<Vec<_>>());
    let answers = Arc::clone(&script);
    let server = Server::answering(move |_, number| answers[number].1.clone()).await;
    let mut settings = StripeSettings::at(server.url.parse().unwrap(), server.url.parse().unwrap());
    (settings.attempts_max, settings.body_bytes_max) = (1, LIMIT_BYTES);
    (settings.limits.test_requests_per_second, settings.limits.per_endpoint) = (0, 0);
    let client = Client::new(settings, Clock::system()).unwrap();
    let auth = Auth::own(Secret::new("sk_test_1"), AccountId("acct_1".into()), Mode::Test);

    let mut refused = 0;
    for (case, (body, _)) in cases.iter().zip(script.iter()) {
        let read = client.list_page(&auth, Resource::Charges, &ListParams::default()).await;
        match read {
            Ok(answer) => {
                let read: Vec<Option<String>> =
                    answer.body.objects().map(|object| object.ok().map(|one| one.id.into_owned())).collect();
                let expected = ids_by_another_reader(body);
                assert_eq!(Some(&read), expected.as_ref(), "{case:?}");
                let is_cut = matches!(case, Broken::Cut { .. } | Broken::LongerPromise(_) | Broken::Huge);
                assert!(!is_cut, "{case:?} was taken for {read:?}");
            }
            Err(error) => {
                let is_broken =
                    matches!(error.kind, ErrorKind::Unreadable { .. } | ErrorKind::Unreachable(_));
                assert!(is_broken, "{case:?}: {error:?}");
                assert!(error.is_retryable(), "{case:?}: {error:?} is not read again");
                refused += 1;
            }
        }
    }
    assert!(refused * 3 > BODIES * 2, "only {refused} of {BODIES} bodies were refused");
    assert_eq!(IDS.map(|id| Some(id.to_owned())).to_vec(), ids_by_another_reader(page().as_bytes()).unwrap());
}
