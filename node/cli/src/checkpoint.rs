//! `dpgn checkpoint`: the committee that this node knows to be in office, for whoever is to trust it.

use crate::{
    amounts::{power_share, span, utc},
    files,
    globals::Globals,
    output::Output,
    session::Session,
    table,
    user_error::UserError,
    verify_receipt::now,
};
use clap::Subcommand;
use dpgn_node::checkpoint_file;
use dpgn_protocol::{
    checkpoint::{self, TooOld},
    ids::CheckpointHash,
    units::{Height, Millis},
};
use serde::Serialize;
use std::path::PathBuf;

const SHOW_EXAMPLES: &str = "\
Examples:
  dpgn checkpoint show
  dpgn checkpoint show theirs.checkpoint --format json
  dpgn checkpoint show --below 84001

Two people whose checkpoints have the same hash trust the same committee: compare it with others' before you trust \
one. For one of height 84000 they say --below 84001.";

const EXPORT_EXAMPLES: &str = "\
Examples:
  dpgn checkpoint export --out ours.checkpoint
  dpgn checkpoint export --below 81234 --out before-the-payment.checkpoint

Whoever trusts you checks receipts from there: `dpgn verify-receipt age.receipt --checkpoint ours.checkpoint`, and \
starts a node on an old network with it: `dpgn node run --checkpoint ours.checkpoint`. It is believed until the \
committee's bonds may be unlocked, for three days in most networks. It serves receipts of later blocks alone: for one \
of block 81234 say --below 81234.";

/// Show or write the committee from which receipts are checked, and from which a node starts
#[derive(Debug, Subcommand)]
pub(crate) enum Checkpoint {
    /// Show the checkpoint at the last border between epochs, or the one in a file
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// The file of a checkpoint [default: none, the node is asked]
        file: Option<PathBuf>,
        /// Show the one at the last border below this height [default: the last border there is]
        #[arg(long, value_name = "HEIGHT", conflicts_with = "file")]
        below: Option<u64>,
    },
    /// Write the checkpoint at a border between epochs to a file
    #[command(after_help = EXPORT_EXAMPLES)]
    Export {
        /// The file to write
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
        /// Take the last border below this height [default: the last border there is]
        #[arg(long, value_name = "HEIGHT")]
        below: Option<u64>,
    },
}

/// A checkpoint, with what is computed from it.
#[derive(Serialize)]
struct Shown {
    hash: CheckpointHash,
    age_ms: Millis,
    #[serde(flatten)]
    checkpoint: checkpoint::Checkpoint,
}

impl Shown {
    fn new(checkpoint: checkpoint::Checkpoint) -> Result<Self, UserError> {
        let hash = checkpoint.hash().map_err(UserError::input)?;
        Ok(Self { hash, age_ms: checkpoint.age(now()), checkpoint })
    }

    fn text(&self) -> String {
        let checkpoint::Checkpoint { network, height, time, epoch_blocks, unlock_time, committee } = &self.checkpoint;
        let line = |name: &str, value: String| (name.to_owned(), value);
        let age = match self.checkpoint.check_age(now()) {
            Ok(()) => format!("{}, believed up to {}", span(self.age_ms), span(*unlock_time)),
            Err(TooOld { limit, .. }) => format!("{}, TOO OLD: believed up to {}", span(self.age_ms), span(limit)),
        };
        let mut lines = vec![
            line("hash", self.hash.to_string()),
            line("network", network.to_string()),
            line("height", format!("{height}, of {} UTC", utc(*time))),
            line("age", age),
            line("epochs", format!("of {epoch_blocks} blocks")),
        ];
        let total = committee.total();
        lines.extend(committee.members().iter().map(|member| {
            line("member", format!("{}, with {} of the power", member.account, power_share(member.power, total)))
        }));
        table::pairs(&lines)
    }
}

/// Runs one of the commands.
pub(crate) async fn run(command: Checkpoint, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let (file, out, below) = match command {
        Checkpoint::Show { file, below } => (file, None, below.map(Height::new)),
        Checkpoint::Export { out, below } => (None, Some(out), below.map(Height::new)),
    };
    let checkpoint = match file {
        Some(file) => files::checkpoint(&file)?,
        None => {
            let mut session = Session::open(globals).await?;
            let checkpoint = session.node().checkpoint(below).await?;
            session.close().await;
            checkpoint
        }
    };
    if let Some(out) = out {
        checkpoint_file::write(&out, &checkpoint).map_err(UserError::input)?;
        output.say(&format!("wrote {}", out.display()));
    }
    let shown = Shown::new(checkpoint)?;
    output.report(&shown, || shown.text())
}
