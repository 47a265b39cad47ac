//! Ops: everything an account can ask of the ledger.
//!
//! An op is signed once, is good once (nonce) and for a while (expiry). Award, expiry, refund and election
//! are no ops: they follow from applying a block.

pub use crate::pricing::{Raise, SealedRound};
use crate::{
    award::AwardId,
    bounded::{Bytes, List, Text},
    finding::Judged,
    ids::{AccountId, CircuitId, InputsDigest, OpId, ProofHash, PublicInputsDigest, RecipeDigest, TaskId, hash},
    limits::*,
    payout::PayeeAddress,
    sign::{Message, Signed, Unverified},
    units::{Credits, Degree, Level, Ppm, Priority, Timestamp},
    vote::WordKind,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An op: one thing that an account asks of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Op {
    /// The op's number: not used yet by this account, and within its window.
    pub nonce: u64,
    /// The time after which the op is void.
    pub expires: Timestamp,
    /// The account that pays fee and bonds in the signer's stead; it signs an [`Endorsement`] of the op.
    pub sponsor: Option<AccountId>,
    /// The action that the ledger is asked to take.
    pub action: Action,
}

impl Message for Op {
    const DOMAIN: &'static str = "dpgn op v1";
    const MAX_BYTES: usize = SIGNED_BODY_BYTES_MAX;
}

/// The action that an op asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// Pays credits to another account.
    Transfer {
        /// The account that is paid; not the signer.
        to: AccountId,
        /// The amount in micro-credits; more than zero.
        amount: Credits,
    },
    /// Register a circuit, once for all its tasks.
    Circuit(Circuit),
    /// Offer to buy a proof.
    Bid(Box<Bid>),
    /// Offer to sell proving. Replaces the account's standing ask; capacity 0 withdraws it.
    Ask(Box<Ask>),
    /// Commit to an ask for one bid's sealed round. Its price takes the place of that of the prover's standing ask.
    Seal {
        /// The task that the sealed bid opened.
        task: TaskId,
        /// The [commitment](crate::sealed::commitment) to a price.
        commitment: [u8; 32],
    },
    /// Open the price that was sealed.
    Open {
        /// The task that the sealed bid opened.
        task: TaskId,
        /// The price that was committed to.
        price: Credits,
        /// The salt that hid it.
        salt: [u8; 32],
    },
    /// Take the bid of an own task back.
    Cancel {
        /// The task that the op speaks of.
        task: TaskId,
    },
    /// The awarded prover has what it needs and binds its collateral. Prover or requester brings the prover's word,
    /// once per award.
    Start {
        /// The award that the op speaks of.
        award: AwardId,
        /// The [`StartStatement`](crate::award::StartStatement) about this award, signed by its prover.
        statement: Unverified,
    },
    /// The awarded prover gives the award back.
    Decline {
        /// The award that the op speaks of.
        award: AwardId,
        /// The prover's reason; it decides who is blamed.
        reason: DeclineReason,
    },
    /// The prover is there, for all its awards together.
    Alive,
    /// The proof exists; its bytes go to the coordinators. Fixes the time of delivery.
    Deliver {
        /// The award that the op speaks of.
        award: AwardId,
        /// The hash of the proof's bytes.
        proof: ProofHash,
        /// The number of bytes of the proof; the exact length for its circuit.
        len: u32,
    },
    /// What a member of the committee found about deliveries. A delivery ends in the block in which more than two
    /// thirds of the voting power agree on it.
    Judge {
        /// The member's findings, at most one for each delivery.
        findings: List<Judged, JUDGED_MAX>,
    },
    /// Stand as a candidate for the committee, with this much more at stake. It may be burned by [`Action::Evidence`].
    Bond {
        /// The bond that is added, in micro-credits: first of what is being unlocked of the signer's bond, then of its balance.
        amount: Credits,
    },
    /// Lock stake on a candidate. It is never burned.
    Vote {
        /// The candidate that the stake stands behind; not the signer.
        candidate: AccountId,
        /// The stake that is added, in micro-credits: first of what is being unlocked of the signer's stakes, then of its
        /// balance. So whoever takes stake back may lock it on another candidate at once.
        amount: Credits,
    },
    /// Take stake back: it counts no more from now on, and is free once both times of the genesis have passed.
    Unbond {
        /// The candidate that the stake is taken from; the signer itself for its bond.
        candidate: AccountId,
        /// The amount in micro-credits; more than zero.
        amount: Credits,
    },
    /// Two words of one member at one height and round that [cannot both be honest](crate::vote::equivocation).
    Evidence {
        /// The kind of message that both words are: the one domain that their signatures are tried in.
        kind: WordKind,
        /// One signed word of the member.
        first: Unverified,
        /// Another signed word of the same member, height and round.
        second: Unverified,
    },
    /// Take back the guarantee for a prover's standing ask, which ends by it. Its live awards stay guaranteed.
    Release {
        /// The prover whose ask the signer guarantees.
        prover: AccountId,
    },
    /// Name the address on an EVM chain that the account's [payouts](crate::payout) are for, from the end of the epoch on.
    Payee {
        /// The address; [`PayeeAddress::NONE`] names nobody any more.
        address: PayeeAddress,
    },
    /// Take part in the next draw of [challenges](crate::challenge), for whoever has no name yet. Whoever pays for the op
    /// locks the collateral of such an award until then.
    Ticket {
        /// One of the genesis' challenge circuits; the prover's standing ask sells its level and takes its degree.
        circuit: CircuitId,
    },
    /// Stand for election at the end of this epoch, with the bond that is locked already. Whoever doesn't say it in an epoch,
    /// and hasn't bonded in it, is not elected: nobody who is gone wins a seat.
    Candidate,
    /// Take the bid of an own task back unless it is awarded: whoever goes elsewhere then pays for no award beside.
    Recall(TaskId),
}

