//! The demo: every service in one process, on SQLite, against a simulated Stripe in the same process.

mod authorise;
mod install;
mod memory;
mod progress;
mod report;
mod watch;

use crate::cli;
use crate::cli::common::print_line;
use crate::cli::serve::in_runtime;
use crate::listeners::Listeners;
use crate::service::Service;
use crate::settings::Settings;
use crate::shutdown::Shutdown;
use crate::startup::{Application, Parts};
use anyhow::{Context, bail};
use memory::{Installed, Memory, Ports};
use progress::say;
use report::Report;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tributary_core::state::ConnectionStatus;
use tributary_core::{Clock, Mode, Secret, link_paths};
use tributary_db::Db;
use tributary_db::connections::{self, Connection};
use tributary_sandbox::{Sandbox, SandboxConfig, SandboxError, SandboxHandle};
use tributary_stripe::Client;
use url::Url;

/// Charges in the merchant's account of a new demo.
const CHARGES: usize = 2000;

/// Requests that the simulated Stripe answers at once: the worker and whoever tries it out.
const SANDBOX_WORKERS: usize = 2;

/// Runs the demo.
pub fn run(mut settings: Settings, args: &cli::demo::Args) -> anyhow::Result<()> {
    let folder = Folder::open(&args.data_dir)?;
    let ports = Ports {
        portal: settings.portal.listen.port(),
        api: settings.api.listen.port(),
        link: settings.link.listen.port(),
        sandbox: cli::sandbox::PORT,
    };
    let mut memory = Memory::load(&folder.join("demo-state.json"), Memory::new(CHARGES, ports))?;
    memory.charges = args.charges.unwrap_or(memory.charges);
    settings.database.url = Secret::new(folder.database_url());
    settings.database.migrate_at_start = true;
    settings.vault.master_key_file = folder.join("master.key");
    // Opening the database keeps a second demo out of the directory; only then anything else in it is changed.
    let db = Db::open(&settings.database())?;
    let sandbox = open_sandbox(&folder, memory.charges)?;
    folder.remove("demo.json")?;
    let (listeners, sandbox_listener) = listen(&mut settings, &mut memory.ports)?;
    memory.save(&folder.join("demo-state.json")).context("remembering the demo's ports")?;
    let sandbox_url: Url = format!("http://{}", sandbox_listener.local_addr()?).parse()?;
    point_at(&mut settings, &sandbox_url);
    // Whoever tries the demo has a consumer on this machine, if any.
    settings.webhooks.allow_private_addresses = true;
    let stripe = Client::new(settings.stripe(), Clock::system())?;
    let parts = Parts::assemble(&settings, db, stripe)?;
    let state_path = folder.join("demo-state.json");
    let urls = listeners.public_urls(&settings)?;
    let installed =
        install::install(&parts, &urls, &settings.passwords.cost(), &sandbox, &mut memory, &state_path)?;
    let demo = Demo { settings, folder, sandbox, installed, parts };
    in_runtime(demo.serve(listeners, sandbox_listener, args.exit_when_synced))
}

fn open_sandbox(folder: &Folder, charges: usize) -> anyhow::Result<Arc<Sandbox>> {
    let opened = Sandbox::open(SandboxConfig {
        charges,
        // What is shown is Tributary's speed, not Stripe's limits.
        requests_per_second: Some(0.0),
        state_path: Some(folder.join("sandbox.json")),
        workers: SANDBOX_WORKERS,
        ..SandboxConfig::default()
    });
    opened.map_err(|error| match error {
        SandboxError::OtherSettings { what, was, .. } => anyhow::anyhow!(
            "this directory was started with another data set: {what} was {was}; leave --charges out, or start a new \
             demo with another --data-dir"
        ),
        error => error.into(),
    })
}

/// Everything that is there before anything runs.
struct Demo {
    settings: Settings,
    folder: Folder,
    sandbox: Arc<Sandbox>,
    installed: Installed,
    parts: Parts,
}

