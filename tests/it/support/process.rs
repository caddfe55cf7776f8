//! Child processes: started with their output in files, signalled, and killed with the test.

use super::wait;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

/// A running child. Dropping it kills it.
pub struct Process {
    child: Child,
    /// Where its stderr goes.
    pub log: PathBuf,
}

/// The signals that tests send.
#[derive(Clone, Copy)]
pub enum Signal {
    /// Ends politely.
    Term,
    /// Freezes.
    Stop,
    /// Thaws.
    Cont,
}

impl Process {
    /// Starts the command: stdout to `<name>.out`, stderr appended to `<name>.log` in `folder`.
    pub fn start(command: &mut Command, folder: &Path, name: &str) -> Self {
        let log = folder.join(format!("{name}.log"));
        let out = File::create(folder.join(format!("{name}.out"))).unwrap();
        let err = File::options().create(true).append(true).open(&log).unwrap();
        let child = command.stdin(Stdio::null()).stdout(out).stderr(err).spawn().unwrap();
        Process { child, log }
    }

    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// kill -9, and the end of it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal that can be caught or undone.
    pub fn signal(&self, signal: Signal) {
        let name = match signal {
            Signal::Term => "TERM",
            Signal::Stop => "STOP",
            Signal::Cont => "CONT",
        };
        let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", self.id())]).status().unwrap();
        assert!(sent.success(), "SIG{name} was not delivered");
    }

    /// Its exit status, once it has ended by itself.
    pub fn exit(&mut self, within: Duration) -> ExitStatus {
        wait::until("the process ends", within, || self.child.try_wait().unwrap())
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// The last lines of its log, for messages of failed tests.
    pub fn log_tail(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
