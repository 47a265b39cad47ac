//! Commands that the explorer and the alerts teach their readers are commands of this program.

use super::mesh::PROGRAM;
use std::{collections::BTreeSet, fs, path::Path, process::Command};

#[test]
fn what_pages_and_alerts_tell_people_to_type_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_dir(root.join("node/gateway/explorer")).unwrap().map(|entry| entry.unwrap().path());
    let files = page.chain([root.join("testnet/monitoring/alerts.yml")]);
    let taught: BTreeSet<String> = files.flat_map(|file| commands(&fs::read_to_string(file).unwrap())).collect();
    println!("{taught:#?}");
    assert!(taught.len() > 10, "only {taught:?} were seen");
    let unknown: Vec<_> = taught.iter().filter(|command| !is_known(command)).collect();
    assert!(unknown.is_empty(), "{unknown:?} are taught, and the program does not know them");
    assert!(!is_known("task quote --degrees 14"));
    assert_eq!(commands("empty('x', 'A=b dpgn task list', `dpgn task show ${id}`)").len(), 2);
}

/// The arguments of `dpgn` in the quoted parts of a text.
fn commands(text: &str) -> Vec<String> {
    let quoted = text.split(['\'', '`', '"']);
    let called = quoted.filter_map(|part| {
        let (before, arguments) = part.split_once("dpgn ")?;
        before.split_whitespace().all(|word| word.contains('=')).then_some(arguments)
    });
    called.map(|arguments| arguments.trim().to_owned()).collect()
}

/// Whether the program takes the arguments: asked for help behind them, it complains of those before.
fn is_known(arguments: &str) -> bool {
    // What the page fills in is an account.
    let account = "ab".repeat(32);
    let words = arguments.split_whitespace().map(|word| if word.starts_with('$') { account.as_str() } else { word });
    Command::new(PROGRAM).args(words).arg("--help").output().unwrap().status.success()
}
