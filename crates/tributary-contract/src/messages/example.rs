//! An example of each kind of message, made of the same types as real ones: for tests of a consumer, and for the
//! documentation.

use super::{
    ClientRateLimit, CompanyLinks, CompanyProduct, CompanyReference, ConnectionChange, DataTypeRead,
    Envelope, EventType, Payload, ReadCompleted, VerdictChange, VerdictLinks,
};
use crate::EmptyList;
use crate::companies::Company;
use crate::connections::{Connection, ConnectionError, ConnectionInfo, ErrorStatus};
use std::collections::BTreeMap;
use tributary_core::ids::{CompanyId, ConnectionId, EventId, IntegrationId, PlatformId, ReconciliationId};
use tributary_core::reconciliation::Verdict;
use tributary_core::state::{ConnectionStatus, DatasetStatus};
use tributary_core::{DataType, Millis, PlatformKey, PublicUrls};
use uuid::Uuid;

const COMPANY: CompanyId = CompanyId::from_uuid(Uuid::from_u128(0x0498e921_9b53_4396_a412_000000000001));
const CONNECTION: ConnectionId =
    ConnectionId::from_uuid(Uuid::from_u128(0x0498e921_9b53_4396_a412_000000000002));
const INTEGRATION: IntegrationId =
    IntegrationId::from_uuid(Uuid::from_u128(0x0498e921_9b53_4396_a412_000000000003));
const RECONCILIATION: ReconciliationId =
    ReconciliationId::from_uuid(Uuid::from_u128(0x0498e921_9b53_4396_a412_000000000004));

/// A message of a type, marked as a test, about a company that doesn't exist. `now` is when it is made.
pub fn of(
    event_type: EventType,
    id: EventId,
    platform: PlatformId,
    urls: &PublicUrls,
    now: Millis,
) -> Envelope {
    let scene = Scene { event_type, platform, urls, now };
    Envelope { id, event_type, generated_date: now, test: true, payload: scene.payload() }
}

struct Scene<'a> {
    event_type: EventType,
    platform: PlatformId,
    urls: &'a PublicUrls,
    now: Millis,
}

impl Scene<'_> {
    fn payload(&self) -> Payload {
        match self.event_type {
            EventType::CompanyCreated | EventType::CompanyDeleted => {
                Payload::Company(Box::new(self.company()))
            }
            EventType::CompanyProductAdded => Payload::Product(product(&["commerce", "lending"])),
            EventType::CompanyProductRemoved => Payload::Product(product(&["commerce"])),
            EventType::ConnectionCreated
            | EventType::ConnectionConnected
            | EventType::ConnectionFailed
            | EventType::ConnectionDisconnected
            | EventType::ConnectionReconnected
            | EventType::ConnectionDeleted => {
                let reference_company = self.reference();
                Payload::Connection(Box::new(ConnectionChange {
                    reference_company,
                    connection: self.connection(),
                }))
            }
            EventType::ReadCompleted => {
                Payload::Read(self.read(&[DataType::Payments, DataType::Transactions]))
            }
            EventType::ReadCompletedInitial => Payload::Read(self.read(&DataType::ALL)),
            EventType::ReconciliationVerdictChanged => Payload::Verdict(self.verdict()),
            EventType::RateLimitReached => Payload::RateLimit(self.quota(0)),
            EventType::RateLimitReset => Payload::RateLimit(self.quota(1_000_000)),
        }
    }

    fn company(&self) -> Company {
        Company {
            id: COMPANY,
            name: NAME.to_owned(),
            description: description(),
            redirect: self.urls.company(COMPANY),
            last_sync: None,
            created: self.now,
            created_by_user_name: Some("Example".to_owned()),
            products: vec!["commerce".to_owned()],
            tags: tags(),
            reference_subsidiary_companies: EmptyList,
            owner_user_ids: EmptyList,
            data_connections: None,
        }
    }

    fn reference(&self) -> CompanyReference {
        CompanyReference {
            id: COMPANY,
            name: NAME.to_owned(),
            description: description(),
            links: CompanyLinks { portal: self.urls.portal_company(self.platform, COMPANY) },
            tags: tags(),
        }
    }

    fn connection(&self) -> Connection {
        let status = match self.event_type {
            EventType::ConnectionCreated | EventType::ConnectionFailed => ConnectionStatus::PendingAuth,
            EventType::ConnectionDisconnected => ConnectionStatus::Deauthorized,
            _ => ConnectionStatus::Linked,
        };
        let was_linked = status != ConnectionStatus::PendingAuth;
        let error = match self.event_type {
            EventType::ConnectionFailed => Some(("403", "User cancelled linking", "User cancelled")),
            EventType::ConnectionDisconnected => {
                Some(("401", "Unauthorized", "Access was revoked at Stripe."))
            }
            _ => None,
        };
        let error = error.map(|(code, status_text, message)| ConnectionError {
            status_code: code.to_owned(),
            status_text: status_text.to_owned(),
            error_message: message.to_owned(),
            errored_on: self.now,
            status: ErrorStatus::Active,
            resolved_on: None,
        });
        Connection {
            id: CONNECTION,
            integration_id: INTEGRATION,
            source: PlatformKey::StripeTest.into(),
            link_url: self.urls.start(COMPANY, CONNECTION),
            status,
            last_sync: None,
            created: self.now,
            data_connection_errors: error.into_iter().collect(),
            connection_info: was_linked
                .then(|| ConnectionInfo { account_id: "acct_example".to_owned(), livemode: false }),
        }
    }

    fn read(&self, types: &[DataType]) -> ReadCompleted {
        let read = |data_type: &DataType| DataTypeRead {
            connection_id: CONNECTION,
            data_type: *data_type,
            records_modified: true,
            status: DatasetStatus::Complete,
            issues: Vec::new(),
        };
        ReadCompleted {
            reference_company: self.reference(),
            modified_from_date: Some(self.now.plus_ms(-60_000)),
            data_types: types.iter().map(read).collect(),
        }
    }

    fn verdict(&self) -> VerdictChange {
        VerdictChange {
            reference_company: self.reference(),
            connection_id: CONNECTION,
            reconciliation_id: RECONCILIATION,
            verdict: Verdict::Ties,
            previous_verdict: Some(Verdict::Differs),
            explanation: None,
            differences: 2,
            repaired: 2,
            links: VerdictLinks {
                reconciliation: self.urls.reconciliation(COMPANY, CONNECTION, RECONCILIATION),
                portal: self.urls.portal_reconciliation(self.platform, COMPANY, CONNECTION, RECONCILIATION),
            },
        }
    }

    fn quota(&self, quota_remaining: i64) -> ClientRateLimit {
        ClientRateLimit { daily_quota: 1_000_000, quota_remaining, expiry_date: self.now.next_day() }
    }
}

const NAME: &str = "Example Company";

fn description() -> Option<String> {
    Some("A company that does not exist".to_owned())
}

fn tags() -> BTreeMap<String, String> {
    BTreeMap::from([("region".to_owned(), "uk".to_owned())])
}

fn product(products: &[&str]) -> CompanyProduct {
    CompanyProduct {
        id: COMPANY,
        name: NAME.to_owned(),
        description: description(),
        product_id: "lending".to_owned(),
        product_name: "Lending".to_owned(),
        products: products.iter().map(|text| (*text).to_owned()).collect(),
    }
}
