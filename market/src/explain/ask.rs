//! A standing ask: what it sells for how much, and what keeps it from more awards.

use crate::state::ledger::Ledger;
use dpgn_protocol::{
    ids::{AccountId, CircuitId},
    ops::{Builder, Offer},
    units::{Credits, Degree, Height, Timestamp},
};
use serde::{Deserialize, Serialize};

/// A prover's standing ask, as of the last block. Amounts are in micro-credits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskShown {
    /// The prover whose ask this is.
    pub prover: AccountId,
    /// The account that puts up the collateral: the prover, or the sponsor of its ask.
    pub guarantor: AccountId,
    /// What the guarantor has that is free: no award can take more.
    pub guarantor_free: Credits,
    /// The levels that are sold: the price of 1,024 padded rows, and the speed that is declared.
    pub offers: Vec<Offer>,
    /// The part of every price that does not grow with the work.
    pub flat: Credits,
    /// The largest circuit that is taken, as the base-2 logarithm of its padded rows.
    pub degree_max: Degree,
    /// The most collateral for one award.
    pub collateral_max: Credits,
    /// The most awards that are held at once.
    pub capacity: u16,
    /// The awards that are held now.
    pub held: u64,
    /// The proofs that are made at once.
    pub lanes: u16,
    /// The builders that the prover has.
    pub builders: Vec<Builder>,
    /// The circuits that the prover holds built.
    pub warm: Vec<CircuitId>,
    /// The time since which it stands at this price.
    pub since: Timestamp,
    /// The height of the block that holds it, as it was last renewed.
    pub height: Height,
    /// The time after which it is void.
    pub expires: Timestamp,
}

impl Ledger {
    /// Shows a prover's standing ask; `None` if it has none.
    pub fn show_ask(&self, prover: AccountId) -> Option<AskShown> {
        let standing = self.book.get(prover)?;
        let ask = &standing.ask;
        Some(AskShown {
            prover,
            guarantor: standing.guarantor,
            guarantor_free: self.balance(standing.guarantor),
            offers: ask.offers.iter().copied().collect(),
            flat: ask.flat,
            degree_max: ask.degree_max,
            collateral_max: ask.collateral_max,
            capacity: ask.capacity,
            held: self.awards_of(prover).count() as u64,
            lanes: ask.lanes,
            builders: ask.builders.iter().cloned().collect(),
            warm: ask.warm.iter().copied().collect(),
            since: standing.since,
            height: standing.height,
            expires: ask.expires,
        })
    }
}
