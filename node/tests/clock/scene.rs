//! The scene: accounts by number, the market's rules, and what is asked and bid in it.

use dpgn_node::engine::BidDraft;
use dpgn_protocol::{
    bounded::{Bytes, List, Text},
    committee::{Committee, Member},
    genesis::{Allocation, Genesis, Params},
    ids::*,
    ops::{Ask, Bid, Offer},
    sign::Keypair,
    units::{Credits, Degree, Level, Millis, Power, Ppm, Priority, Timestamp},
    verifier_data::{self, VerifierShape},
};
use uuid::Uuid;

/// Verifier data of a circuit of level 1 with 2^12 rows.
pub const SAMPLE: &[u8] = include_bytes!("../../../protocol/src/verifier_data/sample.bin");
/// The time at which everything begins.
pub const BEGIN: Timestamp = Timestamp::new(1_700_000_000_000);

/// Accounts by number.
pub const COORDINATOR: usize = 0;
pub const REQUESTER: usize = 1;
pub const PROVER: usize = 2;
pub const OTHER: usize = 3;
pub const THIRD: usize = 4;

pub fn keys(n: usize) -> Keypair {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&(n as u64 + 1).to_le_bytes());
    Keypair::from_seed(&seed)
}

pub fn account(n: usize) -> AccountId {
    keys(n).account()
}

pub fn shape() -> VerifierShape {
    verifier_data::read(SAMPLE, &Default::default()).unwrap()
}

pub fn genesis() -> Genesis {
    let mut accounts: Vec<AccountId> = (0..6).map(account).collect();
    accounts.sort_unstable();
    let grant = |account| Allocation { account, credits: Credits::new(100_000_000) };
    Genesis {
        name: Text::new("clock").unwrap(),
        time: BEGIN,
        committee: Committee::new(vec![Member { account: account(COORDINATOR), power: Power::new(1) }]).unwrap(),
        accounts: List::new(accounts.into_iter().map(grant).collect()).unwrap(),
        params: Params {
            start_window: Millis::from_secs(6),
            heartbeat: Millis::from_secs(6),
            verdict_window: Millis::from_secs(10),
            idle_interval: Millis::from_secs(1),
            ..Params::default()
        },
    }
}

/// An ask that declares so many seconds for a proof of the sample circuit.
pub fn ask(per_kilorow: u64, declared_s: u64) -> Ask {
    let rows_per_second = u32::try_from(shape().degree.rows() / declared_s).unwrap();
    let offer = |level| Offer { level, per_kilorow: Credits::new(per_kilorow), rows_per_second };
    Ask {
        offers: List::new(Level::all().map(offer).collect()).unwrap(),
        flat: Credits::new(100),
        degree_max: Degree::MAX,
        capacity: 8,
        lanes: 8,
        collateral_max: Credits::MAX,
        builders: List::new(vec![Text::new("r1cs@1").unwrap()]).unwrap(),
        warm: List::default(),
        expires: Timestamp::default(),
    }
}

pub fn draft(n: u64, reward: u64, disclosures_max: u8, deadline: Timestamp) -> BidDraft {
    let shape = shape();
    BidDraft {
        alias: Uuid::from_u64_pair(7, n),
        recipe: RecipeDigest::from_bytes([7; 32]),
        recipe_len: 1_000,
        builder: Text::new("r1cs@1").unwrap(),
        circuit: shape.circuit,
        verifier_data: Bytes::new(SAMPLE.to_vec()).unwrap(),
        degree: shape.degree,
        statement: PublicInputsDigest::from_bytes([8; 32]),
        inputs: InputsDigest::from_bytes([9; 32]),
        inputs_len: 1_000,
        level: shape.level,
        reward: Credits::new(reward),
        raise: None,
        sealed: false,
        priority: Priority::new(0).unwrap(),
        deadline,
        disclosures_max,
        allow: List::default(),
        deny: List::default(),
        prove_here_at: None,
    }
}

/// The bid of a draft.
pub fn bid_of(draft: BidDraft) -> Bid {
    Bid {
        alias: draft.alias,
        circuit: draft.circuit,
        recipe: draft.recipe,
        recipe_len: draft.recipe_len,
        builder: draft.builder,
        statement: draft.statement,
        free: List::default(),
        inputs: draft.inputs,
        inputs_len: draft.inputs_len,
        level: draft.level,
        reward: draft.reward,
        raise: draft.raise,
        priority: draft.priority,
        deadline: draft.deadline,
        disclosures_max: draft.disclosures_max,
        reputation_min: Ppm::new(0),
        collateral_min: Credits::ZERO,
        allow: draft.allow,
        deny: draft.deny,
        sealed: None,
    }
}
