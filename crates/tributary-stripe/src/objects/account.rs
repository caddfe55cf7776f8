//! The account: who the merchant is.

use super::{Address, object, part};
use std::borrow::Cow;

object! {
    /// `GET /v1/account`. It has no `livemode`.
    Account {
        /// What the business shows of itself.
        business_profile: BusinessProfile<'a>,
        /// `company`, `individual`, `non_profit`, `government_entity`.
        business_type: Cow<'a, str>,
        /// The legal entity; often withheld from OAuth tokens.
        company: Company<'a>,
        /// Two-letter country code.
        country: Cow<'a, str>,
        /// When the account was made.
        created: i64,
        /// Currency of settlements.
        default_currency: Cow<'a, str>,
        /// The owner's address.
        email: Cow<'a, str>,
        /// Whether it may take payments.
        charges_enabled: bool,
        /// Whether it may be paid out.
        payouts_enabled: bool,
        /// Settings of the dashboard.
        settings: AccountSettings<'a>,
        /// `standard`, `express`, `custom`, `none`.
        #[serde(rename = "type")]
        kind: Cow<'a, str>,
    }
}

part! {
    /// What the business shows of itself.
    BusinessProfile {
        /// The name customers know.
        name: Cow<'a, str>,
        /// Where customers get help.
        support_address: Address<'a>,
        /// E-mail for customers.
        support_email: Cow<'a, str>,
        /// Phone for customers.
        support_phone: Cow<'a, str>,
        /// Help pages.
        support_url: Cow<'a, str>,
        /// The website.
        url: Cow<'a, str>,
    }
}

part! {
    /// The legal entity.
    Company {
        /// Registered address.
        address: Address<'a>,
        /// Legal name.
        name: Cow<'a, str>,
        /// Phone.
        phone: Cow<'a, str>,
        /// Number in the trade register, where Stripe shows it.
        registration_number: Cow<'a, str>,
    }
}

part! {
    /// Settings of the account.
    AccountSettings {
        /// Settings of the dashboard.
        dashboard: Dashboard<'a>,
    }
}

part! {
    /// Settings of the dashboard.
    Dashboard {
        /// The account's name in the dashboard.
        display_name: Cow<'a, str>,
        /// IANA time zone by which the dashboard counts days.
        timezone: Cow<'a, str>,
    }
}
