//! Orders of the usual kind: a circuit, a bid and an ask, for the tests of this crate and for its benches.

use dpgn_protocol::{
    bounded::{Bytes, List},
    ids::{CircuitId, InputsDigest, PublicInputsDigest, RecipeDigest},
    ops::{Action, Ask, Bid, Builder, Circuit, Offer},
    units::{Credits, Degree, Level, Millis, Ppm, Priority, Timestamp},
    verifier_data,
};
use uuid::Uuid;

/// Verifier data of a circuit of level 1 with 2^12 rows.
pub const SAMPLE: &[u8] = include_bytes!("../../../protocol/src/verifier_data/sample.bin");
/// What a bid pays.
pub const REWARD: u64 = 1_000_000;

/// The sample circuit, or others of its shape.
pub fn circuit_bytes(n: u8) -> Vec<u8> {
    let mut bytes = SAMPLE.to_vec();
    // A byte of the cap: any value there is a circuit.
    bytes[8] ^= n;
    bytes
}

pub fn circuit(n: u8) -> Action {
    Action::Circuit(Circuit { verifier_data: Bytes::new(circuit_bytes(n)).unwrap() })
}

pub fn circuit_id(n: u8) -> CircuitId {
    verifier_data::read(&circuit_bytes(n), &Default::default()).unwrap().circuit
}

pub fn bid(alias: u128, now: Timestamp) -> Bid {
    Bid {
        alias: Uuid::from_u128(alias),
        circuit: circuit_id(0),
        recipe: RecipeDigest::from_bytes([7; 32]),
        recipe_len: 1_000,
        builder: Builder::new("r1cs@1").unwrap(),
        statement: PublicInputsDigest::from_bytes([8; 32]),
        free: List::default(),
        inputs: InputsDigest::from_bytes([9; 32]),
        inputs_len: 1_000,
        level: Level::new(1).unwrap(),
        reward: Credits::new(REWARD),
        raise: None,
        priority: Priority::new(0).unwrap(),
        deadline: now.after(Millis::from_secs(600)),
        disclosures_max: 2,
        reputation_min: Ppm::new(0),
        collateral_min: Credits::ZERO,
        allow: List::default(),
        deny: List::default(),
        sealed: None,
    }
}

/// An ask that sells a proof of the sample circuit for four times `per_kilorow`.
pub fn ask(per_kilorow: u64, now: Timestamp) -> Ask {
    let offer = |level| Offer { level, per_kilorow: Credits::new(per_kilorow), rows_per_second: 1_024 };
    Ask {
        offers: List::new(Level::all().map(offer).collect()).unwrap(),
        flat: Credits::ZERO,
        degree_max: Degree::new(20).unwrap(),
        capacity: 4,
        lanes: 4,
        collateral_max: Credits::MAX,
        builders: List::new(vec![Builder::new("r1cs@1").unwrap()]).unwrap(),
        warm: List::default(),
        expires: now.after(Millis::from_secs(3_000)),
    }
}

pub fn asks(ask: Ask) -> Action {
    Action::Ask(Box::new(ask))
}

pub fn bids(bid: Bid) -> Action {
    Action::Bid(Box::new(bid))
}
