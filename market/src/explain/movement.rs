//! Movements: what events move of one account's credits, and why.

use super::statement::Cause;
use crate::{
    apply::event::{Event, RoundNews, StakeNews},
    state::coins::sum,
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::Credits,
};

/// A movement before it is written down.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Movement {
    pub(super) task: Option<TaskId>,
    pub(super) with: Option<AccountId>,
    pub(super) came: Credits,
    pub(super) went: Credits,
    pub(super) locked: Credits,
    pub(super) unlocked: Credits,
}

/// What news of a sealed round move of an account's credits, and why; `None` if they move none.
pub(super) fn round_movement(own: AccountId, news: &RoundNews) -> Option<(Cause, Movement)> {
    let part = |of: AccountId, amount: Credits| if of == own { amount } else { Credits::ZERO };
    let (cause, movement) = match *news {
        RoundNews::Sealed { payer, deposit, guarantor, collateral, .. } => {
            let locked = sum([part(payer, deposit), part(guarantor, collateral)]);
            (Cause::Sealed, Movement { locked, ..Movement::default() })
        }
        RoundNews::Returned { payer, deposit, guarantor, collateral, .. } => {
            let unlocked = sum([part(payer, deposit), part(guarantor, collateral)]);
            (Cause::DepositReturned, Movement { unlocked, ..Movement::default() })
        }
        RoundNews::Lost { payer, deposit, guarantor, collateral, .. } => {
            let went = part(payer, deposit);
            let cause = if payer == own { Cause::DepositLost } else { Cause::DepositReturned };
            let unlocked = sum([went, part(guarantor, collateral)]);
            (cause, Movement { went, unlocked, ..Movement::default() })
        }
        RoundNews::Opening { .. } | RoundNews::Opened { .. } | RoundNews::Over => return None,
    };
    (movement.locked > Credits::ZERO || movement.unlocked > Credits::ZERO).then_some((cause, movement))
}

/// What news of bonds and stakes move of an account's credits, and why; `None` if they move none.
pub(super) fn stake_movement(own: AccountId, news: &StakeNews) -> Option<(Cause, Movement)> {
    let none = Movement::default();
    let (of, cause, movement) = match *news {
        StakeNews::Bonded { candidate, locked, .. } => (candidate, Cause::Bonded, Movement { locked, ..none }),
        StakeNews::Voted { account, candidate, locked, .. } => {
            (account, Cause::Voted, Movement { with: Some(candidate), locked, ..none })
        }
        StakeNews::Unlocked { account, amount } => (account, Cause::Unlocked, Movement { unlocked: amount, ..none }),
        StakeNews::Slashed { account, burned } => {
            (account, Cause::Slashed, Movement { went: burned, unlocked: burned, ..none })
        }
        StakeNews::Stands { .. } | StakeNews::Unbonded { .. } | StakeNews::Elected { .. } => return None,
    };
    (of == own).then_some((cause, movement))
}

/// The task that an event is about.
pub(super) fn task_of(event: &Event) -> Option<TaskId> {
    match event {
        Event::Opened { task, .. }
        | Event::Awarded { task, .. }
        | Event::Started { task, .. }
        | Event::Delivered { task, .. }
        | Event::KeptLate { task, .. }
        | Event::AwardEnded { task, .. }
        | Event::Reopened { task }
        | Event::Raised { task, .. }
        | Event::Failed { task, .. }
        | Event::Round { task, .. }
        | Event::Cancelled { task, .. } => Some(*task),
        Event::Settled(settlement) => Some(settlement.task),
        Event::Registered { .. }
        | Event::Asked { .. }
        | Event::Withdrawn { .. }
        | Event::Ticketed { .. }
        | Event::TicketReturned { .. }
        | Event::Stake(_)
        | Event::EpochEnded { .. } => None,
    }
}
