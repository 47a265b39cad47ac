//! Bad input at the command line: exit code 2, what and where on standard error, nothing charged.

use super::mesh::{dpgn, said, sample, until};
use std::{
    fs::{self, File},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

/// A network of one node, without a prover.
fn alone(dir: &Path) -> Command {
    let mut command = dpgn(dir);
    command.env("DPGN_ROLES", "requester,coordinator");
    command
}

/// What the program says to bad input.
fn refused(dir: &Path, arguments: &[&str]) -> String {
    let output = alone(dir).args(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}: {said}");
    said
}

#[test]
fn bad_input_is_told_what_and_where() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("node");
    said(alone(&dir).arg("init"));
    let (circuit, witness) = (sample("range.r1cs"), sample("range.wtns"));
    let submit = |circuit: &str, witness: &str, more: &[&str]| {
        refused(&dir, &[["task", "submit", circuit, witness].as_slice(), more].concat())
    };
    let (bytes, values) = (fs::read(&circuit).unwrap(), fs::read(&witness).unwrap());
    let at = |name: &str, bytes: &[u8]| {
        let path = home.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };

    let level = submit(&circuit, &witness, &["--level", "9"]);
    assert!(level.contains("got 9") && level.contains("3 to 5 private"), "{level}");
    let consent = submit(&circuit, &witness, &["--level", "1"]);
    assert!(consent.contains("level 1") && consent.contains("--public-witness"), "{consent}");
    let missing = submit("nowhere.r1cs", &witness, &[]);
    assert!(missing.contains("nowhere.r1cs") && missing.contains("No such file"), "{missing}");
    let missing = submit(&circuit, "nowhere.wtns", &[]);
    assert!(missing.contains("nowhere.wtns"), "{missing}");
    let cut = submit(&at("cut.r1cs", &bytes[..bytes.len() / 2]), &witness, &[]);
    assert!(cut.contains("cut.r1cs: the file is truncated") && cut.contains("at offset 24"), "{cut}");
    let short = submit(&circuit, &at("cut.wtns", &values[..values.len() - 8]), &[]);
    assert!(short.contains("cut.wtns: the file is truncated"), "{short}");
    let dear = submit(&circuit, &witness, &["--reward", "999999999999"]);
    assert!(dear.contains("credits are required") && dear.contains("next: have credits sent to "), "{dear}");
    let hasty = submit(&circuit, &witness, &["--reward", "1000", "--deadline", "1"]);
    assert!(hasty.contains("the deadline is 1 s from now; it must be 3 to "), "{hasty}");
    let built = fs::read_dir(dir.join("circuits")).map_or(0, Iterator::count);
    assert_eq!(built, 0, "what cannot be bought is not built");

    let source = submit(&at("range.circom", b"pragma circom 2.1.0;"), &witness, &[]);
    assert!(source.contains("it begins with \"prag\"") && source.contains("--prime goldilocks"), "{source}");
    let swapped = submit(&witness, &circuit, &[]);
    assert!(
        swapped.contains("it is a .wtns file, a witness") && swapped.contains("name the circuit first"),
        "{swapped}"
    );
    let others = submit(&circuit, &sample("adult.wtns"), &[]);
    assert!(others.contains(" wires, the circuit ") && others.contains("made for another circuit"), "{others}");

    let peer = refused(&home.path().join("new"), &["init", "--listen", "0.0.0.0:9700"]);
    assert!(peer.contains("--listen = ") && peer.contains("such are /ip4/0.0.0.0/tcp/9700"), "{peer}");
    let url = refused(&dir, &["prover", "run", "--coordinator-url", "localhost:8080"]);
    assert!(url.contains("next: write http://localhost:8080"), "{url}");
    let named = refused(&dir, &["verify", "p", "--task", "6ba7b810-9dad-41d1-80b4-00c04fd430c8", "--prover", "x"]);
    assert!(named.contains("its id, of 64 digits, is what `dpgn task submit` says"), "{named}");

    // The last value is some wire's: what it breaks is named by constraint and by signal.
    let mut wrong = values.clone();
    *wrong.iter_mut().rev().nth(7).unwrap() ^= 1;
    let wrong = submit(&circuit, &at("wrong.wtns", &wrong), &[]);
    assert!(wrong.contains("wrong.wtns: the witness fails constraint ") && wrong.contains("main."), "{wrong}");

    let own = alone(&dir).args(["task", "list", "--format", "json"]).output().unwrap();
    assert_eq!(String::from_utf8(own.stdout).unwrap().trim(), "[]", "nothing was bought");
    fs::write(dir.join("config.toml"), "rolls = [\"prover\"]\n").unwrap();
    let key = refused(&dir, &["node", "run"]);
    assert!(key.contains("config.toml line 1: unknown key `rolls`"), "{key}");
}

