//! The rules of the house, held by a test: who may import whom, what the pure rooms may not know, and what no
//! file may hold. Every rule is tried on text that breaks it, so that a rule which catches nothing is seen.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod circles;
mod dependencies;
mod documents;
mod sizes;
mod source;
mod words;

use dependencies::{ALL, SHIPPED, dependencies};
use source::{Source, code_of, crates_imported, files, has_word, root};
use std::collections::{BTreeMap, BTreeSet};

/// Which crates of ours a crate may depend on.
const CRATES: [(&str, &[&str]); 10] = [
    ("protocol", &[]),
    ("market", &["dpgn-protocol"]),
    ("market/sim", &["dpgn-market", "dpgn-protocol"]),
    ("gpu-kernels", &[]),
    ("node/prover", &["dpgn-gpu-kernels", "dpgn-protocol"]),
    ("node", &["dpgn-market", "dpgn-prover", "dpgn-protocol"]),
    ("node/sim", &["dpgn-market", "dpgn-node", "dpgn-protocol"]),
    ("node/agent", &["dpgn-prover", "dpgn-protocol"]),
    ("node/gateway", &["dpgn-agent", "dpgn-market", "dpgn-node", "dpgn-prover", "dpgn-protocol"]),
    ("node/cli", &["dpgn-agent", "dpgn-gateway", "dpgn-market", "dpgn-node", "dpgn-prover", "dpgn-protocol"]),
];

/// Which modules of dpgn-node a room of it may import, beside itself.
const ROOMS: [(&str, &[&str]); 5] =
    [("engine", &[]), ("consensus", &[]), ("driver", &["consensus", "engine"]), ("network", &[]), ("store", &[])];

/// What the pure engine may import from outside. What it logs is no output: nothing comes back from there.
const ENGINE_CRATES: [&str; 11] =
    ["crate", "self", "super", "std", "core", "dpgn_market", "dpgn_protocol", "serde", "thiserror", "tracing", "uuid"];

/// The pure rooms: the same inputs give the same outputs, on every machine.
const PURE: [&str; 4] = ["node/src/engine/", "node/src/consensus/", "market/src/", "protocol/src/"];
/// What would make them depend on anything else.
const IMPURE: [&str; 18] = [
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
    "getrandom",
    "RandomState",
    "rayon",
    "usize::MAX",
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
    let workspace: toml::Table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let members = workspace["workspace"]["members"].as_array().unwrap();
    let members: BTreeSet<_> = members.iter().filter_map(|member| member.as_str()).collect();
    assert_eq!(members, CRATES.into_iter().map(|(dir, _)| dir).collect(), "every crate stands under the rules");
    none("a crate may depend only on those that ARCHITECTURE's map allows", broken);
    for table in ["dependencies", "dev-dependencies", "build-dependencies", "target.'cfg(unix)'.dependencies"] {
        let bad = format!("[{table}]\ndpgn-node = {{ path = \"x\" }}\nserde = \"1\"\n");
        assert_eq!(forbidden_crates(&bad, &["dpgn-protocol"]), ["dpgn-node"], "planted in [{table}]");
    }
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
    dependencies(manifest, &SHIPPED).into_iter().filter(|name| TERMINAL.contains(&name.as_str())).collect()
}

fn forbidden_crates(manifest: &str, allowed: &[&str]) -> Vec<String> {
    let names = dependencies(manifest, &ALL).into_iter();
    names.filter(|name| name.starts_with("dpgn-") && !allowed.contains(&name.as_str())).collect()
}

