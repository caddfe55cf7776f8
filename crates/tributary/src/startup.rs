//! Start-up: everything that can fail fails before the first request is taken.

use crate::health::{self, Health};
use crate::listeners::{self, Listeners};
use crate::master_key;
use crate::service::Service;
use crate::settings::Settings;
use crate::shutdown::{GRACE, Shutdown};
use actix_web::dev::{Server, ServerHandle};
use actix_web::web::ServiceConfig;
use actix_web::{App, HttpServer};
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tributary_api::ApiState;
use tributary_core::{Clock, Secret};
use tributary_db::vault::Vault;
use tributary_db::{Db, DbError, OpenError};
use tributary_link::{Intake, LinkState};
use tributary_pages::PublicUrl;
use tributary_portal::auth::PasswordCheck;
use tributary_portal::{PortalState, Urls};
use tributary_stripe::Client;
use tributary_worker::outgoing::SenderError;
use tributary_worker::{Load, Outgoing, WorkerContext};

/// How long a client may take to send a request's head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Why the process doesn't start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A query.
    #[error(transparent)]
    Db(#[from] DbError),
    /// The master key.
    #[error(transparent)]
    MasterKey(#[from] master_key::Fault),
    /// An address.
    #[error(transparent)]
    Listen(#[from] listeners::Fault),
    /// Stripe's settings.
    #[error(transparent)]
    Stripe(#[from] tributary_stripe::SettingsError),
    /// The way to webhook consumers.
    #[error(transparent)]
    Outgoing(#[from] SenderError),
    /// The cost of passwords.
    #[error(transparent)]
    Passwords(#[from] tributary_portal::passwords::Fault),
    /// A server could not be started, or broke down.
    #[error("{service}: the server failed: {source}")]
    Server {
        /// The service.
        service: Service,
        /// Why.
        source: io::Error,
    },
    /// A service ended without being told to.
    #[error("{0} ended by itself: a defect of Tributary's; the log has the place")]
    Ended(Service),
}

/// Services that are ready to run: the database is open, the key fits, the ports are taken.
pub struct Application {
    servers: Vec<(Service, Server)>,
    worker: Option<(WorkerContext, Outgoing)>,
    shutdown: Shutdown,
    urls: Vec<(Service, PublicUrl)>,
    setup_url: Option<Secret>,
}

/// What services share.
#[derive(Clone)]
pub struct Parts {
    /// The store.
    pub db: Db,
    /// Seals and opens secrets.
    pub vault: Vault,
    /// The way to Stripe.
    pub stripe: Client,
    /// The time.
    pub clock: Clock,
    /// Rung when work was queued.
    pub wake: Arc<Notify>,
}

impl Parts {
    /// Opens the database for serving and what else every service needs. Blocks.
    pub fn open(settings: &Settings) -> Result<Self, Fault> {
        // The client first: settings that can't be worked with leave the database as it is.
        let stripe = Client::new(settings.stripe(), Clock::system())?;
        Parts::assemble(settings, Db::open(&settings.database())?, stripe)
    }

    /// As [`Parts::open`] with a database and a client that are there already. Blocks.
    pub fn assemble(settings: &Settings, db: Db, stripe: Client) -> Result<Self, Fault> {
        let master = master_key::load_or_create(&db, &settings.vault.master_key_file)?;
        let clock = stripe.clock().clone();
        Ok(Parts { db, vault: Vault::new(master), stripe, clock, wake: Arc::default() })
    }
}

impl Application {
    /// Puts the services together on listeners that are bound already.
    pub fn build(
        settings: &Settings,
        services: &[Service],
        parts: Parts,
        listeners: Listeners,
        shutdown: Shutdown,
    ) -> Result<Self, Fault> {
        let url = |service| listeners.public_url(settings, service);
        let links = listeners.public_urls(settings)?;
        let health = Health { db: parts.db.clone(), stop: shutdown.stop.clone() };
        let mut urls = Vec::new();
        for service in Service::LISTENING.into_iter().filter(|service| services.contains(service)) {
            urls.push((service, url(service)?));
        }
        let portal = if services.contains(&Service::Portal) {
            Some(PortalState {
                db: parts.db.clone(),
                vault: parts.vault.clone(),
                stripe: parts.stripe.clone(),
                clock: parts.clock.clone(),
                wake: Arc::clone(&parts.wake),
                passwords: PasswordCheck::new(settings.passwords.cost())?,
                proxies: settings.portal.proxies.clone(),
                urls: Urls {
                    portal: url(Service::Portal)?,
                    api: url(Service::Api)?,
                    link: url(Service::Link)?,
                },
                reading: settings.reading(),
            })
        } else {
            None
        };
        let api = if services.contains(&Service::Api) {
            let settings = settings.api(links.clone());
            let (clock, wake) = (parts.clock.clone(), Arc::clone(&parts.wake));
            Some(ApiState::new(parts.db.clone(), parts.vault.clone(), settings, clock, wake))
        } else {
            None
        };
        let link = if services.contains(&Service::Link) {
            Some(LinkState {
                db: parts.db.clone(),
                vault: parts.vault.clone(),
                stripe: parts.stripe.clone(),
                public_url: url(Service::Link)?,
                urls: links.clone(),
                clock: parts.clock.clone(),
                wake: Arc::clone(&parts.wake),
                intake: Intake::default(),
            })
        } else {
            None
        };
        let setup_url = portal.as_ref().map(PortalState::setup_url).transpose()?.flatten();
        let mut servers = Vec::new();
        for (service, listener) in listeners.into_inner() {
            let server = match (service, &portal, &api, &link) {
                (Service::Portal, Some(state), ..) => {
                    let state = state.clone();
                    server(listener, &health, move || tributary_portal::routes(state.clone()))
                }
                (Service::Api, _, Some(state), _) => {
                    let state = state.clone();
                    server(listener, &health, move || tributary_api::routes(state.clone()))
                }
                (Service::Link, .., Some(state)) => {
                    let state = state.clone();
                    server(listener, &health, move || tributary_link::routes(state.clone()))
                }
                _ => continue,
            };
            servers.push((service, server.map_err(|source| Fault::Server { service, source })?));
        }
        let worker = if services.contains(&Service::Worker) {
            let (db, vault) = (parts.db.clone(), parts.vault.clone());
            let outgoing =
                Outgoing::new(db.clone(), vault.clone(), settings.outgoing(), parts.clock.clone())?;
            let context = WorkerContext {
                db,
                vault,
                stripe: parts.stripe.clone(),
                settings: settings.worker(),
                urls: links.clone(),
                clock: parts.clock.clone(),
                wake: Arc::clone(&parts.wake),
                load: Load::new(settings.worker.pages_at_once),
                lanes: Arc::default(),
            };
            Some((context, outgoing))
        } else {
            None
        };
        Ok(Application { servers, worker, shutdown, urls, setup_url })
    }

    /// How others reach the services that listen.
    pub fn urls(&self) -> &[(Service, PublicUrl)] {
        &self.urls
    }

    /// Where the first administrator is made, while there is no user. It holds a secret: for whoever started the
    /// process, never for the log.
    pub fn setup_url(&self) -> Option<&Secret> {
        self.setup_url.as_ref()
    }

    /// Runs until told to stop; then finishes what is under way, for at most [`GRACE`].
    pub async fn run_until_stopped(self) -> Result<(), Fault> {
        let Application { servers, worker, shutdown, .. } = self;
        let handles: Vec<ServerHandle> = servers.iter().map(|(_, server)| server.handle()).collect();
        let mut running = JoinSet::new();
        for (service, server) in servers {
            running.spawn(async move { (service, server.await) });
        }
        if let Some((context, outgoing)) = worker {
            let stop = shutdown.stop.clone();
            running.spawn(async move {
                tributary_worker::serve(context, outgoing, stop).await;
                (Service::Worker, Ok(()))
            });
        }
        let fault = tokio::select! {
            // Services end when they are told to stop: that is looked at first.
            biased;
            () = shutdown.stop.cancelled() => None,
            Some(ended) = running.join_next() => Some(fault_of(ended)),
        };
        shutdown.stop.cancel();
        for handle in &handles {
            // Tells the server to finish; waiting for it is `running`'s part.
            drop(handle.stop(true));
        }
        let finish = async { while running.join_next().await.is_some() {} };
        tokio::select! {
            () = finish => {}
            () = shutdown.quit.cancelled() => tracing::warn!("stopped at once"),
            () = tokio::time::sleep(GRACE) => tracing::warn!("stopped before everything was finished"),
        }
        fault.map_or(Ok(()), Err)
    }
}

/// Why a service that should run has ended.
fn fault_of(ended: Result<(Service, io::Result<()>), tokio::task::JoinError>) -> Fault {
    match ended {
        Ok((service, Err(source))) => Fault::Server { service, source },
        Ok((service, Ok(()))) => Fault::Ended(service),
        // Servers catch panics of their handlers: this was the worker's loop.
        Err(_) => Fault::Ended(Service::Worker),
    }
}

/// A server with a service's routes behind the probes.
fn server<R>(
    listener: TcpListener,
    health: &Health,
    routes: impl Fn() -> R + Clone + Send + 'static,
) -> io::Result<Server>
where
    R: FnOnce(&mut ServiceConfig),
{
    let health = health.clone();
    let server =
        HttpServer::new(move || App::new().configure(health::routes(health.clone())).configure(routes()))
            .disable_signals()
            .client_request_timeout(HEAD_TIMEOUT)
            .shutdown_timeout(GRACE.as_secs())
            .listen(listener)?;
    Ok(server.run())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;
    use crate::test_folder::TestFolder;

    fn settings(folder: &TestFolder) -> Settings {
        let url = format!("sqlite://{}", folder.join("t.sqlite").display());
        let key = folder.join("master.key").display().to_string();
        let mut variables = vec![
            ("TRIBUTARY__DATABASE__URL", url),
            ("TRIBUTARY__VAULT__MASTER_KEY_FILE", key),
            // No TLS: the test must run where no CA certificates are installed.
            ("TRIBUTARY__STRIPE__API_BASE", "http://127.0.0.1:1".to_owned()),
            ("TRIBUTARY__STRIPE__CONNECT_BASE", "http://127.0.0.1:1".to_owned()),
        ];
        for variable in ["TRIBUTARY__PORTAL__LISTEN", "TRIBUTARY__API__LISTEN", "TRIBUTARY__LINK__LISTEN"] {
            variables.push((variable, "127.0.0.1:0".to_owned()));
        }
        settings::load(None, variables.into_iter().map(|(name, value)| (name.into(), value.into()))).unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_listener_answers_the_probes_until_the_process_is_told_to_stop() {
        let folder = TestFolder::new();
        let settings = settings(&folder);
        let listeners = Listeners::bind(&settings, &Service::ALL).unwrap();
        let parts = Parts::open(&settings).unwrap();
        let shutdown = Shutdown::default();
        let application =
            Application::build(&settings, &Service::ALL, parts, listeners, shutdown.clone()).unwrap();
        let urls = application.urls().to_vec();
        assert_eq!(urls.iter().map(|(service, _)| *service).collect::<Vec<_>>(), Service::LISTENING);
        let running = tokio::spawn(application.run_until_stopped());
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        for (service, url) in &urls {
            for probe in ["live", "ready", "startup"] {
                let answer = client.get(url.at(&format!("/health/{probe}"))).send().await.unwrap();
                assert_eq!(answer.status(), 200, "{probe} of {service}");
            }
        }
        shutdown.stop.cancel();
        running.await.unwrap().unwrap();
        for (service, url) in &urls {
            assert!(
                client.get(url.as_url().clone()).send().await.is_err(),
                "{service} has stopped listening"
            );
        }
    }

    #[test]
    fn a_process_that_cannot_start_changes_nothing() {
        let folder = TestFolder::new();
        let mut settings = settings(&folder);
        settings.stripe.api_base = "http://api.example.com".parse().unwrap();
        assert!(matches!(Parts::open(&settings), Err(Fault::Stripe(_))));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