/// A circuit as the ledger knows it. It names no recipe: whoever registers a circuit first could name a false
/// one for all who come after; each bid names the recipe it serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Circuit {
    /// plonky2's verifier data; rows, level and gates are read from it, and its hash is the circuit's id.
    pub verifier_data: Bytes<VERIFIER_DATA_BYTES_MAX>,
}

/// A requester's offer to buy a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    /// The name the requester's users know the task by; unique within its account.
    pub alias: Uuid,
    /// The circuit to prove; registered.
    pub circuit: CircuitId,
    /// The digest of the recipe that the circuit is built from; the requester serves the recipe.
    pub recipe: RecipeDigest,
    /// Bytes of the recipe: the window for `Start` grows with them.
    pub recipe_len: u64,
    /// The builder that can build the circuit from its recipe.
    pub builder: Builder,
    /// The digest of all public inputs but the tag.
    pub statement: PublicInputsDigest,
    /// Positions of public inputs that the prover is to find.
    pub free: List<u32, FREE_INPUTS_MAX>,
    /// The salted commitment to the inputs.
    pub inputs: InputsDigest,
    /// The length of the inputs, in bytes.
    pub inputs_len: u64,
    /// The privacy level; must be the circuit's.
    pub level: Level,
    /// The most that the requester pays, in micro-credits, as long as it does not rise.
    pub reward: Credits,
    /// The rise of the reward while nobody asks low enough; absent if it stays as it is.
    pub raise: Option<Raise>,
    /// The hurry of the bid, 0 to 100: a higher one is served first and costs more.
    pub priority: Priority,
    /// The time by which the proof must be delivered.
    pub deadline: Timestamp,
    /// The most provers that the inputs may be shown to.
    pub disclosures_max: u8,
    /// The least reputation, in parts per million, of a prover that may have the award; 0 admits newcomers.
    pub reputation_min: Ppm,
    /// The least collateral of an award, in micro-credits; the network's rules may ask for more.
    pub collateral_min: Credits,
    /// The only provers that may have the award; empty if all may.
    pub allow: List<AccountId, BID_LIST_MAX>,
    /// Provers that never get the award.
    pub deny: List<AccountId, BID_LIST_MAX>,
    /// Collect sealed asks for this bid alone.
    pub sealed: Option<SealedRound>,
}

impl Bid {
    /// The most that the bid may come to pay, in micro-credits: what it locks.
    pub fn reward_max(&self) -> Credits {
        self.raise.map_or(self.reward, |raise| raise.reward_max)
    }
}

/// The name of what turns a recipe into a circuit: `name@version`, or `name@hash` for an application's own.
pub type Builder = Text<BUILDER_BYTES_MAX>;

/// A prover's offer to sell proving.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The levels that the prover sells, with at most one offer for each.
    pub offers: List<Offer, ASK_OFFERS_MAX>,
    /// The part of the price that does not grow with the work.
    pub flat: Credits,
    /// The largest circuit it takes.
    pub degree_max: Degree,
    /// The most awards that the prover holds at once; 0 withdraws the ask.
    pub capacity: u16,
    /// The proofs that the prover makes at once, at least one: an award beyond them waits for its turn.
    pub lanes: u16,
    /// The most collateral that the prover, or the sponsor of its ask, puts up for one award, in micro-credits.
    pub collateral_max: Credits,
    /// The builders that the prover has.
    pub builders: List<Builder, ASK_BUILDERS_MAX>,
    /// The circuits that the prover holds built.
    pub warm: List<CircuitId, ASK_WARM_MAX>,
    /// The time after which the ask is void.
    pub expires: Timestamp,
}

/// One level's price and speed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The privacy level that is offered.
    pub level: Level,
    /// Price of 1,024 padded rows.
    pub per_kilorow: Credits,
    /// Padded rows it says it proves in a second.
    pub rows_per_second: u32,
}

