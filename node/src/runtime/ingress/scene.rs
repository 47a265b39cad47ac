//! A scene for tests of ingress: a ledger with a coordinator, a requester, a prover and their neighbours, one
//! registered circuit, and deliveries that wait or are decided.

use crate::{genesis_file::new_network, local::terms};
use dpgn_market::{Body, Ledger};
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    bounded::{Bytes, List, Text},
    finding::{Finding, Judged},
    genesis::Params,
    ids::{BlockHash, CircuitId, InputsDigest, ProofHash, PublicInputsDigest, RecipeDigest, TaskId},
    ops::{Action, Ask, Bid, Circuit, Op, SignedOp},
    outcome::Outcome,
    sign::Keypair,
    units::{Credits, Level, Millis, Ppm, Priority},
    verifier_data,
};
use dpgn_prover::circuit::PREIMAGE_BUILDER;
use uuid::Uuid;

/// Verifier data of a circuit of level 1 with 2^12 rows.
const SAMPLE: &[u8] = include_bytes!("../../../../protocol/src/verifier_data/sample.bin");
pub(super) const COORDINATOR: u8 = 1;
pub(super) const REQUESTER: u8 = 2;
pub(super) const PROVER: u8 = 3;
/// Accounts up to this one have credits.
pub(super) const ACCOUNTS: u8 = 140;

pub(super) fn keys(n: u8) -> Keypair {
    Keypair::from_seed(&[n; 32])
}

pub(super) struct Scene {
    pub(super) ledger: Ledger,
    circuit: CircuitId,
}

impl Scene {
    pub(super) fn new() -> Self {
        let accounts: Vec<_> = (COORDINATOR..=ACCOUNTS).map(|n| keys(n).account()).collect();
        let genesis = new_network("test", &[keys(COORDINATOR).account()], &accounts, Params::default()).unwrap();
        let circuit = verifier_data::read(SAMPLE, &Default::default()).unwrap().circuit;
        let mut scene = Self { ledger: Ledger::new(&genesis).unwrap(), circuit };
        let verifier_data = Bytes::new(SAMPLE.to_vec()).unwrap();
        scene.say(REQUESTER, Action::Circuit(Circuit { verifier_data }));
        let expires = scene.ledger.time().after(Millis::from_secs(600));
        scene.say(PROVER, Action::Ask(Box::new(Ask { expires, ..terms(Credits::new(100_000), 1_024, 4) })));
        scene
    }

    /// The first nonce that a person may use.
    pub(super) fn nonce(&self, n: u8) -> u64 {
        self.ledger.free_nonces(keys(n).account())[0]
    }

    pub(super) fn op_with(&self, n: u8, nonce: u64, action: Action) -> SignedOp {
        let expires = self.ledger.time().after(Millis::from_secs(60));
        let op = Op { nonce, expires, sponsor: None, action };
        SignedOp::new(keys(n).sign(self.ledger.network(), op).unwrap())
    }

    /// One block, 100 ms later, that holds all of these ops.
    pub(super) fn block(&mut self, ops: &[SignedOp]) -> Vec<Outcome> {
        let time = self.ledger.time().after(Millis::new(100));
        let parent = BlockHash::from_bytes([0; 32]);
        let commit = self.ledger.assumed_commit(parent);
        let proposer = keys(COORDINATOR).account();
        let body = Body { parent, time, proposer, last_commit: commit.as_ref(), ops };
        let outcomes = self.ledger.apply(body).unwrap().outcomes;
        assert!(!outcomes.iter().any(|outcome| matches!(outcome, Outcome::Refused(_))), "{outcomes:?}");
        outcomes
    }

    fn say(&mut self, n: u8, action: Action) -> Vec<Outcome> {
        let op = self.op_with(n, self.nonce(n), action);
        self.block(&[op])
    }

    /// The first award of a task.
    pub(super) fn award(task: TaskId) -> AwardId {
        AwardId { task, number: 1 }
    }

    /// A person's word that it begins on an award.
    pub(super) fn start(&self, n: u8, award: AwardId) -> Action {
        let statement = keys(n).sign(self.ledger.network(), StartStatement { award }).unwrap().into_raw();
        Action::Start { award, statement }
    }

    pub(super) fn proof(task: TaskId) -> ProofHash {
        ProofHash::from_bytes(*task.as_bytes())
    }

    /// A new task, awarded to the prover, started and delivered.
    pub(super) fn delivered(&mut self, alias: u128) -> TaskId {
        let bid = Bid {
            alias: Uuid::from_u128(alias),
            circuit: self.circuit,
            recipe: RecipeDigest::from_bytes([7; 32]),
            recipe_len: 1_000,
            builder: Text::new(PREIMAGE_BUILDER).unwrap(),
            statement: PublicInputsDigest::from_bytes([8; 32]),
            free: List::default(),
            inputs: InputsDigest::from_bytes([9; 32]),
            inputs_len: 1_000,
            level: Level::new(1).unwrap(),
            reward: Credits::new(1_000_000),
            raise: None,
            priority: Priority::MIN,
            deadline: self.ledger.time().after(Millis::from_secs(600)),
            disclosures_max: 2,
            reputation_min: Ppm::new(0),
            collateral_min: Credits::ZERO,
            allow: List::default(),
            deny: List::default(),
            sealed: None,
        };
        let outcomes = self.say(REQUESTER, Action::Bid(Box::new(bid)));
        let [Outcome::Opened(task)] = outcomes[..] else { panic!("{outcomes:?}") };
        self.say(PROVER, self.start(PROVER, Self::award(task)));
        let len = self.ledger.task(task).unwrap().task.proof_len;
        self.say(PROVER, Action::Deliver { award: Self::award(task), proof: Self::proof(task), len });
        task
    }

    /// The committee finds that a delivery is valid, and it is paid.
    pub(super) fn settle(&mut self, task: TaskId) {
        let judged = Judged { award: Self::award(task), proof: Self::proof(task), finding: Finding::Valid };
        self.say(COORDINATOR, Action::Judge { findings: List::new(vec![judged]).unwrap() });
    }
}
