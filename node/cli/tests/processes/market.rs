//! What the commands about the market say, asked of a prover's node after it was paid.

use super::mesh::{COORDINATOR, Mesh, said};
use serde_json::Value;

/// Books and name of a prover that has sold one proof at this price.
pub fn assert_told(mesh: &Mesh, task: &str, price: u64) {
    let prover = mesh.account("prover");
    let ask = |arguments: &[&str]| {
        let text = said(&mut mesh.dpgn("prover", arguments));
        println!("$ dpgn {}\n{text}", arguments.join(" "));
        (text, mesh.json("prover", arguments))
    };

    let (text, told) = ask(&["reputation", "explain"]);
    let (value, own) = (&told["reputation"]["value"], &told["reputation"]["own"]);
    assert!(told["account"] == prover && value.as_u64() > Some(100_000) && own.as_u64() > value.as_u64(), "{told}");
    assert!(told["counterparties"].as_array().unwrap().len() == 1 && text.contains("REQUESTER"), "{text}");
    assert_eq!(&ask(&["reputation", "show"]).1["reputation"], value);

    let sent =
        said(mesh.dpgn("prover", &["account", "transfer", mesh.account(COORDINATOR), "1200"]).env("NO_COLOR", "1"));
    println!("$ dpgn account transfer COORDINATOR 1200\n{sent}");
    let (text, told) = ask(&["account", "statement"]);
    let causes: Vec<&str> = told["lines"].as_array().unwrap().iter().map(cause).collect();
    assert!(causes.ends_with(&["awarded", "earned", "sent", "fee"]), "{causes:?}");
    let earned = &told["lines"][causes.iter().position(|cause| *cause == "earned").unwrap()];
    assert_eq!((&earned["task"], &earned["came"]), (&task.into(), &price.into()));
    assert!(text.contains("proof sold") && text.contains("fee: transfer"), "{text}");
    let balance = ask(&["account", "balance"]).1;
    assert_eq!(balance["available"], told["closing"]["free"]);

    let (text, told) = ask(&["account", "earnings"]);
    let sums = told["sums"].as_array().unwrap();
    let sum = sums.iter().find(|sum| cause(sum) == "earned").unwrap();
    assert!(sum["came"] == price && sum["count"] == 1 && told["unpaid"] == Value::Array(Vec::new()), "{told}");
    assert!(!text.contains("UNPAID"), "{text}");

    let early = mesh.dpgn("prover", &["account", "statement", "--from", "1000000"]).output().unwrap();
    let why = String::from_utf8(early.stderr).unwrap();
    println!("$ dpgn account statement --from 1000000\n{why}");
    assert!(
        early.status.code() == Some(2) && why.contains("is not decided yet") && why.contains("node status"),
        "{why}"
    );
}

/// How the task was awarded, and what it would cost now; then the prover changes its prices while it runs.
pub fn assert_explained(mesh: &Mesh, task: &str, price: u64) {
    let prover = mesh.account("prover");
    let ask = |arguments: &[&str]| {
        let text = said(&mut mesh.dpgn("prover", arguments));
        println!("$ dpgn {}\n{text}", arguments.join(" "));
        (text, mesh.json("prover", arguments))
    };

    let (text, told) = ask(&["task", "explain", task, "--prover", prover]);
    assert!(told["standing"]["stands_at"] == "paid" && told["about"]["verdict"] == "has", "{told}");
    assert!(text.contains("paid: ") && text.contains("score = 0.700 x (1 - price / "), "{text}");
    let other = mesh.account(COORDINATOR);
    let told = mesh.json("prover", &["task", "explain", task, "--prover", other]);
    assert_eq!(told["about"]["verdict"], "no_ask");

    let statement = mesh.json("prover", &["account", "statement"]);
    let awarded = statement["lines"].as_array().unwrap().iter().find(|line| cause(line) == "awarded").unwrap();
    let (text, replayed) = ask(&["auction", "replay", &awarded["height"].to_string()]);
    assert!(replayed["agrees"] == true && replayed["made"].as_array().unwrap().len() == 1, "{replayed}");
    let won = &replayed["bids"][0]["winner"];
    assert!(won["prover"] == prover && won["price"] == price && replayed["made"][0]["task"] == task, "{replayed}");
    assert!(text.contains("the same: 1"), "{text}");

    let quote = || mesh.json("prover", &["task", "quote", "--rows", "5", "--level", "1"]);
    let (text, first) = ask(&["task", "quote", "--rows", "5", "--level", "1"]);
    assert!(first["basis"] == "asks" && first["reward"] == price && first["paid"]["count"] == 1, "{first}");
    assert!(first["expected"]["winner"]["prover"] == prover && text.contains("would go to"), "{text}");

    assert_eq!(ask(&["ask", "show"]).1["flat"], 1_000);
    let (_, set) = ask(&["ask", "set", "--flat", "500", "--offer", "1:2000"]);
    assert!(set["flat"] == 500 && set["offers"][0]["per_kilorow"] == 2_000, "{set}");
    // 63 = 2,000 for 1,024 rows, of which there are 32.
    assert_eq!((&quote()["asked"]["lowest"], &quote()["able"]["count"]), (&563.into(), &1.into()));
    mesh.configure("prover", "[prover]\nflat = 700\n");
    let (_, reloaded) = ask(&["ask", "set"]);
    assert!(reloaded["flat"] == 700 && reloaded["offers"][0]["per_kilorow"] == 1_000, "{reloaded}");

    let nobody = "00".repeat(32);
    let unknown = mesh.dpgn("prover", &["task", "explain", &nobody]).output().unwrap();
    let why = String::from_utf8(unknown.stderr).unwrap();
    println!("$ dpgn task explain {nobody}\n{why}");
    assert!(unknown.status.code() == Some(2) && why.contains("does not know task"), "{why}");
}

fn cause(line: &Value) -> &str {
    line["cause"].as_str().unwrap()
}
