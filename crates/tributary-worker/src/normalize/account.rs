//! The account as the merchant's part of company info.

use super::contract_json::{Address, PhoneNumber, WebLink, list, set};
use super::fields::{currency_code, ms, owned, text};
use super::flaw::Flaw;
use tributary_core::commerce::{AddressType, PhoneType, WebLinkType};
use tributary_db::records::accounts;
use tributary_stripe::objects::{Account, BusinessProfile, Company, Dashboard};

/// The name that customers know, else the dashboard's, else the registered one. The registered address is
/// for billing; of the support address nothing is known. The company's phone is the primary one, or else
/// the support phone.
pub(super) fn row(account: Account<'_>) -> Result<accounts::Account, Flaw> {
    let profile = account.business_profile.unwrap_or_default();
    let company = account.company.unwrap_or_default();
    let dashboard = account.settings.and_then(|settings| settings.dashboard).unwrap_or_default();
    let BusinessProfile { name, support_address, support_phone, support_url, url, .. } = profile;
    let Company { address, name: legal_name, phone, .. } = company;
    let Dashboard { display_name, timezone, .. } = dashboard;

    let legal_name = text(legal_name);
    let mut addresses: Vec<_> = Address::new(AddressType::Billing, address).into_iter().collect();
    let support_address = Address::new(AddressType::Unknown, support_address);
    addresses
        .extend(support_address.filter(|support| !addresses.iter().any(|one| one.is_same_place(support))));

    let mut numbers: Vec<_> = [phone, support_phone].into_iter().filter_map(set).collect();
    numbers.dedup();
    let kinds = [PhoneType::Primary, PhoneType::Unknown];
    let phones: Vec<_> =
        numbers.into_iter().zip(kinds).map(|(number, kind)| PhoneNumber { number, kind }).collect();

    let mut urls: Vec<_> = [url, support_url].into_iter().filter_map(set).collect();
    urls.dedup();
    let links: Vec<_> = urls.into_iter().map(|url| WebLink { kind: WebLinkType::Website, url }).collect();

    Ok(accounts::Account {
        id: owned(account.id),
        name: text(name).or_else(|| text(display_name)).or_else(|| legal_name.clone()),
        legal_name,
        currency: currency_code(account.default_currency.as_deref()),
        country: text(account.country),
        time_zone: text(timezone),
        addresses: list(&addresses),
        phone_numbers: list(&phones),
        web_links: list(&links),
        created_ms: ms(account.created),
    })
}
