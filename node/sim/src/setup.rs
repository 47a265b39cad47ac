//! Who is there, what they trade, and what passes for a proof.

use dpgn_node::engine::BidDraft;
use dpgn_protocol::{
    bounded::{Bytes, List, Text},
    committee::{Committee, Member},
    finding::Finding,
    genesis::{Allocation, Genesis, Params},
    ids::{AccountId, InputsDigest, PublicInputsDigest, RecipeDigest, TaskId},
    ops::{Ask, Offer},
    sign::Keypair,
    units::{Credits, Degree, Level, Millis, Power, Priority, Timestamp},
    verifier_data::{self, VerifierShape},
};
use uuid::Uuid;

/// Verifier data of a circuit of level 1 with 2^12 rows.
pub(crate) const SAMPLE: &[u8] = include_bytes!("../../../protocol/src/verifier_data/sample.bin");
/// The time at which every network here begins.
pub const BEGIN: Timestamp = Timestamp::new(1_700_000_000_000);
/// The credits that everybody starts with.
pub const GRANT: Credits = Credits::new(100_000_000);
/// The recipe of the sample circuit.
pub const RECIPE: RecipeDigest = RecipeDigest::from_bytes([7; 32]);

/// The key of the `n`th node.
pub fn keys(n: usize) -> Keypair {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&(n as u64 + 1).to_le_bytes());
    Keypair::from_seed(&seed)
}

/// The shape of the sample circuit.
pub fn shape() -> VerifierShape {
    verifier_data::read(SAMPLE, &Default::default()).unwrap()
}

/// A committee of the first nodes, with these powers.
pub fn committee(powers: &[u64]) -> Committee {
    let member = |(n, power): (usize, &u64)| Member { account: keys(n).account(), power: Power::new(*power) };
    let mut members: Vec<_> = powers.iter().enumerate().map(member).collect();
    members.sort_unstable_by_key(|member| member.account);
    Committee::new(members).unwrap()
}

/// A network of these many accounts, the first of which coordinate, with equal power, whose windows close soon.
pub fn genesis(coordinators: usize, accounts: usize) -> Genesis {
    let mut grants: Vec<AccountId> = (0..accounts).map(|n| keys(n).account()).collect();
    grants.sort_unstable();
    let grant = |account| Allocation { account, credits: GRANT };
    Genesis {
        name: Text::new("simulated").unwrap(),
        time: BEGIN,
        committee: committee(&vec![1; coordinators]),
        accounts: List::new(grants.into_iter().map(grant).collect()).unwrap(),
        params: Params {
            start_window: Millis::from_secs(6),
            heartbeat: Millis::from_secs(6),
            verdict_window: Millis::from_secs(10),
            idle_interval: Millis::from_secs(1),
            epoch_blocks: 40,
            ..Params::default()
        },
    }
}

/// The neutral element of the curve, which is nobody's key: with itself for `R` and zero for `s` it signs whatever there is, for
/// all who do not look at the key.
pub fn weak_account() -> AccountId {
    let mut neutral = [0; 32];
    neutral[0] = 1;
    AccountId::from_bytes(neutral)
}

/// An ask that sells proofs of the sample circuit; the first prover is the cheapest.
pub fn ask(nth: u64) -> Ask {
    let per_kilorow = Credits::new(10_000 + 1_000 * nth);
    let offer = |level| Offer { level, per_kilorow, rows_per_second: 1_024 };
    Ask {
        offers: List::new(Level::all().map(offer).collect()).unwrap(),
        flat: Credits::new(100),
        degree_max: Degree::MAX,
        capacity: 4,
        lanes: 4,
        collateral_max: Credits::MAX,
        builders: List::new(vec![Text::new("r1cs@1").unwrap()]).unwrap(),
        warm: List::default(),
        expires: Timestamp::default(),
    }
}

/// The `n`th thing anybody wants to have proved; `attempt` tells apart tries to buy it.
pub fn draft(n: u64, attempt: u64, now: Timestamp) -> BidDraft {
    let shape = shape();
    BidDraft {
        alias: Uuid::from_u64_pair(n, attempt),
        recipe: RECIPE,
        recipe_len: 1_000,
        builder: Text::new("r1cs@1").unwrap(),
        circuit: shape.circuit,
        verifier_data: Bytes::new(SAMPLE.to_vec()).unwrap(),
        degree: shape.degree,
        statement: statement(n),
        inputs: inputs(n),
        inputs_len: 1_000,
        level: shape.level,
        reward: Credits::new(1_000_000),
        raise: None,
        sealed: false,
        priority: Priority::new(0).unwrap(),
        deadline: now.after(Millis::from_secs(120)),
        disclosures_max: 3,
        allow: List::default(),
        deny: List::default(),
        prove_here_at: None,
    }
}

/// The public inputs of the `n`th thing that is wanted.
pub fn statement(n: u64) -> PublicInputsDigest {
    PublicInputsDigest::from_bytes(numbered(8, n))
}

/// The inputs of the `n`th thing that is wanted.
pub fn inputs(n: u64) -> InputsDigest {
    InputsDigest::from_bytes(numbered(9, n))
}

fn numbered(what: u8, n: u64) -> [u8; 32] {
    let mut bytes = [what; 32];
    bytes[..8].copy_from_slice(&n.to_le_bytes());
    bytes
}

/// A proof of this award: salted, as real ones are, and true or not.
pub fn proof(task: TaskId, prover: AccountId, salt: u64, is_true: bool) -> Vec<u8> {
    let mut bytes = [&task.as_bytes()[..], prover.as_bytes(), &salt.to_le_bytes(), &[u8::from(is_true)]].concat();
    bytes.resize(shape().proof_len as usize, 0);
    bytes
}

/// The finding of a worker that checks these bytes.
pub fn find(bytes: &[u8], task: TaskId, prover: AccountId) -> Finding {
    if bytes.len() != shape().proof_len as usize {
        Finding::Malformed
    } else if bytes[..32] != task.as_bytes()[..] || bytes[32..64] != prover.as_bytes()[..] {
        Finding::WrongTag
    } else if bytes[72] == 1 {
        Finding::Valid
    } else {
        Finding::False
    }
}
