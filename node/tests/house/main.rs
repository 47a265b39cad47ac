//! The rules of the house, held by a test: who may import whom, what the pure rooms may not know, and what no
//! file may hold. Every rule is tried on text that breaks it, so that a rule which catches nothing is seen.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod circles;
mod dependencies;
mod sizes;
mod source;
mod words;

use source::{Source, code_of, crates_imported, files, has_word, modules_imported, root};
use std::collections::BTreeMap;

/// Which crates of ours a crate may depend on.
const CRATES: [(&str, &[&str]); 7] = [
    ("protocol", &[]),
    ("market", &["dpgn-protocol"]),
    ("gpu-kernels", &[]),
    ("node/prover", &["dpgn-gpu-kernels", "dpgn-protocol"]),
    ("node", &["dpgn-gpu-kernels", "dpgn-market", "dpgn-prover", "dpgn-protocol"]),
    ("node/sim", &["dpgn-market", "dpgn-node", "dpgn-protocol"]),
    ("node/cli", &["dpgn-gpu-kernels", "dpgn-market", "dpgn-node", "dpgn-prover", "dpgn-protocol"]),
];

/// Which modules of dpgn-node a room of it may import, beside itself.
const ROOMS: [(&str, &[&str]); 6] = [
    ("engine", &[]),
    ("consensus", &[]),
    ("driver", &["consensus", "engine"]),
    ("network", &[]),
    ("store", &[]),
    ("gateway", &["engine", "error", "handle", "view"]),
];

/// What the pure engine may import from outside.
const ENGINE_CRATES: [&str; 10] =
    ["crate", "self", "super", "std", "core", "dpgn_market", "dpgn_protocol", "serde", "thiserror", "uuid"];

/// The pure rooms: the same inputs give the same outputs, on every machine.
const PURE: [&str; 3] = ["node/src/engine/", "market/src/", "protocol/src/"];
/// What would make them depend on anything else.
const IMPURE: [&str; 15] = [
    "tokio",
    "std::time",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "Instant",
    "SystemTime",
    "HashMap",
    "HashSet",
    "f32",
    "f64",
    "rand",
    "rayon",
];

/// Queues without a limit.
const UNBOUNDED: [&str; 4] = ["unbounded_channel", "UnboundedSender", "mpsc::unbounded", "std::sync::mpsc::channel"];

/// Lines of one file.
const LINES_MAX: usize = 400;
/// Lines of one function, as clippy counts them.
const FUNCTION_LINES_MAX: usize = 70;

