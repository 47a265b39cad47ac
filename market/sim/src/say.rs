//! What agents say to the ledger, and the only file that knows how it is said: every op of the simulation is made here.

use crate::circuits::{Circuit, Kind};
use dpgn_market::Ledger;
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    bounded::{Bytes, List, TextError},
    challenge::ChallengeCircuit,
    finding::{Finding, Judged},
    ids::{AccountId, CircuitId, InputsDigest, ProofHash, PublicInputsDigest, RecipeDigest, TaskId},
    limits::JUDGED_MAX,
    ops::{Action, Ask, Bid, Builder, Circuit as Registration, DeclineReason, Offer, SealedRound},
    sealed::{commitment, salt},
    sign::Keypair,
    units::{Credits, Level, Millis, Ppm, Priority, Timestamp},
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The builder that every simulated prover has.
const BUILDER: &str = "r1cs@1";
/// Bytes of every simulated recipe.
const RECIPE_BYTES: u64 = 1_000;
/// Bytes of every simulated input.
const INPUTS_BYTES: u64 = 1_000;
/// The share by which a requester asks for more than the least deposit.
const DEPOSIT_MORE: Ppm = Ppm::new(250_000);
/// How many provers may see the inputs of a task.
const DISCLOSURES_MAX: u8 = 3;

/// One thing that an agent says.
#[derive(Clone, Debug, PartialEq)]
pub enum Say {
    /// Offers to sell proofs, in the place of the account's last offer.
    Ask(AskTerms),
    /// Takes the standing offer back.
    Withdraw,
    /// Offers to buy a proof.
    Bid(BidTerms),
    /// Takes an award up.
    Start(TaskId),
    /// Gives an award back.
    Decline(TaskId, DeclineReason),
    /// Says that the prover is there.
    Alive,
    /// Says that the proof exists; whether it holds is what the committee will find.
    Deliver(TaskId, bool),
    /// Takes a bid back.
    Cancel(TaskId),
    /// Pays credits to another account, in micro-credits.
    Pay(AccountId, u64),
    /// Takes part in the next draw of challenges of this circuit.
    Ticket(CircuitId),
    /// Commits to a price in a task's sealed round, in micro-credits.
    Seal(TaskId, u64),
    /// Opens the price that was committed to.
    Open(TaskId, u64),
}

/// The terms of an offer to sell.
#[derive(Clone, Debug, PartialEq)]
pub struct AskTerms {
    /// The price of 1,024 padded rows by level, in micro-credits.
    pub prices: Vec<(Level, u64)>,
    /// The padded rows per second that are declared.
    pub rows_per_second: u32,
    /// The largest circuit that is taken.
    pub kind_max: Kind,
    /// The awards that are held at once.
    pub capacity: u16,
    /// The proofs that are made at once.
    pub lanes: u16,
    /// The most that is put up as collateral of one award, in micro-credits.
    pub collateral_max: u64,
    /// The time for which the offer stands.
    pub life: Millis,
    /// The account that pays the fee and puts up the collateral; `None` if it is the prover's own.
    pub sponsor: Option<AccountId>,
}

/// The terms of an offer to buy.
#[derive(Clone, Debug, PartialEq)]
pub struct BidTerms {
    /// The number of the task, for the requester.
    pub number: u64,
    /// The circuit to prove.
    pub circuit: CircuitId,
    /// The level of the circuit.
    pub level: Level,
    /// The most that is paid, in micro-credits.
    pub reward: u64,
    /// The time by which the proof is wanted.
    pub deadline: Timestamp,
    /// The only prover that may have the award; `None` if all may.
    pub only: Option<AccountId>,
    /// The provers that may not have it.
    pub deny: Vec<AccountId>,
    /// Whether it asks for a sealed round.
    pub sealed: bool,
}

impl Say {
    /// The account that pays for the op in its signer's stead.
    pub fn sponsor(&self) -> Option<AccountId> {
        match self {
            Self::Ask(terms) => terms.sponsor,
            Self::Withdraw
            | Self::Bid(_)
            | Self::Start(_)
            | Self::Decline(..)
            | Self::Alive
            | Self::Deliver(..)
            | Self::Cancel(_)
            | Self::Pay(..)
            | Self::Ticket(_)
            | Self::Seal(..)
            | Self::Open(..) => None,
        }
    }

    /// The op's action, in the words of the protocol; `None` if it speaks of a task that there is none of.
    pub fn action(&self, ledger: &Ledger, keys: &Keypair) -> Result<Option<Action>, TextError> {
        Ok(Some(match self {
            Self::Ask(terms) => Action::Ask(Box::new(ask(terms, ledger.time())?)),
            Self::Withdraw => Action::Ask(Box::new(nothing(ledger.time()))),
            Self::Bid(terms) => {
                let mut bid = bid(terms)?;
                if terms.sealed {
                    let Some(circuit) = ledger.circuit(terms.circuit) else { return Ok(None) };
                    bid.sealed = Some(round(ledger.usual_round(&bid, circuit.degree), bid.reward));
                }
                Action::Bid(Box::new(bid))
            }
            Self::Start(task) => {
                let Some(award) = award(ledger, *task) else { return Ok(None) };
                let Ok(word) = keys.sign(ledger.network(), StartStatement { award }) else { return Ok(None) };
                Action::Start { award, statement: word.into_raw() }
            }
            Self::Decline(task, reason) => {
                let Some(award) = award(ledger, *task) else { return Ok(None) };
                Action::Decline { award, reason: *reason }
            }
            Self::Alive => Action::Alive,
            Self::Deliver(task, holds) => {
                let Some(view) = ledger.task(*task) else { return Ok(None) };
                let Some(award) = award(ledger, *task) else { return Ok(None) };
                Action::Deliver { award, proof: proof(*task, *holds), len: view.task.proof_len }
            }
            Self::Cancel(task) => Action::Cancel { task: *task },
            Self::Pay(to, amount) => Action::Transfer { to: *to, amount: Credits::new(*amount) },
            Self::Ticket(circuit) => Action::Ticket { circuit: *circuit },
            Self::Seal(task, price) => {
                let price = Credits::new(*price);
                let salt = salt(keys, *task, price);
                Action::Seal { task: *task, commitment: commitment(*task, keys.account(), price, &salt) }
            }
            Self::Open(task, price) => {
                let price = Credits::new(*price);
                Action::Open { task: *task, price, salt: salt(keys, *task, price) }
            }
        }))
    }
}

