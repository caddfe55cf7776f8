//! Text of Stripe's that people may see: without keys, codes and tokens.

/// Starts of words that are secrets: keys, authorization codes, refresh tokens, signing secrets.
const SECRET_PREFIXES: [&str; 7] = ["sk_", "rk_", "pk_", "ac_", "rt_", "ek_", "whsec_"];
/// The longest text that is kept, in characters.
const CHARS_MAX: usize = 400;

/// The text with everything that looks like a secret cut to its prefix, control characters made blanks,
/// and its length bounded.
pub(crate) fn mask(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(CHARS_MAX));
    let mut word = String::new();
    for c in text.chars().take(CHARS_MAX).chain(std::iter::once(' ')) {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '*') {
            word.push(c);
        } else {
            out.push_str(&masked_word(&word));
            word.clear();
            out.push(if c.is_control() { ' ' } else { c });
        }
    }
    out.pop();
    out
}

fn masked_word(word: &str) -> String {
    if let Some((public, _)) = word.split_once("_secret_") {
        return format!("{public}_secret_…");
    }
    let Some(prefix) = SECRET_PREFIXES.iter().find(|prefix| word.starts_with(**prefix)) else {
        return word.to_owned();
    };
    let rest = &word[prefix.len()..];
    let mode = ["live_", "test_"].into_iter().find(|mode| rest.starts_with(mode)).unwrap_or("");
    format!("{prefix}{mode}…")
}

/// A code of Stripe's, a word such as `resource_missing`; anything else is masked like text.
pub(crate) fn code(text: &str) -> String {
    let plain =
        text.len() <= 80 && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain && SECRET_PREFIXES.iter().all(|prefix| !text.starts_with(prefix)) {
        text.to_owned()
    } else {
        mask(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_codes_and_tokens_are_cut_to_their_prefix() {
        let cases = [
            ("Invalid API Key provided: sk_test_abcDEF123", "Invalid API Key provided: sk_test_…"),
            ("Authorization code does not exist: ac_Nx1", "Authorization code does not exist: ac_…"),
            ("key 'rk_live_****qs8Kgd' on 'acct_1Pg'", "key 'rk_live_…' on 'acct_1Pg'"),
            ("pi_1_secret_2 whsec_abc", "pi_1_secret_… whsec_…"),
            ("Having the 'rak_charge_read' permission", "Having the 'rak_charge_read' permission"),
            ("two\nlines\u{7}", "two lines "),
        ];
        for (text, expected) in cases {
            assert_eq!(mask(text), expected);
        }
    }

    proptest! {
        #[test]
        fn no_key_survives_wherever_it_stands(before in "[ -~]{0,40}[ '\"(:=]", key in "[A-Za-z0-9]{16,99}", after in "[ '\".,)][ -~]{0,40}") {
            for prefix in ["sk_test_", "sk_live_", "rk_test_", "ac_", "rt_"] {
                let masked = mask(&format!("{before}{prefix}{key}{after}"));
                prop_assert!(!masked.contains(&key));
            }
        }
    }
}
