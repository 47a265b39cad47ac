//! What agents hear from the ledger: its events, in the few words that a strategy needs.

use dpgn_market::{AwardEnd, Event, RoundNews};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::Timestamp,
};

/// One thing that a block has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// A task was awarded.
    Awarded(Won),
    /// An award's `Start` was decided.
    Started {
        /// The task of the award.
        task: TaskId,
        /// The prover that has started.
        prover: AccountId,
    },
    /// An award came to nothing.
    Lost {
        /// The task of the award.
        task: TaskId,
        /// The prover that held it.
        prover: AccountId,
        /// Whether the prover was silent or false, and did not decline.
        is_failure: bool,
        /// What was burned of its collateral, in micro-credits.
        burned: u64,
    },
    /// A proof was found valid and paid.
    Paid {
        /// The task that is proved.
        task: TaskId,
        /// The prover that is paid.
        prover: AccountId,
        /// The price in micro-credits.
        price: u64,
    },
    /// A task ended without a proof.
    Over {
        /// The task that has ended.
        task: TaskId,
    },
    /// Asks may be sealed for a task. The world says so every few blocks while that is so.
    Sealing {
        /// The task whose round it is.
        task: TaskId,
    },
    /// Asks that were sealed for a task are to be opened.
    Opening {
        /// The task whose round it is.
        task: TaskId,
    },
    /// The deposit of a sealed ask was burned.
    Forfeited {
        /// The account that had paid it.
        payer: AccountId,
        /// The micro-credits that were burned.
        deposit: u64,
    },
    /// A prover's ask stands no longer.
    Withdrawn {
        /// The prover whose ask it was.
        prover: AccountId,
    },
}

/// An award as its prover reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Won {
    /// The task that was awarded.
    pub task: TaskId,
    /// The prover that won it.
    pub prover: AccountId,
    /// The price in micro-credits.
    pub price: u64,
    /// The time by which `Start` is owed.
    pub start_by: Timestamp,
    /// The time by which the proof is owed.
    pub due: Timestamp,
}

/// The news in what a block has changed.
pub fn hear(events: &[Event]) -> Vec<News> {
    events.iter().filter_map(news).collect()
}

fn news(event: &Event) -> Option<News> {
    match event {
        Event::Awarded { task, prover, price, start_by, due, .. } => Some(News::Awarded(Won {
            task: *task,
            prover: *prover,
            price: price.get(),
            start_by: *start_by,
            due: *due,
        })),
        Event::Started { task, prover } => Some(News::Started { task: *task, prover: *prover }),
        Event::AwardEnded { task, prover, end, slashed } => {
            let is_failure = match end {
                AwardEnd::Missed(_) | AwardEnd::BadProof(_) => true,
                AwardEnd::Declined(_) => false,
            };
            Some(News::Lost { task: *task, prover: *prover, is_failure, burned: slashed.get() })
        }
        Event::Settled(bill) => Some(News::Paid { task: bill.task, prover: bill.prover, price: bill.price.get() }),
        Event::Failed { task, .. } | Event::Cancelled { task, .. } => Some(News::Over { task: *task }),
        Event::Withdrawn { prover } => Some(News::Withdrawn { prover: *prover }),
        Event::Round { task, news } => match news {
            RoundNews::Opening { .. } => Some(News::Opening { task: *task }),
            RoundNews::Lost { payer, deposit, .. } => Some(News::Forfeited { payer: *payer, deposit: deposit.get() }),
            RoundNews::Sealed { .. } | RoundNews::Opened { .. } | RoundNews::Returned { .. } | RoundNews::Over => None,
        },
        Event::Registered { .. }
        | Event::Opened { .. }
        | Event::Asked { .. }
        | Event::Delivered { .. }
        | Event::KeptLate { .. }
        | Event::Reopened { .. }
        | Event::Raised { .. }
        | Event::Ticketed { .. }
        | Event::TicketReturned { .. }
        | Event::Stake(_)
        | Event::EpochEnded { .. } => None,
    }
}
