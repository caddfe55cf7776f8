//! Which charge plays which special case. An account with enough charges holds each at least once.

use super::rows::DisputeStatus;

/// How a charge's story goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// Left to chance.
    Natural,
    /// A card payment that nothing happens to.
    Plain,
    /// In the n-th currency that the merchant converts from.
    Converted(u8),
    /// In the n-th currency that the merchant keeps.
    Kept(u8),
    Guest,
    /// Made without a payment intent.
    WithoutIntent,
    DeletedCustomer,
    CardNumberInDescription,
    CardNumberInMetadata,
    ApplicationFee,
    TaxOnFee,
    SplitFee,
    FullRefund,
    PartialRefund,
    ThreeRefunds,
    RefundFailed,
    RefundCanceled,
    /// Refunded long after its payout.
    LateRefund,
    /// A large one in the second currency, refunded in the last hour: that balance turns negative.
    ClawedBack,
    Released,
    Expired,
    CapturedLater,
    /// Captured in part, one transaction.
    PartialCapture,
    /// Captured in part, the whole amount booked and the rest reversed.
    PartialCaptureReversed,
    Debit,
    DebitRefunded,
    Bounced,
    Link,
    Declined,
    Blocked,
    Disputed(DisputeStatus),
    /// Won, and the fee came back.
    WonWithFee,
    /// A dispute over part of the amount.
    PartlyDisputed,
    Authorized,
    PendingDebit,
    RefundPending,
    RefundRequiresAction,
}

/// What takes time to come about, so that it happens to old charges.
const OLD: [Scene; 33] = [
    Scene::Converted(0),
    Scene::Converted(1),
    Scene::Converted(2),
    Scene::Converted(3),
    Scene::Kept(1),
    Scene::Guest,
    Scene::WithoutIntent,
    Scene::DeletedCustomer,
    Scene::CardNumberInDescription,
    Scene::CardNumberInMetadata,
    Scene::ApplicationFee,
    Scene::TaxOnFee,
    Scene::SplitFee,
    Scene::FullRefund,
    Scene::PartialRefund,
    Scene::ThreeRefunds,
    Scene::RefundFailed,
    Scene::RefundCanceled,
    Scene::LateRefund,
    Scene::Released,
    Scene::Expired,
    Scene::CapturedLater,
    Scene::PartialCapture,
    Scene::PartialCaptureReversed,
    Scene::Debit,
    Scene::DebitRefunded,
    Scene::Bounced,
    Scene::Link,
    Scene::Declined,
    Scene::Blocked,
    Scene::WonWithFee,
    Scene::PartlyDisputed,
    Scene::ClawedBack,
];

/// What only lasts for days, so that it happens to the newest charges, newest last.
const RECENT: [Scene; 4] =
    [Scene::RefundRequiresAction, Scene::RefundPending, Scene::Authorized, Scene::PendingDebit];

/// The fewest charges with which an account holds every special case.
pub(crate) const ENOUGH_CHARGES: usize = 100;

/// One scene per charge, oldest first.
pub(crate) fn cast(charges: usize) -> Vec<Scene> {
    let mut scenes = vec![Scene::Natural; charges];
    if charges < ENOUGH_CHARGES {
        return scenes;
    }
    let old: Vec<Scene> =
        OLD.into_iter().chain(DisputeStatus::ALL.into_iter().map(Scene::Disputed)).collect();
    // Evenly over the first tenth to six tenths, where 100 charges leave room for 50.
    for (number, scene) in old.iter().enumerate() {
        let place = charges / 10 + number * (charges / 2) / old.len();
        if let Some(slot) = scenes.get_mut(place) {
            *slot = *scene;
        }
    }
    // The very newest stays ordinary.
    for (back, scene) in RECENT.iter().rev().enumerate() {
        if let Some(slot) = charges.checked_sub(back + 2).and_then(|place| scenes.get_mut(place)) {
            *slot = *scene;
        }
    }
    scenes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_enough_charges_every_scene_is_cast() {
        for charges in [ENOUGH_CHARGES, 200, 20_000] {
            let scenes = cast(charges);
            assert_eq!(scenes.len(), charges);
            for scene in OLD.iter().chain(&RECENT) {
                assert!(scenes.contains(scene), "{scene:?} of {charges}");
            }
            for status in DisputeStatus::ALL {
                assert!(scenes.contains(&Scene::Disputed(status)), "{status:?} of {charges}");
            }
        }
    }
}
