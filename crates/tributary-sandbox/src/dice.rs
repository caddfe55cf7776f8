//! Reproducible pseudo-randomness: the data set must be the same on every machine and after every restart.

/// Spreads the bits of `x` over all 64 (a bijection).
pub(crate) fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// One number that depends on every part and on their order.
pub(crate) fn salted(parts: &[u64]) -> u64 {
    parts.iter().fold(0, |sum, part| mix(sum ^ mix(*part)))
}

/// A stream of numbers that only its seed decides.
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The stream of this seed.
    pub(crate) fn new(seed: u64) -> Self {
        Dice(seed)
    }

    /// The next 64 bits.
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        mix(self.0)
    }

    /// A number below `bound`, or 0 where there is none. The bias is below 2⁻³² for the small bounds used here.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.roll() % bound.max(1)
    }

    /// True in `of_thousand` of a thousand rolls.
    pub(crate) fn chance(&mut self, of_thousand: u64) -> bool {
        self.below(1000) < of_thousand
    }
}

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Appends `len` letters and digits that stand for `value`, most significant first.
pub(crate) fn push_base62(out: &mut String, value: u64, len: usize) {
    let mut digits = [b'0'; 12];
    let mut rest = value;
    for slot in digits.iter_mut().rev().take(len) {
        *slot = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    let start = digits.len().saturating_sub(len);
    out.extend(digits[start..].iter().map(|digit| char::from(*digit)));
}

/// Reads what [`push_base62`] wrote; `None` for other characters or more than 64 bits.
pub(crate) fn read_base62(text: &str) -> Option<u64> {
    text.bytes().try_fold(0_u64, |sum, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            b'a'..=b'z' => byte - b'a' + 36,
            _ => return None,
        };
        sum.checked_mul(62)?.checked_add(u64::from(digit))
    })
}

/// `len` letters and digits from the stream of `seed`.
pub(crate) fn text(seed: u64, len: usize) -> String {
    let mut dice = Dice::new(seed);
    (0..len).map(|_| char::from(ALPHABET[dice.below(62) as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_62_reads_back_what_it_wrote() {
        for value in [0, 1, 61, 62, 123_456_789, 62_u64.pow(8) - 1] {
            let mut out = String::new();
            push_base62(&mut out, value, 8);
            assert_eq!((out.len(), read_base62(&out)), (8, Some(value)));
        }
        assert_eq!(read_base62("a-b"), None);
    }

    #[test]
    fn the_same_seed_gives_the_same_stream() {
        let rolls = |seed| (0..8).map(|_| Dice::new(seed).roll()).collect::<Vec<_>>();
        assert_eq!(rolls(7), rolls(7));
        assert_ne!(rolls(7), rolls(8));
    }
}
