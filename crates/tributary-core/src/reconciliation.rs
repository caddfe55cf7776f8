//! Reconciliation: what is said of whether a connection's records tie to Stripe's (rule E16).

use crate::integration::UnknownWord;
use crate::state::words;
use std::fmt;
use std::str::FromStr;

words! {
    /// What a reconciliation comes to.
    Verdict ("verdict") {
        /// Per currency the transactions sum to Stripe's balance, each automatic payout to its transactions, and
        /// everything that is stored agrees with itself.
        Ties = "ties",
        /// Something doesn't agree; the differences say what.
        Differs = "differs",
        /// It couldn't be judged this time: the balance kept moving, or Stripe didn't answer.
        Inconclusive = "inconclusive",
        /// It can't be judged: less than the whole history is kept, or a permission is missing.
        NotApplicable = "not_applicable",
    }
}

words! {
    /// Where a reconciliation stands.
    ReconciliationState ("reconciliation state") {
        /// Asked for.
        Queued = "queued",
        /// A worker is at it, or another one will take it up.
        Running = "running",
        /// Its verdict stands.
        Ended = "ended",
        /// The connection was severed before it ended.
        Cancelled = "cancelled",
    }
}

words! {
    /// What doesn't agree.
    DifferenceKind ("kind of difference") {
        /// The transactions of a currency don't sum to Stripe's balance, available and pending together.
        Balance = "balance",
        /// What the transactions make available of a currency can't be what Stripe's balance has available.
        Available = "available",
        /// The transactions of an automatic payout don't sum to its amount.
        Payout = "payout",
        /// A transaction that a payout, a charge, a refund or a dispute names isn't stored.
        TransactionMissing = "transaction_missing",
        /// A transaction's net amount isn't its amount less its fee.
        Net = "net",
        /// A transaction's fee isn't the sum of its details.
        Fee = "fee",
        /// The object that caused a transaction isn't stored.
        SourceMissing = "source_missing",
        /// An object and its transaction have different amounts in the same currency.
        Amount = "amount",
        /// A stored object doesn't say what it said when it was stored.
        ObjectAltered = "object_altered",
        /// Stripe no longer shows an object that it never deletes.
        ObjectAbsent = "object_absent",
        /// A stored object's record is missing.
        RecordMissing = "record_missing",
        /// A record doesn't say what follows from its object.
        RecordAltered = "record_altered",
        /// A record has no object that it could follow from.
        RecordUnfounded = "record_unfounded",
    }
}
