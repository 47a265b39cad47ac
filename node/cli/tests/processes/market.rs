//! What the commands about the market say, asked of a prover's node after it was paid.

use super::mesh::{COORDINATOR, Mesh, said, sample};
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

    let payee = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    assert_eq!(ask(&["account", "payee", "show"]).1["payee"], Value::Null);
    let (text, named) = ask(&["account", "payee", payee]);
    assert!(named["payee"] == payee && text.contains(payee), "{text}");
    assert_eq!(mesh.json("prover", &["account", "payee", "show"])["payee"], payee);
    let wrong = mesh.dpgn("prover", &["account", "payee", &payee.replace("5aAe", "5aAf")]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2), "{}", String::from_utf8_lossy(&wrong.stderr));

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
    assert!(text.contains("over, paid: ") && told["answers"] == Value::Null, "{text}");
    let statement = mesh.json("prover", &["account", "statement"]);
    let awarded = statement["lines"].as_array().unwrap().iter().find(|line| cause(line) == "awarded").unwrap();
    assert_eq!(told["awarded"], awarded["height"]);
    let height = awarded["height"].to_string();
    assert!(text.contains(&format!("dpgn auction replay {height} --task {task} --prover {prover}")), "{text}");

    let other = mesh.account(COORDINATOR);
    let (text, told) = ask(&["task", "explain", task, "--history", "--prover", other]);
    let paid = serde_json::json!({"verdict": "over", "paid": prover, "prover": other});
    assert_eq!(told["about"], paid);
    let lines = told["history"]["lines"].as_array().unwrap();
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["opened", "awarded", "started", "delivered", "paid"]);
    let award = &lines[1];
    assert!(award["height"] == awarded["height"] && award["about"]["verdict"] == "no_ask", "{award}");
    assert!(award["award"]["price"] == price && text.contains("has no ask standing"), "{text}");

    let (text, one) = ask(&["auction", "replay", &height, "--task", task, "--prover", prover]);
    assert!(one["bids"][0]["answers"]["asks"][0]["prover"] == prover && one["bids_left_out"] == 0, "{one}");
    assert!(text.contains("score = 0.700 x (1 - price / ") && text.contains("REPUTATION_PART"), "{text}");
    let (text, replayed) = ask(&["auction", "replay", &height, "--all"]);
    assert!(replayed["agrees"] == true && replayed["made"].as_array().unwrap().len() == 1, "{replayed}");
    let won = &replayed["bids"][0]["winner"];
    assert!(won["prover"] == prover && won["price"] == price && replayed["made"][0]["task"] == task, "{replayed}");
    assert!(text.contains("the same: 1"), "{text}");

    let quote = || mesh.json("prover", &["task", "quote", "--rows", "5", "--level", "1"]);
    let (text, first) = ask(&["task", "quote", "--rows", "5", "--level", "1"]);
    assert!(first["basis"] == "asks" && first["reward"] == price && first["paid"]["count"] == 1, "{first}");
    assert!(first["expected"]["winner"]["prover"] == prover && text.contains("would go to"), "{text}");
    // Nothing is known of the circuit but its size; of the one that was proved a bid is remembered.
    assert!(first["registration"].as_u64() > Some(1_000) && text.contains("new circuit"), "{text}");
    assert!(text.contains("must deliver") && text.contains("must start"), "{text}");
    let known = mesh.json("prover", &["task", "quote", &sample("range.r1cs"), "--level", "1"]);
    assert_eq!(known["registration"], Value::Null);

    assert_eq!(ask(&["ask", "show"]).1["flat"], 1_000);
    let (_, set) = ask(&["ask", "set", "--flat", "500", "--offer", "1:2000"]);
    assert!(set["flat"] == 500 && set["offers"][0]["per_kilorow"] == 2_000, "{set}");
    // 63 = 2,000 for 1,024 rows, of which there are 32.
    assert_eq!((&quote()["asked"]["lowest"], &quote()["able"]["count"]), (&563.into(), &1.into()));
    // More memory counts from the next start on: until then the node sells what its workers hold, and that is an answer.
    mesh.configure("prover", "[prover]\nflat = 700\ndegree_max = 18\nmemory_mib_max = 65536\n");
    let (_, reloaded) = ask(&["ask", "set"]);
    assert!(reloaded["flat"] == 700 && reloaded["offers"][0]["per_kilorow"] == 1_000, "{reloaded}");
    assert_eq!(reloaded["degree_max"], 17, "{reloaded}");
    let set = mesh.dpgn("prover", &["ask", "set"]).output().unwrap();
    let warned = String::from_utf8(set.stderr).unwrap();
    println!("$ dpgn ask set\n{warned}");
    assert!(warned.contains("2^17 rows are the most that is sold") && warned.contains("must be restarted"), "{warned}");

    let nobody = "00".repeat(32);
    let unknown = mesh.dpgn("prover", &["task", "explain", &nobody]).output().unwrap();
    let why = String::from_utf8(unknown.stderr).unwrap();
    println!("$ dpgn task explain {nobody}\n{why}");
    assert!(unknown.status.code() == Some(2) && why.contains("does not know task"), "{why}");
}

fn cause(line: &Value) -> &str {
    line["cause"].as_str().unwrap()
}
