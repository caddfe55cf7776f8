use super::{currency, filled, list};
use tributary_contract::Decimal;
use tributary_contract::commerce::{self, AccountBalance};
use tributary_core::Millis;
use tributary_db::DbError;
use tributary_db::connections::Connection;
use tributary_db::records::balances::Balance;
use tributary_db::records::company_info::CompanyInfo;

/// The merchant and its balances. Where the credential may not read the account, its id and its balances are all
/// that is known.
pub(crate) fn company_info(
    connection: Connection,
    info: CompanyInfo,
) -> Result<commerce::CompanyInfo, DbError> {
    let account_id = connection.account_id.map(|account| account.0);
    let balances = info.balances.into_iter().map(balance).collect();
    let modified_date = Millis(info.modified_ms);
    let Some(account) = info.account else {
        return Ok(commerce::CompanyInfo {
            company_name: None,
            commerce_platform_ref: account_id,
            company_legal_name: None,
            addresses: Vec::new(),
            phone_numbers: Vec::new(),
            web_links: Vec::new(),
            base_currency: None,
            account_balances: balances,
            created_date: None,
            modified_date,
        });
    };
    Ok(commerce::CompanyInfo {
        addresses: list(&account.addresses)?,
        phone_numbers: list(&account.phone_numbers)?,
        web_links: list(&account.web_links)?,
        company_name: filled(account.name),
        commerce_platform_ref: Some(account.id),
        company_legal_name: filled(account.legal_name),
        base_currency: account.currency.as_deref().map(currency),
        account_balances: balances,
        created_date: account.created_ms.map(Millis),
        modified_date,
    })
}

fn balance(balance: Balance) -> AccountBalance {
    let currency = currency(&balance.id);
    let amount = |minor| Decimal::from_minor(minor, currency);
    AccountBalance {
        available: amount(balance.available_minor),
        pending: amount(balance.pending_minor),
        reserved: balance.reserved_minor.map(amount),
        currency,
    }
}
