//! Where settings come from: the compiled-in defaults < a file < environment variables.

use super::Settings;
use config::{Config, ConfigError, File, FileFormat, Map, Source, Value, ValueKind};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// `config/default.toml`.
const DEFAULTS: &str = include_str!("../../../../config/default.toml");

const PREFIX: &str = "TRIBUTARY__";

/// Settings that are secret: a variable ending in `_FILE` may name a file that holds the value.
const SECRETS: [&str; 1] = ["database.url"];

/// Why the settings can't be used. Each message names the key and where it was set.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The settings file can't be read.
    #[error("the settings file {} can't be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that a `…_FILE` variable names can't be read.
    #[error("{variable}: {} can't be read: {source}", path.display())]
    SecretFile {
        /// The variable.
        variable: String,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A secret was given twice.
    #[error("{0} and {0}_FILE are both set: set one of them")]
    Twice(String),
    /// A key that doesn't exist.
    #[error("{origin}: there is no setting {key}; {known}")]
    Unknown {
        /// The file or the variable.
        origin: String,
        /// The key.
        key: String,
        /// What there is instead.
        known: String,
    },
    /// A variable's value is not UTF-8.
    #[error("{0} is not valid UTF-8")]
    NotText(String),
    /// Not TOML, or a value of the wrong type.
    #[error("settings: {0}")]
    Config(#[from] ConfigError),
    /// A number out of range.
    #[error("settings: {key} must be between {least} and {most}")]
    Range {
        /// The key.
        key: &'static str,
        /// The least value.
        least: u64,
        /// The greatest.
        most: u64,
    },
    /// A value that can't be worked with.
    #[error("settings: {key}: {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// Reads the settings: the defaults, then the file if one is named, then these environment variables.
pub fn load(
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Settings, Fault> {
    let defaults = Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml)).build()?;
    let known = keys(&defaults.collect()?);
    let mut builder = Config::builder().add_source(defaults);
    if let Some(path) = file {
        let text =
            std::fs::read_to_string(path).map_err(|source| Fault::File { path: path.to_owned(), source })?;
        let name = path.display().to_string();
        let read = Config::builder().add_source(File::from_str(&text, FileFormat::Toml)).build();
        let read = read.map_err(|error| ConfigError::Message(format!("{name}: {error}")))?;
        for key in keys(&read.collect()?) {
            check_known(&name, key, &known)?;
        }
        builder = builder.add_source(read);
    }
    builder = builder.add_source(Variables(variables(environment, &known)?));
    let settings: Settings = builder.build()?.try_deserialize()?;
    settings.check()?;
    Ok(settings)
}

/// Values by their dotted key.
#[derive(Clone, Debug)]
struct Variables(Map<String, Value>);

impl Source for Variables {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

/// The settings among the environment's variables.
fn variables(
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    known: &BTreeSet<String>,
) -> Result<Map<String, Value>, Fault> {
    let mut values = Map::new();
    for (name, value) in environment {
        let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)).map(str::to_owned) else {
            continue;
        };
        let value = value.into_string().map_err(|_| Fault::NotText(name.clone()))?;
        let mut key = name[PREFIX.len()..].to_lowercase().replace("__", ".");
        let secret = key.strip_suffix("_file").filter(|secret| SECRETS.contains(secret)).map(str::to_owned);
        let value = match &secret {
            Some(_) => read_secret(&name, value)?,
            None => value,
        };
        key = secret.unwrap_or(key);
        check_known(&name, key.clone(), known)?;
        if values.insert(key, Value::new(Some(&name), value)).is_some() {
            return Err(Fault::Twice(name.trim_end_matches("_FILE").to_owned()));
        }
    }
    Ok(values)
}

fn read_secret(variable: &str, path: String) -> Result<String, Fault> {
    let path = PathBuf::from(path);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim_end().to_owned()),
        Err(source) => Err(Fault::SecretFile { variable: variable.to_owned(), path, source }),
    }
}

/// The dotted keys of every value that isn't a table.
fn keys(tables: &Map<String, Value>) -> BTreeSet<String> {
    fn walk(prefix: &str, table: &Map<String, Value>, found: &mut BTreeSet<String>) {
        for (name, value) in table {
            let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match &value.kind {
                ValueKind::Table(inner) => walk(&key, inner, found),
                _ => drop(found.insert(key)),
            }
        }
    }
    let mut found = BTreeSet::new();
    walk("", tables, &mut found);
    found
}

fn check_known(origin: &str, key: String, known: &BTreeSet<String>) -> Result<(), Fault> {
    if known.contains(&key) {
        return Ok(());
    }
    let section = key.rsplit_once('.').map_or("", |(section, _)| section);
    let in_section = |key: &&str| key.rsplit_once('.').is_some_and(|(of, _)| of == section);
    let siblings: Vec<&str> = known.iter().map(String::as_str).filter(in_section).collect();
    let known = if siblings.is_empty() {
        let sections: BTreeSet<&str> = known.iter().filter_map(|key| Some(key.rsplit_once('.')?.0)).collect();
        format!("the sections are {}", sections.into_iter().collect::<Vec<_>>().join(", "))
    } else {
        format!("there are {}", siblings.join(", "))
    };
    Err(Fault::Unknown { origin: origin.to_owned(), key, known })
}
