//! An auction, recomputed: what each ask answered to each bid, and whether the block awarded what follows from that.
//!
//! The auction of a block looks only at what has changed. The audit looks at every pair of bid and ask, in the ledger
//! as it was when that auction began, and compares.

use super::answers::{Answers, ScoredTerms};
use crate::{
    apply::{
        block::{Applied, BlockError, Body},
        event::Event,
        watch::{Step, Watch},
    },
    rules::{auction::Ranking, eligibility::Shares},
    state::{inconsistent::Inconsistent, ledger::Ledger},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Credits, Height, Priority, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The auction of one block, recomputed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuctionReplayed {
    /// The height of the block.
    pub height: Height,
    /// The time of the block.
    pub time: Timestamp,
    /// The number of bids that waited for an award.
    pub waiting: u64,
    /// The bids in the order of service, each with what the asks answered: those that were asked for.
    pub bids: Vec<BidReplayed>,
    /// The bids that were asked for and are not among `bids`.
    pub bids_left_out: u64,
    /// The answers to those among `bids` that were asked for and are not shown.
    pub asks_left_out: u64,
    /// The `skip` of the next page; absent if this is the last one.
    pub next: Option<u64>,
    /// The awards that follow from looking at every bid and every ask.
    pub recomputed: Vec<AwardLine>,
    /// The awards that the block made.
    pub made: Vec<AwardLine>,
    /// The tasks among them that went to the best of their sealed rounds. No ask is looked at for those: a task's history
    /// tells its round.
    pub by_rounds: Vec<TaskId>,
    /// Whether the two are the same.
    pub agrees: bool,
}

/// The part of a recomputed auction that is shown. All of it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuctionScope {
    /// The task of the only bid that is shown; absent to show all.
    pub task: Option<TaskId>,
    /// The only prover whose answers are shown; absent to show all.
    pub prover: Option<AccountId>,
    /// The most answers to one bid that are shown, the best first.
    pub asks_max: u64,
    /// The entries to pass over: those of the pages before. Each answer is one, and each bid is three before its answers.
    pub skip: u64,
    /// The most entries that are shown.
    pub most: u64,
}

/// What an auction found for one bid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BidReplayed {
    /// The task that the bid opened.
    pub task: TaskId,
    /// The account that buys the proof.
    pub requester: AccountId,
    /// The most that it pays, in micro-credits.
    pub reward: Credits,
    /// Its hurry: a higher one is served first.
    pub priority: Priority,
    /// The terms that won; absent if no ask was eligible.
    pub winner: Option<ScoredTerms>,
    /// The next best terms; absent if fewer than two asks were eligible.
    pub second: Option<ScoredTerms>,
    /// What the asks answered when it was the bid's turn.
    pub answers: Answers,
}

/// An award, in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwardLine {
    /// The task that was awarded.
    pub task: TaskId,
    /// The prover that won it.
    pub prover: AccountId,
    /// The price of the proof, in micro-credits.
    pub price: Credits,
    /// The time by which `Start` is owed.
    pub start_by: Timestamp,
    /// The time by which the proof is owed.
    pub due: Timestamp,
    /// The prover whose time was reserved after the winner's; absent if there is none.
    pub runner_up: Option<AccountId>,
}

/// Recomputes the auction of one block while that is applied.
#[derive(Debug)]
pub struct Auditor {
    scope: AuctionScope,
    replayed: Option<AuctionReplayed>,
    /// Why the auction could not be recomputed: a fault in this program.
    failed: Option<Inconsistent>,
}

/// The bids of a page, as far as they are known.
#[derive(Default)]
struct Page {
    bids: Vec<BidReplayed>,
    bids_left_out: u64,
    asks_left_out: u64,
    /// The entries so far, shown or not.
    entries: u64,
}

/// The entries that a bid counts besides its answers: it takes up about as much room as these.
const BID_ENTRIES: u64 = 3;

impl Auditor {
    /// An auditor that shows this part of the auction.
    pub const fn new(scope: AuctionScope) -> Self {
        Self { scope, replayed: None, failed: None }
    }

    /// What it found; `None` if no block was applied.
    pub fn found(self) -> Option<AuctionReplayed> {
        self.replayed
    }

