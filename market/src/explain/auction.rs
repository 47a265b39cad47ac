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

/// The auction of one block, recomputed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuctionReplayed {
    /// The height of the block.
    pub height: Height,
    /// The time of the block.
    pub time: Timestamp,
    /// The number of bids that waited for an award.
    pub waiting: u64,
    /// The bids in the order of service, each with what the asks answered: as many as were asked for.
    pub bids: Vec<BidReplayed>,
    /// The awards that follow from looking at every bid and every ask.
    pub recomputed: Vec<AwardLine>,
    /// The awards that the block made.
    pub made: Vec<AwardLine>,
    /// Whether the two are the same.
    pub agrees: bool,
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
    bids_max: usize,
    asks_max: usize,
    replayed: Option<AuctionReplayed>,
    /// Why the auction could not be recomputed: a fault in this program.
    failed: Option<Inconsistent>,
}

impl Auditor {
    /// An auditor that shows so many bids, and so many asks of each.
    pub const fn new(bids_max: usize, asks_max: usize) -> Self {
        Self { bids_max, asks_max, replayed: None, failed: None }
    }

    /// What it found; `None` if no block was applied.
    pub fn found(self) -> Option<AuctionReplayed> {
        self.replayed
    }

    fn recompute(&self, before: &Ledger) -> Result<AuctionReplayed, Inconsistent> {
        let (mut bids, mut waiting) = (Vec::new(), 0_u64);
        let events = before.clone().award_all(&mut |ledger, id, shares, ranking| {
            waiting = waiting.saturating_add(1);
            if bids.len() < self.bids_max {
                bids.extend(self.bid(ledger, id, shares, ranking));
            }
        })?;
        let recomputed = lines(&events);
        let (height, time) = (before.height(), before.time());
        Ok(AuctionReplayed { height, time, waiting, bids, recomputed, made: Vec::new(), agrees: false })
    }

    fn bid(&self, ledger: &Ledger, id: TaskId, shares: &Shares, ranking: &Ranking) -> Option<BidReplayed> {
        let task = ledger.open().get(&id)?;
        let scored = |terms| ledger.explain_terms(terms);
        Some(BidReplayed {
            task: id,
            requester: task.requester,
            reward: task.bid.reward,
            priority: task.bid.priority,
            winner: ranking.best.map(scored),
            second: ranking.second.map(scored),
            answers: ledger.answers(ledger.consider(task, shares), self.asks_max, None),
        })
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
            Step::Op(..) | Step::Epoch => {}
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
