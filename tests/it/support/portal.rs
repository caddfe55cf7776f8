//! A portal user's browser, without scripts: it keeps cookies, and sends the forms that pages hold.

use super::app::TestApp;
use super::http::{self, Answer};
use std::sync::Arc;

/// Somebody at the portal.
pub struct Person {
    http: reqwest::blocking::Client,
    /// The portal's origin.
    base: String,
    canaries: Arc<super::canaries::Canaries>,
}

impl Person {
    /// Somebody with a fresh browser.
    pub fn at(app: &TestApp) -> Self {
        Person { http: http::browser(), base: app.portal_url.clone(), canaries: Arc::clone(&app.canaries) }
    }

    /// Opens a path; follows nothing.
    pub fn get(&self, path: &str) -> Answer {
        self.noted(self.http.get(format!("{}{path}", self.base)))
    }

    /// Opens a path and goes where redirects lead.
    pub fn open(&self, path: &str) -> Answer {
        self.follow(self.get(path))
    }

    /// Where an answer leads.
    pub fn follow(&self, mut answer: Answer) -> Answer {
        for _ in 0..5 {
            if answer.status != 303 {
                return answer;
            }
            answer = self.get(answer.header("location"));
        }
        panic!("more than five redirects");
    }

    /// Sends fields as a form of the portal's own pages is sent; follows nothing.
    pub fn send(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.send_from(&self.base, path, fields)
    }

    /// Sends fields as a form of another site's page is sent.
    pub fn send_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let url = format!("{}{path}", self.base);
        self.noted(self.http.post(url).header("Origin", origin).form(fields))
    }

    /// Sends a page's form: its hidden fields of whichever form has this action, and what was entered.
    pub fn submit(&self, page: &Answer, action: &str, entered: &[(&str, &str)]) -> Answer {
        let hidden = hidden_fields(&page.text, action);
        let mut fields: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend(entered);
        self.send(action, &fields)
    }

    /// Signs in and lands on the companies' page, whose path it gives.
    pub fn sign_in(&self, email: &str, password: &str) -> String {
        let page = self.get("/sign-in").expect(200);
        let answer = self.submit(&page, "/sign-in", &[("email", email), ("password", password)]).expect(303);
        let home = self.get(answer.header("location")).expect(303);
        let companies = home.header("location").to_owned();
        self.get(&companies).expect(200);
        companies
    }

    fn noted(&self, request: reqwest::blocking::RequestBuilder) -> Answer {
        let answer = Answer::of(request.send().unwrap());
        for cookie in answer.headers.get_all("set-cookie") {
            let value = cookie.to_str().unwrap().split(';').next().unwrap_or_default();
            if let Some((_, value)) = value.split_once('=').filter(|(_, value)| value.len() >= 12) {
                self.canaries.add("a session's cookie", value);
            }
        }
        answer
    }
}

/// The hidden fields of the form with this action.
pub fn hidden_fields(html: &str, action: &str) -> Vec<(String, String)> {
    let start = html
        .find(&format!("action=\"{action}\""))
        .unwrap_or_else(|| panic!("no form with the action {action} in {html}"));
    let form = &html[start..start + html[start..].find("</form>").unwrap()];
    let mut fields = Vec::new();
    for (at, _) in form.match_indices("<input type=\"hidden\"") {
        let tag = &form[at..at + form[at..].find('>').unwrap()];
        let part = |name: &str| {
            let from = tag.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
            tag[from..from + tag[from..].find('"').unwrap()].to_owned()
        };
        fields.push((part("name"), part("value")));
    }
    fields
}
