//! Card numbers in text: where digits pass for one.

use std::ops::Range;

/// Fewest and most digits of a card number.
const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;
/// No shorter string literal, quotes included, holds a card number.
pub(super) const LITERAL_BYTES_MIN: usize = 15;
/// No card number is written in more groups than this.
const GROUPS_MAX: usize = 8;
/// No group of a card number is shorter; those of dates and many phone numbers are.
const GROUP_DIGITS_MIN: usize = 3;

/// Whether there are enough digits in a row, single blanks and hyphens aside, for a card number. Numbers
/// of Stripe's (ids of twelve digits, amounts, times) have fewer; this is the fast way out for most objects.
pub(super) fn may_hold_one(text: &str) -> bool {
    let mut digits = 0_u32;
    let mut parted = true;
    for byte in text.bytes() {
        if byte.is_ascii_digit() {
            digits += 1;
            parted = false;
            if digits >= 13 {
                return true;
            }
        } else if (byte == b' ' || byte == b'-') && !parted {
            parted = true;
        } else {
            digits = 0;
            parted = true;
        }
    }
    false
}

/// The card numbers in a JSON string literal, quotes included, in order and without overlaps.
pub(super) fn numbers(literal: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while at < literal.len() {
        let Some(digits) = next_digits(literal, at) else { break };
        let joins = groups.last().is_some_and(|last| {
            is_separator(literal, last.end, digits.start) && last.len().min(digits.len()) >= GROUP_DIGITS_MIN
        });
        if !joins {
            take_cards(literal, &groups, &mut found);
            groups.clear();
        }
        at = digits.end;
        groups.push(digits);
    }
    take_cards(literal, &groups, &mut found);
    found
}

/// Finds the card numbers among neighbouring groups, the longest first from each start.
fn take_cards(literal: &[u8], groups: &[Range<usize>], found: &mut Vec<Range<usize>>) {
    let mut first = 0;
    while first < groups.len() {
        let ends = (first..groups.len().min(first + GROUPS_MAX)).rev();
        let mut places = ends.map(|last| (last, groups[first].start..groups[last].end));
        let card = places.find(|(_, place)| is_card(literal, place));
        match card {
            Some((last, place)) => {
                found.push(place);
                first = last + 1;
            }
            None => first += 1,
        }
    }
}

/// The next run of digits at or after `from`, skipping escapes, whose letters and digits are no text.
fn next_digits(literal: &[u8], from: usize) -> Option<Range<usize>> {
    let mut at = from;
    loop {
        match literal.get(at)? {
            b'\\' => at += if literal.get(at + 1) == Some(&b'u') { 6 } else { 2 },
            byte if byte.is_ascii_digit() => break,
            _ => at += 1,
        }
    }
    let rest = literal.get(at..)?;
    let len = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some(at..at + len)
}

fn is_separator(literal: &[u8], start: usize, end: usize) -> bool {
    end == start + 1 && matches!(literal.get(start), Some(b' ' | b'-'))
}

fn is_card(literal: &[u8], place: &Range<usize>) -> bool {
    let digits = || literal[place.clone()].iter().filter(|byte| byte.is_ascii_digit());
    DIGITS.contains(&digits().count())
        && !is_word(before(literal, place.start))
        && !is_word(literal.get(place.end).copied())
        && passes_luhn(digits().rev().map(|byte| u32::from(byte - b'0')))
}

/// The byte before, unless it ends an escape: the `n` of `\n` is no letter.
fn before(literal: &[u8], start: usize) -> Option<u8> {
    let escape = |len: usize| start.checked_sub(len).and_then(|at| literal.get(at)) == Some(&b'\\');
    let is_unicode = escape(6) && literal.get(start - 5) == Some(&b'u');
    if escape(2) || is_unicode { None } else { start.checked_sub(1).and_then(|at| literal.get(at)).copied() }
}

fn is_word(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The check that every card number passes; digits from the last to the first.
fn passes_luhn(digits: impl Iterator<Item = u32>) -> bool {
    let doubled = |(place, digit): (usize, u32)| match (place % 2, digit) {
        (0, digit) => digit,
        (_, digit) => digit * 2 - if digit > 4 { 9 } else { 0 },
    };
    digits.enumerate().map(doubled).sum::<u32>() % 10 == 0
}
