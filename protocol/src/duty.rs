//! Duties: which ops the ledger obliges somebody to send. Fee and priority of an op follow from its duty.
//!
//! Whoever holds a live award or a seat in the committee must not be kept from its duty by an empty account or
//! by a full block. This is the one place that knows which kind of op is a duty of whom.

use crate::{
    ids::{AccountId, TaskId},
    ops::Action,
};

/// The duty behind an op: who is obliged to send it, if anybody is.
///
/// An op that its signer is obliged to costs no fee (unless it is refused) and goes before all other ops in the
/// pool and in a block. Whether the signer really is obliged is for the ledger to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// Nobody is obliged: the payer pays the op fee, and the op waits behind all duties.
    Voluntary,
    /// The prover that holds this task's live award is obliged.
    Award(TaskId),
    /// A prover with any live award is obliged, for all its awards together.
    AllAwards,
    /// Every member of the committee is obliged, once this task's proof is delivered.
    Committee(TaskId),
}

/// The priority of an op when a pool or a block has no room for all. The order of the variants is the order
/// of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpPriority {
    /// A duty: a live award or a delivered proof depends on the op.
    Duty,
    /// Nobody depends on it at once: it waits behind all duties.
    Voluntary,
}

impl Action {
    /// The duty that obliges somebody to send this action.
    pub const fn duty(&self) -> Duty {
        match self {
            Self::Start { task } | Self::Decline { task, .. } | Self::Deliver { task, .. } => Duty::Award(*task),
            Self::Alive => Duty::AllAwards,
            Self::Settle { task, .. } => Duty::Committee(*task),
            Self::Transfer { .. }
            | Self::Circuit(_)
            | Self::Bid(_)
            | Self::Ask(_)
            | Self::Seal { .. }
            | Self::Open { .. }
            | Self::Cancel { .. }
            | Self::Bond { .. }
            | Self::Vote { .. }
            | Self::Unbond { .. }
            | Self::Evidence { .. }
            | Self::Release { .. } => Duty::Voluntary,
        }
    }
}

impl Duty {
    /// The place of the op among others, if its signer is obliged.
    pub const fn priority(self) -> OpPriority {
        match self {
            Self::Voluntary => OpPriority::Voluntary,
            Self::Award(_) | Self::AllAwards | Self::Committee(_) => OpPriority::Duty,
        }
    }

    /// The task whose live award or delivery the op speaks of; `None` if it speaks of none, or of all.
    pub const fn task(self) -> Option<TaskId> {
        match self {
            Self::Award(task) | Self::Committee(task) => Some(task),
            Self::Voluntary | Self::AllAwards => None,
        }
    }

    /// Whether `account` is obliged, as `state` knows: then the op costs no fee and has [`Duty::priority`].
    pub fn obliges(self, account: AccountId, state: &impl Obligations) -> bool {
        match self {
            Self::Voluntary => false,
            Self::Award(task) => state.holds_award(account, task),
            Self::AllAwards => state.holds_any_award(account),
            Self::Committee(_) => state.is_member(account),
        }
    }
}

/// The facts of the ledger that tell who is obliged.
pub trait Obligations {
    /// Whether the account holds this task's live award.
    fn holds_award(&self, account: AccountId, task: TaskId) -> bool;

    /// Whether the account holds any live award.
    fn holds_any_award(&self, account: AccountId) -> bool;

    /// Whether the account is a member of the committee in office.
    fn is_member(&self, account: AccountId) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::DeclineReason;

    struct Knows {
        award: TaskId,
    }

    impl Obligations for Knows {
        fn holds_award(&self, account: AccountId, task: TaskId) -> bool {
            self.holds_any_award(account) && task == self.award
        }

        fn holds_any_award(&self, account: AccountId) -> bool {
            account == AccountId::from_bytes([1; 32])
        }

        fn is_member(&self, account: AccountId) -> bool {
            account == AccountId::from_bytes([2; 32])
        }
    }

    #[test]
    fn only_who_is_obliged_gets_the_duty_s_place() {
        let [prover, member, stranger] = [1, 2, 3].map(|n| AccountId::from_bytes([n; 32]));
        let [task, other] = [7, 8].map(|n| TaskId::from_bytes([n; 32]));
        let state = Knows { award: task };
        let who = |action: &Action| [prover, member, stranger].map(|by| action.duty().obliges(by, &state));
        let decline = Action::Decline { task, reason: DeclineReason::Unable };
        let settle = Action::Settle { task, verdicts: Default::default() };
        assert_eq!(who(&Action::Start { task }), [true, false, false]);
        assert_eq!(who(&Action::Start { task: other }), [false; 3], "another's award");
        assert_eq!(who(&decline), [true, false, false]);
        assert_eq!(who(&Action::Alive), [true, false, false]);
        assert_eq!(who(&settle), [false, true, false]);
        assert_eq!(who(&Action::Cancel { task }), [false; 3], "nobody has to cancel");
        assert_eq!([&decline, &settle, &Action::Alive].map(|a| a.duty().task()), [Some(task), Some(task), None]);
        assert!(decline.duty().priority() < Action::Cancel { task }.duty().priority());
    }
}
