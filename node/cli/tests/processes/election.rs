//! A candidate and a voter: bonds and votes as their owners lock them and take them back.

use super::{
    books::{Books, GRANT},
    mesh::{COORDINATOR, Mesh, REQUESTER, said},
};
use serde_json::Value;

/// The bond of the candidate, and what is taken back of it.
const BOND: u64 = 20_000_000;
const BOND_BACK: u64 = 8_000_000;
/// The stake of the voter, and what is taken back of it.
const VOTE: u64 = 30_000_000;
const VOTE_BACK: u64 = 5_000_000;
/// More than the fees of these ops.
const FEES: u64 = 50_000;

/// One candidate's line, by its account.
fn line<'a>(election: &'a Value, account: &str) -> &'a Value {
    let candidates = election["candidates"].as_array().unwrap();
    candidates.iter().find(|line| line["account"] == account).unwrap_or_else(|| panic!("{election}"))
}

/// What a command says that does not succeed.
fn refused(mesh: &Mesh, who: &str, arguments: &[&str]) -> String {
    let output = mesh.dpgn(who, arguments).output().unwrap();
    let why = String::from_utf8(output.stderr).unwrap();
    println!("$ dpgn {}\n{why}", arguments.join(" "));
    assert_eq!(output.status.code(), Some(2), "{why}");
    why
}

#[tokio::test]
async fn a_candidate_bonds_is_voted_for_and_takes_a_part_back() {
    let voter = "voter";
    // One candidate is enough; no epoch ends meanwhile.
    let params = [("committee_min", 1), ("epoch_blocks", 100_000), ("idle_interval", 400), ("block_interval", 50)];
    let mesh = Mesh::new(&[voter], &params);
    let running = [COORDINATOR, REQUESTER, voter].map(|who| mesh.node(who));
    let (candidate, member) = (mesh.account(REQUESTER), mesh.account(COORDINATOR));
    let order = |who: &str, words: &[&str], amount: u64| {
        let amount = amount.to_string();
        mesh.json(who, &[&["coordinator"], words, &[&amount]].concat())
    };

    let why = refused(&mesh, voter, &["coordinator", "vote", candidate, "1000000"]);
    assert!(why.contains("is no candidate") && why.contains("coordinator candidates"), "{why}");
    let bonded = order(REQUESTER, &["bond"], BOND);
    assert!(bonded["candidate"]["bond"] == BOND && bonded["candidate"]["candidacy"] == "eligible", "{bonded}");
    assert!(bonded["committee"][0]["account"] == member && bonded["council"] == Value::Null, "{bonded}");

    let voted = order(voter, &["vote", candidate], VOTE);
    assert_eq!(voted["stakes"]["votes"], serde_json::json!([[candidate, VOTE]]));
    let told = mesh.json(voter, &["coordinator", "candidates"]);
    let shown = line(&told, candidate);
    assert!(shown["stake"] == VOTE && shown["counted"] == BOND + VOTE && shown["power"] == Value::Null, "{shown}");
    assert!(shown["expected"].is_u64() && told["eligible"].as_u64() >= Some(1), "{told}");
    assert!(told["halts"][0] == member && told["rules"][0] == member && told["incumbents_stay"] == false, "{told}");
    let text = said(&mut mesh.dpgn(voter, &["coordinator", "candidates"]));
    println!("$ dpgn coordinator candidates\n{text}");
    let row = text.lines().find(|row| row.starts_with(candidate)).unwrap();
    let cells: Vec<&str> = row.split_whitespace().skip(1).collect();
    assert_eq!(cells, ["20.000000", "30.000000", "50.000000", "-", "0.333", "yes"], "{text}");

    let why = refused(&mesh, voter, &["coordinator", "unbond", "30000001", "--vote", candidate]);
    assert!(why.contains("30.000000 credits are locked") && why.contains("coordinator status"), "{why}");
    let back = order(voter, &["unbond", "--vote", candidate], VOTE_BACK);
    assert_eq!(back["stakes"]["votes"][0][1], VOTE - VOTE_BACK);
    assert!(back["stakes"]["unlocking"] == VOTE_BACK && back["stakes"]["free_at"].is_array(), "{back}");
    let back = order(REQUESTER, &["unbond"], BOND_BACK);
    let own = &back["candidate"];
    assert!(own["bond"] == BOND - BOND_BACK && own["unbonding"] == BOND_BACK && own["free_at"].is_array(), "{back}");

    let text = said(&mut mesh.dpgn(COORDINATOR, &["coordinator", "status"]));
    println!("$ dpgn coordinator status\n{text}");
    assert!(text.contains("in office, with 1.000 of the power") && text.contains("this one"), "{text}");
    let status = mesh.json(COORDINATOR, &["coordinator", "status"]);
    assert!(status["council"]["can_decide"] == true && status["council"]["in_touch"][0] == member, "{status}");

    let books = Books::close(&mesh, running).await;
    for (account, locked) in [(candidate, BOND), (mesh.account(voter), VOTE)] {
        let left = books.of(account);
        assert!((GRANT - locked - FEES..=GRANT - locked).contains(&left), "{left} after {locked} were locked");
    }
}
