//! `GET|POST /oauth/authorize` and, for apps, `/oauth/v2/authorize`: a merchant reads who asks for what, and answers.

use crate::http::{Reply, Request};
use crate::params::Params;
use crate::sandbox::Sandbox;
use crate::state::Authorization;
use serde_json::json;
use tributary_core::Mode;
use url::{Host, Url};

/// Where apps send merchants.
pub(crate) const APP_PATH: &str = "/oauth/v2/authorize";

/// A request that may be shown to the merchant, or answered by a redirect.
struct Asked {
    mode: Mode,
    scope: String,
    redirect: Url,
    state: Option<String>,
    /// Asked by an app (`/oauth/v2/authorize`): no scope, and the redirect names the account.
    app: bool,
}

impl Asked {
    /// The redirect that carries these pairs, and the state.
    fn redirect(&self, pairs: &[(&str, &str)]) -> Reply {
        let mut url = self.redirect.clone();
        {
            let mut query = url.query_pairs_mut();
            for (name, value) in pairs {
                query.append_pair(name, value);
            }
            if let Some(state) = &self.state {
                query.append_pair("state", state);
            }
        }
        Reply::redirect(url.to_string())
    }

    fn refuse(&self, error: &str, description: &str) -> Reply {
        self.redirect(&[("error", error), ("error_description", description)])
    }
}

/// The page, or what follows from the merchant's answer.
///
/// A `POST` may carry the request in its query, in its form, or in both; the form wins. So a program that plays a
/// merchant posts `account=acct_…&decision=connect` to the URL it was sent to.
pub(crate) fn authorize(sandbox: &Sandbox, request: &Request) -> Reply {
    let mut all = request.query.clone().into_bytes();
    if request.method == "POST" {
        all.push(b'&');
        all.extend_from_slice(&request.body);
    }
    let params = Params::parse(&all);
    let app = request.path == APP_PATH;
    let asked = match read(sandbox, &params, app) {
        Ok(asked) => asked,
        Err(reply) => return *reply,
    };
    if let Some(refused) = check(&asked, &params) {
        return refused;
    }
    match (request.method.as_str(), params.get("decision")) {
        ("POST", Some("connect")) => grant(sandbox, &asked, &params),
        ("POST", Some("cancel")) => asked.refuse("access_denied", "The user denied your request"),
        ("POST", _) => Reply::html(400, problem("Choose Connect or Cancel.")),
        _ => page(sandbox, &asked, &params),
    }
}

/// Who asks and where to answer. Neither can be reported by a redirect when it is wrong.
fn read(sandbox: &Sandbox, params: &Params, app: bool) -> Result<Asked, Box<Reply>> {
    let client = params.get("client_id").unwrap_or("");
    let mode = [Mode::Test, Mode::Live].into_iter().find(|mode| sandbox.client_id(*mode) == client);
    let Some(mode) = mode else {
        let body = json!({ "error": { "message": "No application matches the supplied client identifier" } });
        return Err(Box::new(Reply::json(400, body.to_string())));
    };
    let registered = &sandbox.config.redirect_uris;
    let uri = params.get("redirect_uri").or(registered.first().map(String::as_str)).unwrap_or("");
    let redirect =
        Url::parse(uri).ok().filter(|url| registered.iter().any(|known| known == uri) || is_loopback(url));
    let Some(redirect) = redirect else {
        let message = format!(
            "Invalid redirect URI '{}'. Ensure this uri exactly matches one of the uris specified in your application \
             settings.",
            uri.chars().take(200).collect::<String>()
        );
        let body = json!({ "error": { "message": message, "type": "invalid_request_error" } });
        return Err(Box::new(Reply::json(400, body.to_string())));
    };
    let scope = if app { "stripe_apps" } else { params.get("scope").unwrap_or("read_only") };
    Ok(Asked { mode, scope: scope.to_owned(), redirect, state: params.get("state").map(str::to_owned), app })
}

/// Every loopback address counts as registered.
fn is_loopback(url: &Url) -> bool {
    let host = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let plain = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    host && plain && matches!(url.scheme(), "http" | "https")
}