/// Fails with all that broke a rule, each on a line of its own.
fn none(rule: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

#[test]
fn crates_import_only_those_below() {
    let mut broken = Vec::new();
    for (dir, allowed) in CRATES {
        let text = std::fs::read_to_string(root().join(dir).join("Cargo.toml")).unwrap();
        broken.extend(forbidden_crates(&text, allowed).into_iter().map(|name| format!("{dir} depends on {name}")));
        let lints = text.parse::<toml::Table>().unwrap().get("lints").and_then(|l| l.get("workspace")?.as_bool());
        if lints != Some(true) {
            broken.push(format!("{dir} does not take the workspace's lints"));
        }
    }
    none("a crate may depend only on those that DESIGN's map allows", broken);
    let bad = "[dependencies]\ndpgn-node = { path = \"x\" }\nserde = \"1\"\n";
    assert_eq!(forbidden_crates(bad, &["dpgn-protocol"]), ["dpgn-node"]);
}

/// What only the program may use: how it is told and how it tells.
const TERMINAL: [&str; 5] = ["clap", "clap_complete", "indicatif", "tracing-subscriber", "anyhow"];

#[test]
fn only_the_program_has_a_terminal() {
    let mut broken = Vec::new();
    for (dir, _) in CRATES.into_iter().filter(|(dir, _)| *dir != "node/cli") {
        let text = std::fs::read_to_string(root().join(dir).join("Cargo.toml")).unwrap();
        broken.extend(terminals(&text).into_iter().map(|name| format!("{dir} depends on {name}")));
    }
    none("a library leaves arguments, bars, log output and words to the program", broken);
    assert_eq!(terminals("[dependencies]\nclap = \"4\"\nserde = \"1\"\n"), ["clap"]);
}

fn terminals(manifest: &str) -> Vec<String> {
    let table: toml::Table = manifest.parse().unwrap();
    let names = table.get("dependencies").and_then(|d| d.as_table()).into_iter().flat_map(|d| d.keys());
    names.filter(|name| TERMINAL.contains(&name.as_str())).cloned().collect()
}

fn forbidden_crates(manifest: &str, allowed: &[&str]) -> Vec<String> {
    let table: toml::Table = manifest.parse().unwrap();
    let names = table.get("dependencies").and_then(|d| d.as_table()).into_iter().flat_map(|d| d.keys());
    names.filter(|name| name.starts_with("dpgn-") && !allowed.contains(&name.as_str())).cloned().collect()
}

#[test]
fn rooms_import_only_what_they_may() {
    let allowed: BTreeMap<_, _> = ROOMS.into();
    let mut broken = Vec::new();
    for file in files() {
        let Some(inside) = file.path.strip_prefix("node/src/") else { continue };
        let room = inside.split(['/', '.']).next().unwrap_or_default();
        let imported = modules_imported(&file.code);
        if let Some(allowed) = allowed.get(room) {
            let beyond = imported.iter().filter(|m| *m != room && !allowed.contains(&m.as_str()));
            broken.extend(beyond.map(|m| format!("{} imports crate::{m}", file.path)));
        }
        if room == "engine" {
            let beyond = crates_imported(&file.code).into_iter().filter(|c| !ENGINE_CRATES.contains(&c.as_str()));
            // A module of the same directory may be named without `self`.
            let beyond = beyond.filter(|c| c.chars().next().is_some_and(char::is_lowercase) && !is_sibling(&file, c));
            broken.extend(beyond.map(|c| format!("{} imports {c}", file.path)));
        }
    }
    none("data flows one way: engine and rooms know nothing of those around them", broken);
    assert_eq!(
        modules_imported("use crate::{store::Store, config::{self, Flag}};\ncrate::runtime::x()"),
        ["config", "runtime", "store"]
    );
    assert_eq!(crates_imported("pub use tokio::sync;\n    use dpgn_market::{Ledger};"), ["dpgn_market", "tokio"]);
}

fn is_sibling(file: &Source, module: &str) -> bool {
    let dir = root().join(&file.path).parent().map(std::path::Path::to_path_buf).unwrap_or_default();
    dir.join(format!("{module}.rs")).exists() || dir.join(module).is_dir()
}

#[test]
fn the_pure_rooms_are_pure() {
    let mut broken = Vec::new();
    for file in files().into_iter().filter(|f| PURE.iter().any(|room| f.path.starts_with(room))) {
        broken.extend(impurities(&file.code).into_iter().map(|word| format!("{} uses {word}", file.path)));
    }
    none("no clock, disk, network, process, float or unordered map where everybody must get the same", broken);
    assert_eq!(impurities("let x: f64 = 0.0; use std::{collections::HashMap};"), ["HashMap", "f64"]);
    assert_eq!(impurities("use std::{collections::BTreeMap, time::Duration};"), ["std::time"]);
    assert!(impurities(&code_of("// an f64 here\nlet operand = \"tokio\"; brand()")).is_empty());
}

fn impurities(code: &str) -> Vec<&'static str> {
    // `std::{time::Duration}` is `std::time` as well.
    let grouped = |word: &str| {
        let inner = word.strip_prefix("std::").map(|module| format!("{module}::"));
        inner.is_some_and(|inner| {
            code.split("use std::{").skip(1).any(|rest| has_word(rest.split(';').next().unwrap_or_default(), &inner))
        })
    };
    IMPURE.into_iter().filter(|word| has_word(code, word) || grouped(word)).collect()
}

