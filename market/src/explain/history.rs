//! The history of a task: what blocks have decided about it, found by applying them again, and why each award went
//! where it did.
//!
//! A ledger forgets the awards of a task that has ended, and asks change: so what was decided is read from the blocks.
//! The chronicler looks on, and asks the auction itself what the ask of one prover answered to it.

use super::{
    answers::Answers,
    task::{AwardTold, Verdict, answered},
};
use crate::{
    apply::{
        block::{Applied, BlockError, Body},
        event::{Event, RoundNews},
        watch::{Step, Watch},
    },
    state::{award::AwardEnd, fault::Fault, inconsistent::Inconsistent, ledger::Ledger},
};
use dpgn_protocol::{
    ids::{AccountId, ProofHash, TaskId},
    outcome::Settlement,
    units::{Credits, Height, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The lines of a history: more than the rises, awards and sealed asks that a task may have give.
const LINES_MAX: usize = 1_024;

/// All that some blocks have decided about a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskHistory {
    /// The id of the task.
    pub task: TaskId,
    /// The prover that was asked about; absent if none was.
    pub about: Option<AccountId>,
    /// The first block that was applied again.
    pub from: Height,
    /// The last block that was applied again; less than `from` if none was.
    pub to: Height,
    /// What happened to the task, in order.
    pub lines: Vec<HistoryLine>,
}

/// Something that a block decided about a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// The height of the block.
    pub height: Height,
    /// The time of the block.
    pub time: Timestamp,
    /// What it decided.
    #[serde(flatten)]
    pub event: TaskEvent,
}

/// What a block decided about a task. Amounts are in micro-credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TaskEvent {
    /// The bid was taken up.
    Opened {
        /// The reward that it began with.
        reward: Credits,
    },
    /// Nobody asked low enough, and the reward rose.
    Raised {
        /// The reward from then on.
        reward: Credits,
    },
    /// Something happened in its sealed round.
    Round {
        /// The news of the round.
        news: RoundNews,
    },
    /// The auction awarded it. `dpgn auction replay` of this height shows what every ask answered.
    Awarded {
        /// The award with its terms.
        award: Box<AwardTold>,
        /// What that auction says of the prover that was asked about; absent if none was, or if a sealed round decided.
        about: Option<Box<Verdict>>,
    },
    /// The prover started.
    Started {
        /// The prover that did it.
        prover: AccountId,
    },
    /// The prover delivered, and the committee owed its findings.
    Delivered {
        /// The prover that did it.
        prover: AccountId,
        /// The hash of the proof's bytes.
        proof: ProofHash,
    },
    /// A proof came after its award had ended, and was kept.
    KeptLate {
        /// The prover whose proof it is.
        prover: AccountId,
        /// The hash of the proof's bytes.
        proof: ProofHash,
    },
    /// An award came to nothing.
    AwardEnded {
        /// The prover that held it.
        prover: AccountId,
        /// How it ended.
        end: AwardEnd,
        /// The part of its collateral that was burned.
        slashed: Credits,
    },
    /// The task waited for its next award.
    Reopened,
    /// The proof was found valid and paid.
    Paid {
        /// The bill: what was paid for what.
        settlement: Box<Settlement>,
    },
    /// It ended without a proof.
    Failed {
        /// The party at fault.
        fault: Fault,
        /// What went back to the requester of the escrow.
        refund: Credits,
    },
    /// Its requester took it back.
    Cancelled {
        /// What the prover got for its time.
        paid: Credits,
        /// What went back to the requester of the escrow.
        refund: Credits,
    },
}

/// Writes the [`TaskHistory`] of one task, block by block.
#[derive(Debug)]
pub struct Chronicler {
    task: TaskId,
    about: Option<AccountId>,
    from: Height,
    lines: Vec<HistoryLine>,
    /// The ledger as the auction of the block began.
    before: Option<Ledger>,
    /// Why the auction could not be asked: a fault in this program.
    failed: Option<Inconsistent>,
}

impl Chronicler {
    /// Begins the history of a task before the next block of this ledger. `about` is the prover of which each award
    /// says why it did not go there.
    pub fn begin(ledger: &Ledger, task: TaskId, about: Option<AccountId>) -> Self {
        Self { task, about, from: ledger.height().next(), lines: Vec::new(), before: None, failed: None }
    }

    /// Ends the history after the last block.
    pub fn end(self, ledger: &Ledger) -> TaskHistory {
        let Self { task, about, from, lines, .. } = self;
        TaskHistory { task, about, from, to: ledger.height(), lines }
    }

