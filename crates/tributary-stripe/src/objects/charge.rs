//! Charges: attempts to take money.

use super::{Expandable, object, part};
use std::borrow::Cow;

object! {
    /// `/v1/charges`
    Charge {
        /// What was asked for.
        amount: i64,
        /// How much of it was captured.
        amount_captured: i64,
        /// How much was given back, or released.
        amount_refunded: i64,
        /// Its line in the ledger; none while nothing moved.
        balance_transaction: Expandable<'a>,
        /// Whether the money was taken, not only authorised.
        captured: bool,
        /// When it was made.
        created: i64,
        /// The customer's currency, which need not be the one of settlement.
        currency: Cow<'a, str>,
        /// The customer; none for guests.
        customer: Expandable<'a>,
        /// Free text.
        description: Cow<'a, str>,
        /// Whether it was ever disputed.
        disputed: bool,
        /// The line that takes back a payment which failed after it was booked.
        failure_balance_transaction: Expandable<'a>,
        /// Why it failed: `card_declined`, …
        failure_code: Cow<'a, str>,
        /// The same in words.
        failure_message: Cow<'a, str>,
        /// The invoice; only in API versions before 2025-03-31.
        invoice: Expandable<'a>,
        /// Live or test mode.
        livemode: bool,
        /// What Stripe, the network and the issuer made of it.
        outcome: Outcome<'a>,
        /// True also when only authorised.
        paid: bool,
        /// The intent it is an attempt of.
        payment_intent: Expandable<'a>,
        /// The payment method's id.
        payment_method: Expandable<'a>,
        /// How it was paid.
        payment_method_details: PaymentMethodDetails<'a>,
        /// Where the receipt can be seen; older ones name the account.
        receipt_url: Cow<'a, str>,
        /// True only when all was given back; also for a released authorization.
        refunded: bool,
        /// `succeeded`, `pending`, `failed`.
        status: Cow<'a, str>,
    }
    raw {
        /// The merchant's keys and values: a JSON object of texts.
        metadata,
    }
}

part! {
    /// What Stripe, the network and the issuer made of a charge.
    Outcome {
        /// `approved_by_network`, `declined_by_network`, `reversed_after_approval`, `not_sent_to_network`.
        network_status: Cow<'a, str>,
        /// The issuer's decline code, or Stripe's reason to block.
        reason: Cow<'a, str>,
        /// `authorized`, `manual_review`, `issuer_declined`, `blocked`, `invalid`.
        #[serde(rename = "type")]
        kind: Cow<'a, str>,
    }
}

part! {
    /// How a charge was paid.
    PaymentMethodDetails {
        /// `card`, `card_present`, `sepa_debit`, …
        #[serde(rename = "type")]
        kind: Cow<'a, str>,
        /// A card used at a distance.
        card: Card<'a>,
        /// A card used at a terminal.
        card_present: Card<'a>,
        /// A Canadian debit card used at a terminal.
        interac_present: Card<'a>,
        /// A bank account debited by SEPA.
        sepa_debit: DebitedAccount<'a>,
        /// A bank account in the United States.
        us_bank_account: DebitedAccount<'a>,
        /// A bank account debited by Bacs.
        bacs_debit: DebitedAccount<'a>,
        /// A bank account debited by BECS.
        au_becs_debit: DebitedAccount<'a>,
        /// A bank account debited by ACSS.
        acss_debit: DebitedAccount<'a>,
    }
}

part! {
    /// A bank account that was debited.
    DebitedAccount {
        /// Last four characters of its number.
        last4: Cow<'a, str>,
    }
}

part! {
    /// A card. Stripe shows no more of its number than the last four digits.
    Card {
        /// `visa`, `mastercard`, …
        brand: Cow<'a, str>,
        /// The issuer's country, two letters.
        country: Cow<'a, str>,
        /// `credit`, `debit`, `prepaid`, `unknown`.
        funding: Cow<'a, str>,
        /// Last four digits.
        last4: Cow<'a, str>,
        /// The terminal location, of a card used at a terminal.
        location: Expandable<'a>,
        /// The network that processed it, which can differ from the brand.
        network: Cow<'a, str>,
        /// What held the card; none when it was used itself.
        wallet: Wallet<'a>,
    }
}

part! {
    /// A wallet that holds cards.
    Wallet {
        /// `apple_pay`, `google_pay`, `link`, …
        #[serde(rename = "type")]
        kind: Cow<'a, str>,
    }
}
