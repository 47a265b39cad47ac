//! What a requester wants to buy: plain data, the same for the library and for the control socket.

use dpgn_protocol::{
    ids::AccountId,
    ops::Raise,
    units::{Credits, Level, Millis, Priority},
};
#[cfg(feature = "plonky2")]
use dpgn_prover::circuit::{CustomCircuit, EnvelopeError, custom};
use serde::{Deserialize, Serialize};
use std::{fmt, path::PathBuf};
use uuid::Uuid;

/// A proof that a requester wants, and its price and conditions.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purchase {
    /// The circuit and the inputs to be proved.
    pub source: Source,
    /// The privacy level, 1 to 5; 1 and 2 show the witness to whoever gets the proof.
    pub level: Level,
    /// The highest price, in micro-credits, as long as it does not rise; it is locked until the task is over.
    pub reward: Credits,
    /// The rise of the reward while nobody asks low enough; the most that it may come to is locked. Absent: it stays.
    #[serde(default)]
    pub raise: Option<Raise>,
    /// Whether asks for this purchase alone are sealed, then opened: the best is paid by the second score, and one that is
    /// alone the reward, at most four times the going rate. It takes some blocks longer; what nobody seals an ask for goes
    /// to the standing asks.
    #[serde(default)]
    pub sealed: bool,
    /// The order of service among bids; the fee rises with it.
    pub priority: Priority,
    /// The time from the submission within which the proof must be delivered.
    pub deadline: Millis,
    /// The requester's own name for the task; a fresh one is drawn if it is absent.
    pub alias: Option<Uuid>,
    /// The highest number of provers that may see the inputs, one after another.
    pub disclosures_max: u8,
    /// The only provers that may prove it; empty means all.
    pub allow: Vec<AccountId>,
    /// Provers that never may prove it.
    pub deny: Vec<AccountId>,
    /// The owner's consent that the proof shows the witness; needed at levels 1 and 2.
    pub witness_is_public: bool,
    /// The owner's order to submit although the lint finds an error.
    pub despite_lint: bool,
    /// The time from the submission after which the bid is taken back unless it is awarded, and the proof made by this node's own
    /// worker; also whenever the market ends without one. Absent: it is proved by the market or not at all. A node without a
    /// worker refuses it.
    #[serde(default)]
    pub prove_here_after: Option<Millis>,
}

impl Purchase {
    /// Defaults for everything but what is proved and what it is worth: level 3, ten minutes, two provers at most.
    pub fn new(source: Source, reward: Credits) -> Self {
        Self {
            source,
            level: DEFAULT_LEVEL,
            reward,
            raise: None,
            sealed: false,
            priority: Priority::MIN,
            deadline: Millis::from_secs(600),
            alias: None,
            disclosures_max: 2,
            allow: Vec::new(),
            deny: Vec::new(),
            witness_is_public: false,
            despite_lint: false,
            prove_here_after: None,
        }
    }

    /// Lets the reward rise to this much, in ten steps over the first half of the time to the deadline. A reward that is
    /// no less already stays as it is.
    #[must_use]
    pub fn raise_to(self, reward_max: Credits) -> Self {
        let rise = reward_max.saturating_sub(self.reward).get();
        let every = (self.deadline.get() / 2 / RAISE_STEPS).max(RAISE_EVERY_MIN.get());
        let raise = Raise { step: Credits::new(rise.div_ceil(RAISE_STEPS)), every: Millis::new(every), reward_max };
        Self { raise: (rise > 0).then_some(raise), ..self }
    }
}

/// The steps in which a reward rises to its highest.
const RAISE_STEPS: u64 = 10;
/// The least time between two rises that networks take by default.
const RAISE_EVERY_MIN: Millis = Millis::from_secs(2);

/// Level 3: zero-knowledge towards whoever gets the proof.
const DEFAULT_LEVEL: Level = match Level::new(3) {
    Ok(level) => level,
    Err(_) => Level::MAX,
};

/// A circuit with its inputs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A circom circuit over Goldilocks and its witness, as files.
    R1cs {
        /// The path of the `.r1cs` file.
        r1cs: PathBuf,
        /// The path of the `.wtns` file.
        wtns: PathBuf,
        /// The path of the `.sym` file, from which messages take signal names.
        sym: Option<PathBuf>,
    },
    /// `circuit_data` as the protocol has it: a tagged envelope.
    Envelope(Vec<u8>),
}

#[cfg(feature = "plonky2")]
impl Source {
    /// A circuit of the application's own, by its parameters, and its inputs.
    pub fn custom<T: CustomCircuit>(params: &T::Params, inputs: &T::Inputs) -> Result<Self, EnvelopeError> {
        // The copy is wiped; the envelope itself is the purchase's, as any other.
        Ok(Self::Envelope(custom::envelope::<T>(params, inputs)?.to_vec()))
    }
}

impl fmt::Debug for Source {
    /// An envelope holds secrets: its bytes are never shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::R1cs { r1cs, wtns, .. } => f.debug_struct("R1cs").field("r1cs", r1cs).field("wtns", wtns).finish(),
            Self::Envelope(bytes) => write!(f, "Envelope({} bytes)", bytes.len()),
        }
    }
}