impl Demo {
    async fn serve(
        self,
        listeners: Listeners,
        sandbox_listener: TcpListener,
        exit_when_synced: bool,
    ) -> anyhow::Result<()> {
        let shutdown = Shutdown::on_signals().context("signals can't be received")?;
        let (sandbox_url, sandbox) = tributary_sandbox::serve(Arc::clone(&self.sandbox), sandbox_listener)?;
        let parts = self.parts.clone();
        let application =
            Application::build(&self.settings, &Service::ALL, parts, listeners, shutdown.clone())?;
        let urls: Vec<String> = application.urls().iter().map(|(_, url)| url.origin()).collect();
        let mut running = tokio::spawn(application.run_until_stopped());
        let outcome = tokio::select! {
            synced = self.sync(&urls, &sandbox_url) => synced.map(Some),
            () = shutdown.stop.cancelled() => Ok(None),
            ended = &mut running => return ended_early(sandbox, ended).await,
        };
        let result = match outcome {
            Ok(Some(report)) => {
                let path = self.folder.join("demo.json");
                report.write(&path).with_context(|| format!("{} can't be written", path.display()))?;
                print_line(&report.text(&path, !exit_when_synced))?;
                if !exit_when_synced {
                    print_line("It is served until you stop it (Ctrl-C).")?;
                    shutdown.stop.cancelled().await;
                }
                Ok(())
            }
            Ok(None) if exit_when_synced => Err(anyhow::anyhow!("stopped before everything was synced")),
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        shutdown.stop.cancel();
        let ended = running.await.context("the services broke down")?;
        sandbox.stop(false).await;
        result.and(ended.map_err(Into::into))
    }

    /// Authorises the merchant if that has not been done, waits for the first sync of every type, and says where
    /// everything is. `urls` are those of portal, API and Link.
    async fn sync(&self, urls: &[String], sandbox_url: &str) -> anyhow::Result<Report> {
        let [portal_url, api_url, link_url] = urls else { bail!("a service does not listen") };
        let mut connection = self.connection().await?;
        let account = match &connection.account_id {
            Some(account) => account.0.clone(),
            None => self.sandbox.info(sandbox_url).accounts.first().context("no merchant")?.id.clone(),
        };
        if connection.status != ConnectionStatus::Linked {
            say("The merchant authorises access at the simulated Stripe …");
            let Installed { company_id, connection_id, .. } = &self.installed;
            let start = link_paths::start(*company_id, *connection_id);
            authorise::authorise(&format!("{link_url}{start}"), &account)
                .await
                .context("the authorization failed")?;
            connection = self.connection().await?;
            if connection.status != ConnectionStatus::Linked {
                let why =
                    connection.errors.last().map_or("no reason was stored", |e| e.error_message.as_str());
                bail!("the authorization failed: {why}");
            }
        }
        let (of, now) = (connection.clone(), self.parts.clock.now());
        self.parts.db.write(move |conn| watch::queue_missing(conn, &of, now)).await?;
        self.parts.wake.notify_one();
        watch::until_synced(&self.parts.db, &connection).await?;
        for url in urls {
            check_ready(url).await?;
        }
        let (installed, text) = (self.installed.clone(), |text: &str| text.to_owned());
        Ok(Report {
            portal_url: text(portal_url),
            api_url: text(api_url),
            link_url: text(link_url),
            sandbox_url: text(sandbox_url),
            api_key: installed.api_key,
            admin_email: installed.admin_email,
            admin_password: installed.admin_password,
            platform_id: installed.platform_id.to_string(),
            company_id: installed.company_id.to_string(),
            connection_id: installed.connection_id.to_string(),
            integration_key: install::INTEGRATION.to_string(),
            stripe_account_id: account,
            stripe_client_id: self.sandbox.client_id(Mode::Test),
            stripe_secret_key: self.sandbox.platform_key(Mode::Test),
            database_url: self.folder.database_url(),
        })
    }

    async fn connection(&self) -> anyhow::Result<Connection> {
        let id = self.installed.connection_id;
        let found = self.parts.db.read(move |conn| connections::find_any(conn, id)).await?;
        found.context("the demo's connection is gone: start the demo with another --data-dir")
    }
}

/// Whether a service answers at its address.
async fn check_ready(url: &str) -> anyhow::Result<()> {
    let answer = authorise::browser()?.get(format!("{url}/health/ready")).send().await;
    let status = answer.with_context(|| format!("{url} does not answer"))?.status();
    if status.is_success() { Ok(()) } else { bail!("{url} is not ready: it answered {status}") }
}

async fn ended_early(
    sandbox: SandboxHandle,
    ended: Result<Result<(), crate::startup::Fault>, tokio::task::JoinError>,
) -> anyhow::Result<()> {
    sandbox.stop(false).await;
    ended.context("the services broke down")??;
    Ok(())
}

/// Stripe is the simulation, and it is asked as fast as it answers.
fn point_at(settings: &mut Settings, sandbox: &Url) {
    let stripe = &mut settings.stripe;
    stripe.api_base = sandbox.clone();
    stripe.connect_base = sandbox.clone();
    stripe.share = 1.0;
    stripe.per_endpoint = 0;
    stripe.live.requests_per_second = 0;
    stripe.test.requests_per_second = 0;
}

/// Listens on the remembered ports; one that is taken is replaced by a free one, which is said and remembered.
fn listen(settings: &mut Settings, ports: &mut Ports) -> anyhow::Result<(Listeners, TcpListener)> {
    let mut listeners = Listeners::default();
    let services = [
        (Service::Portal, &mut ports.portal),
        (Service::Api, &mut ports.api),
        (Service::Link, &mut ports.link),
    ];
    for (service, port) in services {
        let bound = bind_or_free(service.as_str(), port)?;
        settings.listen(service, bound.local_addr()?);
        listeners.insert(service, bound);
    }
    Ok((listeners, bind_or_free("sandbox", &mut ports.sandbox)?))
}

fn bind_or_free(what: &str, port: &mut u16) -> anyhow::Result<TcpListener> {
    let bind = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = match bind(*port) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            let listener = bind(0)?;
            say(&format!("Port {port} is in use: {what} takes {} instead.", listener.local_addr()?.port()));
            listener
        }
        bound => bound.with_context(|| format!("{what}: listening on 127.0.0.1:{port} failed"))?,
    };
    *port = listener.local_addr()?.port();
    Ok(listener)
}

/// The demo's directory.
struct Folder(PathBuf);

impl Folder {
    /// Opens the directory; a new one is its owner's alone.
    fn open(path: &Path) -> anyhow::Result<Self> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        let absolute = builder.create(path).and_then(|()| path.canonicalize());
        absolute.map(Folder).with_context(|| format!("--data-dir {} can't be used", path.display()))
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn database_url(&self) -> String {
        format!("sqlite://{}", self.join("tributary.sqlite").display())
    }

    fn remove(&self, name: &str) -> anyhow::Result<()> {
        match std::fs::remove_file(self.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} can't be removed", self.join(name).display()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_replaced_by_a_free_one() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut port = taken.local_addr().unwrap().port();
        let before = port;
        let listener = bind_or_free("api", &mut port).unwrap();
        assert_ne!(port, before);
        assert_eq!(listener.local_addr().unwrap().port(), port);
        drop(listener);
        let again = bind_or_free("api", &mut port).unwrap();
        assert_eq!(again.local_addr().unwrap().port(), port, "the remembered one, now that it is free");
    }
}
