//! Who uses the product: a developer with an API key, a merchant with a browser.

use super::canaries::Canaries;
use super::http::{self, Answer};
use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;

/// A developer: speaks to the API with a key.
#[derive(Clone)]
pub struct Developer {
    http: Client,
    /// The API's address.
    pub base: String,
    authorization: String,
}

impl Developer {
    /// A developer with this key.
    pub fn new(base: &str, key: &str) -> Self {
        use base64::Engine;
        let authorization = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(key));
        Developer { http: http::client(), base: base.to_owned(), authorization }
    }

    /// One who sends this as the whole `Authorization` header.
    pub fn with_authorization(&self, authorization: &str) -> Self {
        Developer { authorization: authorization.to_owned(), ..self.clone() }
    }

    /// A request to a path of the API, for what the short forms don't cover.
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        self.http.request(method, format!("{}{path}", self.base)).header("Authorization", &self.authorization)
    }

    /// GET.
    pub fn get(&self, path: &str) -> Answer {
        Answer::of(self.request("GET", path).send().unwrap())
    }

    /// POST with a JSON body, or none for null.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path);
        let request = if body.is_null() { request } else { request.json(body) };
        Answer::of(request.send().unwrap())
    }

    /// A new company; gives its object.
    pub fn create_company(&self, name: &str) -> Value {
        self.post("/companies", &json!({ "name": name })).expect(200).json()
    }

    /// A new connection in test mode; gives its object.
    pub fn create_connection(&self, company_id: &str) -> Value {
        let path = format!("/companies/{company_id}/connections");
        self.post(&path, &json!({ "platformKey": "yzth" })).expect(200).json()
    }

    /// All results of a list, page by page, after checking that the pages agree with one another.
    pub fn list(&self, path: &str, page_size: usize) -> Vec<Value> {
        let separator = if path.contains('?') { '&' } else { '?' };
        let mut all = Vec::new();
        for number in 1.. {
            let page =
                self.get(&format!("{path}{separator}page={number}&pageSize={page_size}")).expect(200).json();
            let results = page["results"].as_array().unwrap();
            assert_eq!(page["pageNumber"], number, "{path}");
            assert_eq!(page["pageSize"], page_size, "{path}");
            all.extend(results.iter().cloned());
            let total = usize::try_from(page["totalResults"].as_u64().unwrap()).unwrap();
            let is_last = number * page_size >= total;
            assert_eq!(page["_links"].get("next").is_none(), is_last, "{path}: next of page {number}");
            assert_eq!(page["_links"].get("previous").is_none(), number == 1, "{path}");
            if is_last {
                assert_eq!(all.len(), total, "{path}");
                return all;
            }
            assert_eq!(results.len(), page_size, "{path}: page {number} is not full");
        }
        unreachable!()
    }
}

/// A merchant: a browser that keeps cookies and follows links by hand.
pub struct Merchant {
    http: Client,
    canaries: Arc<Canaries>,
}

/// What the merchant does at Stripe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Presses Connect.
    Connect,
    /// Presses Cancel.
    Cancel,
}

impl Merchant {
    /// A merchant with a fresh browser. What the browser is given as secret goes to `canaries`.
    pub fn new(canaries: &Arc<Canaries>) -> Self {
        Merchant { http: http::browser(), canaries: Arc::clone(canaries) }
    }

    /// Opens an address.
    pub fn open(&self, url: &str) -> Answer {
        let answer = Answer::of(self.http.get(url).header("Accept", "text/html").send().unwrap());
        self.note_secrets(&answer);
        answer
    }

    /// From the link to Stripe's consent page, without answering it; gives that page's address.
    pub fn start(&self, link_url: &str) -> Url {
        let answer = self.open(link_url).expect(303);
        Url::parse(answer.header("location")).unwrap()
    }

    /// Answers Stripe's consent page as `account`; gives the callback's address, not opened yet.
    pub fn consent(&self, stripe_page: &Url, account: &str, consent: Consent) -> Url {
        let page = self.open(stripe_page.as_str()).expect(200);
        let form = Form::parse(&page.text);
        let (fields, action) = form.submit(match consent {
            Consent::Connect => "Connect",
            Consent::Cancel => "Cancel",
        });
        let fields: Vec<(String, String)> = fields
            .into_iter()
            .map(|(name, value)| if name == "account" { (name, account.to_owned()) } else { (name, value) })
            .collect();
        let action = stripe_page.join(&action).unwrap();
        let answer = Answer::of(self.http.post(action).form(&fields).send().unwrap());
        assert!(matches!(answer.status, 302 | 303), "{}: {}", answer.status, answer.text);
        self.note_secrets(&answer);
        Url::parse(answer.header("location")).unwrap()
    }

