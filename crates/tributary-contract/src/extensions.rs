//! What Tributary shows beyond the contract, under `/tributary/v1` (rule I1): Stripe's objects as themselves, with
//! its words for their statuses, and what lies behind the contract's records.
//!
//! The same rules hold as for the contract's records: exact decimals in major units beside their currency, dates in
//! ISO 8601 and UTC, and nothing that isn't known.

mod deleted_record;
mod invoice;
mod payout;
mod reading;
mod reconciliation;
mod source_object;
mod subscription;

pub use deleted_record::DeletedRecord;
pub use invoice::Invoice;
pub use payout::Payout;
pub use reading::{
    CompanyTimetable, ConnectionSchedule, ReadUsage, ReadingChange, TimetableBody, TypeSchedule,
};
pub use reconciliation::{Difference, Reconciliation, ReconciliationSum};
pub use source_object::{SourceObject, SourceObjectRef, SourceObjectRefs};
pub use subscription::{Subscription, SubscriptionItem};
