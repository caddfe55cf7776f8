//! A database of its own for each unit test, and the rows that most tests start from.

use crate::companies::{Company, NewCompany};
use crate::connections::Connection;
use crate::credentials::NewCredential;
use crate::integrations::Integration;
use crate::platforms::{self, Platform};
use crate::use_cases::{IntegrationChange, IntegrationText, Switch, set_integration};
use crate::vault::Vault;
use crate::{AnyConn, Db, DbError, DbSettings, companies, connections, use_cases};
use std::path::PathBuf;
use tributary_core::ids::AccountId;
use tributary_core::seal::SealingKey;
use tributary_core::state::CredentialKind;
use tributary_core::{Millis, PlatformKey, PublicUrls, Secret, SyncMode};

/// When the tests take place.
pub(crate) const NOW: Millis = Millis(1_790_000_000_000);

/// A migrated SQLite database in a temporary file; the files go when it is dropped.
pub(crate) struct TestDb {
    pub(crate) db: Db,
    pub(crate) vault: Vault,
    pub(crate) path: PathBuf,
}

impl TestDb {
    pub(crate) fn new() -> TestDb {
        let path = std::env::temp_dir().join(format!("tributary-{}.db", uuid::Uuid::new_v4()));
        let settings = DbSettings {
            url: format!("sqlite://{}", path.display()),
            connections: 2,
            migrate: true,
            wait_secs: 60,
        };
        TestDb { db: Db::open(&settings).unwrap(), vault: Vault::new(master_key()), path }
    }

    /// One transaction that must not fail.
    pub(crate) fn run<T>(&self, work: impl Fn(&mut AnyConn) -> Result<T, DbError>) -> T {
        self.db.write_blocking(work).unwrap()
    }

    pub(crate) fn platform(&self, name: &str) -> Platform {
        self.run(|conn| platforms::create(conn, name, NOW)).unwrap()
    }

    pub(crate) fn integration(&self, platform: &Platform, sync_mode: SyncMode) -> Integration {
        let change = test_integration(sync_mode);
        self.run(|conn| set_integration(conn, &self.vault, platform, &change, NOW)).unwrap()
    }

    pub(crate) fn company(&self, platform: &Platform, name: &str) -> Company {
        let new = NewCompany { name: name.to_owned(), ..NewCompany::default() };
        self.run(|conn| companies::create(conn, platform.no, new.clone(), NOW))
    }

    pub(crate) fn connection(&self, company: &Company, integration: &Integration) -> Connection {
        self.run(|conn| connections::create(conn, company.platform_no, company.id, integration, NOW))
    }

    /// A company of the platform with one connection, Linked to `account`; its six datasets are queued.
    pub(crate) fn linked(&self, platform: &Platform, account: &str) -> (Company, Connection) {
        let integration = self.integration(platform, SyncMode::Continuous);
        let company = self.company(platform, "Bakery");
        let connection = self.connection(&company, &integration);
        self.link(&connection, account);
        let linked = self.run(|conn| connections::find_by_no(conn, connection.no)).unwrap();
        (company, linked)
    }

    pub(crate) fn link(&self, connection: &Connection, account: &str) {
        self.link_at(connection, account, NOW);
    }

    pub(crate) fn link_at(&self, connection: &Connection, account: &str, now: Millis) {
        let link = |conn: &mut AnyConn| {
            use_cases::link_connection(conn, &self.vault, &urls(), connection, credential(account), now)
        };
        self.run(link).unwrap();
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", ".lock"] {
            let mut file = self.path.clone().into_os_string();
            file.push(suffix);
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Where the tests' services would be reached.
pub(crate) fn urls() -> PublicUrls {
    PublicUrls::new("https://portal.example", "https://api.example", "https://link.example")
}

pub(crate) fn master_key() -> SealingKey {
    SealingKey::from_master_text(&SealingKey::random_master_text().unwrap()).unwrap()
}

pub(crate) fn test_integration(sync_mode: SyncMode) -> IntegrationChange {
    let text = IntegrationText {
        client_id: Some("ca_test1".to_owned()),
        secret_key: Some(Secret::new("sk_test_canary_of_the_platform")),
        webhook_secret: None,
    };
    let mut change = IntegrationChange::read(PlatformKey::StripeTest, text).unwrap();
    (change.sync_mode, change.switch) = (Some(sync_mode), Some(Switch::On));
    change
}

pub(crate) fn credential(account: &str) -> NewCredential {
    NewCredential {
        kind: CredentialKind::ConnectOauth,
        access_token: Secret::new("sk_test_canary_of_the_merchant"),
        refresh_token: Some(Secret::new("rt_canary_of_the_merchant")),
        scope: Some("read_only".to_owned()),
        account_id: AccountId(account.to_owned()),
        masked: None,
        expires: None,
    }
}
