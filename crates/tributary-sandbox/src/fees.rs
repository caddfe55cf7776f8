//! Application fees: merchants' charges name them, and the platform that took them lists them.

use crate::id::Ids;
use crate::kind::Kind;
use crate::sandbox::Sandbox;
use crate::world::extras::{FeeRow, Merchant};
use std::sync::PoisonError;
use tributary_core::Mode;

impl Sandbox {
    /// Looks through all merchants' charges for the platform's fees, once. Makes every account's data.
    pub(crate) fn gather_fees(&self, mode: Mode) {
        let platform = self.world(self.config.accounts, mode);
        let gathered = |world: &crate::world::World| !world.extras.merchants.is_empty();
        if gathered(&platform.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let (mut merchants, mut fees) = (Vec::new(), Vec::new());
        for (number, profile) in (0..).zip(self.profiles.iter().take(self.config.accounts)) {
            let salt = self.terms(number as usize, mode).salt();
            merchants.push(Merchant { id: profile.id.clone(), ids: Ids::new(salt, profile.tail()) });
            let world = self.world(number as usize, mode).read().unwrap_or_else(PoisonError::into_inner);
            let first = world.first(Kind::Charges);
            for (place, charge) in (0..).zip(&world.charges).skip(first).filter(|(_, row)| row.app_fee > 0) {
                fees.push(FeeRow {
                    created: charge.created,
                    account: number,
                    charge: place,
                    amount: i64::from(charge.app_fee),
                    currency: world.profile.settlement(charge.currency),
                });
            }
        }
        fees.sort_by_key(|fee| fee.created);
        let mut world = platform.write().unwrap_or_else(PoisonError::into_inner);
        if !gathered(&world) {
            (world.extras.merchants, world.extras.fees) = (merchants, fees);
        }
    }
}
