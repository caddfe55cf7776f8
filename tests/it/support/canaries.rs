//! Secrets that must be nowhere: each in every form in which it could have leaked.

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

/// What needs no noting: every secret that the sandbox makes holds the word, and some of its texts hold the number
/// of a card (rule E18).
const PLANTED: [(&str, &str); 2] =
    [("canary", "a secret of the sandbox"), ("4242424242424242", "a card's number")];

/// How many hits in one place are looked at: one is too many.
const LEAKS_MAX: usize = 1000;

/// The secrets of one test, by what they are.
#[derive(Default)]
pub struct Canaries(Mutex<BTreeMap<String, &'static str>>);

/// A secret that was found where it must not be.
#[derive(Debug, PartialEq, Eq)]
pub struct Leak {
    /// What kind of secret.
    pub what: String,
    /// Where it was.
    pub place: String,
    /// What stands around it, the secret itself left out.
    pub before: String,
}

impl Canaries {
    /// Adds a secret. Text too short to be told from chance is refused.
    pub fn add(&self, what: &'static str, secret: &str) {
        assert!(secret.len() >= 12, "{what} is too short for a secret");
        self.0.lock().unwrap().insert(secret.to_owned(), what);
    }

    /// Where the secrets stand in these bytes: those that were noted, and those that the sandbox planted.
    pub fn find_in(&self, place: &str, bytes: &[u8]) -> Vec<Leak> {
        let (needles, names): (Vec<_>, Vec<_>) = self.needles().into_iter().unzip();
        let searcher = AhoCorasick::new(needles).unwrap();
        let leaks: BTreeMap<String, Leak> = searcher
            .find_overlapping_iter(bytes)
            .take(LEAKS_MAX)
            .map(|hit| {
                let before = &bytes[hit.start().saturating_sub(120)..hit.start()];
                let what = names[hit.pattern().as_usize()].clone();
                let before = String::from_utf8_lossy(before).into_owned();
                (what.clone(), Leak { what, place: place.to_owned(), before })
            })
            .collect();
        leaks.into_values().collect()
    }

    /// The same for files.
    pub fn find_in_file(&self, path: &Path) -> Vec<Leak> {
        self.find_in(&path.display().to_string(), &std::fs::read(path).unwrap())
    }

    fn needles(&self) -> Vec<(Vec<u8>, String)> {
        let known = self.0.lock().unwrap();
        let known = known.iter().map(|(secret, what)| (secret.as_str(), *what));
        let mut needles = Vec::new();
        for (secret, what) in known.chain(PLANTED) {
            needles.extend(forms(secret).into_iter().map(|(form, bytes)| (bytes, format!("{what}, {form}"))));
        }
        needles
    }
}

/// A secret as it is, in hexadecimal, percent-encoded, and in base64 wherever it may have begun.
fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut forms =
        vec![("as it is", bytes.to_vec()), ("in upper-case hexadecimal", hex.to_uppercase().into_bytes())];
    forms.push(("in hexadecimal", hex.into_bytes()));
    let encoded =
        percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    if encoded != secret {
        forms.push(("percent-encoded", encoded.into_bytes()));
    }
    for skip in 0..3 {
        // Base64 turns three bytes into four characters. A secret that starts `skip` bytes into a triple gives
        // the same characters but for those at its edges, which its neighbours decide.
        let mut padded = vec![0; skip];
        padded.extend_from_slice(bytes);
        let (from, to) = ((skip * 8).div_ceil(6), padded.len() * 8 / 6);
        forms.push(("in base64", STANDARD_NO_PAD.encode(&padded).as_bytes()[from..to].to_vec()));
        forms.push(("in URL-safe base64", URL_SAFE_NO_PAD.encode(&padded).as_bytes()[from..to].to_vec()));
    }
    forms
}

#[test]
fn a_secret_is_found_in_every_form() {
    let canaries = Canaries::default();
    canaries.add("the API key", "trb_Qw3rTy+uiop/1234");
    let secret = "trb_Qw3rTy+uiop/1234";
    let texts = [
        secret.to_owned(),
        "trb%5FQw3rTy%2Buiop%2F1234".to_owned(),
        secret.bytes().map(|byte| format!("{byte:02x}")).collect(),
        STANDARD_NO_PAD.encode(format!("key={secret}&")),
        STANDARD_NO_PAD.encode(format!("{secret}:")),
        URL_SAFE_NO_PAD.encode(format!("x{secret}xyz")),
    ];
    for text in texts {
        assert!(!canaries.find_in("a log", format!("before {text} after").as_bytes()).is_empty(), "{text}");
    }
    assert_eq!(canaries.find_in("a log", b"sk_test_...1234 was used"), []);
}

#[test]
fn the_sandboxes_mark_is_found_without_knowing_the_secret() {
    let canaries = Canaries::default();
    let token = format!("Authorization: Basic {}", STANDARD_NO_PAD.encode("sk_test_51AbCdcanaryQQ:"));
    assert_eq!(canaries.find_in("a log", token.as_bytes()).len(), 2);
}
