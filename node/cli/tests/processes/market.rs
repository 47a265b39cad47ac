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

fn cause(line: &Value) -> &str {
    line["cause"].as_str().unwrap()
}
