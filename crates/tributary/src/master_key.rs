//! The master key's file (rule I13): made once, never replaced, and refused where it can't be the right one.

use crate::private_file;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tributary_core::Secret;
use tributary_core::seal::{MasterKeyError, SealingKey};
use tributary_core::token::NoRandomness;
use tributary_db::data_keys::{MasterKeyState, master_key_state};
use tributary_db::{Db, DbError};

/// More than any key file holds: 32 bytes in base64 and a line's end.
const FILE_BYTES_MAX: u64 = 1024;

/// Why there is no usable master key. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The file can't be read.
    #[error("the master key file {} can't be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file can't be created.
    #[error("the master key file {} can't be created: {source}; vault.master_key_file says where it goes", path.display())]
    Create {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than its owner may read the file.
    #[error("the master key file {path} is open to others than its owner: make it private with `chmod 600 {path}`", path = .0.display())]
    OpenToOthers(PathBuf),
    /// The file holds no key.
    #[error("{}: {source}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: MasterKeyError,
    },
    /// The database holds sealed secrets and there is no file.
    #[error(
        "the master key file {} is missing, but the database holds secrets sealed with it: restore the file, or set vault.master_key_file to where it is",
        .0.display()
    )]
    Missing(PathBuf),
    /// The file's key is not the one.
    #[error(
        "the master key in {} is not the one that sealed the secrets in the database: restore the right file, or set vault.master_key_file to where it is",
        .0.display()
    )]
    Other(PathBuf),
    /// No randomness for a new key.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The database failed.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What [`inspect`] found.
#[derive(Debug)]
pub enum Found {
    /// The key; it opens what the database holds, if it holds anything.
    Key(SealingKey),
    /// No file, and nothing sealed yet: one may be created.
    Nothing,
}

/// Reads the file and compares it with the database; creates nothing.
pub fn inspect(db: &Db, path: &Path) -> Result<Found, Fault> {
    let key = match read(path)? {
        Some(text) => SealingKey::from_master_text(&text)
            .map_err(|source| Fault::Malformed { path: path.to_owned(), source })?,
        None => {
            let no_key = SealingKey::random()?;
            return match db.read_blocking(|conn| master_key_state(conn, &no_key))? {
                MasterKeyState::NoDataKeys => Ok(Found::Nothing),
                MasterKeyState::Matches | MasterKeyState::Other => Err(Fault::Missing(path.to_owned())),
            };
        }
    };
    match db.read_blocking(|conn| master_key_state(conn, &key))? {
        MasterKeyState::NoDataKeys | MasterKeyState::Matches => Ok(Found::Key(key)),
        MasterKeyState::Other => Err(Fault::Other(path.to_owned())),
    }
}

/// The master key. The file is created only if the database holds no data key.
pub fn load_or_create(db: &Db, path: &Path) -> Result<SealingKey, Fault> {
    if let Found::Key(key) = inspect(db, path)? {
        return Ok(key);
    }
    let text = SealingKey::random_master_text()?;
    let line = Secret::new(format!("{}\n", text.expose()));
    match private_file::create(path, line.expose().as_bytes()) {
        Ok(()) => {
            tracing::info!(path = %path.display(), "created the master key file: keep a copy in a safe place")
        }
        // Another process was faster: its key is the one.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(source) => return Err(Fault::Create { path: path.to_owned(), source }),
    }
    match inspect(db, path)? {
        Found::Key(key) => Ok(key),
        Found::Nothing => Err(Fault::Missing(path.to_owned())),
    }
}

fn read(path: &Path) -> Result<Option<Secret>, Fault> {
    let fault = |source| Fault::Read { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(fault(source)),
    };
    if private_file::is_open_to_others(&file).map_err(fault)? {
        return Err(Fault::OpenToOthers(path.to_owned()));
    }
    let mut text = String::new();
    file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(fault)?;
    Ok(Some(Secret::new(text)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_folder::TestFolder;
    use tributary_core::{Millis, PlatformKey};
    use tributary_db::use_cases::{IntegrationChange, IntegrationText, set_integration};
    use tributary_db::vault::Vault;
    use tributary_db::{DbSettings, platforms};

    fn open(folder: &TestFolder) -> Db {
        let url = format!("sqlite://{}", folder.join("t.sqlite").display());
        Db::open(&DbSettings { url, connections: 1, migrate: true, wait_secs: 5 }).unwrap()
    }

    /// Makes the database hold a data key.
    fn seal_something(db: &Db, key: SealingKey) {
        let vault = Vault::new(key);
        db.write_blocking(|conn| {
            let platform = platforms::create(conn, "P", Millis(1))?.unwrap();
            let text = IntegrationText {
                client_id: Some("ca_1".to_owned()),
                secret_key: Some(Secret::new("sk_test_1")),
                webhook_secret: None,
            };
            let change = IntegrationChange::read(PlatformKey::StripeTest, text).unwrap();
            set_integration(conn, &vault, &platform, &change, Millis(1)).map(|set| set.unwrap())
        })
        .unwrap();
    }

    #[test]
    fn the_file_is_created_once_and_read_from_then_on() {
        let folder = TestFolder::new();
        let (db, path) = (open(&folder), folder.join("master.key"));
        assert!(matches!(inspect(&db, &path).unwrap(), Found::Nothing));
        assert!(!path.exists(), "looking creates nothing");
        let created = load_or_create(&db, &path).unwrap();
        assert_eq!(load_or_create(&db, &path).unwrap().id(), created.id());
        seal_something(&db, created);
        assert!(load_or_create(&db, &path).is_ok());
    }

    #[test]
    fn a_missing_or_other_key_stops_the_start_once_something_is_sealed() {
        let folder = TestFolder::new();
        let (db, path) = (open(&folder), folder.join("master.key"));
        seal_something(&db, load_or_create(&db, &path).unwrap());
        std::fs::rename(&path, folder.join("away")).unwrap();
        assert!(matches!(load_or_create(&db, &path), Err(Fault::Missing(_))));
        assert!(!path.exists(), "no new key is made");
        let other = SealingKey::random_master_text().unwrap();
        private_file::create(&path, other.expose().as_bytes()).unwrap();
        assert!(matches!(load_or_create(&db, &path), Err(Fault::Other(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), other.expose());
    }

    #[test]
    fn files_that_hold_no_key_are_refused_and_left_alone() {
        let folder = TestFolder::new();
        let (db, path) = (open(&folder), folder.join("master.key"));
        for text in ["", "not a key", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] {
            private_file::write(&path, text.as_bytes()).unwrap();
            assert!(matches!(load_or_create(&db, &path), Err(Fault::Malformed { .. })), "{text}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(matches!(load_or_create(&db, &path), Err(Fault::Read { .. } | Fault::OpenToOthers(_))));
        let missing = folder.join("no/such/folder/key");
        assert!(matches!(load_or_create(&db, &missing), Err(Fault::Create { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused_with_the_remedy() {
        use std::os::unix::fs::PermissionsExt;
        let folder = TestFolder::new();
        let (db, path) = (open(&folder), folder.join("master.key"));
        load_or_create(&db, &path).unwrap();
        for mode in [0o640, 0o604, 0o660] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let error = load_or_create(&db, &path).unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
        }
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
        assert!(load_or_create(&db, &path).is_ok());
    }
}
