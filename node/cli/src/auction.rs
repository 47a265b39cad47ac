//! `dpgn auction`: recompute what a block decided.

use crate::{
    amounts::{decimal, utc},
    explain,
    globals::Globals,
    output::Output,
    session::Session,
    table,
    user_error::UserError,
    words,
};
use clap::Subcommand;
use dpgn_market::{AuctionReplayed, AwardLine, BidReplayed};
use dpgn_protocol::units::Height;

const EXAMPLES: &str = "\
Examples:
  dpgn auction replay 1200
  dpgn auction replay 1200 --format json

The node applies the decided blocks again up to that one, which takes long if they are many, looks at every bid and \
every ask, and compares what follows with the awards that the block made. Exit code 1 if they differ.";

/// Recompute what a block decided
#[derive(Debug, Subcommand)]
pub(crate) enum Auction {
    /// Recompute the auction of a block: what each ask answered, and whether the block awarded what follows
    #[command(after_help = EXAMPLES)]
    Replay {
        /// The height of the block
        height: u64,
    },
}

/// Runs the command.
pub(crate) async fn run(command: Auction, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let Auction::Replay { height } = command;
    let mut session = Session::open(globals).await?;
    output.say(&format!("applying blocks again, up to height {height}"));
    let replayed = session.node().auction(Height::new(height)).await?;
    session.close().await;
    output.report(&replayed, || text(&replayed))?;
    if replayed.agrees {
        return Ok(());
    }
    Err(UserError::network(format!("block {height} made other awards than follow from its bids and asks"))
        .hint("show this to whoever runs the network: its coordinators, or this program, are broken"))
}

fn text(replayed: &AuctionReplayed) -> String {
    let made = if replayed.agrees { "the same" } else { "OTHERS" };
    let lines = [
        ("block", format!("{} at {}", replayed.height, utc(replayed.time))),
        ("bids", format!("{} waited, {} are shown", replayed.waiting, replayed.bids.len())),
        ("recomputed", format!("{} awards", replayed.recomputed.len())),
        ("the block made", format!("{made}: {}", replayed.made.len())),
    ];
    let mut text = table::pairs(&lines.map(|(name, value)| (name.to_owned(), value)));
    if !replayed.made.is_empty() {
        text.push_str(&table::columns(
            &["AWARDED", "TO", "PRICE", "DUE_UTC", "RUNNER_UP"],
            replayed.made.iter().map(row),
        ));
    }
    for bid in &replayed.bids {
        text.push_str(&bid_text(bid));
    }
    text
}

fn row(award: &AwardLine) -> Vec<String> {
    let runner_up = award.runner_up.map_or_else(|| "-".to_owned(), |prover| prover.short());
    vec![award.task.to_string(), award.prover.short(), decimal(award.price), utc(award.due), runner_up]
}

fn bid_text(bid: &BidReplayed) -> String {
    let refused = bid.answers.refused.iter().map(|refusals| ("  not to".to_owned(), words::refusals(refusals)));
    let head = format!("{}, at most {}, priority {}", bid.task, decimal(bid.reward), bid.priority.get());
    let lines: Vec<_> = [("bid".to_owned(), head)].into_iter().chain(refused).collect();
    table::pairs(&lines) + &explain::asks(&bid.answers)
}
