//! `dpgn task receipt`: the payment of a task in a file that convinces strangers.
//!
//! A receipt that does not hold from where it is said to is never written.

use crate::{
    amounts::{credits, utc},
    files,
    globals::Globals,
    output::Output,
    session::Session,
    table,
    user_error::UserError,
};
use clap::Args;
use dpgn_node::{TaskRef, genesis_file};
use dpgn_protocol::{
    checkpoint::Checkpoint,
    ids::{AccountId, CircuitId, NetworkId, ProofHash, TaskId},
    outcome::Settlement,
    receipt::Receipt,
    units::{Credits, Height, Level, Timestamp},
};
use serde::Serialize;
use std::{convert::Infallible, fs, path::PathBuf, str::FromStr};

const EXAMPLES: &str = "\
Examples:
  dpgn task receipt 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10
  dpgn task receipt 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10 --out age.receipt
  dpgn task receipt 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10 --since theirs.checkpoint

Anybody checks it with `dpgn verify-receipt`, from the genesis or from any checkpoint that is not older than --since, \
and below the block that has paid; in most networks neither is believed for more than three days. Without --since it \
begins at the genesis, as long as that is not too far away.";

/// Write the receipt of a paid task, which convinces strangers without a node
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TaskReceipt {
    /// The task's UUID or id
    task: TaskRef,
    /// The file to write [default: the task's id with .receipt appended, in this directory]
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The oldest checkpoint from which it is to be checked: its file, or its height [default: the genesis]
    #[arg(long, value_name = "CHECKPOINT")]
    since: Option<Since>,
}

/// A checkpoint as it is named: by height, if it is a number, or else by its file.
#[derive(Clone, Debug)]
enum Since {
    Height(Height),
    File(PathBuf),
}

impl FromStr for Since {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.parse() {
            Ok(height) => Self::Height(Height::new(height)),
            Err(_) => Self::File(text.into()),
        })
    }
}

/// The statement of a receipt.
#[derive(Serialize)]
pub(crate) struct Paid {
    network: NetworkId,
    task: TaskId,
    outcome: &'static str,
    paid: Credits,
    prover: AccountId,
    requester: AccountId,
    circuit: CircuitId,
    level: Level,
    proof: ProofHash,
    height: Height,
    time: Timestamp,
    borders: usize,
}

impl Paid {
    /// What a receipt proves, if it holds and this is what it has paid.
    pub(crate) fn of(receipt: &Receipt, settlement: &Settlement) -> Self {
        Self {
            network: receipt.header.network,
            task: settlement.task,
            outcome: "paid",
            paid: settlement.price,
            prover: settlement.prover,
            requester: settlement.requester,
            circuit: settlement.circuit,
            level: settlement.level,
            proof: settlement.proof,
            height: receipt.header.height,
            time: receipt.header.time,
            borders: receipt.history.len(),
        }
    }

    /// Name and value, a pair a line.
    pub(crate) fn lines(&self) -> Vec<(String, String)> {
        let line = |name: &str, value: String| (name.to_owned(), value);
        vec![
            line("task", self.task.to_string()),
            line("outcome", "its proof was found good and paid".to_owned()),
            line("paid", credits(self.paid)),
            line("to", format!("{}, the prover", self.prover)),
            line("by", format!("{}, the requester", self.requester)),
            line("proof", self.proof.to_string()),
            line("circuit", format!("{}, level {}", self.circuit, self.level)),
            line("block", format!("{}, of {} UTC", self.height, utc(self.time))),
            line("network", self.network.to_string()),
        ]
    }
}

/// A receipt that was written.
#[derive(Serialize)]
struct Written {
    #[serde(flatten)]
    paid: Paid,
    since: Height,
    file: PathBuf,
}

pub(crate) async fn run(command: TaskReceipt, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let TaskReceipt { task, out, since } = command;
    let trusted = trusted(since.as_ref(), globals)?;
    let height = match (&trusted, since) {
        (Some(trusted), _) => trusted.height,
        (None, Some(Since::Height(height))) => height,
        (None, Some(Since::File(_)) | None) => Height::new(0),
    };
    let mut session = Session::open(globals).await?;
    let receipt = session.node().receipt(task, height).await?;
    session.close().await;
    if let Some(trusted) = &trusted {
        receipt
            .check_at_any_age(trusted)
            .map_err(|e| UserError::network(format!("the receipt does not hold from height {height}: {e}")))?;
    }
    let not_paid =
        || UserError::network(format!("the op of block {} has not paid for the task", receipt.header.height));
    let paid = Paid::of(&receipt, receipt.outcome.settlement_of(receipt.task).ok_or_else(not_paid)?);
    let file = out.unwrap_or_else(|| PathBuf::from(format!("{}.receipt", receipt.task)));
    let bytes = receipt.to_file().map_err(UserError::network)?;
    fs::write(&file, bytes).map_err(|e| UserError::input(format!("{}: {e}", file.display())))?;
    output.say(&format!("wrote {}", file.display()));
    let written = Written { paid, since: height, file };
    output.report(&written, || table::pairs(&written.paid.lines()))
}

/// What the receipt is checked from before it is written; nothing for a checkpoint of which only the height is known.
fn trusted(since: Option<&Since>, globals: &Globals) -> Result<Option<Checkpoint>, UserError> {
    match since {
        Some(Since::Height(_)) => Ok(None),
        Some(Since::File(path)) => files::checkpoint(path).map(Some),
        None => {
            let genesis = genesis_file::read(&globals.config(Vec::new())?.genesis_path()).map_err(UserError::input)?;
            genesis.checkpoint().map(Some).map_err(UserError::input)
        }
    }
}
