//! Logs: to stderr, in text or JSON.

use crate::settings::{Log, LogFormat};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// `log.level` can't be understood.
#[derive(Debug, thiserror::Error)]
#[error(
    "settings: log.level: error, warn, info, debug, trace or off is expected, or directives such as info,tributary_worker=debug"
)]
pub struct BadLevel;

/// Sets up logging for the process; a second call changes nothing.
pub fn init(log: &Log) -> Result<(), BadLevel> {
    let filter = filter(&log.level)?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // An error means that logging is set up already.
    let _ = match log.format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => {
            let is_colourful = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            builder.with_ansi(is_colourful).try_init()
        }
    };
    std::panic::set_hook(Box::new(|info| {
        // What was panicked with may hold a secret; where it happened can't.
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a defect of Tributary's: please report this line");
    }));
    Ok(())
}

/// One word is about Tributary's own crates, and libraries log from `warn` on: at `trace` some of them print
/// what they send and receive.
fn filter(level: &str) -> Result<EnvFilter, BadLevel> {
    let level = level.trim().to_lowercase();
    let directives = match level.as_str() {
        "" => return Err(BadLevel),
        "off" => level,
        word if word.chars().all(|c| c.is_ascii_alphabetic()) => {
            word.parse::<tracing::Level>().map_err(|_| BadLevel)?;
            let libraries = if word == "error" { "error" } else { "warn" };
            format!("{libraries},tributary={word}")
        }
        _ => level,
    };
    EnvFilter::builder().parse(directives).map_err(|_| BadLevel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_is_about_our_own_crates() {
        assert_eq!(filter("trace").unwrap().to_string(), "tributary=trace,warn");
        assert_eq!(filter("ERROR").unwrap().to_string(), "tributary=error,error");
        assert_eq!(filter("info,hyper=debug").unwrap().to_string(), "hyper=debug,info");
        for bad in ["", "loud", "a=b=c"] {
            assert!(filter(bad).is_err(), "{bad}");
        }
    }
}
