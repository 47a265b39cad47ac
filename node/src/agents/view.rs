//! What agents say of themselves, and what is shown of them.

use super::key::KeyShown;
use dpgn_protocol::{
    award::AwardId,
    ids::{AccountId, CircuitId},
    statement::TAG_LEN,
    units::{Credits, Level, Priority, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;
use zeroize::Zeroizing;

/// What an agent says of itself when it registers.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The agent's own name.
    pub prover: Uuid,
    /// The privacy levels that it proves.
    pub levels: Vec<Level>,
    /// The proofs that it makes at once.
    pub capacity: u16,
    /// The key that it shows from now on; absent if its name alone is enough.
    pub key: Option<KeyShown>,
    /// The padded rows per second that it vouches for; absent if it is as fast as the node's own workers.
    pub rows_per_second: Option<u32>,
    /// The address that it names for its income, for its owner to see: nobody is paid by it.
    pub reward_address: Option<String>,
}

/// An agent as others may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentView {
    /// The agent's own name.
    pub prover: Uuid,
    /// The privacy levels that it proves.
    pub levels: Vec<Level>,
    /// The proofs that it makes at once.
    pub capacity: u16,
    /// The tasks that it has, by their requesters' names.
    pub held: Vec<Uuid>,
    /// Whether it has said something lately.
    pub is_live: bool,
    /// Whether it asks for work.
    pub asks: bool,
    /// The number of proofs of it that held.
    pub made: u64,
    /// The number of proofs of it that did not hold.
    pub refused: u64,
    /// The time until which it gets no work, since its proofs were false; absent if it gets some.
    pub barred_until: Option<Timestamp>,
    /// The padded rows per second that it vouches for; absent if it says nothing of that.
    pub rows_per_second: Option<u32>,
    /// The address that it names for its income.
    pub reward_address: Option<String>,
    /// The time at which it came first.
    pub registered: Timestamp,
    /// The time at which it was heard last.
    pub seen: Timestamp,
}

/// All agents of a node together, and the proofs that are theirs to make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentsStatus {
    /// Agents that have said something in the last two minutes.
    pub live: usize,
    /// Those of them that ask for work.
    pub asking: usize,
    /// Those that get none for a while, since their proofs were false.
    pub barred: usize,
    /// The proofs that they make at once: what the node sells in place of its own workers' lanes, if its owner allows as many.
    pub lanes: u16,
    /// Proofs that agents are at work on.
    pub held: usize,
    /// Proofs that wait for an agent.
    pub waiting: usize,
    /// Proofs of awards that agents were offered and that an own worker makes.
    pub own: usize,
}

/// A proof that an agent is to make: all that there is to know for it.
#[derive(Clone)]
pub struct Assignment {
    /// The award of this node that it is for.
    pub award: AwardId,
    /// The requester's own name for the task.
    pub alias: Uuid,
    /// The account that buys the proof.
    pub requester: AccountId,
    /// The privacy level to prove at.
    pub level: Level,
    /// The circuit that must come out of `circuit_data`.
    pub circuit: CircuitId,
    /// The tag that the proof must carry: its first public inputs.
    pub tag: [u64; TAG_LEN],
    /// The most that the requester pays, in micro-credits.
    pub reward: Credits,
    /// The price that this node is paid, in micro-credits.
    pub price: Credits,
    /// The order of service that the requester has bought.
    pub priority: Priority,
    /// The time by which the network wants the proof.
    pub due: Timestamp,
    /// The envelope of circuit and inputs, which are secret.
    pub circuit_data: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Assignment {
    /// The inputs are secret: their bytes are never shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignment").field("award", &self.award).field("alias", &self.alias).finish_non_exhaustive()
    }
}

/// What came of a proof that an agent has brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brought {
    /// It holds, and is on its way to the coordinators.
    Valid(AwardId),
    /// It does not verify, or does not prove what the award is for.
    Invalid,
}
