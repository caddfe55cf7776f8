//! The merchant of the demo: a browser without a face that goes through OAuth as a person would.

use anyhow::{Context, bail};
use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use std::time::Duration;
use url::Url;

/// How long one page may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A browser: it keeps cookies, and shows where it is sent instead of going there.
pub(super) fn browser() -> anyhow::Result<Client> {
    // The Stripe client has installed the TLS provider already, or nobody will need it: all is on loopback.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().cookie_store(true).redirect(Policy::none()).no_proxy().timeout(TIMEOUT);
    builder.tls_certs_only([]).build().context("making the demo's browser")
}

/// Opens the link, consents for this account at Stripe, and comes back.
pub(super) async fn authorise(link: &str, account_id: &str) -> anyhow::Result<()> {
    let browser = browser()?;
    let started = browser.get(link).send().await.context("opening the link")?;
    let consent_page = next(&started).context("the link")?;
    let shown = browser.get(consent_page.clone()).send().await.context("opening the consent page")?;
    if shown.status() != StatusCode::OK {
        bail!("the consent page answered {}", shown.status());
    }
    let answer = [("account", account_id), ("decision", "connect")];
    let consented = browser.post(consent_page).form(&answer).send().await.context("consenting")?;
    let callback = next(&consented).context("the consent page")?;
    let returned = browser.get(callback).send().await.context("coming back from the consent page")?;
    let done = next(&returned).context("the callback")?;
    let ended = browser.get(done).send().await.context("opening the last page")?;
    if ended.status() != StatusCode::OK {
        bail!("the page after the authorization answered {}", ended.status());
    }
    Ok(())
}

/// Where a response sends the browser. Addresses hold codes and states, so no error repeats them.
fn next(response: &Response) -> anyhow::Result<Url> {
    if !response.status().is_redirection() {
        bail!("it answered {} instead of leading on", response.status());
    }
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let location = location.context("it leads nowhere")?;
    response.url().join(location).context("it leads to no address")
}