#[test]
fn files_are_small_and_open_with_their_idea() {
    let mut broken = Vec::new();
    for file in files() {
        let lines = file.text.lines().count();
        if lines > LINES_MAX {
            broken.push(format!("{} has {lines} lines", file.path));
        }
        if !file.text.starts_with("//!") {
            broken.push(format!("{} does not open with //!", file.path));
        }
    }
    none(&format!("a file opens with its idea and has at most {LINES_MAX} lines"), broken);
}

#[test]
fn unsafe_lives_in_the_kernels_alone() {
    let outside = files().into_iter().filter(|f| !f.path.starts_with("gpu-kernels/"));
    none("unsafe", outside.filter(|f| has_word(&f.code, "unsafe")).map(|f| f.path).collect());
    assert!(has_word(&code_of("fn f() { unsafe { g() } } // safe"), "unsafe"));
    assert!(!has_word(&code_of("#![deny(unsafe_code)] // unsafe\n/* unsafe */ \"unsafe\""), "unsafe"));
}

#[test]
fn every_queue_has_a_limit() {
    let words = |code: &str| UNBOUNDED.into_iter().filter(|word| has_word(code, word)).collect::<Vec<_>>();
    let found =
        files().into_iter().flat_map(|f| words(&f.code).into_iter().map(move |w| format!("{} uses {w}", f.path)));
    none("full means refused", found.collect());
    assert_eq!(words("let (a, b) = mpsc::unbounded();"), ["mpsc::unbounded"]);
    assert!(words("let (a, b) = mpsc::channel(8);").is_empty());
}

#[test]
fn no_test_is_switched_off() {
    let off = ["#[ignore", "todo!(", "unimplemented!("];
    let found = files().into_iter().filter(|f| off.iter().any(|word| f.all_code.contains(word)));
    none("a test that does not run, code that is not there", found.map(|f| f.path).collect());
}

#[test]
fn no_file_names_a_place_of_one_machine() {
    let mut broken = Vec::new();
    for (path, text) in source::tracked() {
        broken.extend(places(&text).into_iter().map(|line| format!("{path}: {line}")));
    }
    none("a path of somebody's machine", broken);
    let bad = format!("a\n{}\n", ["/ho", "me/anna/x"].concat());
    assert_eq!(places(&bad).len(), 1);
}

fn places(text: &str) -> Vec<String> {
    // Put together here, so that this file does not name them.
    let places = [["/ho", "me/"], ["/ro", "ot/"], ["/Us", "ers/"], ["/wo", "rk/"], ["/tmp/", "wt"]].map(|p| p.concat());
    let is_place = |line: &&str| places.iter().any(|place| line.contains(place.as_str()));
    text.lines().filter(is_place).map(|line| line.trim().to_owned()).collect()
}

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
    let mut missing = Vec::new();
    for (path, text) in source::tracked().into_iter().filter(|(path, _)| path.ends_with(".md")) {
        // `quoted/paths.rs` and [links](like/this.md), the latter from where the document lies.
        let quoted =
            text.split('`').skip(1).step_by(2).filter(|q| q.contains('/') && !q.contains([' ', '<', ':', '*', '=']));
        let quoted = quoted.filter(|q| CRATES.iter().any(|(dir, _)| q.starts_with(dir)) || q.starts_with("docs/"));
        let dir = root().join(&path).parent().unwrap().to_path_buf();
        let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next()).filter(|l| !l.contains("://"));
        missing.extend(quoted.filter(|q| !root().join(q).exists()).map(|q| format!("{path}: {q}")));
        missing.extend(linked.filter(|l| !dir.join(l).exists()).map(|l| format!("{path}: {l}")));
    }
    none("a document names what is not there", missing);
}
