//! What a demo remembers in its directory, so that a second start goes on (rule I7).

use crate::private_file;
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use tributary_core::ids::{CompanyId, ConnectionId, PlatformId};

/// The file: `demo-state.json`. It holds the demo's own keys, so only its owner may read it.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Memory {
    version: u32,
    /// Charges in the merchant's account.
    pub charges: usize,
    /// Where everything listens.
    pub ports: Ports,
    /// What was made at the first start.
    pub installed: Option<Installed>,
}

/// Ports on 127.0.0.1.
#[derive(Clone, Copy, Serialize, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Ports {
    pub portal: u16,
    pub api: u16,
    pub link: u16,
    pub sandbox: u16,
}

/// The demo's platform and what belongs to it.
#[derive(Clone, Serialize, Deserialize, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(super) struct Installed {
    pub platform_id: PlatformId,
    pub company_id: CompanyId,
    pub connection_id: ConnectionId,
    pub admin_email: String,
    pub admin_password: String,
    pub api_key: String,
}

const VERSION: u32 = 1;

impl Memory {
    /// What the file says; the defaults where there is no file.
    pub fn load(path: &Path, default: Memory) -> anyhow::Result<Self> {
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(default),
            Err(error) => return Err(error).with_context(|| format!("{} can't be read", path.display())),
        };
        let memory: Memory = serde_json::from_slice(&text).with_context(|| {
            format!("{} is damaged: start the demo with another --data-dir", path.display())
        })?;
        if memory.version != VERSION {
            bail!("{} was made by another version: start the demo with another --data-dir", path.display());
        }
        Ok(memory)
    }

    /// Nothing made yet, and these ports wished for.
    pub fn new(charges: usize, ports: Ports) -> Self {
        Memory { version: VERSION, charges, ports, installed: None }
    }

    /// Replaces the file.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        private_file::write(path, &serde_json::to_vec_pretty(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_folder::TestFolder;

    const PORTS: Ports = Ports { portal: 1, api: 2, link: 3, sandbox: 4 };

    #[test]
    fn what_was_remembered_is_read_back() {
        let folder = TestFolder::new();
        let path = folder.join("demo-state.json");
        let default = Memory::new(5, PORTS);
        assert_eq!(Memory::load(&path, default.clone()).unwrap(), default);
        let mut memory = default.clone();
        memory.installed = Some(Installed {
            platform_id: PlatformId::random(),
            company_id: CompanyId::random(),
            connection_id: ConnectionId::random(),
            admin_email: "a@example.com".to_owned(),
            admin_password: "p".to_owned(),
            api_key: "k".to_owned(),
        });
        memory.save(&path).unwrap();
        assert_eq!(Memory::load(&path, default).unwrap(), memory);
    }

    #[test]
    fn a_damaged_file_stops_the_demo_and_is_left_alone() {
        let folder = TestFolder::new();
        let path = folder.join("demo-state.json");
        for text in
            ["", "{}", r#"{"version":2,"charges":1,"ports":{"portal":1,"api":2,"link":3,"sandbox":4}}"#]
        {
            std::fs::write(&path, text).unwrap();
            let error = Memory::load(&path, Memory::new(5, PORTS)).unwrap_err();
            assert!(format!("{error:#}").contains("--data-dir"), "{error:#}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
    }
}