#[test]
fn rooms_import_only_what_they_may() {
    let allowed: BTreeMap<_, _> = ROOMS.into();
    let manifest = std::fs::read_to_string(root().join("node/Cargo.toml")).unwrap();
    let gone = ROOMS.into_iter().filter(|(room, _)| !root().join("node/src").join(room).is_dir());
    let mut broken: Vec<_> = gone.map(|(room, _)| format!("node/src/{room} is not there")).collect();
    for file in files() {
        let Some(inside) = file.path.strip_prefix("node/src/") else { continue };
        let room = inside.split(['/', '.']).next().unwrap_or_default();
        let imported = modules_imported(&file);
        if let Some(allowed) = allowed.get(room) {
            let beyond = imported.iter().filter(|m| *m != room && !allowed.contains(&m.as_str()));
            broken.extend(beyond.map(|m| format!("{} imports crate::{m}", file.path)));
        }
        if room == "engine" {
            let beyond = beyond_the_engine(&file.code, &manifest).into_iter();
            // A module of the same directory may be named without `self`.
            let beyond = beyond.filter(|c| c.chars().next().is_some_and(char::is_lowercase) && !is_sibling(&file, c));
            broken.extend(beyond.map(|c| format!("{} imports {c}", file.path)));
        }
    }
    none("data flows one way: engine and rooms know nothing of those around them", broken);
    let planted = |code: &str| {
        let code = code_of(code);
        modules_imported(&Source {
            path: "node/src/engine/x.rs".into(),
            text: code.clone(),
            all_code: code.clone(),
            code,
        })
    };
    assert_eq!(
        planted("use crate::{store::Store, config::{self, Flag}};\ncrate::runtime::x(); use super::super::network::N;"),
        ["config", "network", "runtime", "store"]
    );
    assert_eq!(crates_imported("pub use tokio::sync;\n    use dpgn_market::{Ledger};"), ["dpgn_market", "tokio"]);
    let engine = "use dpgn_market::Ledger; fn f() { let t = tokio::time::sleep; tracing::info!(); uuid::Uuid::nil(); }";
    assert_eq!(beyond_the_engine(engine, &manifest), ["tokio"], "a path without a `use` is an import too");
}

/// The top-level modules of its own crate that a file names, from the root or from where it stands.
fn modules_imported(file: &Source) -> Vec<String> {
    let paths = circles::trees(&file.code, &circles::module_of(&file.path)).into_iter();
    let modules: BTreeSet<_> = paths.filter_map(|(_, path)| path.into_iter().next()).collect();
    modules.into_iter().filter(|name| name.starts_with(char::is_lowercase)).collect()
}

/// The crates that a file of the engine imports, or names in a path, and may not.
fn beyond_the_engine(code: &str, manifest: &str) -> Vec<String> {
    let outside = dependencies(manifest, &ALL).into_iter().map(|name| name.replace('-', "_"));
    let in_paths = outside.filter(|name| has_word(code, &format!("{name}::")));
    let named: BTreeSet<_> = crates_imported(code).into_iter().chain(in_paths).collect();
    named.into_iter().filter(|name| !ENGINE_CRATES.contains(&name.as_str())).collect()
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
    let broken = files().into_iter().flat_map(|f| unlike_a_page(&f.text).map(|what| format!("{} {what}", f.path)));
    none(&format!("a file opens with its idea and has at most {LINES_MAX} lines"), broken.collect());
    assert_eq!(unlike_a_page("use x;").as_deref(), Some("does not open with //!"));
    assert_eq!(
        unlike_a_page(
            &"//! Long.
"
            .repeat(401)
        )
        .as_deref(),
        Some("has 401 lines")
    );
}

fn unlike_a_page(text: &str) -> Option<String> {
    let lines = text.lines().count();
    if lines > LINES_MAX {
        return Some(format!("has {lines} lines"));
    }
    (!text.starts_with("//!")).then(|| "does not open with //!".to_owned())
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
    let is_off = |code: &str| ["#[ignore", "todo!(", "unimplemented!("].iter().any(|word| code.contains(word));
    let found = files().into_iter().filter(|f| is_off(&f.all_code));
    none("a test that does not run, code that is not there", found.map(|f| f.path).collect());
    assert!(is_off("#[test] #[ignore = x] fn f() {}") && is_off("fn f() { todo!() }"));
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
