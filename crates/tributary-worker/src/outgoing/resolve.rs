//! Host names to addresses that may be reached.
//!
//! The HTTP client asks this resolver once per connection and connects to what it gives: nothing is resolved
//! between the check and the connection, so that a name that changes its mind gains nothing (DNS rebinding, A-85).

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use tributary_core::Egress;

/// Addresses of one name that are tried at most.
const ADDRESSES_MAX: usize = 8;

/// Looks a name up.
pub(crate) type Lookup =
    Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> + Send + Sync>;

/// The system's resolver.
pub(crate) fn system_lookup() -> Lookup {
    Arc::new(|name| {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    })
}

/// A name has no address, or one that may not be reached. Which of the two is told to nobody but the log: whoever
/// chooses URLs shall not learn what names mean in the operator's network.
#[derive(Debug, thiserror::Error)]
#[error("the name has no address that may be reached")]
pub(crate) struct NoAddress;

/// Resolves names to addresses that may be reached, or not at all.
pub(crate) struct GuardedResolver {
    /// Where requests may go.
    pub(crate) egress: Egress,
    /// How names are looked up.
    pub(crate) lookup: Lookup,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (egress, found) = (self.egress, (self.lookup)(name.as_str().to_owned()));
        Box::pin(async move {
            let addresses = found.await.unwrap_or_default();
            // One bad address spoils the name: a consumer's host has no business in both worlds.
            if let Some(address) = addresses.iter().find(|address| !egress.permits(**address)) {
                tracing::warn!(
                    host = name.as_str(),
                    %address,
                    "a consumer's host resolves to an address that may not be reached"
                );
                return Err(NoAddress.into());
            }
            if addresses.is_empty() {
                return Err(NoAddress.into());
            }
            // Port 0 stands for the URL's.
            let addresses =
                addresses.into_iter().take(ADDRESSES_MAX).map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// Whether a failed request failed here.
pub(crate) fn is_no_address(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    for _ in 0..8 {
        let Some(cause) = source else { return false };
        if cause.is::<NoAddress>() {
            return true;
        }
        source = cause.source();
    }
    false
}
