//! Floor F: fetch of the same pages from the same sandbox with the same parallelism; bodies are read, not parsed.

use crate::cpu;
use crate::install::Sandbox;
use std::time::Instant;
use tributary_core::ids::AccountId;
use tributary_core::{Clock, Mode, Resource, Secret};
use tributary_stripe::{Auth, Client, Cursor, LimitSettings, ListParams, StripeSettings};

/// What fetching cost: wall and CPU seconds of this process.
pub struct Floor {
    pub wall_secs: f64,
    pub cpu_secs: f64,
}

/// The addresses of every page that a run reads, found by reading them once.
pub fn pages(sandbox: &Sandbox) -> anyhow::Result<Vec<String>> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let base = sandbox.url.parse()?;
        let mut settings = StripeSettings::at(base, sandbox.url.parse()?);
        settings.limits = LimitSettings {
            test_requests_per_second: 0,
            per_endpoint: 0,
            share: 1.0,
            ..LimitSettings::default()
        };
        let client = Client::new(settings, Clock::system())?;
        let account = AccountId(sandbox.account_id.clone());
        let auth = Auth::own(Secret::new(sandbox.account_key.clone()), account, Mode::Test);
        let mut pages = Vec::new();
        for resource in Resource::ALL {
            let address = format!("{}{}", sandbox.url.trim_end_matches('/'), resource.path());
            if resource.is_singleton() {
                pages.push(address);
                continue;
            }
            let mut params = ListParams::default();
            loop {
                let after = match &params.cursor {
                    Some(Cursor::OlderThan(id)) => format!("&starting_after={id}"),
                    _ => String::new(),
                };
                pages.push(format!("{address}?limit=100{after}"));
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
    })
}

/// Fetches the pages one after another, as a run does, on a runtime of its own.
pub fn measure(sandbox: &Sandbox, pages: &[String]) -> anyhow::Result<Floor> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build()?;
        let (started, cpu) = (Instant::now(), cpu::of_this_process()?);
        for page in pages {
            let response = client.get(page).bearer_auth(&sandbox.account_key).send().await?;
            response.error_for_status()?.bytes().await?;
        }
        Ok(Floor { wall_secs: started.elapsed().as_secs_f64(), cpu_secs: cpu::of_this_process()? - cpu })
    })
}