    /// The whole way: link, consent, callback; gives the callback's answer.
    pub fn authorize(&self, link_url: &str, account: &str, consent: Consent) -> Answer {
        let stripe_page = self.start(link_url);
        let callback = self.consent(&stripe_page, account, consent);
        self.open(callback.as_str())
    }

    /// The page that an answer leads to: itself, or where its redirects end.
    pub fn follow(&self, mut answer: Answer, base: &str) -> Answer {
        for _ in 0..5 {
            if !(300..400).contains(&answer.status) {
                return answer;
            }
            let target = Url::parse(base).unwrap().join(answer.header("location")).unwrap();
            answer = self.open(target.as_str());
        }
        panic!("more than five redirects");
    }

    /// Opens an address and follows redirects until one leads to `origin`; gives that address, not opened.
    pub fn follow_to(&self, origin: &str, url: &str) -> Url {
        let mut url = Url::parse(url).unwrap();
        for _ in 0..5 {
            let answer = self.open(url.as_str()).expect(303);
            url = url.join(answer.header("location")).unwrap();
            if url.as_str().starts_with(origin) {
                return url;
            }
        }
        panic!("more than five redirects, and none to {origin}");
    }

    fn note_secrets(&self, answer: &Answer) {
        for cookie in answer.headers.get_all("set-cookie") {
            let value = cookie.to_str().unwrap().split(';').next().unwrap_or_default();
            if let Some((_, value)) = value.split_once('=').filter(|(_, value)| value.len() >= 12) {
                self.canaries.add("a cookie", value);
            }
        }
        if let Ok(url) = Url::parse(answer.header("location")) {
            for (name, value) in url.query_pairs().filter(|(_, value)| value.len() >= 12) {
                match name.as_ref() {
                    "state" => self.canaries.add("an OAuth state", &value),
                    "code" => self.canaries.add("an authorization code", &value),
                    _ => {}
                }
            }
        }
    }
}

/// A page's one form, read as a browser would.
struct Form {
    action: String,
    fields: Vec<(String, String)>,
    buttons: Vec<(Option<(String, String)>, String)>,
}

impl Form {
    fn parse(html: &str) -> Self {
        let start = html.find("<form").unwrap_or_else(|| panic!("no form in {html}"));
        let form = &html[start..start + html[start..].find("</form>").unwrap()];
        let tag = |at: usize| &form[at..at + form[at..].find('>').unwrap()];
        let mut fields = Vec::new();
        for (at, _) in form.match_indices("<input").chain(form.match_indices("<select")) {
            if let Some(name) = attribute(tag(at), "name") {
                fields.push((name, attribute(tag(at), "value").unwrap_or_default()));
            }
        }
        let mut buttons = Vec::new();
        for (at, _) in form.match_indices("<button") {
            let label_start = at + tag(at).len() + 1;
            let label = &form[label_start..label_start + form[label_start..].find("</button").unwrap()];
            let pair = attribute(tag(at), "name")
                .map(|name| (name, attribute(tag(at), "value").unwrap_or_default()));
            buttons.push((pair, label.trim().to_owned()));
        }
        Form { action: attribute(tag(0), "action").unwrap_or_default(), fields, buttons }
    }

    /// The fields and the action when the button with this label is pressed.
    fn submit(self, label: &str) -> (Vec<(String, String)>, String) {
        let labels: Vec<&String> = self.buttons.iter().map(|(_, label)| label).collect();
        let pressed = self.buttons.iter().find(|(_, text)| text.contains(label));
        let (pair, _) = pressed.unwrap_or_else(|| panic!("no button {label} among {labels:?}"));
        let mut fields = self.fields;
        fields.extend(pair.clone());
        (fields, self.action)
    }
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = &tag[start..start + tag[start..].find('"')?];
    Some(value.replace("&quot;", "\"").replace("&#x2F;", "/").replace("&#38;", "&").replace("&amp;", "&"))
}
