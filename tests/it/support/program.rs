//! The program under test: `tributary`, built beside this test binary.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

/// The path of the binary. It is built when a plain `cargo test` hasn't built it: a test of yesterday's
/// binary proves nothing. `TRIBUTARY_BIN` names another one, which is taken as it is.
pub fn path() -> &'static PathBuf {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| match std::env::var_os("TRIBUTARY_BIN") {
        Some(path) => PathBuf::from(path),
        None => build(),
    })
}

fn build() -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let folder = exe.parent().and_then(|deps| deps.parent()).unwrap().to_path_buf();
    let mut cargo = Command::new(option_env!("CARGO").unwrap_or("cargo"));
    cargo.args(["build", "--locked", "--quiet", "--package", "tributary"]);
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    if folder.ends_with("release") {
        cargo.arg("--release");
    }
    assert!(cargo.status().unwrap().success(), "the binary `tributary` did not build");
    folder.join("tributary")
}
