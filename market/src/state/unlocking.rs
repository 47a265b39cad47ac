//! Unlocking: what was taken back from a bond or a stake and is not free yet.
//!
//! It counts in no election any more. A bond can still be burned while it is here: whoever votes for two blocks and leaves at
//! once has gained nothing.

use super::coins::{Coins, Holding, sum};
use dpgn_protocol::{
    genesis::Params,
    units::{Credits, Epoch, Timestamp},
};
use serde::{Deserialize, Serialize};

/// The number of epochs in which one account may have taken stake back that is not free yet.
pub(crate) const PIECES_MAX: usize = 8;

/// What was taken back in one epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Piece {
    amount: Holding,
    /// The epoch in which it was taken back, or in which its owner was last in office.
    epoch: Epoch,
    /// The time at which it was taken back, or at which its owner was last in office.
    since: Timestamp,
}

impl Piece {
    fn is_due(&self, epoch: Epoch, now: Timestamp, params: &Params) -> bool {
        let epochs = epoch.get().saturating_sub(self.epoch.get());
        epochs >= params.unlock_epochs && now.since(self.since) >= params.unlock_time
    }
}

/// What is being unlocked, the first piece first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unlocking(Vec<Piece>);

impl Unlocking {
    /// Nothing that is being unlocked.
    pub(super) const NONE: Self = Self(Vec::new());

    /// The micro-credits of all pieces.
    pub(crate) fn amount(&self) -> Credits {
        sum(self.0.iter().map(|piece| piece.amount.amount()))
    }

    /// Whether one account may take more stake back in this epoch.
    pub(crate) fn has_room(&self, epoch: Epoch) -> bool {
        self.0.len() < PIECES_MAX || self.0.last().is_some_and(|piece| piece.epoch == epoch)
    }

    /// Whether nothing is being unlocked.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a piece is free by now.
    pub(super) fn is_due(&self, epoch: Epoch, now: Timestamp, params: &Params) -> bool {
        // Pieces stand in the order in which they were taken back.
        self.0.first().is_some_and(|piece| piece.is_due(epoch, now, params))
    }

    /// The epoch and the time at which all is free, if its owner is in office no more; `None` if nothing is here.
    pub(crate) fn free_at(&self, params: &Params) -> Option<(Epoch, Timestamp)> {
        let last = self.0.last()?;
        let epoch = Epoch::new(last.epoch.get().saturating_add(params.unlock_epochs));
        Some((epoch, last.since.after(params.unlock_time)))
    }

    /// Begins to unlock coins. If there is no room they join the last piece, and that waits for them.
    pub(super) fn begin(&mut self, coins: Coins, epoch: Epoch, now: Timestamp) {
        let has_room = self.0.len() < PIECES_MAX;
        match self.0.last_mut().filter(|last| last.epoch == epoch || !has_room) {
            Some(last) => {
                last.amount.give(coins);
                (last.epoch, last.since) = (epoch, now);
            }
            None => {
                let mut amount = Holding::empty();
                amount.give(coins);
                self.0.push(Piece { amount, epoch, since: now });
            }
        }
    }

    /// Takes this much out, or all there is if that is less: of the last pieces first, which have longest to wait.
    pub(super) fn take_up_to(&mut self, most: Credits) -> Coins {
        let mut taken = Holding::empty();
        while let Some(last) = self.0.last_mut() {
            taken.give(last.amount.take_up_to(most.saturating_sub(taken.amount())));
            if last.amount.amount() > Credits::ZERO {
                break;
            }
            self.0.pop();
        }
        taken.take_all()
    }

    /// Takes out what is free by now: both times have passed.
    pub(super) fn release(&mut self, epoch: Epoch, now: Timestamp, params: &Params) -> Coins {
        let mut free = Holding::empty();
        self.0.retain_mut(|piece| {
            let is_due = piece.is_due(epoch, now, params);
            if is_due {
                free.give(piece.amount.take_all());
            }
            !is_due
        });
        free.take_all()
    }

    /// Begins anew with all that is here: its owner is still in office.
    pub(super) fn begin_anew(&mut self, epoch: Epoch, now: Timestamp) {
        let all = self.take_up_to(Credits::MAX);
        if all.amount() > Credits::ZERO {
            self.begin(all, epoch, now);
        } else {
            // Nothing was here: coins that are worth nothing need no place.
            Holding::empty().give(all);
        }
    }
}
