//! Agents: what one of them sees, hears and does. The world knows nothing of strategies, a strategy nothing of the
//! world beyond what it is shown here.

use crate::{
    chain::GENESIS,
    circuits::{Circuit, Kind},
    draw::Draws,
    hear::News,
    say::Say,
};
use dpgn_market::Ledger;
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Millis, Timestamp},
};
use std::collections::BTreeMap;

/// What a requester needs: drawn, and the same in every run of a seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Need {
    /// The number of the task among all of the run.
    pub number: u64,
    /// The kind of proof that is needed.
    pub kind: Kind,
    /// What the proof is worth to the requester, in micro-credits.
    pub value: f64,
    /// The share of its value that an honest requester offers as its reward.
    pub multiple: f64,
    /// The work of the proof as a multiple of what its rows say; a prover learns it from the recipe.
    pub hardness: f64,
    /// The time that the requester has.
    pub patience_ms: u64,
}

/// How a requester serves what its task needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Recipe and inputs are served and right.
    Good,
    /// The recipe is never served.
    NoRecipe,
    /// The bytes served as the recipe are garbage.
    WrongRecipe,
    /// The recipe is right, and the inputs are never served.
    NoInputs,
    /// The recipe is right, and the inputs satisfy nothing.
    Unsatisfied,
}

/// What is true of a task, beside what the ledger knows. A prover learns of the service by trying.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Facts {
    /// What the requester needs.
    pub need: Need,
    /// How the requester serves it.
    pub service: Service,
    /// The requester among the agents.
    pub requester: usize,
}

/// What every agent sees: the ledger as everybody reads it, and the facts that its counterparties show it.
pub struct Seen<'a> {
    /// The ledger after the last block.
    pub ledger: &'a Ledger,
    /// The facts of all tasks.
    pub facts: &'a BTreeMap<TaskId, Facts>,
    /// All circuits that are traded.
    pub circuits: &'a [Circuit],
    /// The draws of the run, for an agent's own choices and mishaps.
    pub draws: Draws,
    /// The time at which no more tasks arrive.
    pub until: Timestamp,
}

impl Seen<'_> {
    /// The time of the last block.
    pub fn now(&self) -> Timestamp {
        self.ledger.time()
    }

    /// The time after a share of the run.
    pub fn at(&self, share: f64) -> Timestamp {
        let whole = self.until.since(GENESIS).get();
        GENESIS.after(Millis::new((whole as f64 * share) as u64))
    }
}

/// What an agent does in answer.
#[derive(Debug, Default)]
pub struct Deeds {
    /// What it says, with the account that says it, in this order.
    pub said: Vec<(AccountId, Say)>,
    /// The bids among what it says, with what is true of them, in the same order.
    pub bids: Vec<(Need, Service)>,
    /// The times at which it wants to be woken.
    pub wakes: Vec<Timestamp>,
    /// What its machine's work cost it, in micro-credits.
    pub spent: f64,
    /// What a proof was worth that it bought, in micro-credits.
    pub worth: f64,
    /// The number of times that its strategy did what an honest agent does not.
    pub misdeeds: u64,
}

impl Deeds {
    /// Says something from an account.
    pub fn say(&mut self, by: AccountId, say: Say) {
        self.said.push((by, say));
    }
}

/// An agent: a prover or a requester with a strategy.
pub trait Agent {
    /// The accounts that are its own, in use or not.
    fn accounts(&self) -> &[AccountId];

    /// It is woken: when the run starts, and when it asked for it.
    fn wake(&mut self, seen: &Seen<'_>, deeds: &mut Deeds);

    /// It hears news of one of its accounts or of one of its tasks.
    fn hear(&mut self, news: &News, seen: &Seen<'_>, deeds: &mut Deeds);

    /// It needs a proof. Only requesters do.
    fn need(&mut self, need: &Need, seen: &Seen<'_>, deeds: &mut Deeds);
}
