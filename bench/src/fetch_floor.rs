//! Floor F: fetch of the same pages from the same sandbox with the same parallelism; bodies are read, not parsed. The few
//! further pages of lists nested in objects are left out of it.

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
        settings.limits = LimitSettings {
            test_requests_per_second: 0,
            per_endpoint: 0,
            share: 1.0,
            ..LimitSettings::default()
        };
        let client = Client::new(settings, Clock::system())?;
        let mut readers = Vec::new();
        for account in &sandbox.accounts {
            let auth = Auth::own(Secret::new(account.key.clone()), AccountId(account.id.clone()), Mode::Test);
            let base = sandbox.url.trim_end_matches('/').to_owned();
            readers.push(tokio::spawn(pages_of(client.clone(), auth, base)));
        }
        let mut pages = Vec::new();
        for reader in readers {
            pages.push(reader.await??);
        }
        Ok(pages)
    })
}

async fn pages_of(client: Client, auth: Auth, base: String) -> anyhow::Result<Vec<String>> {
    let mut pages = Vec::new();
    for resource in Resource::ALL {
        let address = format!("{base}{}", resource.path());
        if resource.is_singleton() {
            pages.push(address);
            continue;
        }
        let always: String =
            list_params(resource).iter().map(|(name, value)| format!("&{name}={value}")).collect();
        let mut params = ListParams::default();
        loop {
            let after = match &params.cursor {
                Some(Cursor::OlderThan(id)) => format!("&starting_after={id}"),
                _ => String::new(),
            };
            pages.push(format!("{address}?limit=100{always}{after}"));
            let page = client.list_page(&auth, resource, &params).await?.body;
            match page.last() {
                Some(last) if page.has_more() => {
                    params.cursor = Some(Cursor::OlderThan(last.id.into_owned()))
                }
                _ => break,
            }
        }
    }
    Ok(pages)
}

/// Fetches the pages, those of one account one after another, as a run does, and so many accounts at once.
pub fn measure(accounts: &[(&Account, &[String])], at_once: usize) -> anyhow::Result<Floor> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let (started, cpu) = (Instant::now(), cpu::of_this_process()?);
        let mut waiting = accounts.iter();
        let mut under_way = JoinSet::new();
        loop {
            while under_way.len() < at_once {
                let Some((account, pages)) = waiting.next() else { break };
                under_way.spawn(fetch(client.clone(), account.key.clone(), pages.to_vec()));
            }
            let Some(fetched) = under_way.join_next().await else { break };
            fetched??;
        }
        Ok(Floor { wall_secs: started.elapsed().as_secs_f64(), cpu_secs: cpu::of_this_process()? - cpu })
    })
}

async fn fetch(client: reqwest::Client, key: String, pages: Vec<String>) -> anyhow::Result<()> {
    for page in pages {
        let response = client.get(page).bearer_auth(&key).send().await?;
        response.error_for_status()?.bytes().await?;
    }
    Ok(())
}