/// What a genesis says of a circuit whose proofs it asks newcomers for.
pub fn challenge(circuit: &Circuit) -> Result<ChallengeCircuit, TextError> {
    Ok(ChallengeCircuit {
        circuit: circuit.id,
        recipe: RecipeDigest::from_bytes(*circuit.id.as_bytes()),
        recipe_len: RECIPE_BYTES,
        builder: Builder::new(BUILDER)?,
        inputs_len: INPUTS_BYTES,
    })
}

/// The action that registers a circuit.
pub fn register(circuit: &Circuit) -> Result<Action, TextError> {
    Ok(Action::Circuit(Registration { verifier_data: Bytes::new(circuit.verifier_data.clone())? }))
}

/// What the committee says of all deliveries that wait for it: the truth. Each with the account that says it.
pub fn judge(ledger: &Ledger, members: &BTreeMap<AccountId, Keypair>) -> Result<Vec<(AccountId, Action)>, TextError> {
    let mut findings = Vec::new();
    for (task, delivered) in ledger.awaiting_findings() {
        let stage = (delivered.stage.award(), delivered.stage.delivery());
        let (Some(live), Some(delivery)) = stage else { continue };
        let finding = if holds(&delivery.proof) { Finding::Valid } else { Finding::False };
        findings.push(Judged { award: AwardId { task, number: live.number }, proof: delivery.proof, finding });
    }
    let mut actions = Vec::new();
    for part in findings.chunks(JUDGED_MAX) {
        for member in members.keys() {
            actions.push((*member, Action::Judge { findings: List::new(part.to_vec())? }));
        }
    }
    Ok(actions)
}

/// The live award of a task, or its last one.
fn award(ledger: &Ledger, task: TaskId) -> Option<AwardId> {
    let view = ledger.task(task)?;
    let number = view.award.map_or(view.task.awards, |live| live.award.number);
    Some(AwardId { task, number })
}

/// The hash of a simulated proof: its first byte is the truth about it.
fn proof(task: TaskId, holds: bool) -> ProofHash {
    let mut bytes = *task.as_bytes();
    bytes[0] = holds.into();
    ProofHash::from_bytes(bytes)
}

fn holds(proof: &ProofHash) -> bool {
    proof.as_bytes()[0] == 1
}

fn ask(terms: &AskTerms, now: Timestamp) -> Result<Ask, TextError> {
    let offer = |&(level, price): &(Level, u64)| Offer {
        level,
        per_kilorow: Credits::new(price),
        rows_per_second: terms.rows_per_second,
    };
    Ok(Ask {
        offers: List::new(terms.prices.iter().map(offer).collect())?,
        flat: Credits::ZERO,
        degree_max: terms.kind_max.degree,
        capacity: terms.capacity,
        lanes: terms.lanes,
        collateral_max: Credits::new(terms.collateral_max),
        builders: List::new(vec![Builder::new(BUILDER)?])?,
        warm: List::default(),
        expires: now.after(terms.life),
    })
}

fn nothing(now: Timestamp) -> Ask {
    Ask {
        offers: List::default(),
        flat: Credits::ZERO,
        degree_max: dpgn_protocol::units::Degree::MIN,
        capacity: 0,
        lanes: 1,
        collateral_max: Credits::ZERO,
        builders: List::default(),
        warm: List::default(),
        expires: now,
    }
}

/// The usual round, with some more as its deposit than the least: by the block that holds the bid, the going price may have
/// risen, and the least deposit with it.
fn round(usual: SealedRound, reward: Credits) -> SealedRound {
    let more = usual.deposit.saturating_add(usual.deposit.share(DEPOSIT_MORE));
    SealedRound { deposit: more.min(reward).max(usual.deposit), ..usual }
}

fn bid(terms: &BidTerms) -> Result<Bid, TextError> {
    Ok(Bid {
        alias: Uuid::from_u128(u128::from(terms.number)),
        circuit: terms.circuit,
        recipe: RecipeDigest::from_bytes([1; 32]),
        recipe_len: RECIPE_BYTES,
        builder: Builder::new(BUILDER)?,
        statement: PublicInputsDigest::from_bytes([2; 32]),
        free: List::default(),
        inputs: InputsDigest::from_bytes([3; 32]),
        inputs_len: INPUTS_BYTES,
        level: terms.level,
        reward: Credits::new(terms.reward),
        raise: None,
        priority: Priority::MIN,
        deadline: terms.deadline,
        disclosures_max: DISCLOSURES_MAX,
        allow: List::new(terms.only.into_iter().collect())?,
        deny: List::new(terms.deny.clone())?,
        reputation_min: Ppm::default(),
        collateral_min: Credits::ZERO,
        sealed: None,
    })
}
