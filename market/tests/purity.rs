//! The ledger gives the same answer on every machine: nothing in it may differ between two.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::{fs, path::Path};

/// What differs from machine to machine, from run to run, or is not exact.
const IMPURE: &[&str] = &[
    "f32",
    "f64",
    "HashMap",
    "HashSet",
    "RandomState",
    "std::time",
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "Instant",
    "SystemTime",
    "tokio",
    "rand::",
    "getrandom",
    "unsafe",
    "usize::MAX",
];

fn sources(dir: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(sources(&path));
        } else {
            all.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
        }
    }
    all
}

#[test]
fn nothing_impure_is_in_the_ledger() {
    let all = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(all.len() > 15, "found only {} files", all.len());
    for (path, text) in &all {
        for (number, line) in (1..).zip(text.lines()).filter(|(_, l)| !l.trim_start().starts_with("//")) {
            let found = IMPURE.iter().find(|word| line.contains(**word));
            assert!(found.is_none(), "{path}:{number}: {found:?} has no place in the ledger");
        }
        assert!(text.starts_with("//!"), "{path} does not say what it is");
        assert!(text.lines().count() <= 400, "{path} is longer than 400 lines");
    }
}
