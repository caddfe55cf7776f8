//! The command line: runs `tributary …` to its end and reads what it printed.

use super::program;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Settings as environment variables: `TRIBUTARY__SECTION__KEY` and its value.
pub type Settings = BTreeMap<String, String>;

/// The name of the environment variable of a setting written `section.key`.
pub fn variable(setting: &str) -> String {
    format!("TRIBUTARY__{}", setting.to_uppercase().replace('.', "__"))
}

/// A command that sees these settings and nothing of the tester's own.
pub fn tributary(settings: &Settings, folder: &Path) -> Command {
    let mut command = Command::new(program::path());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TRIBUTARY")) {
        command.env_remove(name);
    }
    command.env_remove("RUST_LOG").envs(settings).current_dir(folder);
    command
}

/// Runs commands with one set of settings.
#[derive(Clone)]
pub struct Cli {
    /// What the commands see.
    pub settings: Settings,
    folder: PathBuf,
}

/// What a finished command left.
pub struct Finished {
    /// 0 done, 1 failed, 2 usage.
    pub code: i32,
    /// Results.
    pub stdout: String,
    /// Logs and errors.
    pub stderr: String,
}

impl Cli {
    /// Commands that see these settings; their logs are added to `commands.log` in `folder`.
    pub fn new(settings: Settings, folder: &Path) -> Self {
        Cli { settings, folder: folder.to_path_buf() }
    }

    /// The same with one setting changed.
    pub fn with(&self, setting: &str, value: &str) -> Self {
        let mut changed = self.clone();
        changed.settings.insert(variable(setting), value.to_owned());
        changed
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Finished {
        self.run_within(args, Duration::from_secs(180))
    }

    /// Runs a command that must end by itself within a time.
    pub fn run_within(&self, args: &[&str], within: Duration) -> Finished {
        let mut child = tributary(&self.settings, &self.folder)
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("tributary {args:?}: {error}"));
        let id = child.id();
        let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let output = std::thread::scope(|scope| {
            let out = scope.spawn(move || read_all(&mut stdout));
            let err = scope.spawn(move || read_all(&mut stderr));
            let start = Instant::now();
            let status = loop {
                match child.try_wait().unwrap() {
                    Some(status) => break status,
                    None if start.elapsed() > within => {
                        child.kill().unwrap();
                        child.wait().unwrap();
                        panic!("tributary {args:?} (process {id}) still ran after {} s", within.as_secs());
                    }
                    None => std::thread::sleep(Duration::from_millis(10)),
                }
            };
            Output { status, stdout: out.join().unwrap(), stderr: err.join().unwrap() }
        });
        let mut log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("commands.log"))
            .unwrap();
        log.write_all(&output.stderr).unwrap();
        Finished {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs a command with `--json` that must succeed; gives the object it printed.
    pub fn json(&self, args: &[&str]) -> Value {
        let mut args = args.to_vec();
        args.push("--json");
        let finished = self.run(&args);
        assert_eq!(finished.code, 0, "tributary {args:?}:\n{}{}", finished.stdout, finished.stderr);
        serde_json::from_str(&finished.stdout)
            .unwrap_or_else(|error| panic!("tributary {args:?}: {error}:\n{}", finished.stdout))
    }

    /// Runs a command that must fail with exit code 1; gives its stderr.
    pub fn refusal(&self, args: &[&str]) -> String {
        let finished = self.run(args);
        assert_eq!(finished.code, 1, "tributary {args:?}:\n{}{}", finished.stdout, finished.stderr);
        finished.stderr
    }
}

fn read_all(source: &mut impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).unwrap();
    bytes
}
