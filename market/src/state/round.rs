//! The sealed round of one bid: who has committed to a price, what was opened, and the deposits that bind to it.
//!
//! ```text
//! Sealing → Opening → Decided → Over
//!    └─────────┴── nobody to award ──┘
//! ```
//! Prices are committed to in the first phase and opened in the second; the two never overlap, so nobody commits who has
//! seen a price. The bid is awarded to the best opened ask while its round is decided, and goes to the standing asks once
//! the round is over.
//!
//! A sealed ask keeps what it needs to serve the bid from its commitment on: its terms, the time of its proof, for which
//! later awards wait, and the collateral of an award at the highest price that the round pays. It takes no room from awards.
//!
//! What must never happen: a deposit that is neither given back nor burned when its task ends, or a collateral that is not
//! given back.

use super::{
    award::Terms,
    clock::Moment,
    coins::{Coins, Holding},
    held::Promise,
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The number of asks that one round takes.
pub(crate) const SEALED_ASKS_MAX: usize = 16;

/// The phase of a sealed round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// Provers commit to their prices, until this moment.
    Sealing(Moment),
    /// Provers open what they have committed to, until this moment.
    Opening(Moment),
    /// The bid goes to the best opened ask, and to the next best if that one fails.
    Decided,
    /// The bid goes to the standing asks.
    Over,
}

impl Phase {
    /// The name of the phase in errors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sealing(_) => "being sealed",
            Self::Opening(_) => "being opened",
            Self::Decided => "decided",
            Self::Over => "over",
        }
    }

    /// The moment at which the phase closes; `None` if no time ends it.
    pub(crate) const fn closes(self) -> Option<Moment> {
        match self {
            Self::Sealing(closes) | Self::Opening(closes) => Some(closes),
            Self::Decided | Self::Over => None,
        }
    }
}

/// One prover's sealed ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedAsk {
    /// The hash that price and salt must give.
    pub commitment: [u8; 32],
    /// The account that paid the deposit: the prover, or the sponsor of its `Seal`.
    pub payer: AccountId,
    /// The time of the block that holds the `Seal`.
    pub at: Timestamp,
    /// The price that was opened; `None` before.
    pub price: Option<Credits>,
    /// The credits that are lost if the ask is not opened, or does not serve what it has won.
    deposit: Holding,
    /// What the ask keeps, whatever becomes of its prover's standing ask.
    pub seat: Seat,
    /// The credits that an award of the ask stakes, put up by the guarantor; none once it is awarded.
    collateral: Holding,
}

/// What a sealed ask keeps to serve the bid, as it was when it was sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The account that puts up the collateral: the one that guaranteed the prover's standing ask.
    pub guarantor: AccountId,
    /// The terms of the prover's standing ask, at the most that the round pays. Whatever becomes of that ask, these stay.
    pub terms: Terms,
    /// The proof that is promised, if the round takes all its time: what comes later waits behind it.
    pub promise: Promise,
}

impl SealedAsk {
    /// A sealed ask with its deposit and its collateral.
    pub(crate) fn new(
        (commitment, payer, at): ([u8; 32], AccountId, Timestamp),
        seat: Seat,
        (deposit, collateral): (Coins, Coins),
    ) -> Self {
        let mut ask =
            Self { commitment, payer, at, price: None, deposit: Holding::empty(), seat, collateral: Holding::empty() };
        ask.deposit.give(deposit);
        ask.collateral.give(collateral);
        ask
    }

    /// The micro-credits that are locked for an award of the ask; none once it is awarded.
    pub fn collateral(&self) -> Credits {
        self.collateral.amount()
    }

    /// Hands the collateral out.
    pub(crate) fn take_collateral(&mut self) -> Coins {
        self.collateral.take_all()
    }

    /// The micro-credits of its prover's own that the ask locks: deposit and collateral, unless others have put them up.
    pub fn locks_of(&self, prover: AccountId) -> Credits {
        let of = |by: AccountId, stake: Credits| if by == prover { stake } else { Credits::ZERO };
        of(self.payer, self.deposit()).saturating_add(of(self.seat.guarantor, self.collateral()))
    }

    /// The micro-credits that are locked for the ask.
    pub fn deposit(&self) -> Credits {
        self.deposit.amount()
    }

    /// Whether the ask may still be awarded: its deposit is locked.
    pub(crate) fn may_be_awarded(&self) -> bool {
        self.deposit() > Credits::ZERO
    }

    /// Hands the deposit out.
    pub(crate) fn take_deposit(&mut self) -> Coins {
        self.deposit.take_all()
    }
}

/// The sealed round of a bid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The phase that the round is in.
    pub phase: Phase,
    /// The most that the round pays, and what its asks are scored against, in micro-credits: the reward, or a few times
    /// the going price at the time of the bid if that is less. No ask has a part in it.
    pub reserve: Credits,
    /// The sealed asks, by prover.
    pub asks: BTreeMap<AccountId, SealedAsk>,
}

impl Round {
    /// A round that takes sealed asks until this moment.
    pub(crate) fn new(seal_by: Moment, reserve: Credits) -> Self {
        Self { phase: Phase::Sealing(seal_by), reserve, asks: BTreeMap::new() }
    }

    /// Whether no sealed ask is left to be opened.
    pub(crate) fn is_all_opened(&self) -> bool {
        self.asks.values().all(|ask| ask.price.is_some())
    }

    /// The prices that were opened, by prover.
    pub(crate) fn opened(&self) -> impl Iterator<Item = (AccountId, &SealedAsk, Credits)> {
        self.asks.iter().filter_map(|(&prover, ask)| Some((prover, ask, ask.price?)))
    }
}