#[test]
fn nobody_there_is_the_networks_fault() {
    let home = tempfile::tempdir().unwrap();
    let (founder, guest) = (home.path().join("founder"), home.path().join("guest"));
    said(alone(&founder).arg("init"));
    said(alone(&guest).args(["init", "--genesis", founder.join("genesis.toml").to_str().unwrap()]));
    let mut submit = alone(&guest);
    submit.args(["task", "submit", &sample("range.r1cs"), &sample("range.wtns"), "--format", "json"]);
    let ended = submit.stdout(Stdio::piped()).output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!((ended.status.code(), ended.stdout.len()), (Some(1), 0), "{said}");
    let failure = said.lines().last().unwrap();
    let failure: serde_json::Value = serde_json::from_str(failure).unwrap();
    assert_eq!(failure["kind"], "network");
    assert!(failure["hint"].as_str().unwrap().contains("bootstrap"), "{failure}");

    let looked = alone(&guest).args(["account", "balance"]).output().unwrap();
    let told = String::from_utf8(looked.stderr).unwrap();
    assert!(looked.status.success() && told.contains("warning") && told.contains("as of height 0"), "{told}");
}

/// A node that has the configured port holds up `dpgn node run`, and no command beside it.
#[test]
fn a_port_that_is_taken_is_named_and_asked_for_by_nothing_but_a_node_that_runs() {
    let home = tempfile::tempdir().unwrap();
    said(alone(home.path()).arg("init"));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("/ip4/127.0.0.1/tcp/{}", taken.local_addr().unwrap().port());
    let at = |arguments: [&str; 2]| {
        let mut command = alone(home.path());
        command.env("DPGN_NETWORK_LISTEN", &address).args(arguments);
        command
    };
    for command in [["account", "balance"], ["task", "list"]] {
        said(&mut at(command));
    }
    let ended = at(["node", "run"]).output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("cannot listen on {address}: Address already in use")), "{told}");
    assert!(told.contains("--listen or DPGN_NETWORK_LISTEN"), "{told}");
}

#[test]
fn a_prover_whose_gateway_is_not_there_says_so() {
    let home = tempfile::tempdir().unwrap();
    let log = home.path().join("log");
    let nowhere = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{nowhere}/");
    let mut prover = dpgn(&home.path().join("prover"));
    prover.args(["prover", "run", "--coordinator-url", &url, "--level", "1"]);
    let mut prover = prover.stderr(File::create(&log).unwrap()).spawn().unwrap();
    let line = until("it is told", || {
        let log = fs::read_to_string(&log).unwrap();
        log.lines().find(|line| line.contains("not registered yet")).map(str::to_owned)
    });
    prover.kill().unwrap();
    prover.wait().unwrap();
    assert!(line.contains("WARN") && line.contains(&url) && line.contains("it cannot be reached"), "{line}");
}

#[test]
fn a_gateway_s_port_that_is_taken_is_told_with_what_to_do() {
    let home = tempfile::tempdir().unwrap();
    said(alone(home.path()).arg("init"));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = alone(home.path()).args(["node", "run", "--gateway", &address]).output().unwrap();
    let told = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{told}");
    assert!(told.contains(&format!("the gateway cannot listen on {address}")), "{told}");
    assert!(told.contains("--gateway or DPGN_GATEWAY_LISTEN"), "{told}");
    let open = refused(home.path(), &["node", "run", "--gateway", "0.0.0.0:0"]);
    assert!(open.contains("gateway.token_file must name a file"), "{open}");
}
