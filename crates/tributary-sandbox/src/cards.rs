//! Cards and declines: made from the holder's number, the same whenever they are asked for.

use crate::dice::{Dice, salted};

/// A card as charges describe it. None of them is real.
pub(crate) struct Card {
    pub(crate) brand: &'static str,
    pub(crate) funding: &'static str,
    /// ISO 3166 code of the issuer.
    pub(crate) country: &'static str,
    pub(crate) last4: u64,
    pub(crate) exp_month: u64,
    pub(crate) exp_year: u64,
    /// 16 letters and digits, stable per card within an account.
    pub(crate) fingerprint: String,
    /// The wallet that held it, if any.
    pub(crate) wallet: Option<&'static str>,
    /// Whether the holder proved themselves in the bank's dialogue.
    pub(crate) three_d_secure: bool,
}

/// Countries of foreign cards.
const ABROAD: [&str; 6] = ["CA", "DE", "FR", "AU", "BR", "SE"];

/// Whether the holder's card was issued abroad: about every eleventh.
pub(crate) fn is_foreign(salt: u64, holder: u64) -> bool {
    salted(&[salt, 0xF0, holder]).is_multiple_of(11)
}

/// The holder's card, for a merchant in `home`.
pub(crate) fn card(salt: u64, holder: u64, home: &'static str) -> Card {
    let mut dice = Dice::new(salted(&[salt, 0xCA, holder]));
    let brand = match dice.below(100) {
        0..54 => "visa",
        54..80 => "mastercard",
        80..94 => "amex",
        _ => "discover",
    };
    let funding = match dice.below(100) {
        0..55 => "credit",
        55..95 => "debit",
        _ => "prepaid",
    };
    let abroad = ABROAD[dice.below(6) as usize];
    let wallet = match dice.below(100) {
        0..18 => Some("apple_pay"),
        18..24 => Some("google_pay"),
        _ => None,
    };
    Card {
        brand,
        funding,
        country: if is_foreign(salt, holder) { abroad } else { home },
        last4: dice.below(10_000),
        exp_month: 1 + dice.below(12),
        exp_year: 2027 + dice.below(6),
        fingerprint: crate::dice::text(dice.roll(), 16),
        wallet,
        three_d_secure: dice.chance(150),
    }
}

/// Why an issuer refused.
pub(crate) struct Decline {
    /// `failure_code` of the charge.
    pub(crate) code: &'static str,
    /// `outcome.reason`, the issuer's own code.
    pub(crate) reason: &'static str,
    /// Shown to the buyer.
    pub(crate) message: &'static str,
    /// What the merchant is advised to do.
    pub(crate) advice: Option<&'static str>,
    /// How many of a thousand declines.
    weight: u64,
}

const fn decline(
    code: &'static str,
    reason: &'static str,
    message: &'static str,
    advice: Option<&'static str>,
    weight: u64,
) -> Decline {
    Decline { code, reason, message, advice, weight }
}

const LATER: Option<&str> = Some("try_again_later");
const NEVER: Option<&str> = Some("do_not_try_again");
const CHECK: Option<&str> = Some("confirm_card_data");

/// The mix of declines.
const DECLINES: [Decline; 12] = [
    decline("card_declined", "insufficient_funds", "Your card has insufficient funds.", LATER, 420),
    decline("card_declined", "generic_decline", "Your card was declined.", LATER, 190),
    decline("card_declined", "do_not_honor", "Your card was declined.", LATER, 110),
    decline(
        "card_declined",
        "transaction_not_allowed",
        "Your card does not support this type of purchase.",
        NEVER,
        60,
    ),
    decline("expired_card", "expired_card", "Your card has expired.", CHECK, 45),
    decline("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", CHECK, 45),
    decline("card_declined", "invalid_account", "Your card was declined.", NEVER, 30),
    decline(
        "card_declined",
        "card_velocity_exceeded",
        "Your card has made too many payments lately.",
        LATER,
        25,
    ),
    decline("card_declined", "lost_card", "Your card was declined.", NEVER, 20),
    decline("card_declined", "stolen_card", "Your card was declined.", NEVER, 20),
    decline(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card.",
        LATER,
        15,
    ),
    decline(
        "authentication_required",
        "authentication_required",
        "This payment needs authentication.",
        None,
        20,
    ),
];

/// A number of a decline, by weight.
pub(crate) fn pick_decline(dice: &mut Dice) -> u8 {
    let mut left = dice.below(DECLINES.iter().map(|decline| decline.weight).sum());
    for (number, decline) in (0..).zip(&DECLINES) {
        if left < decline.weight {
            return number;
        }
        left -= decline.weight;
    }
    0
}

/// The number of the decline with this reason; the first where there is none.
pub(crate) fn decline_number(reason: &str) -> u8 {
    let place = DECLINES.iter().position(|decline| decline.reason == reason);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(0)
}

/// The decline with this number.
pub(crate) fn decline_of(number: u8) -> &'static Decline {
    DECLINES.get(usize::from(number)).unwrap_or(&DECLINES[0])
}
