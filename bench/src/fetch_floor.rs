//! Floor F: fetch of the same pages from the same sandbox with the same parallelism; bodies are read, not parsed. The few
//! further pages of lists nested in objects are left out of it. Pages that follow each other in a list are fetched at once,
//! which nobody can who has to learn from one where the next begins.

use crate::cpu;
use crate::install::{Account, Sandbox};
use std::time::Instant;
use tokio::task::JoinSet;
use tributary_core::ids::AccountId;
use tributary_core::{Clock, Mode, Resource, Secret};
use tributary_stripe::{Auth, Client, Cursor, LimitSettings, ListParams, StripeSettings, list_params};

/// What fetching cost: wall and CPU seconds of this process.
pub struct Floor {
    pub wall_secs: f64,
    pub cpu_secs: f64,
}

/// The addresses of every page that runs read, by account, found by reading them once.
pub fn pages(sandbox: &Sandbox) -> anyhow::Result<Vec<Vec<String>>> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let mut settings = StripeSettings::at(sandbox.url.parse()?, sandbox.url.parse()?);
        if !sandbox.is_limited() {
            settings.limits =
                LimitSettings { test_requests_per_second: 0, per_endpoint: 0, ..LimitSettings::default() };
        }
        settings.limits.share = 1.0;
        let client = Client::new(settings, Clock::system())?;
        let mut readers = Vec::new();
        for account in &sandbox.accounts {
            let mode = if account.key.starts_with("sk_live_") { Mode::Live } else { Mode::Test };
            let auth = Auth::own(Secret::new(account.key.clone()), AccountId(account.id.clone()), mode);
            let base = sandbox.url.trim_end_matches('/').to_owned();
            readers.push(tokio::spawn(pages_of_account(client.clone(), auth, base)));
        }
        let mut pages = Vec::new();
        for reader in readers {
            pages.push(reader.await??);
        }
        Ok(pages)
    })
}

async fn pages_of_account(client: Client, auth: Auth, base: String) -> anyhow::Result<Vec<String>> {
    let readers: Vec<_> = Resource::ALL
        .into_iter()
        .map(|resource| tokio::spawn(pages_of(client.clone(), auth.clone(), base.clone(), resource)))
        .collect();
    let mut pages = Vec::new();
    for reader in readers {
        pages.extend(reader.await??);
    }
    Ok(pages)
}

async fn pages_of(
    client: Client,
    auth: Auth,
    base: String,
    resource: Resource,
) -> anyhow::Result<Vec<String>> {
    let address = format!("{base}{}", resource.path());
    if resource.is_singleton() {
        return Ok(vec![address]);
    }
    let always: String =
        list_params(resource).iter().map(|(name, value)| format!("&{name}={value}")).collect();
    let (mut pages, mut params) = (Vec::new(), ListParams::default());
    loop {
        let after = match &params.cursor {
            Some(Cursor::OlderThan(id)) => format!("&starting_after={id}"),
            _ => String::new(),
        };
        pages.push(format!("{address}?limit=100{always}{after}"));
        let page = client.list_page(&auth, resource, &params).await?.body;
        match page.last() {
            Some(last) if page.has_more() => params.cursor = Some(Cursor::OlderThan(last.id.into_owned())),
            _ => return Ok(pages),
        }
    }
}

/// Fetches the pages: so many accounts at once, and so many pages of each.
pub fn measure(
    accounts: &[(&Account, &[String])],
    accounts_at_once: usize,
    pages_at_once: usize,
) -> anyhow::Result<Floor> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let (started, cpu) = (Instant::now(), cpu::of_this_process()?);
        let mut waiting = accounts.iter();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < accounts_at_once {
                let Some((account, pages)) = waiting.next() else { break };
                let key = account.key.clone();
                under_way.spawn(fetch_all(client.clone(), key, pages.to_vec(), pages_at_once));
            }
            let Some(fetched) = under_way.join_next().await else { break };
            fetched??;
        }
        Ok(Floor { wall_secs: started.elapsed().as_secs_f64(), cpu_secs: cpu::of_this_process()? - cpu })
    })
}

async fn fetch_all(
    client: reqwest::Client,
    key: String,
    pages: Vec<String>,
    at_once: usize,
) -> anyhow::Result<()> {
    let mut waiting = pages.into_iter();
    let mut under_way = JoinSet::new();
    loop {
        while under_way.len() < at_once {
            let Some(page) = waiting.next() else { break };
            under_way.spawn(fetch(client.clone(), key.clone(), page));
        }
        let Some(fetched) = under_way.join_next().await else { return Ok(()) };
        fetched??;
    }
}

async fn fetch(client: reqwest::Client, key: String, page: String) -> anyhow::Result<()> {
    let response = client.get(page).bearer_auth(&key).send().await?;
    response.error_for_status()?.bytes().await?;
    Ok(())
}
