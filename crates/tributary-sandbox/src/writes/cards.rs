//! Test payment methods: how a payment with each goes.

use crate::cards;
use crate::error::ApiError;

/// How a payment goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TestMethod {
    Succeeds,
    /// Declined, with the number of the decline.
    Declined(u8),
    /// Succeeds, and is disputed at once.
    Disputed,
    /// Succeeds, and an inquiry follows at once.
    Inquired,
    /// Asks for the bank's dialogue, which no one holds.
    NeedsAction,
    /// A bank debit, which arrives after days.
    Debit,
    /// A bank debit that comes back after days.
    BouncedDebit,
}

/// Test methods that are declined, and the issuer's reason.
const DECLINED: [(&str, &str); 9] = [
    ("pm_card_chargeDeclined", "generic_decline"),
    ("pm_card_visa_chargeDeclined", "generic_decline"),
    ("pm_card_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ("pm_card_chargeDeclinedLostCard", "lost_card"),
    ("pm_card_chargeDeclinedStolenCard", "stolen_card"),
    ("pm_card_chargeDeclinedExpiredCard", "expired_card"),
    ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc"),
    ("pm_card_chargeDeclinedProcessingError", "processing_error"),
    ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_velocity_exceeded"),
];

/// Test methods with which payments succeed.
const SUCCEEDS: [&str; 7] = [
    "pm_card_visa",
    "pm_card_visa_debit",
    "pm_card_mastercard",
    "pm_card_amex",
    "pm_card_discover",
    "pm_card_bypassPending",
    "pm_card_us",
];

/// How a payment with the method of this id goes. Ids of methods that customers hold succeed.
pub(crate) fn test_method(id: &str) -> Result<TestMethod, ApiError> {
    if let Some((_, reason)) = DECLINED.iter().find(|(known, _)| *known == id) {
        return Ok(TestMethod::Declined(cards::decline_number(reason)));
    }
    match id {
        "pm_card_createDispute" | "pm_card_createDisputeProductNotReceived" => Ok(TestMethod::Disputed),
        "pm_card_createDisputeInquiry" => Ok(TestMethod::Inquired),
        "pm_card_authenticationRequired" | "pm_card_threeDSecure2Required" => Ok(TestMethod::NeedsAction),
        "pm_usBankAccount" | "pm_usBankAccount_success" => Ok(TestMethod::Debit),
        "pm_usBankAccount_debitNotAuthorized" => Ok(TestMethod::BouncedDebit),
        _ if SUCCEEDS.contains(&id) || id.starts_with("pm_1") => Ok(TestMethod::Succeeds),
        _ => Err(ApiError::missing(400, "PaymentMethod", id, "payment_method")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_declined_method_has_its_own_reason() {
        for (id, reason) in DECLINED {
            let TestMethod::Declined(number) = test_method(id).unwrap() else { panic!("{id}") };
            assert_eq!(cards::decline_of(number).reason, reason);
        }
        assert_eq!(test_method("pm_card_visa"), Ok(TestMethod::Succeeds));
        assert!(test_method("pm_card_unheard_of").is_err());
    }
}
