//! The documents tell the truth: commands that run, files that are there, every variable that a test reads.

use crate::{
    CRATES, none,
    source::{files, root, tracked},
};
use std::{collections::BTreeSet, path::Path};

#[test]
fn ci_runs_what_the_readme_says() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let (readme, ci, just) = (read("README.md"), read(".ci/run"), read("justfile"));
    for command in ["cargo run --release -- demo", "cargo test --workspace"] {
        assert!(readme.contains(&format!("```sh\n{command}\n```")), "README shows `{command}` by itself");
    }
    assert!(ci.contains("\nstep cargo test --workspace\n"), "CI runs the README's test command to the letter");
    assert!(just.contains("check:\n    .ci/run\n"), "`just check` is what CI runs");
}

#[test]
fn the_documents_name_only_files_that_are_there() {
    let documents = tracked().into_iter().filter(|(path, _)| path.ends_with(".md"));
    let missing = documents.flat_map(|(path, text)| {
        let dir = root().join(&path).parent().unwrap().to_path_buf();
        missing(&text, &dir).into_iter().map(move |what| format!("{path}: {what}"))
    });
    none("a document names what is not there", missing.collect());
    let planted = "`node/src/nowhere.rs`, [a link](nowhere.md), `node/src/lib.rs`, [there](README.md)";
    assert_eq!(missing_at_root(planted), ["node/src/nowhere.rs", "nowhere.md"]);
}

fn missing_at_root(text: &str) -> Vec<String> {
    missing(text, &root())
}

/// `quoted/paths.rs` and [links](like/this.md), the latter from where the document lies, that are not there.
fn missing(text: &str, dir: &Path) -> Vec<String> {
    let is_pattern =
        |q: &str| q.contains([' ', '<', ':', '*', '=']) || ["NAME", "TARGET"].iter().any(|p| q.contains(p));
    let quoted = text.split('`').skip(1).step_by(2).filter(|q| q.contains('/') && !is_pattern(q));
    let beside = ["docs/", "fuzz/", "scripts/", ".ci/", ".cargo/", ".config/"];
    let ours = CRATES.into_iter().map(|(dir, _)| dir).chain(beside);
    let quoted = quoted.filter(|q| ours.clone().any(|dir| q.starts_with(dir)));
    let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|l| !l.contains("://"));
    let quoted = quoted.filter(|q| !root().join(q).exists());
    quoted.chain(linked.filter(|l| !dir.join(l).exists())).map(str::to_owned).collect()
}

#[test]
fn every_variable_that_a_test_reads_is_in_the_table() {
    let architecture = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let read: BTreeSet<String> = files().iter().flat_map(|file| variables(&file.text)).collect();
    let is_told =
        |name: &String| architecture.contains(&format!("`{name}`")) || architecture.contains(&format!("`{name}="));
    println!("{} variables are read: {read:?}", read.len());
    assert!(read.len() > 5, "only {read:?} were seen");
    none("a variable stands in no table", read.into_iter().filter(|name| !is_told(name)).collect());
    // Put together here, so that this file does not read them.
    let planted = ["env::v", "ar(\"DPGN_MORE\").ok(); env::v", "ar(\"PATH\")"].concat();
    assert_eq!(variables(&planted), ["DPGN_MORE"]);
}

/// The variables of the environment that a file reads by their names.
fn variables(text: &str) -> Vec<String> {
    let names = ["env::var(\"", "env::var_os(\""].into_iter().flat_map(|mark| text.split(mark).skip(1));
    let names = names.filter_map(|rest| rest.split('"').next()).map(str::to_owned);
    names.filter(|name| name.starts_with("DPGN_") || name == "BLESS").collect()
}
