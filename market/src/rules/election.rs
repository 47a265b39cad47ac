//! The end of an epoch: what each committee member is paid, who decides the next epoch, and what is old.

use crate::state::ledger::Ledger;
use dpgn_protocol::{
    committee::Committee,
    ids::AccountId,
    units::{Credits, Epoch, Height},
};

impl Ledger {
    /// Whether the last block was the last of its epoch.
    pub(crate) fn is_last_of_epoch(&self) -> bool {
        self.height().get().is_multiple_of(self.params.epoch_blocks.max(1))
    }

    /// Whether the last block was the first of its epoch.
    pub(crate) fn is_first_of_epoch(&self) -> bool {
        let before = self.height().get().saturating_sub(1);
        self.height() > Height::new(0) && before.is_multiple_of(self.params.epoch_blocks.max(1))
    }

    /// Each member's share of the fees, by its power, rounded down; what does not divide stays with the fees.
    pub(crate) fn fee_shares(&self) -> Vec<(AccountId, Credits)> {
        let (fees, total) = (self.pools.fees(), self.committee.total().max(1));
        let share = |power: u64| {
            let share = u128::from(fees.get()) * u128::from(power) / u128::from(total);
            // At most the fees.
            Credits::new(u64::try_from(share).unwrap_or(0))
        };
        self.committee.members().iter().map(|m| (m.account, share(m.power.get()))).collect()
    }

    /// The committee of the next epoch. Nobody can stand for election on this network yet, so it is the same.
    pub(crate) fn elect(&self) -> Committee {
        self.committee.clone()
    }
}

/// Whether something last used in the epoch `since` is so old that it is forgotten.
pub(crate) fn is_old(since: Epoch, now: Epoch, keep: u64) -> bool {
    // What was used in a later epoch is not old.
    now.get().saturating_sub(since.get()) > keep
}
