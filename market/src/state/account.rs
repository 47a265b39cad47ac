//! Accounts: a balance, nonces, and what a requester or a prover is busy with.

use super::{
    clock::Moment,
    coins::{Coins, Holding, Short},
    held::Held,
    history::History,
    nonces::Nonces,
    ticket::Ticket,
};
use dpgn_protocol::{
    payout::PayeeAddress,
    units::{Credits, Epoch, Height},
};
use serde::{Deserialize, Serialize};

/// An account: a balance, and what its owner is busy with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    /// The credits that are free to spend.
    balance: Holding,
    /// The nonces that its next ops may use.
    pub(crate) nonces: Nonces,
    /// The address on an EVM chain that its payouts are for; `None` if it has named none.
    pub(crate) payee: Option<PayeeAddress>,
    /// The epoch of its last op. Poor accounts that are unused for long are forgotten.
    pub(crate) last_used: Epoch,
    /// As a requester: the number of tasks that have not ended.
    pub(crate) open_tasks: u32,
    /// As a requester: the number of bids of which several provers said that they were not served.
    pub(crate) bad_bids: u32,
    /// As a prover: the live awards that it holds.
    pub(crate) awards: Held,
    /// As a prover: the moment of its last sign of life.
    pub(crate) alive: Moment,
    /// As a prover: the history of its awards.
    pub(crate) history: History,
    /// As a prover: its ticket for the next draw of challenges, as long as its ask stands; `None` if it has none.
    pub(super) ticket: Option<Ticket>,
}

impl Account {
    /// An empty account that is made at this height.
    pub(crate) fn new(height: Height, epoch: Epoch) -> Self {
        Self {
            balance: Holding::empty(),
            nonces: Nonces::at(height),
            payee: None,
            last_used: epoch,
            open_tasks: 0,
            bad_bids: 0,
            awards: Held::default(),
            alive: Moment::default(),
            history: History::default(),
            ticket: None,
        }
    }

    /// The micro-credits that are free to spend.
    pub(crate) fn balance(&self) -> Credits {
        self.balance.amount()
    }

    /// Takes exactly this much, or nothing.
    pub(super) fn take(&mut self, amount: Credits) -> Result<Coins, Short> {
        self.balance.take(amount)
    }

    /// Takes this much, or all there is if that is less.
    pub(super) fn take_up_to(&mut self, most: Credits) -> Coins {
        self.balance.take_up_to(most)
    }

    /// Adds coins to the balance.
    pub(super) fn give(&mut self, coins: Coins) {
        self.balance.give(coins);
    }

    /// Whether its owner has no open task and holds no award.
    pub(super) fn has_nothing_open(&self) -> bool {
        self.open_tasks == 0 && self.awards.is_empty()
    }
}
