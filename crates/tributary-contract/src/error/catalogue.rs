//! The catalogue of errors in the manual lists exactly what [`super::ApiError`] can say.

use std::collections::BTreeSet;

/// Statuses and texts, as declared: each variant's comment begins with its status, and its text follows. What stands
/// for a value is `…`.
fn declared() -> BTreeSet<String> {
    let source = include_str!("../error.rs");
    let (_, variants) = source.split_once("pub enum ApiError {").unwrap();
    let (variants, _) = variants.split_once("\n}").unwrap();
    let mut found = BTreeSet::new();
    let mut rest = variants;
    while let Some((before, after)) = rest.split_once("#[error(") {
        let comment = before.lines().map(str::trim).rev().find_map(|line| {
            let (status, _) = line.strip_prefix("/// ")?.split_once(':')?;
            status.parse::<u16>().ok()
        });
        let status = comment.unwrap_or_else(|| panic!("no status before #[error({}", &after[..60]));
        let (_, text) = after.split_once('"').unwrap();
        let (text, after) = text.split_once("\"").unwrap();
        found.insert(format!("| {status} | {} |", plain(text)));
        rest = after;
    }
    found
}

/// A text as it reads: lines joined, values as `…`.
fn plain(text: &str) -> String {
    let joined: String = text.split("\\\n").map(str::trim_start).collect();
    let mut parts = joined.split('{');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (_, after) = part.split_once('}').unwrap();
        plain.push('…');
        plain.push_str(after);
    }
    assert_ne!(plain, "…", "a text that only its maker knows can't be looked up");
    plain.replace('`', "")
}

#[test]
fn the_catalogue_lists_every_error_and_nothing_else() {
    let manual = include_str!("../../../../docs/api.md");
    let (_, catalogue) = manual.split_once("\n## Errors\n").unwrap();
    let rows = catalogue.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| status"));
    let listed: BTreeSet<String> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            assert_eq!(cells.len(), 4, "status, text, meaning and remedy: {row}");
            format!("{} | {} |", cells[0], cells[1]).replace('`', "")
        })
        .collect();
    let declared = declared();
    assert!(declared.len() > 15, "{declared:?}");
    let missing: Vec<_> = declared.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&declared).collect();
    assert!(missing.is_empty() && stale.is_empty(), "docs/api.md lacks {missing:#?} and has {stale:#?}");
}
