use super::*;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

fn with(variables: &[(&str, &str)]) -> Result<Settings, Fault> {
    load(None, environment(variables))
}

fn environment(variables: &[(&str, &str)]) -> BTreeMap<OsString, OsString> {
    variables.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

/// A file of the test, removed with it.
struct TestFile(PathBuf);

impl TestFile {
    fn new(text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("tributary-settings-{}", uuid::Uuid::new_v4()));
        std::fs::write(&path, text).unwrap();
        TestFile(path)
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[test]
fn the_defaults_are_those_of_the_crates_they_configure() {
    let settings = with(&[]).unwrap();
    let (worker, default) = (settings.worker(), WorkerSettings::default());
    assert_eq!(format!("{worker:?}"), format!("{default:?}"));
    assert_eq!(settings.outgoing(), OutgoingSettings::default());
    let stripe = settings.stripe();
    let expected = StripeSettings::at(stripe.api_base.clone(), stripe.connect_base.clone());
    assert_eq!(format!("{stripe:?}"), format!("{expected:?}"));
    assert_eq!(stripe.api_base.as_str(), "https://api.stripe.com/");
    assert_eq!(settings.portal.listen.to_string(), "127.0.0.1:7610");
    let urls = PublicUrls::new("https://portal.example", "https://api.example", "https://link.example");
    assert_eq!(format!("{:?}", settings.api(urls.clone())), format!("{:?}", ApiSettings::new(urls)));
}

#[test]
fn a_variable_wins_over_the_file_and_the_file_over_the_default() {
    let file =
        TestFile::new("[worker]\npoll_ms = 200\nlease_secs = 20\n[stripe.test]\nrequests_per_second = 5");
    let variables = [
        ("TRIBUTARY__WORKER__POLL_MS", "300"),
        ("TRIBUTARY__STRIPE__SHARE", "0.25"),
        ("TRIBUTARY__API__LISTEN", "127.0.0.1:1"),
        ("TRIBUTARY__API__REQUESTS_PER_DAY", "7"),
        ("TRIBUTARY__DATABASE__MIGRATE_AT_START", "false"),
    ];
    let settings = load(Some(&file.0), environment(&variables)).unwrap();
    assert_eq!((settings.api.listen.port(), settings.api.requests_per_day.get()), (1, 7));
    assert!(!settings.database.migrate_at_start);
    assert_eq!((settings.worker.poll_ms, settings.worker.lease_secs), (300, 20));
    assert_eq!(settings.worker.connections_at_once, 16);
    assert_eq!(settings.stripe.test.requests_per_second, 5);
    assert!((settings.stripe.share - 0.25).abs() < f64::EPSILON);
}

#[test]
fn the_example_for_production_is_valid() {
    let example = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/production.example.toml"));
    let settings = load(Some(example), []).unwrap();
    assert_eq!(settings.link.public_url.unwrap().origin(), "https://link.example.com");
}

#[test]
fn a_secret_may_stand_in_a_file_that_a_variable_names() {
    let file = TestFile::new("postgres://u:p@h/d\n");
    let path = file.0.to_str().unwrap();
    let settings = with(&[("TRIBUTARY__DATABASE__URL_FILE", path)]).unwrap();
    assert_eq!(settings.database.url.expose(), "postgres://u:p@h/d");
    assert!(!format!("{settings:?}").contains("u:p"));
    let both = [("TRIBUTARY__DATABASE__URL", "sqlite://x"), ("TRIBUTARY__DATABASE__URL_FILE", path)];
    assert!(with(&both).unwrap_err().to_string().starts_with("TRIBUTARY__DATABASE__URL and "));
    let error = with(&[("TRIBUTARY__DATABASE__URL_FILE", "/nowhere/at/all")]).unwrap_err().to_string();
    assert!(error.contains("TRIBUTARY__DATABASE__URL_FILE: /nowhere/at/all"), "{error}");
}

#[test]
fn settings_that_do_not_exist_are_refused_by_name_with_what_there_is() {
    let error = with(&[("TRIBUTARY__WORKER__POLL", "1")]).unwrap_err().to_string();
    assert!(error.starts_with("TRIBUTARY__WORKER__POLL: there is no setting worker.poll;"), "{error}");
    assert!(error.contains("worker.poll_ms"), "{error}");
    let file = TestFile::new("[databse]\nurl = 'x'");
    let error = load(Some(&file.0), []).unwrap_err().to_string();
    assert!(error.contains("there is no setting databse.url") && error.contains("database"), "{error}");
    assert!(with(&[("TRIBUTARY__NONSENSE", "1"), ("TRIBUTARY_BIN", "x")]).is_err());
    assert!(with(&[("TRIBUTARY_BIN", "x"), ("PATH", "x")]).is_ok());
}

#[test]
fn bad_values_are_refused_with_their_key_and_what_is_expected() {
    let cases = [
        ("TRIBUTARY__API__LISTEN", "7611", "api.listen", "ADDRESS:PORT"),
        ("TRIBUTARY__API__LISTEN", "127.0.0.1:99999", "api.listen", "ADDRESS:PORT"),
        ("TRIBUTARY__PORTAL__PROXIES", "10.0.0.1, proxy", "portal.proxies", "IP addresses"),
        ("TRIBUTARY__LINK__PUBLIC_URL", "http://link.example.com", "link.public_url", "https"),
        ("TRIBUTARY__LINK__PUBLIC_URL", "https://link.example.com/x", "link.public_url", "host and port"),
        ("TRIBUTARY__API__REQUESTS_PER_DAY", "0", "api.requests_per_day", "nonzero"),
        ("TRIBUTARY__API__IDEMPOTENCY_HOURS", "0", "api.idempotency_hours", "between 1 and 8760"),
        ("TRIBUTARY__STRIPE__API_BASE", "stripe", "stripe.api_base", "URL"),
        ("TRIBUTARY__STRIPE__SHARE", "1.5", "stripe.share", "at most 1"),
        ("TRIBUTARY__STRIPE__SHARE", "NaN", "stripe.share", "at most 1"),
        ("TRIBUTARY__WORKER__POLL_MS", "soon", "worker.poll_ms", "integer"),
        ("TRIBUTARY__WORKER__LEASE_SECS", "0", "worker.lease_secs", "between 1 and 3600"),
        ("TRIBUTARY__DATABASE__CONNECTIONS", "-1", "database.connections", ""),
        ("TRIBUTARY__PASSWORDS__MEMORY_KIB", "1", "passwords.memory_kib", "between 8 and"),
        ("TRIBUTARY__LOG__FORMAT", "xml", "log.format", "json"),
        ("TRIBUTARY__VAULT__MASTER_KEY_FILE", "", "vault.master_key_file", "name a file"),
    ];
    for (variable, value, key, expected) in cases {
        let error = with(&[(variable, value)]).unwrap_err().to_string();
        assert!(error.contains(key) && error.contains(expected), "{variable}={value}: {error}");
    }
}

#[test]
fn a_settings_file_that_is_missing_or_not_toml_is_refused_by_name() {
    let error = load(Some(Path::new("/nowhere/t.toml")), []).unwrap_err().to_string();
    assert!(error.contains("/nowhere/t.toml"), "{error}");
    let file = TestFile::new("[worker\n");
    let error = load(Some(&file.0), []).unwrap_err().to_string();
    assert!(error.contains(file.0.to_str().unwrap()), "{error}");
}

#[test]
fn waits_between_attempts_are_a_list_of_seconds() {
    let waits = |text| with(&[("TRIBUTARY__WEBHOOKS__RETRY_WAITS_SECS", text)]);
    assert_eq!(waits("0, 1,60").unwrap().outgoing().retry_waits_secs, [0, 1, 60]);
    assert_eq!(waits("").unwrap().outgoing().retry_waits_secs, [0; 0]);
    for text in ["soon", "-1", "1.5", "604801", &vec!["1"; 21].join(",")] {
        assert!(waits(text).unwrap_err().to_string().contains("webhooks.retry_waits_secs"), "{text}");
    }
}