/// Why a prover gives an award back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeclineReason {
    /// The prover is stopping or has no room: its own doing.
    Unable,
    /// The requester did not serve the recipe.
    NoRecipe,
    /// The bytes that the requester served as the recipe do not build the circuit.
    WrongRecipe,
    /// The requester did not serve the inputs.
    NoInputs,
    /// The bytes that the requester served as the inputs are not those the bid commits to.
    WrongInputs,
    /// The inputs do not satisfy the circuit or the statement.
    Unsatisfied,
}

impl DeclineReason {
    /// Whether only prover and requester can see who is at fault, so that neither is blamed.
    pub const fn is_unattributable(self) -> bool {
        match self {
            Self::Unable => false,
            Self::NoRecipe | Self::WrongRecipe | Self::NoInputs | Self::WrongInputs | Self::Unsatisfied => true,
        }
    }
}

/// A sponsor's consent to pay for an op.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endorsement {
    /// The op that is paid for.
    pub op: OpId,
}

impl Message for Endorsement {
    const DOMAIN: &'static str = "dpgn endorsement v1";
    const MAX_BYTES: usize = 64;
}

/// An op as it goes over the wire and into blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawOp {
    /// The signed bytes of an [`Op`].
    pub op: Unverified,
    /// The sponsor's signed [`Endorsement`], if the op names one.
    pub endorsement: Option<Unverified>,
}

impl RawOp {
    /// The id of the op: signer and body; a second signature of the same body is the same op.
    pub fn id(&self) -> OpId {
        OpId::from_bytes(hash("dpgn op id v1", &[self.op.signer.as_bytes(), &self.op.body]))
    }

    /// Checks both signatures, and that the sponsor's is there if and only if one is named.
    pub fn verify(self, network: crate::ids::NetworkId) -> Result<SignedOp, OpError> {
        let id = self.id();
        let op = self.op.verify::<Op>(network)?;
        let endorsement = self.endorsement.map(|e| e.verify::<Endorsement>(network)).transpose()?;
        match (&endorsement, op.sponsor) {
            (None, None) => {}
            (Some(e), Some(sponsor)) if e.signer() == sponsor && e.op == id => {}
            _ => return Err(OpError::Endorsement),
        }
        Ok(SignedOp { id, op, endorsement })
    }
}

/// Why an op on the wire is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpError {
    /// A signature or the encoding.
    #[error(transparent)]
    Sign(#[from] crate::sign::SignError),
    /// The sponsor's consent is missing, another's, or for another op.
    #[error("the endorsement does not fit the op's sponsor")]
    Endorsement,
}

impl OpError {
    /// Whether op or endorsement is of another protocol version: nobody's fault, and to be ignored, never punished.
    pub const fn is_unknown_version(&self) -> bool {
        match self {
            Self::Sign(error) => error.is_unknown_version(),
            Self::Endorsement => false,
        }
    }
}

/// An op whose signatures have been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedOp {
    id: OpId,
    op: Signed<Op>,
    endorsement: Option<Signed<Endorsement>>,
}

impl SignedOp {
    /// An op signed by its own key alone.
    pub fn new(op: Signed<Op>) -> Self {
        let raw = RawOp { op: op.raw().clone(), endorsement: None };
        Self { id: raw.id(), op, endorsement: None }
    }

    /// Returns the op's name; a second signature of the same body has the same.
    pub fn id(&self) -> OpId {
        self.id
    }

    /// The account that signed the op.
    pub fn signer(&self) -> AccountId {
        self.op.signer()
    }

    /// The account that pays the fee and puts up the bonds.
    pub fn payer(&self) -> AccountId {
        self.op.sponsor.unwrap_or(self.signer())
    }

    /// The op itself, with its signature checked.
    pub fn op(&self) -> &Op {
        &self.op
    }

    /// The task that this op creates, if it is a bid.
    pub fn task_id(&self, network: crate::ids::NetworkId) -> TaskId {
        TaskId::from_bytes(hash("dpgn task v1", &[network.as_bytes(), self.signer().as_bytes(), self.op.body()]))
    }

    /// Whether the wire has brought this op, bytes and signatures.
    pub fn is(&self, raw: &RawOp) -> bool {
        *self.op.raw() == raw.op && self.endorsement.as_ref().map(Signed::raw) == raw.endorsement.as_ref()
    }

    /// The op as it goes over the wire.
    pub fn to_raw(&self) -> RawOp {
        RawOp { op: self.op.raw().clone(), endorsement: self.endorsement.as_ref().map(|e| e.raw().clone()) }
    }

    /// Bytes it takes up in a block, near enough to fill one by.
    pub fn size(&self) -> usize {
        self.op.body().len() + 256
    }
}
