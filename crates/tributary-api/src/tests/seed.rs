//! A database in a temporary file, and rows written as the services and the worker write them.

use std::path::PathBuf;
use tributary_core::ids::AccountId;
use tributary_core::knowledge::{Interval, Source};
use tributary_core::seal::SealingKey;
use tributary_core::state::{CredentialKind, DatasetStatus};
use tributary_core::{DataType, Millis, PlatformKey, Resource, Secret, SyncMode};
use tributary_db::bulk::{Owner, Rows};
use tributary_db::companies::{self, Company, NewCompany};
use tributary_db::connections::{self, Connection};
use tributary_db::credentials::NewCredential;
use tributary_db::datasets::{self, Finish};
use tributary_db::integrations::Integration;
use tributary_db::platforms::{self, Platform};
use tributary_db::records::Records;
use tributary_db::source_objects::{self, Reading, SourceObject};
use tributary_db::use_cases::{IntegrationChange, IntegrationText, Switch, set_integration};
use tributary_db::vault::Vault;
use tributary_db::{AnyConn, Db, DbError, DbSettings, api_keys, leases, use_cases};

/// When the tests take place: 2026-09-21T14:13:20Z.
pub const NOW: Millis = Millis(1_790_000_000_000);

/// How long the tests hold a lease.
const LEASE_MS: i64 = 60_000;

pub struct Seed {
    pub db: Db,
    pub vault: Vault,
    path: PathBuf,
}

/// A platform with a key, and a company with a connection that is Linked and whose datasets are queued.
pub struct Tenant {
    pub platform: Platform,
    pub key: Secret,
    pub integration: Integration,
    pub company: Company,
    pub connection: Connection,
}

impl Seed {
    pub fn new() -> Seed {
        let path = std::env::temp_dir().join(format!("tributary-api-{}.db", uuid::Uuid::new_v4()));
        let url = format!("sqlite://{}", path.display());
        let settings = DbSettings { url, connections: 2, migrate: true, wait_secs: 60 };
        let master = SealingKey::random_master_text().unwrap();
        let vault = Vault::new(SealingKey::from_master_text(&master).unwrap());
        Seed { db: Db::open(&settings).unwrap(), vault, path }
    }

    /// One transaction that must not fail.
    pub fn run<T>(&self, work: impl Fn(&mut AnyConn) -> Result<T, DbError>) -> T {
        self.db.write_blocking(work).unwrap()
    }

    pub fn tenant(&self, name: &str, account: &str) -> Tenant {
        let platform = self.run(|conn| platforms::create(conn, name, NOW)).unwrap();
        let key = self.run(|conn| api_keys::create(conn, platform.no, Some("CI"), NOW)).unwrap().key;
        let integration = self.integration(&platform, PlatformKey::StripeTest, true);
        let company = self.company(&platform, "Bakery", NOW);
        let pending = self.connection(&company, &integration);
        let connection = self.link(&pending, account);
        Tenant { platform, key, integration, company, connection }
    }

    pub fn integration(&self, platform: &Platform, key: PlatformKey, enabled: bool) -> Integration {
        let text = IntegrationText {
            client_id: Some("ca_1".to_owned()),
            secret_key: Some(Secret::new(format!("sk_{}_canary", key.mode()))),
            webhook_secret: None,
        };
        let mut change = IntegrationChange::read(key, text).unwrap();
        change.switch = Some(if enabled { Switch::On } else { Switch::Off });
        self.run(|conn| set_integration(conn, &self.vault, platform, &change, NOW)).unwrap()
    }

    pub fn company(&self, platform: &Platform, name: &str, created: Millis) -> Company {
        let new = NewCompany { name: name.to_owned(), ..NewCompany::default() };
        self.run(|conn| companies::create(conn, platform.no, new.clone(), created))
    }

    pub fn connection(&self, company: &Company, integration: &Integration) -> Connection {
        self.run(|conn| connections::create(conn, company.platform_no, company.id, integration, NOW))
    }

    pub fn link(&self, connection: &Connection, account: &str) -> Connection {
        let credential = NewCredential {
            kind: CredentialKind::ConnectOauth,
            access_token: Secret::new("sk_test_canary_of_the_merchant"),
            refresh_token: None,
            scope: Some("read_only".to_owned()),
            account_id: AccountId(account.to_owned()),
            masked: None,
            expires: None,
        };
        self.run(|conn| {
            use_cases::link_connection(conn, &self.vault, &super::urls(), connection, credential.clone(), NOW)
        })
        .unwrap();
        self.run(|conn| connections::find_by_no(conn, connection.no)).unwrap()
    }

    /// Ends a waiting dataset of one data type.
    pub fn finish(&self, connection: &Connection, data_type: DataType, status: DatasetStatus, at: Millis) {
        let waiting = self.run(|conn| datasets::waiting(conn, connection.no));
        let dataset = waiting.into_iter().find(|dataset| dataset.data_type == data_type).unwrap();
        let failed = status != DatasetStatus::Complete;
        let how = Finish {
            status,
            error_message: failed.then(|| "it failed".to_owned()),
            errors: Vec::new(),
            warnings: Vec::new(),
            records_modified: true,
        };
        assert!(self.run(|conn| datasets::finish(conn, connection.no, dataset.id, how.clone(), at)));
    }

    /// Completes the first dataset of every data type.
    pub fn complete_all(&self, connection: &Connection) {
        for data_type in DataType::ALL {
            self.finish(connection, data_type, DatasetStatus::Complete, NOW);
        }
    }

    /// Has a tenant's integration read by schedule.
    pub fn continuous(&self, tenant: &Tenant) {
        let mut change = IntegrationChange::of(tenant.integration.key);
        change.sync_mode = Some(SyncMode::Continuous);
        self.run(|conn| set_integration(conn, &self.vault, &tenant.platform, &change, NOW)).unwrap();
    }

    /// Writes records under a lease, as a worker does, and returns their `modifiedDate`.
    pub fn write(&self, connection: &Connection, records: &Records) -> Millis {
        let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
        self.run(|conn| {
            let lease = leases::claim(conn, connection.no, "test", LEASE_MS)?.unwrap();
            let modified = leases::enter(conn, &lease, LEASE_MS)?;
            records.write(conn, owner, modified.0, Rows::Any)?;
            leases::release(conn, &lease)?;
            Ok(modified)
        })
    }

    /// Stores an object as if it had just been read.
    pub fn object(&self, connection: &Connection, resource: Resource, id: &str, json: &str) {
        let owner = Owner { connection_no: connection.no, platform_no: connection.platform_no };
        let object = SourceObject {
            id: id.to_owned(),
            created_secs: Some(NOW.secs() - 60),
            digest: 1,
            deleted: false,
            json: json.to_owned(),
        };
        let reading = Reading { object: &object, interval: Interval::of_read(NOW, NOW, 0) };
        let applied = self
            .run(|conn| source_objects::apply(conn, owner, resource, Source::Read, &[reading], Rows::Any));
        assert_eq!(applied.new, [0]);
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm", ".lock"] {
            let mut file = self.path.clone().into_os_string();
            file.push(suffix);
            let _ = std::fs::remove_file(file);
        }
    }
}
