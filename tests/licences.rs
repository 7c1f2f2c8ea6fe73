//! Every package that is built into exeat, or used to build and test it, has a licence that asks no more than
//! to be named.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

use serde_json::Value;
use std::process::Command;

const PERMISSIVE: [&str; 15] = [
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "bzip2-1.0.6",
];

/// Whether a licence expression can be met with permissive licences alone. OR binds weaker than AND, and
/// the old slash means OR.
fn is_permissive(expression: &str) -> bool {
    let expression = expression.replace('/', " OR ");
    let expression = expression.split_whitespace().collect::<Vec<_>>().join(" ");
    any_of(&expression)
}

fn any_of(expression: &str) -> bool {
    split(expression, " OR ").into_iter().any(|part| split(part, " AND ").into_iter().all(one))
}

fn one(part: &str) -> bool {
    let inside = part.strip_prefix('(').and_then(|part| part.strip_suffix(')'));
    inside.map_or_else(|| PERMISSIVE.contains(&part), any_of)
}

/// Splits where no bracket is open.
fn split<'a>(expression: &'a str, by: &str) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, _) in expression.match_indices(by) {
        let before = &expression[..at];
        if before.matches('(').count() == before.matches(')').count() {
            pieces.push(&expression[start..at]);
            start = at + by.len();
        }
    }
    pieces.push(&expression[start..]);
    pieces
}

#[test]
fn expressions_are_read_as_they_are_meant() {
    for (expression, right) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("AGPL-3.0-or-later OR MIT", true),
        ("MIT AND GPL-2.0-only", false),
        ("(MIT OR GPL-2.0-only) AND Unicode-3.0", true),
        ("(MIT OR Apache-2.0) AND LGPL-2.1-only", false),
        ("MIT/Apache-2.0", true),
        ("Apache-2.0 / MIT", true),
        ("MIT OR Apache-2.0 AND GPL-2.0-only", true),
        ("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only", true),
        ("", false),
    ] {
        assert_eq!(is_permissive(expression), right, "{expression}");
    }
}

#[test]
fn every_dependency_has_a_permissive_licence() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let metadata = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", &format!("{}-unknown-linux-gnu", std::env::consts::ARCH)])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert!(packages.len() > 50, "only {} packages", packages.len());
    let wrong: Vec<String> = packages
        .iter()
        .filter(|package| !is_permissive(package["license"].as_str().unwrap_or_default()))
        .map(|package| format!("{} {} ({})", package["name"], package["version"], package["license"]))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
