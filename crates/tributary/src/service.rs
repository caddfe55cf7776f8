//! The four services that `serve` runs.

use std::fmt;

/// A service. They meet in the database only, so any set of them may share a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Service {
    /// Pages for platform admins.
    Portal,
    /// The developers' REST API.
    Api,
    /// Pages for merchants, and the OAuth callback.
    Link,
    /// Sync runs.
    Worker,
}

impl Service {
    /// All of them.
    pub const ALL: [Service; 4] = [Service::Portal, Service::Api, Service::Link, Service::Worker];

    /// Those that listen.
    pub const LISTENING: [Service; 3] = [Service::Portal, Service::Api, Service::Link];

    /// The name on the command line and of its section in the settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Service::Portal => "portal",
            Service::Api => "api",
            Service::Link => "link",
            Service::Worker => "worker",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
