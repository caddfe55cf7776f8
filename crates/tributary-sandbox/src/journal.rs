//! The writes that a sandbox made, one JSON line each: made again after a restart, they give the same objects and events.

use crate::config::SandboxError;
use crate::world::Change;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// The most writes that a sandbox makes.
pub(crate) const MAX_WRITES: usize = 100_000;

/// A change that was made to an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Write {
    /// None for what happens to all accounts in both modes.
    pub(crate) account: Option<usize>,
    pub(crate) live: bool,
    /// Unix seconds.
    pub(crate) at: u32,
    /// The request that did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) idempotency_key: Option<String>,
    #[serde(flatten)]
    pub(crate) change: Change,
}

impl Write {
    /// Whether it concerns this account in this mode.
    pub(crate) fn concerns(&self, account: usize, live: bool) -> bool {
        self.account.is_none_or(|own| own == account && self.live == live)
    }
}

/// All writes, in the order in which they were made.
pub(crate) struct Journal {
    writes: Vec<Write>,
    /// Until which second time passed, each time it did.
    passes: Vec<u32>,
    file: Option<(PathBuf, File)>,
}

/// The journal beside a state file.
fn beside(state: &Path) -> PathBuf {
    let mut name = state.as_os_str().to_owned();
    name.push(".writes");
    PathBuf::from(name)
}

/// Removes the journal of a state file that is gone.
pub(crate) fn forget(state: &Path) -> Result<(), SandboxError> {
    let path = beside(state);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != ErrorKind::NotFound => Err(SandboxError::Io { path, source }),
        _ => Ok(()),
    }
}

/// Until which second a write lets time pass.
fn passage(write: &Write) -> Option<u32> {
    match write.change {
        Change::Pass { to } => Some(to),
        _ => None,
    }
}

impl Journal {
    /// The journal beside a state file; without one, what is written is forgotten at the end.
    pub(crate) fn open(state: Option<&Path>, accounts: usize) -> Result<Self, SandboxError> {
        let Some(path) = state.map(beside) else {
            return Ok(Journal { writes: Vec::new(), passes: Vec::new(), file: None });
        };
        let io = |source| SandboxError::Io { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(io)?;
        let text = fs::read_to_string(&path).map_err(io)?;
        // A line without an end was cut off by the end of the process, before anyone was told of its write.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        let corrupt = |reason: String| SandboxError::Corrupt { path: path.clone(), reason };
        let mut writes: Vec<Write> = Vec::new();
        for line in text.get(..whole).unwrap_or("").lines() {
            writes.push(serde_json::from_str(line).map_err(|error| corrupt(error.to_string()))?);
        }
        if writes.iter().any(|write| write.account.is_some_and(|account| account > accounts)) {
            return Err(corrupt("it names an account that there isn't".to_owned()));
        }
        if whole < text.len() {
            file.set_len(whole as u64).map_err(io)?;
        }
        let passes = writes.iter().filter_map(passage).collect();
        Ok(Journal { writes, passes, file: Some((path, file)) })
    }

    pub(crate) fn writes(&self) -> &[Write] {
        &self.writes
    }

    pub(crate) fn passes(&self) -> &[u32] {
        &self.passes
    }

    /// Whether there is no room for another write.
    pub(crate) fn is_full(&self) -> bool {
        self.writes.len() >= MAX_WRITES
    }

    /// Keeps a write. Not synced: the machine's end may take the newest ones, the process's end doesn't.
    pub(crate) fn append(&mut self, write: Write) -> Result<(), SandboxError> {
        let line = serde_json::to_string(&write);
        self.passes.extend(passage(&write));
        self.writes.push(write);
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let io = |source| SandboxError::Io { path: path.clone(), source };
        let line = line.map_err(|error| io(error.into()))? + "\n";
        file.write_all(line.as_bytes()).map_err(io)
    }
}
