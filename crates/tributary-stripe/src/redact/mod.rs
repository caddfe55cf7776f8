//! Cutting secrets from raw objects before they are stored (rule E18), as text: no reserialising, so that
//! everything else stays byte for byte what Stripe sent.
//!
//! Three things are cut. The value of any `client_secret` and of any `evidence` that is an object becomes
//! `null`. Digits in text that look like a card number become asterisks, in keys of objects too.
//!
//! A card number is 13 to 19 digits, in one run or in groups of at least three parted by single blanks or
//! hyphens, that pass the Luhn check and touch no letter, digit or underscore on either side: an opaque id
//! never matches, nor does a number in JSON. Ids that a merchant chooses may be all digits (products after their EAN, for
//! one), and one such id in ten passes the check; so the values of keys that hold ids are left alone,
//! except within metadata, where the keys are the merchant's too.
//!
//! Keys are compared as they are written. Stripe doesn't escape letters or underscores in keys.

mod card;

use std::borrow::Cow;
use std::ops::Range;

/// Keys under which Stripe puts ids that a merchant may have chosen.
const ID_KEYS: [&str; 7] = ["id", "product", "price", "plan", "coupon", "default_price", "promotion_code"];

/// The object's text without what must not be stored; the same text, borrowed, when there is nothing to
/// cut. Valid JSON stays valid JSON. Text that isn't JSON comes out cut as far as it reads like JSON.
pub fn redact(raw: &str) -> Cow<'_, str> {
    if !raw.contains("\"client_secret\"") && !raw.contains("\"evidence\"") && !card::may_hold_one(raw) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut copied = 0;
    for cut in cuts(raw) {
        let (Some(kept), Some(gone)) = (raw.get(copied..cut.place.start), raw.get(cut.place.clone())) else {
            continue;
        };
        out.push_str(kept);
        match cut.with {
            With::Null => out.push_str("null"),
            With::Asterisks => out.extend(gone.chars().map(|c| if c.is_ascii_digit() { '*' } else { c })),
        }
        copied = cut.place.end;
    }
    if copied == 0 {
        return Cow::Borrowed(raw);
    }
    out.push_str(raw.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// A piece of the text and what takes its place.
struct Cut {
    place: Range<usize>,
    with: With,
}

enum With {
    Null,
    Asterisks,
}

/// What to cut, in the order of the text, without overlaps.
fn cuts(raw: &str) -> Vec<Cut> {
    let bytes = raw.as_bytes();
    let mut cuts = Vec::new();
    let mut depth = 0_usize;
    // The depth of the metadata object that we are in.
    let mut metadata: Option<usize> = None;
    // The key whose value comes next; none within arrays.
    let mut key = "";
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => {
                depth += 1;
                key = "";
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                key = "";
                metadata = metadata.filter(|inside| depth >= *inside);
            }
            b'"' => {
                let end = string_end(bytes, at);
                let value = after_colon(bytes, end);
                if let Some(value) = value {
                    key = raw.get(at + 1..end.saturating_sub(1)).unwrap_or_default();
                    if is_cut_whole(key, bytes.get(value)) {
                        let value_end = value_end(bytes, value);
                        cuts.push(Cut { place: value..value_end, with: With::Null });
                        at = value_end;
                        continue;
                    }
                    if key == "metadata" && metadata.is_none() && bytes.get(value) == Some(&b'{') {
                        metadata = Some(depth + 1);
                    }
                }
                let is_id = value.is_none() && metadata.is_none() && ID_KEYS.contains(&key);
                if !is_id && end - at >= card::LITERAL_BYTES_MIN {
                    let cards = card::numbers(&bytes[at..end]);
                    let place = |card: Range<usize>| at + card.start..at + card.end;
                    cuts.extend(
                        cards.into_iter().map(|card| Cut { place: place(card), with: With::Asterisks }),
                    );
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    cuts
}

/// Whether a key's value goes as a whole.
fn is_cut_whole(key: &str, first: Option<&u8>) -> bool {
    match key {
        // `null` stays as it is.
        "client_secret" => first != Some(&b'n'),
        "evidence" => first == Some(&b'{'),
        _ => false,
    }
}

/// Just behind the closing quote of the string that opens at `at`.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Where the value starts when a colon follows, that is, when the string before was a key.
fn after_colon(bytes: &[u8], end: usize) -> Option<usize> {
    let colon = skip_blanks(bytes, end);
    (bytes.get(colon) == Some(&b':')).then(|| skip_blanks(bytes, colon + 1))
}

fn skip_blanks(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Just behind the value that starts at `at`.
fn value_end(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = at;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at);
                if depth == 0 {
                    return at;
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return if depth == 0 { at } else { at + 1 },
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests;