    /// What an event means for the task; `None` if it is about another.
    fn tell(&mut self, after: &Ledger, event: &Event) -> Option<TaskEvent> {
        let own = |task: &TaskId| *task == self.task;
        Some(match event {
            Event::Opened { task, .. } if own(task) => TaskEvent::Opened { reward: after.task(*task)?.task.bid.reward },
            Event::Raised { task, reward } if own(task) => TaskEvent::Raised { reward: *reward },
            Event::Round { task, news } if own(task) => TaskEvent::Round { news: news.clone() },
            Event::Awarded { task, .. } if own(task) => {
                let view = after.task(*task)?;
                let award = Box::new(AwardTold::of(after, view.task, view.award.as_ref()?));
                TaskEvent::Awarded { about: self.ask_auction().map(Box::new), award }
            }
            Event::Started { task, prover } if own(task) => TaskEvent::Started { prover: *prover },
            Event::Delivered { task, prover, proof, .. } if own(task) => {
                TaskEvent::Delivered { prover: *prover, proof: *proof }
            }
            Event::KeptLate { task, prover, proof } if own(task) => {
                TaskEvent::KeptLate { prover: *prover, proof: *proof }
            }
            Event::AwardEnded { task, prover, end, slashed } if own(task) => {
                TaskEvent::AwardEnded { prover: *prover, end: *end, slashed: *slashed }
            }
            Event::Reopened { task } if own(task) => TaskEvent::Reopened,
            Event::Settled(settlement) if own(&settlement.task) => TaskEvent::Paid { settlement: settlement.clone() },
            Event::Failed { task, fault, refund } if own(task) => TaskEvent::Failed { fault: *fault, refund: *refund },
            Event::Cancelled { task, paid, refund } if own(task) => {
                TaskEvent::Cancelled { paid: *paid, refund: *refund }
            }
            Event::Opened { .. }
            | Event::Raised { .. }
            | Event::Round { .. }
            | Event::Awarded { .. }
            | Event::Started { .. }
            | Event::Delivered { .. }
            | Event::KeptLate { .. }
            | Event::AwardEnded { .. }
            | Event::Reopened { .. }
            | Event::Settled(_)
            | Event::Failed { .. }
            | Event::Cancelled { .. }
            | Event::Registered { .. }
            | Event::Asked { .. }
            | Event::Withdrawn { .. }
            | Event::Ticketed { .. }
            | Event::TicketReturned { .. }
            | Event::Stake(_)
            | Event::EpochEnded { .. } => return None,
        })
    }

    /// Runs the auction of the block once more, and finds out what it says of the prover that is asked about.
    fn ask_auction(&mut self) -> Option<Verdict> {
        let (about, before) = (self.about?, self.before.take()?);
        let mut verdict = None;
        let asked = before.award_all(&mut |ledger, id, shares, ranking| {
            let Some(task) = ledger.open().get(&id).filter(|_| id == self.task) else { return };
            let has_won = ranking.best.is_some_and(|best| best.prover == about);
            let answers = || -> Answers { ledger.answers(task, &ledger.consider(task, shares), 0..1, Some(about)) };
            verdict = Some(if has_won { Verdict::Has } else { answered(task, about, Some(&answers())) });
        });
        self.failed = asked.err();
        verdict
    }
}

impl Watch for Chronicler {
    fn step_ends(&mut self, after: &Ledger, step: Step<'_>, events: &[Event]) {
        for event in events {
            let Some(event) = self.tell(after, event) else { continue };
            if self.lines.len() < LINES_MAX {
                self.lines.push(HistoryLine { height: after.height(), time: after.time(), event });
            }
        }
        self.before = match step {
            Step::Windows if self.about.is_some() => Some(after.clone()),
            Step::Windows | Step::Op(..) | Step::Auction | Step::Draw | Step::Epoch => None,
        };
    }
}

impl Ledger {
    /// Applies a block, or leaves the ledger as it was, while a chronicler writes down what it decides about a task.
    /// The history of a block that was refused is worth nothing.
    pub fn apply_chronicled(&mut self, body: Body<'_>, chronicler: &mut Chronicler) -> Result<Applied, BlockError> {
        let mut next = self.clone();
        let applied = next.apply_watched(body, chronicler)?;
        if let Some(error) = chronicler.failed.take() {
            return Err(error.into());
        }
        *self = next;
        Ok(applied)
    }
}
