//! Terminal locations as locations.

use super::contract_json::{Address, one};
use super::fields::{owned, text};
use tributary_core::commerce::AddressType;
use tributary_db::records::locations;
use tributary_stripe::objects::TerminalLocation;

/// What is done there Stripe doesn't tell: the address is of unknown use.
pub(super) fn row(location: TerminalLocation<'_>) -> locations::Location {
    locations::Location {
        id: owned(location.id),
        name: text(location.display_name),
        address: Address::new(AddressType::Unknown, location.address).as_ref().and_then(one),
    }
}
