//! Ids that can be read back: each holds its object's place in its list, scrambled, so that no map from
//! ids to objects has to stay in memory.

use crate::dice::{push_base62, read_base62, salted};
use crate::kind::Kind;

/// Room for the scrambled place: just under 62⁸.
const BITS: u32 = 47;
const MASK: u64 = (1 << BITS) - 1;
/// Any odd number scrambles reversibly modulo a power of two.
const SPREAD: u64 = 0x5DEE_CE66_D371;
const UNSPREAD: u64 = inverse(SPREAD);

/// The inverse of an odd number modulo 2⁶⁴, by Newton's iteration (each step doubles the exact bits).
const fn inverse(odd: u64) -> u64 {
    let mut guess = odd;
    let mut step = 0;
    while step < 6 {
        guess = guess.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(guess)));
        step += 1;
    }
    guess
}

/// Seconds since here fit five base-62 digits until 2042.
const EPOCH_SECS: u32 = 1_356_998_400;

/// The ids of one account in one mode.
pub(crate) struct Ids {
    salt: u64,
    tail: String,
}

impl Ids {
    /// `salt` tells accounts and modes apart; `account_tail` is the end of the account's id.
    pub(crate) fn new(salt: u64, account_tail: &str) -> Self {
        let from = account_tail.len().saturating_sub(10);
        Ids { salt, tail: account_tail.get(from..).unwrap_or("").to_owned() }
    }

    /// Appends the id of the object at `place`. Payments share `3`, other objects start with `1`; those of coupons are
    /// short and those of checkout sessions long.
    pub(crate) fn push(&self, out: &mut String, prefix: &str, kind: Kind, created: u32, place: u32) {
        out.push_str(prefix);
        let code = u64::from(place).wrapping_mul(SPREAD).wrapping_add(self.offset(kind)) & MASK;
        match kind {
            Kind::Coupons => return push_base62(out, code, 8),
            Kind::CheckoutSessions => {
                out.push_str("a1");
                (0..6).for_each(|part| push_base62(out, salted(&[code, part]) >> 17, 8));
                return push_base62(out, code, 8);
            }
            _ => {}
        }
        out.push(match kind {
            Kind::PaymentIntents | Kind::Charges | Kind::Refunds => '3',
            _ => '1',
        });
        push_base62(out, u64::from(created.saturating_sub(EPOCH_SECS)), 5);
        if !matches!(kind, Kind::Customers | Kind::Products) {
            out.push_str(&self.tail);
        }
        push_base62(out, code, 8);
    }

    /// The place that an id of this kind names, if it could be one; the caller compares the whole id.
    pub(crate) fn place(&self, kind: Kind, id: &str) -> Option<u32> {
        let code = read_base62(id.get(id.len().checked_sub(8)?..)?)?;
        let place = code.wrapping_sub(self.offset(kind)).wrapping_mul(UNSPREAD) & MASK;
        u32::try_from(place).ok()
    }

    fn offset(&self, kind: Kind) -> u64 {
        salted(&[self.salt, kind as u64])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_its_place_and_no_other_list_or_account_shares_it() {
        let (ids, others) = (Ids::new(1, "AbCdEfGhIjKlMnO"), Ids::new(2, "AbCdEfGhIjKlMnO"));
        for place in [0, 1, 99, 4_000_000_000] {
            let mut id = String::new();
            ids.push(&mut id, "ch_", Kind::Charges, 1_780_000_000, place);
            assert_eq!(id.len(), 27);
            assert_eq!(ids.place(Kind::Charges, &id), Some(place));
            assert_ne!(others.place(Kind::Charges, &id), Some(place));
            assert_ne!(ids.place(Kind::Refunds, &id), Some(place));
        }
        assert_eq!(ids.place(Kind::Charges, "ch_x"), None);
        assert_eq!(ids.place(Kind::Charges, "ch_жжжжжжжж"), None);
    }
}
