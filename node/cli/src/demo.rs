//! `dpgn demo`: the main job on embedded defaults, on real nodes.

use crate::{
    amounts::credits,
    files,
    follow::follow,
    output::{Output, Row},
    session::Session,
    user_error::UserError,
};
use clap::Args;
use dpgn_node::{
    NodeHandle, Purchase, Source, TaskRef,
    local::{Local, LocalOptions},
    view::{Balance, TaskInfo},
};
use dpgn_protocol::{
    finding::Finding,
    genesis::Params,
    ids::{AccountId, ProofHash},
    units::{Credits, Level},
};
use dpgn_prover::{ProverOptions, circuit::samples};
use serde::Serialize;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  dpgn demo
  dpgn demo --provers 3 --level 5
  dpgn demo --keep ./demo --format json";

/// Start a small mesh of real nodes on loopback and prove a circom circuit through it
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Demo {
    /// The number of provers, 1 to 16
    #[arg(long, default_value_t = 2)]
    provers: usize,
    /// Privacy level, 1 to 5
    #[arg(long, default_value_t = 3)]
    level: u8,
    /// Keep the nodes' data here [default: a temporary directory; the proof is kept either way]
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// The file that the proof is written to
    #[arg(long, short, default_value = "demo.proof", value_name = "FILE")]
    out: PathBuf,
}

/// The summary that the demo shows at its end.
#[derive(Serialize)]
struct Summary {
    task: TaskInfo,
    proof: ProofHash,
    verdict: Finding,
    price: Credits,
    refund: Credits,
    balances: Vec<Named>,
    proof_path: PathBuf,
    verifier_data_path: PathBuf,
}

#[derive(Serialize)]
struct Named {
    node: String,
    #[serde(flatten)]
    balance: Balance,
}

/// Runs the demo to its end.
pub(crate) async fn run(demo: Demo, output: &Output) -> Result<(), UserError> {
    let level = Level::new(demo.level).map_err(UserError::input)?;
    if !(1..=16).contains(&demo.provers) {
        return Err(UserError::input(format!("the demo runs 1 to 16 provers; got {}", demo.provers)));
    }
    let temporary = tempfile::tempdir().map_err(|e| UserError::network(format!("a temporary directory: {e}")))?;
    let dir = demo.keep.clone().unwrap_or_else(|| temporary.path().to_owned());
    output.say(&format!("starting 1 coordinator, {} provers and 1 requester on loopback", demo.provers));
    let what = LocalOptions {
        coordinators: 1,
        provers: demo.provers,
        params: Params::default(),
        options: ProverOptions::default(),
    };
    let mesh = Local::start(&dir, what).await.map_err(UserError::network)?;
    let result = buy(&demo, level, &mesh, &dir, output).await;
    mesh.shutdown().await;
    output.show(&result?)
}

async fn buy(
    demo: &Demo,
    level: Level,
    mesh: &Local,
    dir: &std::path::Path,
    output: &Output,
) -> Result<Summary, UserError> {
    let sample = samples::DEMO;
    output.say(&format!("circuit: {} ({})", sample.name, sample.about));
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.join(name);
        std::fs::write(&path, bytes).map(|()| path.clone()).map_err(|e| UserError::network(format!("{path:?}: {e}")))
    };
    let source = Source::R1cs {
        r1cs: write("demo.r1cs", sample.r1cs)?,
        wtns: write("demo.wtns", sample.wtns)?,
        sym: Some(write("demo.sym", sample.sym)?),
    };
    let purchase =
        Purchase { level, witness_is_public: !level.is_private(), ..Purchase::new(source, Credits::new(2_000_000)) };
    let bought = mesh.requester.submit(purchase).await?;
    for warning in &bought.warnings {
        output.warn(&warning.to_string());
    }
    let info = {
        let mut session = Session::attach(&dir.join("requester")).await?;
        follow(&mut session, TaskRef::Id(bought.task.task), output).await?
    };
    if let Some(why) = &info.why {
        return Err(UserError::network(format!("the demo's task failed: {why}")));
    }
    summary(demo, mesh, info, output).await
}

async fn summary(demo: &Demo, mesh: &Local, task: TaskInfo, output: &Output) -> Result<Summary, UserError> {
    let missing = || UserError::network("the task is over, but its proof is not here");
    let found = mesh.requester.proof_files(TaskRef::Id(task.task)).await?;
    let proof_path = std::path::absolute(&demo.out).map_err(|e| UserError::input(format!("{:?}: {e}", demo.out)))?;
    let verifier_data_path = files::keep_proof(&found, &proof_path, output)?;
    let price = task.price.ok_or_else(missing)?;
    let mut balances = vec![
        named("requester", &mesh.requester, mesh.requester.account()).await?,
        named("coordinator", &mesh.requester, mesh.coordinator.account()).await?,
    ];
    for (i, prover) in mesh.provers.iter().enumerate() {
        balances.push(named(&format!("prover-{}", i + 1), &mesh.requester, prover.account()).await?);
    }
    Ok(Summary {
        proof: task.proof.ok_or_else(missing)?,
        // The requester's node has checked it for itself: nothing else completes a task there.
        verdict: Finding::Valid,
        price,
        refund: task.reward.saturating_sub(price),
        balances,
        proof_path,
        verifier_data_path,
        task,
    })
}

async fn named(node: &str, at: &NodeHandle, account: AccountId) -> Result<Named, UserError> {
    Ok(Named { node: node.to_owned(), balance: at.balance(account).await? })
}

impl Row for Summary {
    fn head() -> &'static [&'static str] {
        &["WHAT", "VALUE"]
    }

    fn cells(&self) -> Vec<String> {
        Vec::new()
    }

    fn lines(&self) -> Vec<(String, String)> {
        let mut lines = vec![
            ("task".to_owned(), self.task.task.to_string()),
            ("proof".to_owned(), self.proof.to_string()),
            ("verdict".to_owned(), format!("{:?}, by the committee and by the requester's own node", self.verdict)),
            ("price".to_owned(), format!("{} of at most {}", credits(self.price), credits(self.task.reward))),
        ];
        for named in &self.balances {
            lines.push((format!("balance of {}", named.node), credits(named.balance.available)));
        }
        lines.push(("proof file".to_owned(), self.proof_path.display().to_string()));
        lines.push(("verifier data".to_owned(), self.verifier_data_path.display().to_string()));
        lines
    }
}
