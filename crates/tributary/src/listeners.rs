//! The addresses that services listen on, and what others are told about them.

use crate::service::Service;
use crate::settings::Settings;
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpListener};
use tributary_core::PublicUrls;
use tributary_pages::PublicUrl;

/// Why a process can't listen, or can't say where.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Somebody listens there.
    #[error(
        "{service}.listen: {address} is in use: stop what listens there, or set {service}.listen ({}) to another address",
        variable(*.service)
    )]
    InUse {
        /// The service.
        service: Service,
        /// The address.
        address: SocketAddr,
    },
    /// The system refuses the address.
    #[error("{service}.listen: listening on {address} failed: {source}")]
    Refused {
        /// The service.
        service: Service,
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// There is no telling how others reach the service.
    #[error("{service}.public_url must be set: {reason}")]
    NoPublicUrl {
        /// The service.
        service: Service,
        /// Why it can't be derived.
        reason: &'static str,
    },
}

/// Bound listeners: nobody else can take their ports any more.
#[derive(Debug, Default)]
pub struct Listeners(BTreeMap<Service, TcpListener>);

impl Listeners {
    /// Listens for each of the services that do.
    pub fn bind(settings: &Settings, services: &[Service]) -> Result<Self, Fault> {
        let mut listeners = Listeners::default();
        for service in Service::LISTENING.into_iter().filter(|service| services.contains(service)) {
            let Some(listener) = settings.listener(service) else { continue };
            listeners.insert(service, bind(service, listener.listen)?);
        }
        Ok(listeners)
    }

    /// Adds a listener that was bound elsewhere.
    pub fn insert(&mut self, service: Service, listener: TcpListener) {
        self.0.insert(service, listener);
    }

    /// The listeners by service.
    pub fn into_inner(self) -> BTreeMap<Service, TcpListener> {
        self.0
    }

    fn address(&self, service: Service) -> Option<SocketAddr> {
        self.0.get(&service)?.local_addr().ok()
    }

    /// How others reach all services that listen, those of other processes too: what links start with.
    pub fn public_urls(&self, settings: &Settings) -> Result<PublicUrls, Fault> {
        let origin = |service| self.public_url(settings, service).map(|url| url.origin());
        Ok(PublicUrls::new(&origin(Service::Portal)?, &origin(Service::Api)?, &origin(Service::Link)?))
    }

    /// How others reach a service: its `public_url`, else the address it is bound to, else the one it would be
    /// bound to in another process.
    pub fn public_url(&self, settings: &Settings, service: Service) -> Result<PublicUrl, Fault> {
        let no_url = |reason| Fault::NoPublicUrl { service, reason };
        let Some(listener) = settings.listener(service) else {
            return Err(no_url("the service does not listen"));
        };
        if let Some(url) = listener.public_url {
            return Ok(url);
        }
        let address = self.address(service).unwrap_or(listener.listen);
        if address.port() == 0 {
            return Err(no_url("it listens on a port that another process chooses"));
        }
        if !address.ip().is_loopback() {
            return Err(no_url("it listens beyond this machine, where only https is accepted"));
        }
        format!("http://{address}").parse().map_err(|_| no_url("its address makes no URL"))
    }
}

fn bind(service: Service, address: SocketAddr) -> Result<TcpListener, Fault> {
    TcpListener::bind(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => Fault::InUse { service, address },
        _ => Fault::Refused { service, address, source },
    })
}

fn variable(service: Service) -> String {
    format!("TRIBUTARY__{}__LISTEN", service.as_str().to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        settings::load(None, variables.iter().map(|(name, value)| (name.into(), value.into()))).unwrap()
    }

    #[test]
    fn a_port_in_use_is_reported_with_its_key_and_address() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let settings = settings(&[("TRIBUTARY__API__LISTEN", &address)]);
        let error = Listeners::bind(&settings, &[Service::Api]).unwrap_err().to_string();
        assert!(error.contains("api.listen") && error.contains(&address), "{error}");
        assert!(error.contains("TRIBUTARY__API__LISTEN"), "{error}");
    }

    #[test]
    fn an_unset_public_url_is_the_bound_address() {
        let settings = settings(&[("TRIBUTARY__LINK__LISTEN", "127.0.0.1:0")]);
        let listeners = Listeners::bind(&settings, &[Service::Link, Service::Worker]).unwrap();
        let url = listeners.public_url(&settings, Service::Link).unwrap();
        let port = listeners.address(Service::Link).map(|address| address.port());
        assert_eq!(url.as_url().port(), port);
        assert_ne!(port, Some(0));
        let elsewhere = Listeners::default();
        assert_eq!(elsewhere.public_url(&settings, Service::Api).unwrap().origin(), "http://127.0.0.1:7611");
        assert!(elsewhere.public_url(&settings, Service::Link).is_err(), "another process chooses the port");
    }

    #[test]
    fn a_service_that_listens_beyond_this_machine_needs_a_public_url() {
        let mut variables = vec![("TRIBUTARY__LINK__LISTEN", "0.0.0.0:7612")];
        let listeners = Listeners::default();
        let error = listeners.public_url(&settings(&variables), Service::Link).unwrap_err().to_string();
        assert!(error.contains("link.public_url must be set"), "{error}");
        variables.push(("TRIBUTARY__LINK__PUBLIC_URL", "https://link.example.com"));
        let url = listeners.public_url(&settings(&variables), Service::Link).unwrap();
        assert_eq!(url.origin(), "https://link.example.com");
    }
}
