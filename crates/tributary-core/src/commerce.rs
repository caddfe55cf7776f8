//! The closed sets of words in commerce records, as the contract spells them.
//!
//! The worker writes them, the database stores them, the API emits them. Clients reject words outside
//! these sets, so nothing may be added that the contract doesn't have.

use crate::integration::UnknownWord;
use crate::state::words;
use std::fmt;
use std::str::FromStr;

words! {
    /// A payment's status.
    PaymentStatus ("payment status") {
        /// Started, its outcome is open.
        Pending = "Pending",
        /// Approved, not captured yet.
        Authorized = "Authorized",
        /// Captured.
        Paid = "Paid",
        /// Declined or blocked.
        Failed = "Failed",
        /// Authorised, then released or expired.
        Cancelled = "Cancelled",
        /// Anything else.
        Unknown = "Unknown",
    }
}

words! {
    /// What an order was paid with.
    PaymentType ("payment type") {
        /// Coins and notes.
        Cash = "Cash",
        /// A card that was there.
        Card = "Card",
        /// On account.
        Invoice = "Invoice",
        /// A card at a distance.
        OnlineCard = "OnlineCard",
        /// Swish.
        Swish = "Swish",
        /// Vipps.
        Vipps = "Vipps",
        /// By mobile phone.
        Mobile = "Mobile",
        /// Credit with the merchant.
        StoreCredit = "StoreCredit",
        /// PayPal.
        Paypal = "Paypal",
        /// Another method.
        Custom = "Custom",
        /// Paid beforehand.
        Prepaid = "Prepaid",
        /// Not known.
        Unknown = "Unknown",
    }
}

words! {
    /// What an order charges beside what is sold.
    ServiceChargeType ("service charge type") {
        /// Anything.
        Generic = "Generic",
        /// Sending the goods.
        Shipping = "Shipping",
        /// More than was due.
        Overpayment = "Overpayment",
        /// Not known.
        Unknown = "Unknown",
    }
}

words! {
    /// Whether a payment method is in use.
    PaymentMethodStatus ("payment method status") {
        /// Not known.
        Unknown = "Unknown",
        /// In use.
        Active = "Active",
        /// Not any more.
        Archived = "Archived",
    }
}

words! {
    /// A transaction's type.
    TransactionType ("transaction type") {
        /// Money received from a customer.
        Payment = "Payment",
        /// Money returned to a customer.
        Refund = "Refund",
        /// Money sent to the merchant's bank account.
        Payout = "Payout",
        /// A payout that came back.
        FailedPayout = "FailedPayout",
        /// Money moved between accounts.
        Transfer = "Transfer",
        /// A fee.
        PaymentFee = "PaymentFee",
        /// A fee given back.
        PaymentFeeRefund = "PaymentFeeRefund",
        /// Anything else; the sub-type keeps Stripe's word.
        Unknown = "Unknown",
    }
}

words! {
    /// A dispute's status.
    DisputeStatus ("dispute status") {
        /// Decided for the merchant.
        Won = "Won",
        /// Decided for the customer.
        Lost = "Lost",
        /// The merchant gave in.
        Accepted = "Accepted",
        /// Evidence is being looked at.
        Processing = "Processing",
        /// Ended by a refund.
        ChargeRefunded = "ChargeRefunded",
        /// The merchant has to answer.
        EvidenceRequired = "EvidenceRequired",
        /// An inquiry the merchant has to answer.
        InquiryEvidenceRequired = "InquiryEvidenceRequired",
        /// An inquiry that is being looked at.
        InquiryProcessing = "InquiryProcessing",
        /// An inquiry that came to nothing.
        InquiryClosed = "InquiryClosed",
        /// Somebody else has to act.
        WaitingThirdParty = "WaitingThirdParty",
        /// Anything else.
        Unknown = "Unknown",
    }
}

words! {
    /// Whether a product or a variant is on sale.
    ProductStatus ("product status") {
        /// On sale.
        Published = "Published",
        /// Archived.
        Unpublished = "Unpublished",
        /// Not known.
        Unknown = "Unknown",
    }
}

words! {
    /// What kind of record a transaction or a dispute points to.
    SourceType ("source type") {
        /// A fee.
        Fee = "Fee",
        /// An order.
        Order = "Order",
        /// A payment or refund.
        Payment = "Payment",
        /// A service charge.
        ServiceCharge = "ServiceCharge",
        /// Anything else.
        Unknown = "Unknown",
    }
}

words! {
    /// What an address is for.
    AddressType ("address type") {
        /// Where bills go.
        Billing = "Billing",
        /// Where goods go.
        Delivery = "Delivery",
        /// Where an order was placed.
        Order = "Order",
        /// Where goods are kept.
        Inventory = "Inventory",
        /// Not known.
        Unknown = "Unknown",
    }
}

words! {
    /// What kind of line a phone number reaches.
    PhoneType ("phone type") {
        /// The main number.
        Primary = "Primary",
        /// A fixed line.
        Landline = "Landline",
        /// A mobile phone.
        Mobile = "Mobile",
        /// A fax machine.
        Fax = "Fax",
        /// Not known.
        Unknown = "Unknown",
    }
}

words! {
    /// Where a web link leads.
    WebLinkType ("web link type") {
        /// The merchant's own site.
        Website = "Website",
        /// A page on a social network.
        Social = "Social",
        /// Not known.
        Unknown = "Unknown",
    }
}
