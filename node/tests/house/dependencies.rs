//! No dependency that no source names, none for all that only tests need, and no plonky2 where it was left out.

use crate::{
    CRATES, none,
    source::{files, has_word, root},
};
use std::{collections::BTreeSet, process::Command};

#[test]
fn every_dependency_is_named_by_a_source() {
    let sources = files();
    let mut broken = Vec::new();
    for (dir, _) in CRATES {
        let manifest = std::fs::read_to_string(root().join(dir).join("Cargo.toml")).unwrap();
        let mut code = String::new();
        let mut all = String::new();
        for file in sources.iter().filter(|f| is_of(dir, &f.path)) {
            code.push_str(&file.code);
            all.push_str(&file.all_code);
        }
        broken.extend(unnamed(&manifest, &code, &all).into_iter().map(|what| format!("{dir}: {what}")));
    }
    none("a dependency is there for nothing", broken);
}

#[test]
fn a_planted_dependency_is_caught() {
    let manifest =
        "[dependencies]\nused-here = \"1\"\ntested = \"1\"\nunused = \"1\"\n[dev-dependencies]\nmore = \"1\"\n";
    let code = "use used_here::X; fn unused_not() {}";
    let found = unnamed(manifest, code, &format!("{code} #[test] fn t() {{ tested::f() }}"));
    assert_eq!(found, ["tested is used by tests alone", "unused is not used", "more is not used, not even by tests"]);
}

/// What only workers need: what they prove with, and what they are confined with.
const OF_WORKERS: [&str; 6] = ["dpgn-gpu-kernels", "landlock", "plonky2", "rand_chacha", "rayon", "seccompiler"];

#[test]
fn a_node_without_the_feature_has_nothing_of_plonky2() {
    let (whole, without) = (built(&[]), built(&["--no-default-features"]));
    println!("{} crates with plonky2, {} without", whole.len(), without.len());
    assert!(whole.len() > 200 && without.is_subset(&whole), "{} crates, {} without", whole.len(), without.len());
    let of_workers = |crates: &BTreeSet<String>| {
        let is_one = |name: &&String| OF_WORKERS.into_iter().any(|word| name.starts_with(word));
        crates.iter().filter(is_one).cloned().collect::<Vec<_>>()
    };
    none("a node without plonky2 builds", of_workers(&without));
    assert!(of_workers(&whole).len() > OF_WORKERS.len(), "the test would see them: {:?}", of_workers(&whole));
}

/// The crates that are built for the library `dpgn-node` with these features, as the lock file has them.
fn built(features: &[&str]) -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--offline", "--locked", "--package", "dpgn-node"]);
    tree.args(["--edges", "normal,build", "--prefix", "none"]);
    let told = tree.args(features).current_dir(root()).output().unwrap();
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let names = String::from_utf8(told.stdout).unwrap();
    names.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

/// Whether a file is one of this crate's, not of a crate in a directory below.
fn is_of(dir: &str, path: &str) -> bool {
    let inside = path.strip_prefix(dir).and_then(|rest| rest.strip_prefix('/')).and_then(|rest| rest.split('/').next());
    inside.is_some_and(|first| ["src", "tests", "benches", "examples"].contains(&first))
}

/// The tables whose crates are part of what is built.
pub const SHIPPED: [&str; 2] = ["dependencies", "build-dependencies"];
/// Likewise, and those of tests.
pub const ALL: [&str; 3] = ["dependencies", "build-dependencies", "dev-dependencies"];

/// The crates that a manifest asks for in these tables, for every platform or for some.
pub fn dependencies(manifest: &str, tables: &[&str]) -> Vec<String> {
    let manifest: toml::Table = manifest.parse().unwrap();
    let platforms = manifest.get("target").and_then(|t| t.as_table()).into_iter().flat_map(|t| t.values());
    let places = platforms.filter_map(|platform| platform.as_table()).chain([&manifest]);
    let places = places.flat_map(|place| tables.iter().filter_map(|table| place.get(*table)?.as_table()));
    places.flat_map(|crates| crates.keys().cloned()).collect()
}

/// What a manifest asks for and its sources do not name; `code` is without tests, `all` with them.
fn unnamed(manifest: &str, code: &str, all: &str) -> Vec<String> {
    let is_in = |code: &str, name: &str| has_word(code, &name.replace('-', "_"));
    let shipped = dependencies(manifest, &SHIPPED).into_iter().filter(|name| !is_in(code, name)).map(|name| {
        if is_in(all, &name) { format!("{name} is used by tests alone") } else { format!("{name} is not used") }
    });
    let dev = dependencies(manifest, &["dev-dependencies"]).into_iter().filter(|name| !is_in(all, name));
    shipped.chain(dev.map(|name| format!("{name} is not used, not even by tests"))).collect()
}
