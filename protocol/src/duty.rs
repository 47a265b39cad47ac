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
    /// The prover that holds this task's live award is obliged, and its requester is: whoever of them comes first.
    Start(TaskId),
    /// A prover that has sealed an ask for this task is obliged, once the time for opening has come.
    Opening(TaskId),
    /// Every member of the committee is obliged.
    Committee,
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
            Self::Start { award, .. } => Duty::Start(award.task),
            Self::Decline { award, .. } | Self::Deliver { award, .. } => Duty::Award(award.task),
            Self::Alive => Duty::AllAwards,
            Self::Open { task, .. } => Duty::Opening(*task),
            Self::Judge { .. } | Self::Candidate | Self::Evidence { .. } => Duty::Committee,
            Self::Transfer { .. }
            | Self::Circuit(_)
            | Self::Bid(_)
            | Self::Ask(_)
            | Self::Seal { .. }
            | Self::Cancel { .. }
            | Self::Bond { .. }
            | Self::Vote { .. }
            | Self::Unbond { .. }
            | Self::Release { .. }
            | Self::Payee { .. }
            | Self::Ticket { .. }
            | Self::Recall(_) => Duty::Voluntary,
        }
    }
}

impl Duty {
    /// The place of the op among others, if its signer is obliged.
    pub const fn priority(self) -> OpPriority {
        match self {
            Self::Voluntary => OpPriority::Voluntary,
            Self::Award(_) | Self::AllAwards | Self::Start(_) | Self::Opening(_) | Self::Committee => OpPriority::Duty,
        }
    }

    /// Whether `account` is obliged, as `state` knows: then the op costs no fee and has [`Duty::priority`].
    pub fn obliges(self, account: AccountId, state: &impl Obligations) -> bool {
        match self {
            Self::Voluntary => false,
            Self::Award(task) => state.holds_award(account, task),
            Self::AllAwards => state.holds_any_award(account),
            Self::Start(task) => state.holds_award(account, task) || state.owns_awarded(account, task),
            Self::Opening(task) => state.owes_opening(account, task),
            Self::Committee => state.is_member(account),
        }
    }
}

/// The facts of the ledger that tell who is obliged.
pub trait Obligations {
    /// Whether the account holds this task's live award.
    fn holds_award(&self, account: AccountId, task: TaskId) -> bool;

    /// Whether the account is the requester of this task, which has a live award.
    fn owns_awarded(&self, account: AccountId, task: TaskId) -> bool;

    /// Whether the account holds any live award.
    fn holds_any_award(&self, account: AccountId) -> bool;

    /// Whether the account has sealed an ask for this task that it may open now and has not opened.
    fn owes_opening(&self, account: AccountId, task: TaskId) -> bool;

    /// Whether the account is a member of the committee in office.
    fn is_member(&self, account: AccountId) -> bool;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        award::{AwardId, StartStatement},
        ids::NetworkId,
        ops::DeclineReason,
        sign::Keypair,
        units::Credits,
    };

    struct Knows {
        award: TaskId,
    }

    const PROVER: AccountId = AccountId::from_bytes([1; 32]);
    const MEMBER: AccountId = AccountId::from_bytes([2; 32]);
    const REQUESTER: AccountId = AccountId::from_bytes([3; 32]);

    impl Obligations for Knows {
        fn holds_award(&self, account: AccountId, task: TaskId) -> bool {
            self.holds_any_award(account) && task == self.award
        }

        fn owns_awarded(&self, account: AccountId, task: TaskId) -> bool {
            account == REQUESTER && task == self.award
        }

        fn holds_any_award(&self, account: AccountId) -> bool {
            account == PROVER
        }

        fn owes_opening(&self, account: AccountId, task: TaskId) -> bool {
            account == PROVER && task == self.award
        }

        fn is_member(&self, account: AccountId) -> bool {
            account == MEMBER
        }
    }

    #[test]
    fn only_who_is_obliged_gets_the_duty_s_place() {
        let [award, other] = [7, 8].map(|n| AwardId { task: TaskId::from_bytes([n; 32]), number: 1 });
        let state = Knows { award: award.task };
        let stranger = AccountId::from_bytes([4; 32]);
        let who = |action: &Action| [PROVER, MEMBER, REQUESTER, stranger].map(|by| action.duty().obliges(by, &state));
        let keys = Keypair::from_seed(&[1; 32]);
        let start = |award| {
            let signed = keys.sign(NetworkId::from_bytes([9; 32]), StartStatement { award }).unwrap();
            Action::Start { award, statement: signed.into_raw() }
        };
        let decline = Action::Decline { award, reason: DeclineReason::Unable };
        let cancel = Action::Cancel { task: award.task };
        assert_eq!(who(&start(award)), [true, false, true, false]);
        assert_eq!(who(&start(other)), [false; 4], "another's award");
        assert_eq!(who(&decline), [true, false, false, false]);
        assert_eq!(who(&Action::Alive), [true, false, false, false]);
        assert_eq!(who(&Action::Judge { findings: Default::default() }), [false, true, false, false]);
        assert_eq!(who(&Action::Candidate), [false, true, false, false], "a full block must not cost a seat");
        assert_eq!(who(&cancel), [false; 4], "nobody has to cancel");
        let open = |task| Action::Open { task, price: Credits::ZERO, salt: [0; 32] };
        assert_eq!(who(&open(award.task)), [true, false, false, false]);
        assert_eq!(who(&open(other.task)), [false; 4], "another's round");
        assert!(decline.duty().priority() < cancel.duty().priority());
    }
}
