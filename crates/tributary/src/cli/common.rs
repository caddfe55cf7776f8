//! What commands share: settings, the database, the platform meant, input of secrets, output.

use crate::listeners::Listeners;
use crate::service::Service;
use crate::settings::{self, Settings};
use crate::{master_key, telemetry};
use anyhow::{Context, bail};
use serde::Serialize;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tributary_core::{Clock, PublicUrls, Secret};
use tributary_db::platforms::{self, Platform};
use tributary_db::vault::Vault;
use tributary_db::{AnyConn, Db, DbError, Target};
use tributary_pages::PublicUrl;

/// More than any key or password; a file that is longer isn't one.
const SECRET_BYTES_MAX: u64 = 16 * 1024;

/// Options of every command.
#[derive(Debug, clap::Args)]
pub struct Common {
    /// A file with settings that differ from the defaults (TOML).
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

/// How a result is printed.
#[derive(Debug, clap::Args)]
pub struct Output {
    /// Print the result as one JSON object.
    #[arg(long)]
    pub json: bool,
}

/// Which platform is meant.
#[derive(Debug, clap::Args)]
pub struct OfPlatform {
    /// The platform's id or name; not needed while there is only one.
    #[arg(long, value_name = "ID|NAME")]
    pub platform: Option<String>,
}

/// A command's settings and database.
pub struct Session {
    /// The settings.
    pub settings: Settings,
    /// The database, which another process may be serving.
    pub db: Db,
    /// The time.
    pub clock: Clock,
}

impl Common {
    /// Reads the settings and starts logging.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let settings = settings::load(self.config.as_deref(), std::env::vars_os())?;
        telemetry::init(&settings.log)?;
        Ok(settings)
    }

    /// As [`Common::settings`] for a command that draws on a terminal: by default it logs warnings only there.
    pub fn settings_for_drawing(&self) -> anyhow::Result<Settings> {
        let mut settings = settings::load(self.config.as_deref(), std::env::vars_os())?;
        if io::stderr().is_terminal() && settings.log.level == "info" {
            settings.log.level = "warn".to_owned();
        }
        telemetry::init(&settings.log)?;
        Ok(settings)
    }

    /// Opens a database that exists, beside whoever serves it.
    pub fn open(&self) -> anyhow::Result<Session> {
        let settings = self.settings()?;
        check_exists(&settings)?;
        Session::open(settings)
    }
}

impl Session {
    /// Opens the database, creating a SQLite file that isn't there.
    pub fn open(settings: Settings) -> anyhow::Result<Self> {
        let db = Db::open_for_command(&settings.database())?;
        Ok(Session { settings, db, clock: Clock::system() })
    }

    /// The vault; the master key file is created if nothing is sealed yet.
    pub fn vault(&self) -> anyhow::Result<Vault> {
        Ok(Vault::new(master_key::load_or_create(&self.db, &self.settings.vault.master_key_file)?))
    }

    /// The way to Stripe.
    pub fn stripe(&self) -> anyhow::Result<tributary_stripe::Client> {
        Ok(tributary_stripe::Client::new(self.settings.stripe(), self.clock.clone())?)
    }

    /// Runs one transaction whose refusal is an error for the user; a refusal changes nothing.
    pub fn write<T, E>(
        &self,
        work: impl Fn(&mut AnyConn) -> Result<Result<T, E>, DbError>,
    ) -> anyhow::Result<T>
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        Ok(self.db.write_blocking(work)??)
    }

    /// The platform that a command means.
    pub fn platform(&self, of: &OfPlatform) -> anyhow::Result<Platform> {
        Ok(self.db.read_blocking(|conn| platforms::resolve(conn, of.platform.as_deref()))??)
    }

    /// Where the services are reached.
    pub fn urls(&self) -> anyhow::Result<PublicUrls> {
        Ok(Listeners::default().public_urls(&self.settings)?)
    }

    /// How merchants reach Link.
    pub fn link_url(&self) -> anyhow::Result<PublicUrl> {
        Ok(Listeners::default().public_url(&self.settings, Service::Link)?)
    }
}

/// Refuses a SQLite database that isn't there: a misspelt path shall not make an empty one.
pub fn check_exists(settings: &Settings) -> anyhow::Result<()> {
    match Target::parse(settings.database.url.expose()) {
        Ok(Target::Sqlite(path)) if !path.exists() => bail!(
            "there is no database {}: create it with `tributary migrate`, or set database.url to where it is",
            path.display()
        ),
        Ok(_) => Ok(()),
        Err(problem) => bail!("{problem}"),
    }
}

/// Reads a secret from a file, or from stdin where the file is `-`. Secrets are never arguments: those are
/// seen by every user of the machine.
pub fn read_secret(path: &Path, what: &str) -> anyhow::Result<Secret> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes))
    };
    read.with_context(|| format!("{what}: {} can't be read", path.display()))?;
    if bytes.len() as u64 > SECRET_BYTES_MAX {
        bail!("{what}: {} is too long to be one", path.display());
    }
    let text = Secret::new(String::from_utf8(bytes).ok().with_context(|| format!("{what}: not text"))?);
    let trimmed = Secret::new(text.expose().trim());
    if trimmed.is_empty() {
        bail!("{what}: {} is empty", path.display());
    }
    Ok(trimmed)
}

/// Prints a result: as JSON, or as text for people.
pub fn print(output: &Output, json: &impl Serialize, text: &str) -> anyhow::Result<()> {
    let line = if output.json { serde_json::to_string(json)? } else { text.trim_end().to_owned() };
    print_line(&line)
}

/// Prints a line to stdout. A reader that has gone away is no error.
pub fn print_line(line: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{line}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// The exit code; a failure is one line on stderr.
pub fn finish(result: anyhow::Result<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {}", one_line(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error and its causes in one line. A cause that the error has quoted already is not repeated.
pub fn one_line(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_folder::TestFolder;

    #[test]
    fn an_error_is_one_line_that_says_each_thing_once() {
        let file = settings::load(Some(Path::new("/nowhere/t.toml")), []).unwrap_err();
        let text = one_line(&anyhow::Error::new(file).context("starting\n\tup"));
        let expected = "starting up: the settings file /nowhere/t.toml can't be read: No such file or directory (os error 2)";
        assert_eq!(text, expected);
    }

    #[test]
    fn secrets_are_read_without_the_white_space_around_them() {
        let folder = TestFolder::new();
        let path = folder.join("key");
        let read = |content: &[u8]| {
            std::fs::write(&path, content).unwrap();
            read_secret(&path, "the key").map(|secret| secret.expose().to_owned())
        };
        assert_eq!(read(b" sk_test_1\r\n").unwrap(), "sk_test_1");
        for bad in [&b""[..], b" \n", b"\xff\xfe", &[b'a'; 20_000]] {
            assert!(read(bad).unwrap_err().to_string().starts_with("the key: "));
        }
        let missing = read_secret(&folder.join("none"), "the key").unwrap_err();
        assert!(format!("{missing:#}").contains("none can't be read: No such file"), "{missing:#}");
    }
}
