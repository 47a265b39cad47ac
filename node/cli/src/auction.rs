//! `dpgn auction`: recompute what a block decided.

use crate::{
    amounts::{decimal, utc},
    globals::Globals,
    output::Output,
    scores,
    session::Session,
    table,
    user_error::UserError,
    words,
};
use clap::{Args, Subcommand};
use dpgn_market::{AuctionReplayed, AuctionScope, AwardLine, BidReplayed};
use dpgn_node::AUCTION_ENTRIES_MAX;
use dpgn_protocol::{
    ids::{AccountId, ParseIdError, TaskId},
    units::Height,
};
use uuid::Uuid;

const EXAMPLES: &str = "\
Examples:
  dpgn auction replay 1200
  dpgn auction replay 1200 --task TASK_ID
  dpgn auction replay 1200 --task TASK_ID --prover ACCOUNT
  dpgn auction replay 1200 --all --format json

`dpgn task explain TASK` names the block that made an award. The node applies the decided blocks again up to that one, \
which takes long if they are many, looks at every bid and every ask, and compares what follows with the awards that \
the block made: exit code 1 if they differ. The flags say what is shown; all of it is compared. Asks come in the order \
of their score, and those that could not be awarded the bid behind them.";

/// The answers to each bid that are shown unless one bid, one prover, or all are asked for.
const ASKS_SHOWN: u64 = 12;

/// Recompute what a block decided
#[derive(Debug, Subcommand)]
pub(crate) enum Auction {
    /// Recompute the auction of a block: what each ask answered, and whether the block awarded what follows
    #[command(after_help = EXAMPLES)]
    Replay(Replay),
}

/// The block, and what of its auction is shown.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The height of the block
    height: u64,
    /// Show this bid alone, with every ask's answer
    #[arg(long, value_name = "ID", value_parser = task_id)]
    task: Option<TaskId>,
    /// Show this prover's answers alone
    #[arg(long, value_name = "ACCOUNT")]
    prover: Option<AccountId>,
    /// Show every bid and every answer; without it 50 bids with 12 answers each, or as much. The blocks are applied again
    /// for each part of that size
    #[arg(long)]
    all: bool,
}

/// Reads a task's id, and says where to find it if this is a requester's own name.
fn task_id(text: &str) -> Result<TaskId, String> {
    text.parse().map_err(|error: ParseIdError| match text.parse::<Uuid>() {
        Ok(_) => "this is its requester's own name for a task; `dpgn task explain NAME` shows its id".to_owned(),
        Err(_) => error.to_string(),
    })
}

/// Runs the command.
pub(crate) async fn run(command: Auction, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let Auction::Replay(Replay { height, task, prover, all }) = command;
    let asks_max = if all || task.is_some() { u64::MAX } else { ASKS_SHOWN };
    let mut scope = AuctionScope { task, prover, asks_max, skip: 0, most: AUCTION_ENTRIES_MAX };
    let mut session = Session::open(globals).await?;
    output.say(&format!("applying blocks again, up to height {height}"));
    let mut replayed = session.node().auction(Height::new(height), scope).await?;
    while let (true, Some(next)) = (all || task.is_some(), replayed.next) {
        scope.skip = next;
        output.say(&format!("{} bids so far; applying blocks again for more", replayed.bids.len()));
        add(&mut replayed, session.node().auction(Height::new(height), scope).await?);
    }
    session.close().await;
    output.report(&replayed, || text(&replayed))?;
    if replayed.agrees {
        return Ok(());
    }
    Err(UserError::network(format!("block {height} made other awards than follow from its bids and asks"))
        .hint("show this to whoever runs the network: its coordinators, or this program, are broken"))
}

/// Adds the next page to those before. After the last one nothing is left out.
fn add(pages: &mut AuctionReplayed, page: AuctionReplayed) {
    for bid in page.bids {
        match pages.bids.last_mut() {
            Some(last) if last.task == bid.task => last.answers.asks.extend(bid.answers.asks),
            Some(_) | None => pages.bids.push(bid),
        }
    }
    (pages.next, pages.agrees) = (page.next, pages.agrees && page.agrees);
    if pages.next.is_none() {
        (pages.bids_left_out, pages.asks_left_out) = (0, 0);
    }
}

fn text(replayed: &AuctionReplayed) -> String {
    let made = if replayed.agrees { "the same" } else { "OTHERS" };
    let mut lines = vec![
        ("block", format!("{} at {}", replayed.height, utc(replayed.time))),
        ("bids", format!("{} waited, {} are shown", replayed.waiting, replayed.bids.len())),
        ("recomputed", format!("{} awards", replayed.recomputed.len())),
        ("the block made", format!("{made}: {}", replayed.made.len())),
    ];
    if !replayed.by_rounds.is_empty() {
        let how = "no ask was looked at: `dpgn task explain TASK --history` tells the round";
        lines.push(("by sealed rounds", format!("{}, of which {how}", replayed.by_rounds.len())));
    }
    let (bids, asks) = (replayed.bids_left_out, replayed.asks_left_out);
    if bids > 0 || asks > 0 {
        let how = "--all shows all, --task and --prover single ones";
        lines.push(("left out", format!("{bids} bids, and {asks} answers to those that are shown: {how}")));
    }
    let lines: Vec<_> = lines.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut text = table::pairs(&lines);
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
    table::pairs(&lines) + &scores::asks(&bid.answers)
}
