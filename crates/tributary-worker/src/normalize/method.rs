//! How a payment was made, in words for people.

use super::fields::id;
use std::borrow::Cow;
use tributary_core::commerce::PaymentType;
use tributary_stripe::objects::{Card, DebitedAccount, PaymentMethodDetails};

/// The payment method for people: `Visa ending 4242`, `SEPA Direct Debit ending 3000`, `PayPal`.
pub(super) fn name(details: &PaymentMethodDetails<'_>) -> Option<String> {
    if let Some(card) = card(details) {
        let brand = known(card.brand.as_deref()).map_or(Cow::Borrowed("Card"), label);
        return Some(ending(&brand, card.last4.as_deref()));
    }
    let kind = known(details.kind.as_deref())?;
    Some(ending(&label(kind), debited(details).and_then(|account| account.last4.as_deref())))
}

/// Who carried the payment: the wallet, else the card's network, else the method itself where it is a
/// company's and not a bank's or a card.
pub(super) fn provider(details: &PaymentMethodDetails<'_>) -> Option<String> {
    if let Some(card) = card(details) {
        let wallet = card.wallet.as_ref().and_then(|wallet| known(wallet.kind.as_deref()));
        let network = || known(card.network.as_deref()).or(known(card.brand.as_deref()));
        return wallet.or_else(network).map(|word| label(word).into_owned());
    }
    let kind = known(details.kind.as_deref())?;
    let (_, name) = COMPANIES.iter().find(|(word, _)| *word == kind)?;
    Some((*name).to_owned())
}

/// What it was paid with, in the contract's words. Methods that it has no word for are custom ones.
pub(super) fn kind(details: &PaymentMethodDetails<'_>) -> PaymentType {
    match known(details.kind.as_deref()) {
        Some("card") => PaymentType::OnlineCard,
        Some("card_present" | "interac_present") => PaymentType::Card,
        Some("paypal") => PaymentType::Paypal,
        Some("swish") => PaymentType::Swish,
        Some("mobilepay") => PaymentType::Mobile,
        Some(_) => PaymentType::Custom,
        None => PaymentType::Unknown,
    }
}

/// The terminal location where a card was presented.
pub(super) fn location_id(details: &PaymentMethodDetails<'_>) -> Option<String> {
    let present = details.card_present.as_ref().or(details.interac_present.as_ref())?;
    id(present.location.clone())
}

fn card<'d, 'a>(details: &'d PaymentMethodDetails<'a>) -> Option<&'d Card<'a>> {
    details.card.as_ref().or(details.card_present.as_ref()).or(details.interac_present.as_ref())
}

fn debited<'d, 'a>(details: &'d PaymentMethodDetails<'a>) -> Option<&'d DebitedAccount<'a>> {
    let PaymentMethodDetails { sepa_debit, us_bank_account, bacs_debit, au_becs_debit, acss_debit, .. } =
        details;
    [sepa_debit, us_bank_account, bacs_debit, au_becs_debit, acss_debit].into_iter().find_map(Option::as_ref)
}

fn known(word: Option<&str>) -> Option<&str> {
    word.filter(|word| !word.is_empty() && *word != "unknown")
}

fn ending(name: &str, last4: Option<&str>) -> String {
    match last4
        .filter(|last4| (1..=4).contains(&last4.len()) && last4.bytes().all(|b| b.is_ascii_alphanumeric()))
    {
        Some(last4) => format!("{name} ending {last4}"),
        None => name.to_owned(),
    }
}

/// Methods that are companies of their own.
const COMPANIES: [(&str, &str); 19] = [
    ("affirm", "Affirm"),
    ("afterpay_clearpay", "Afterpay"),
    ("alipay", "Alipay"),
    ("alma", "Alma"),
    ("amazon_pay", "Amazon Pay"),
    ("billie", "Billie"),
    ("cashapp", "Cash App"),
    ("grabpay", "GrabPay"),
    ("kakao_pay", "Kakao Pay"),
    ("klarna", "Klarna"),
    ("link", "Link"),
    ("mobilepay", "MobilePay"),
    ("naver_pay", "Naver Pay"),
    ("paypal", "PayPal"),
    ("revolut_pay", "Revolut Pay"),
    ("samsung_pay", "Samsung Pay"),
    ("satispay", "Satispay"),
    ("wechat_pay", "WeChat Pay"),
    ("zip", "Zip"),
];

/// Names of other words of Stripe's.
const NAMES: [(&str, &str); 20] = [
    // The most frequent first.
    ("visa", "Visa"),
    ("mastercard", "Mastercard"),
    ("amex", "American Express"),
    ("apple_pay", "Apple Pay"),
    ("google_pay", "Google Pay"),
    ("acss_debit", "Canadian pre-authorized debit"),
    ("amex_express_checkout", "Amex Express Checkout"),
    ("au_becs_debit", "BECS Direct Debit"),
    ("bacs_debit", "Bacs Direct Debit"),
    ("cartes_bancaires", "Cartes Bancaires"),
    ("customer_balance", "Bank transfer"),
    ("diners", "Diners Club"),
    ("eftpos_au", "eftpos Australia"),
    ("ideal", "iDEAL"),
    ("jcb", "JCB"),
    ("oxxo", "OXXO"),
    ("sepa_debit", "SEPA Direct Debit"),
    ("unionpay", "UnionPay"),
    ("us_bank_account", "US bank account"),
    ("visa_checkout", "Visa Checkout"),
];

/// The longest word that is taken for a name, in characters.
const CHARS_MAX: usize = 40;

/// A word of Stripe's as a name. Words that are not known here are written with a capital and blanks.
fn label(word: &str) -> Cow<'static, str> {
    if let Some((_, name)) = NAMES.iter().chain(&COMPANIES).find(|(known, _)| *known == word) {
        return Cow::Borrowed(name);
    }
    let mut name = String::with_capacity(word.len());
    for c in word.chars().filter(|c| !c.is_control()).take(CHARS_MAX) {
        match c {
            '_' => name.push(' '),
            c if name.is_empty() => name.extend(c.to_uppercase()),
            c => name.push(c),
        }
    }
    Cow::Owned(name)
}
