//! Objects beside payments and Billing as numbers, in the manner of [`rows`](super::rows).

use super::bills::Span;
use super::rows::Ref;
use crate::cash::Cash;
use crate::id::Ids;

/// How someone pays, saved for a customer or used once by a guest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MethodRow {
    pub(crate) created: u32,
    pub(crate) customer: Ref,
    /// The first charge that it paid; says what it is.
    pub(crate) charge: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetupStatus {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    Processing,
    Canceled,
    Succeeded,
}

impl SetupStatus {
    pub(crate) const ALL: [SetupStatus; 6] = [
        SetupStatus::RequiresPaymentMethod,
        SetupStatus::RequiresConfirmation,
        SetupStatus::RequiresAction,
        SetupStatus::Processing,
        SetupStatus::Canceled,
        SetupStatus::Succeeded,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            SetupStatus::RequiresPaymentMethod => "requires_payment_method",
            SetupStatus::RequiresConfirmation => "requires_confirmation",
            SetupStatus::RequiresAction => "requires_action",
            SetupStatus::Processing => "processing",
            SetupStatus::Canceled => "canceled",
            SetupStatus::Succeeded => "succeeded",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct SetupRow {
    pub(crate) created: u32,
    pub(crate) method: Ref,
    pub(crate) customer: Ref,
    pub(crate) status: SetupStatus,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct LocationRow {
    /// When it was made; the API doesn't tell.
    pub(crate) created: u32,
    pub(crate) deleted: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct TransferRow {
    pub(crate) created: u32,
    pub(crate) charge: u32,
    pub(crate) amount: i64,
    pub(crate) reversed: i64,
    pub(crate) reversals: Span,
    pub(crate) txn: Ref,
    pub(crate) currency: Cash,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct ReversalRow {
    pub(crate) created: u32,
    /// The transfer.
    pub(crate) owner: u32,
    pub(crate) amount: i64,
    pub(crate) txn: Ref,
}

/// Whose charges the platform takes fees of.
pub(crate) struct Merchant {
    /// `acct_…`.
    pub(crate) id: String,
    pub(crate) ids: Ids,
}

/// What an application took of another account's charge. The platform has these, not the merchant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FeeRow {
    /// When the charge was made, too.
    pub(crate) created: u32,
    /// The merchant's number.
    pub(crate) account: u32,
    /// The charge's place among the merchant's.
    pub(crate) charge: u32,
    /// In the settlement currency of the charge.
    pub(crate) amount: i64,
    pub(crate) currency: Cash,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct FileRow {
    pub(crate) created: u32,
    pub(crate) purpose: &'static str,
    /// The file name's extension.
    pub(crate) kind: &'static str,
    pub(crate) bytes: u32,
}
