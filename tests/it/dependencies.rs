//! What the product is built from: licences, sources and crates that must not come in.
//!
//! It reads the lockfile through `cargo metadata` and needs no network. `deny.toml` says the same to
//! cargo-deny, which also knows the advisories.

use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;

/// Licences that Apache-2.0 software may be built from without further duties than notices.
const LICENCES: [&str; 13] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "PostgreSQL",
    "Unicode-3.0",
    "Zlib",
];

/// Crates that would bring a second cryptography, a system library, or a git checkout of their own.
const BANNED: [&str; 6] = ["openssl", "openssl-sys", "native-tls", "aws-lc-rs", "aws-lc-sys", "git2"];

/// One line of `cargo metadata` for each package of the lockfile.
fn packages() -> Vec<Value> {
    let output = Command::new(option_env!("CARGO").unwrap_or("cargo"))
        .args(["metadata", "--format-version", "1", "--locked", "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

fn name(package: &Value) -> String {
    format!("{} {}", package["name"].as_str().unwrap(), package["version"].as_str().unwrap())
}

/// Whether an SPDX expression can be met by allowed licences alone.
fn is_allowed(expression: &str) -> bool {
    // Older crates separate alternatives by a slash.
    let expression = expression.replace('/', " OR ").replace(['(', ')'], " ");
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    // `A OR B AND C` with the parentheses gone: AND binds last here, so that too much is refused, never too little.
    expression.split(" AND ").all(|all| all.split(" OR ").any(|any| LICENCES.contains(&words(any).as_str())))
}

#[test]
fn every_dependency_has_a_permissive_licence() {
    let refused: Vec<String> = packages()
        .iter()
        .filter(|package| !package["license"].as_str().is_some_and(is_allowed))
        .map(|package| format!("{}: {}", name(package), package["license"]))
        .collect();
    assert_eq!(refused, [""; 0]);
}

#[test]
fn every_dependency_comes_from_the_registry() {
    let elsewhere: Vec<String> = packages()
        .iter()
        .filter(|package| {
            let source = package["source"].as_str().unwrap_or_default();
            let is_ours =
                package["source"].is_null() && package["name"].as_str().unwrap().starts_with("tributary");
            !is_ours && !source.starts_with("registry+")
        })
        .map(name)
        .collect();
    assert_eq!(elsewhere, [""; 0]);
}

#[test]
fn no_second_cryptography_and_no_system_library_comes_in() {
    let found: BTreeSet<String> = packages()
        .iter()
        .filter(|package| BANNED.contains(&package["name"].as_str().unwrap()))
        .map(name)
        .collect();
    assert_eq!(found, BTreeSet::new());
}

#[test]
fn the_crates_of_the_product_forbid_unsafe_code() {
    for package in packages().iter().filter(|package| package["source"].is_null()) {
        let manifest = std::fs::read_to_string(package["manifest_path"].as_str().unwrap()).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} opts out of the lints", name(package));
    }
}

#[test]
fn an_expression_is_allowed_only_if_each_of_its_parts_is() {
    assert!(is_allowed("MIT OR Apache-2.0"));
    assert!(is_allowed("MIT/Apache-2.0"));
    assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(is_allowed("GPL-3.0 OR MIT"));
    assert!(!is_allowed("GPL-3.0"));
    assert!(!is_allowed("MIT AND GPL-3.0"));
    assert!(!is_allowed("(MIT OR Apache-2.0) AND GPL-3.0"));
}