    fn recompute(&self, before: &Ledger) -> Result<AuctionReplayed, Inconsistent> {
        let (mut page, mut looked_at) = (Page::default(), BTreeSet::new());
        let events = before.clone().award_all(&mut |ledger, id, shares, ranking| {
            looked_at.insert(id);
            if self.scope.task.is_none_or(|only| only == id) {
                self.bid(&mut page, ledger, id, (shares, ranking));
            }
        })?;
        let Page { bids, bids_left_out, asks_left_out, entries } = page;
        let end = self.scope.skip.saturating_add(self.scope.most);
        let recomputed = lines(&events);
        let by_rounds = recomputed.iter().map(|award| award.task).filter(|task| !looked_at.contains(task));
        Ok(AuctionReplayed {
            height: before.height(),
            time: before.time(),
            waiting: looked_at.len() as u64,
            bids,
            bids_left_out,
            asks_left_out,
            next: (entries > end).then_some(end),
            by_rounds: by_rounds.collect(),
            recomputed,
            made: Vec::new(),
            agrees: false,
        })
    }

    /// Puts a bid on the page, with those of its answers that belong there, if any do.
    fn bid(&self, page: &mut Page, ledger: &Ledger, id: TaskId, (shares, ranking): (&Shares, &Ranking)) {
        let AuctionScope { prover, asks_max, skip, most, .. } = self.scope;
        let asks = prover.map_or(ledger.asks().count() as u64, |prover| u64::from(ledger.ask_of(prover).is_some()));
        let (start, offered) = (page.entries, asks.min(asks_max));
        let first = start.saturating_add(BID_ENTRIES);
        page.entries = first.saturating_add(offered);
        let (from, to) = (start.max(skip), page.entries.min(skip.saturating_add(most)));
        let Some(task) = ledger.open().get(&id).filter(|_| from < to) else {
            page.bids_left_out = page.bids_left_out.saturating_add(1);
            return;
        };
        // No more than there are asks in memory.
        let place = |answer: u64| usize::try_from(answer.saturating_sub(first).min(offered)).unwrap_or_default();
        let shown = place(from)..place(to);
        // The only answer of one prover lies at its own place, which its number among all is not.
        let (shown, prover) =
            if prover.is_some() { (0..0, prover.filter(|_| !shown.is_empty())) } else { (shown, None) };
        let scored = |terms| ledger.explain_terms(terms);
        let answers = ledger.answers(task, &ledger.consider(task, shares), shown, prover);
        page.asks_left_out = page.asks_left_out.saturating_add(asks.saturating_sub(answers.asks.len() as u64));
        page.bids.push(BidReplayed {
            task: id,
            requester: task.requester,
            reward: task.bid.reward,
            priority: task.bid.priority,
            winner: ranking.best.map(scored),
            second: ranking.second.map(scored),
            answers,
        });
    }
}

impl Watch for Auditor {
    fn step_ends(&mut self, after: &Ledger, step: Step<'_>, events: &[Event]) {
        match step {
            Step::Windows => match self.recompute(after) {
                Ok(replayed) => self.replayed = Some(replayed),
                Err(error) => self.failed = Some(error),
            },
            Step::Auction => {
                if let Some(replayed) = &mut self.replayed {
                    replayed.made = lines(events);
                    replayed.agrees = replayed.made == replayed.recomputed;
                }
            }
            Step::Op(..) | Step::Draw | Step::Epoch => {}
        }
    }
}

impl Ledger {
    /// Applies a block, or leaves the ledger as it was, while an auditor recomputes its auction. That costs as much as
    /// there are pairs of waiting bids and standing asks.
    pub fn apply_audited(&mut self, body: Body<'_>, auditor: &mut Auditor) -> Result<Applied, BlockError> {
        let mut next = self.clone();
        let applied = next.apply_watched(body, auditor)?;
        if let Some(error) = auditor.failed.take() {
            return Err(error.into());
        }
        *self = next;
        Ok(applied)
    }
}

fn lines(events: &[Event]) -> Vec<AwardLine> {
    let line = |event: &Event| {
        if let Event::Awarded { task, prover, price, start_by, due, runner_up } = event {
            let (task, prover, price, start_by) = (*task, *prover, *price, *start_by);
            Some(AwardLine { task, prover, price, start_by, due: *due, runner_up: *runner_up })
        } else {
            None
        }
    };
    events.iter().filter_map(line).collect()
}