/// What can be reported by a redirect.
fn check(asked: &Asked, params: &Params) -> Option<Reply> {
    if asked.app {
        return None;
    }
    if params.get("response_type") != Some("code") {
        let description = "Only the response_type 'code' is supported";
        return Some(asked.refuse("unsupported_response_type", description));
    }
    if !matches!(asked.scope.as_str(), "read_only" | "read_write") {
        return Some(asked.refuse("invalid_scope", "The scope must be read_only or read_write"));
    }
    None
}

/// Gives the application a code for the chosen account.
fn grant(sandbox: &Sandbox, asked: &Asked, params: &Params) -> Reply {
    let Ok(account) = sandbox.account(params.get("account").unwrap_or("")) else {
        return Reply::html(400, problem("Choose one of the simulated accounts."));
    };
    let mut memory = sandbox.memory();
    let (number, now) = (memory.state.next_number, memory.state.now());
    memory.state.next_number += 1;
    if let Some(forgotten) = memory.state.make_room() {
        memory.ring.forget(forgotten);
    }
    memory.state.authorizations.push(Authorization {
        number,
        live: asked.mode.is_live(),
        account,
        scope: asked.scope.clone(),
        given_ms: now.0,
        exchanged: false,
        revoked: false,
        issued: Vec::new(),
        app: asked.app,
        generation: 0,
        issued_ms: 0,
    });
    let code = memory.ring.add_code(&sandbox.smith, number);
    if let Err(error) = sandbox.remember(&memory) {
        tracing::error!(%error, "the authorization can't be kept");
        return asked.refuse("server_error", "The authorization could not be kept");
    }
    drop(memory);
    if asked.app {
        return asked.redirect(&[("code", &code), ("stripe_user_id", &sandbox.profiles[account].id)]);
    }
    asked.redirect(&[("scope", &asked.scope), ("code", &code)])
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;\
    color:#1c1c1c;background:#fff}select,button{font:inherit;padding:.5rem .75rem;margin:.25rem .5rem .25rem 0}\
    .note{border:1px solid #8a6d00;background:#fff8dc;padding:.75rem}@media (prefers-color-scheme:dark)\
    {body{color:#eee;background:#161616}.note{background:#332b00}}";

fn document(title: &str, body: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main>{body}</main></body></html>"
    )
}

fn problem(message: &str) -> String {
    document("Simulated authorization", &format!("<h1>That did not work</h1><p>{}</p>", escape(message)))
}

/// The consent page: one form, a choice of account, Connect and Cancel.
fn page(sandbox: &Sandbox, asked: &Asked, params: &Params) -> Reply {
    let hidden: String = ["client_id", "response_type", "scope", "state", "redirect_uri"]
        .into_iter()
        .filter_map(|name| Some((name, params.get(name)?)))
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)))
        .collect();
    let options: String = sandbox
        .profiles
        .iter()
        .take(sandbox.config.accounts)
        .map(|profile| format!("<option value=\"{}\">{} ({})</option>", profile.id, profile.name, profile.id))
        .collect();
    let action = if asked.app { APP_PATH } else { "/oauth/authorize" };
    let may = if asked.scope == "read_write" { "read and change" } else { "read, but not change," };
    let body = format!(
        "<h1>Connect a simulated account</h1>\
         <p class=\"note\">This is a simulation of a payment service for demos and tests. \
         Nothing here is real: no company, no money, no personal data.</p>\
         <p>An application asks to {may} the data of one account in <strong>{} mode</strong>.</p>\
         <form method=\"post\" action=\"{action}\">{hidden}\
         <p><label for=\"account\">Account</label><br><select id=\"account\" name=\"account\">{options}</select></p>\
         <p><button type=\"submit\" name=\"decision\" value=\"connect\">Connect</button>\
         <button type=\"submit\" name=\"decision\" value=\"cancel\">Cancel</button></p></form>",
        asked.mode
    );
    let mut reply = Reply::html(200, document("Connect a simulated account", &body));
    reply.headers.push((
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'".to_owned(),
    ));
    reply.headers.push(("Referrer-Policy", "no-referrer".to_owned()));
    reply.headers.push(("Cache-Control", "no-store".to_owned()));
    reply
}
