//! A ledger under any ops in any order: credits are conserved, and no op, time or order makes it panic.
//!
//! The bytes are a program of eight-byte steps. Each step lets one of five accounts do one thing, with amounts,
//! tasks and times taken from the bytes, mostly within reach of what the ledger accepts.

use dpgn_market::{BlockDraft, Body, Ledger};
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    bounded::{Bytes, List, Text},
    challenge::ChallengeCircuit,
    committee::{Committee, Member},
    council::{Prevote, WordKind},
    finding::{Finding, Judged},
    genesis::{Allocation, Genesis, Params},
    ids::{
        AccountId, BlockHash, CircuitId, InputsDigest, NetworkId, ProofHash, PublicInputsDigest, RecipeDigest, TaskId,
        hash,
    },
    ops::{Action, Ask, Bid, Circuit, DeclineReason, Offer, Op, Raise, SignedOp},
    payout::PayeeAddress,
    sign::Keypair,
    units::{Credits, Degree, Height, Level, Millis, Power, Ppm, Priority, Timestamp},
};
use uuid::Uuid;

/// Verifier data of a circuit of level 1 with 2^12 rows.
const SAMPLE: &[u8] = include_bytes!("../../protocol/src/verifier_data/sample.bin");
/// Steps of one program.
const STEPS_MAX: usize = 64;

struct World {
    keys: [Keypair; 5],
    ledger: Ledger,
    pending: Vec<SignedOp>,
    tasks: Vec<TaskId>,
}

fn sample() -> CircuitId {
    CircuitId::from_bytes(hash("dpgn circuit id v1", &[SAMPLE]))
}

/// Runs a program of steps.
pub fn ledger(bytes: &[u8]) {
    let world = World::new();
    assert!(world.is_some(), "the genesis is a good one");
    let Some(mut world) = world else { return };
    for step in bytes.chunks_exact(8).take(STEPS_MAX) {
        world.step([step[0], step[1], step[2], step[3], step[4], step[5], step[6], step[7]]);
    }
    world.block(1);
    // Long after every window, deadline and epoch.
    world.block(10_000_000_000);
    world.block(1);
}

impl World {
    fn new() -> Option<Self> {
        let keys = [1, 2, 3, 4, 5].map(|n| Keypair::from_seed(&[n; 32]));
        let credits = [1 << 40, 100_000_000, 100_000_000, 2_000_000, 1_000].map(Credits::new);
        let accounts = keys.iter().zip(credits).map(|(key, credits)| Allocation { account: key.account(), credits });
        let genesis = Genesis {
            name: Text::new("fuzz").ok()?,
            time: Timestamp::new(1_700_000_000_000),
            committee: Committee::new(vec![Member { account: keys[0].account(), power: Power::new(1) }]).ok()?,
            accounts: List::new(accounts.collect()).ok()?,
            params: Params {
                epoch_blocks: 4,
                keep_epochs: 2,
                seats: 3,
                committee_min: 2,
                candidates_max: 3,
                bond_min: Credits::new(1_000),
                stake_min: Credits::new(100),
                unlock_epochs: 1,
                unlock_time: Millis::from_secs(60),
                challenge_share: Ppm::new(500_000),
                challenge_circuits: List::new(vec![ChallengeCircuit {
                    circuit: sample(),
                    recipe: RecipeDigest::from_bytes([1; 32]),
                    recipe_len: 16,
                    builder: Text::new("r1cs@1").ok()?,
                    inputs_len: 1_000,
                }])
                .ok()?,
                ..Params::default()
            },
        };
        let ledger = Ledger::new(&genesis).ok()?;
        let mut world = Self { keys, ledger, pending: Vec::new(), tasks: Vec::new() };
        world.submit(0, Action::Circuit(Circuit { verifier_data: Bytes::new(SAMPLE.to_vec()).ok()? }));
        world.block(1);
        Some(world)
    }

    /// Who, what, of which task, two numbers, and how long until the next block.
    fn step(&mut self, [who, what, which, small, low, high, wait, unit]: [u8; 8]) {
        let who = usize::from(who) % self.keys.len();
        let amount = u64::from(u16::from_le_bytes([low, high])) << (small % 40);
        if let Some(action) = self.action(what, which, small, amount) {
            self.submit(who, action);
        }
        if wait > 0 {
            let unit = [1, 250, 5_000, 60_000, 3_600_000][usize::from(unit) % 5];
            self.block(u64::from(wait) * unit);
        }
    }

    fn action(&self, what: u8, which: u8, small: u8, amount: u64) -> Option<Action> {
        let task =
            *self.tasks.get(usize::from(which) % self.tasks.len().max(1)).unwrap_or(&TaskId::from_bytes([0; 32]));
        let to = self.keys[usize::from(which) % self.keys.len()].account();
        let reasons = [
            DeclineReason::Unable,
            DeclineReason::NoRecipe,
            DeclineReason::WrongRecipe,
            DeclineReason::NoInputs,
            DeclineReason::WrongInputs,
            DeclineReason::Unsatisfied,
        ];
        Some(match what % 16 {
            0 => Action::Transfer { to, amount: Credits::new(amount) },
            1 | 2 => Action::Bid(Box::new(self.bid(which, small, amount)?)),
            3 | 4 => Action::Ask(Box::new(self.ask(which, small, amount)?)),
            5 | 6 => self.start(task, small)?,
            7 => {
                Action::Decline { award: self.award(task, small), reason: reasons[usize::from(small) % reasons.len()] }
            }
            8 => Action::Alive,
            9 => Action::Deliver {
                award: self.award(task, small),
                proof: ProofHash::from_bytes([small % 4; 32]),
                len: self.proof_len(small, amount),
            },
            10 => self.judge(task, small)?,
            11 if small % 2 == 1 => Action::Recall(task),
            11 => Action::Cancel { task },
            12 => Action::Circuit(Circuit {
                verifier_data: Bytes::new(SAMPLE[..SAMPLE.len() - usize::from(small)].to_vec()).ok()?,
            }),
            13 => self.for_election(to, small, Credits::new(amount))?,
            14 => Action::Ticket { circuit: sample() },
            _ => Action::Payee { address: PayeeAddress::from_bytes([small; 20]) },
        })
    }

    /// A bond, a stake, a candidacy, or two prevotes of one key that cannot both be honest.
    fn for_election(&self, candidate: AccountId, small: u8, amount: Credits) -> Option<Action> {
        Some(match small % 8 {
            0 | 1 => Action::Bond { amount },
            2 | 3 => Action::Vote { candidate, amount },
            4 | 5 => Action::Unbond { candidate, amount },
            6 => Action::Candidate,
            _ => {
                let keys = self.keys.iter().find(|keys| keys.account() == candidate)?;
                let height = Height::new(self.ledger.height().get().saturating_sub(u64::from(small / 8)));
                let word = |block| keys.sign(self.network(), Prevote { height, round: 0, block }).ok();
                let (first, second) = (word(None)?, word(Some(BlockHash::from_bytes([small; 32])))?);
                Action::Evidence { kind: WordKind::Prevote, first: first.into_raw(), second: second.into_raw() }
            }
        })
    }

    fn bid(&self, which: u8, small: u8, amount: u64) -> Option<Bid> {
        let raise =
            Raise { step: Credits::new(amount / 4), every: Millis::new(amount), reward_max: Credits::new(amount * 2) };
        Some(Bid {
            alias: Uuid::from_u128(u128::from(which)),
            circuit: sample(),
            recipe: RecipeDigest::from_bytes([1; 32]),
            recipe_len: amount,
            builder: Text::new("r1cs@1").ok()?,
            statement: PublicInputsDigest::from_bytes([2; 32]),
            free: List::default(),
            inputs: InputsDigest::from_bytes([3; 32]),
            inputs_len: amount,
            level: Level::new(1 + small % 2).ok()?,
            reward: Credits::new(amount.saturating_mul(16)),
            raise: (small & 4 > 0).then_some(raise),
            priority: Priority::new(small % 101).ok()?,
            deadline: self.ledger.time().after(Millis::new(amount.saturating_mul(64))),
            disclosures_max: which % 4,
            reputation_min: Ppm::new(u32::from(which % 8) * 50_000),
            collateral_min: Credits::new(u64::from(small % 32) * 100),
            allow: List::new(self.some(small & 8 > 0, which)).ok()?,
            deny: List::new(self.some(small & 16 > 0, which)).ok()?,
            sealed: None,
        })
    }

    fn some(&self, any: bool, which: u8) -> Vec<AccountId> {
        let one = self.keys[usize::from(which / 8) % self.keys.len()].account();
        if any { vec![one] } else { Vec::new() }
    }

    fn ask(&self, which: u8, small: u8, amount: u64) -> Option<Ask> {
        let offer = Offer {
            level: Level::new(1 + small % 2).ok()?,
            per_kilorow: Credits::new(amount),
            rows_per_second: u32::try_from(amount).unwrap_or(u32::MAX),
        };
        Some(Ask {
            offers: List::new(vec![offer]).ok()?,
            flat: Credits::new(u64::from(small)),
            degree_max: Degree::new(8 + which % 16).ok()?,
            capacity: u16::from(which % 5),
            lanes: u16::from(which % 4),
            collateral_max: Credits::new(amount.saturating_mul(64)),
            builders: List::new(vec![Text::new("r1cs@1").ok()?]).ok()?,
            warm: List::default(),
            expires: self.ledger.time().after(Millis::new(amount.saturating_mul(64))),
        })
    }

    /// An award of a task: the last one, or now and then one before or after it.
    fn award(&self, task: TaskId, small: u8) -> AwardId {
        let last = self.ledger.task(task).map_or(1, |view| view.task.awards);
        AwardId { task, number: if small % 8 == 7 { u32::from(small / 8) } else { last } }
    }

    /// The word of whoever holds the award, or of another, that it begins.
    fn start(&self, task: TaskId, small: u8) -> Option<Action> {
        let award = self.award(task, small);
        let holder = self.ledger.task(task).and_then(|view| view.award).map(|live| live.award.prover);
        let keys = self.keys.iter().find(|keys| Some(keys.account()) == holder).unwrap_or(&self.keys[0]);
        let statement = keys.sign(self.network(), StartStatement { award }).ok()?.into_raw();
        Some(Action::Start { award, statement })
    }

    /// What the one member of the committee finds.
    fn judge(&self, task: TaskId, small: u8) -> Option<Action> {
        let findings = [Finding::Valid, Finding::Valid, Finding::False, Finding::Absent, Finding::WrongTag];
        let finding = findings[usize::from(small / 4) % findings.len()];
        let judged = Judged { award: self.award(task, 0), proof: ProofHash::from_bytes([small % 4; 32]), finding };
        Some(Action::Judge { findings: List::new(vec![judged]).ok()? })
    }

    /// The length of the sample's proofs, mostly.
    fn proof_len(&self, small: u8, amount: u64) -> u32 {
        let right = self.ledger.circuits().next().map(|(_, registered)| registered.proof_len);
        right.filter(|_| small < 250).unwrap_or(u32::try_from(amount).unwrap_or(u32::MAX))
    }

    fn network(&self) -> NetworkId {
        self.ledger.network()
    }

    fn submit(&mut self, who: usize, action: Action) {
        let account = self.keys[who].account();
        let used = self.pending.iter().filter(|op| op.signer() == account).count();
        let Some(nonce) = self.ledger.free_nonces(account).get(used).copied() else { return };
        let expires = self.ledger.time().after(self.ledger.params().op_life);
        let is_bid = matches!(action, Action::Bid(_));
        let Ok(op) = self.keys[who].sign(self.network(), Op { nonce, expires, sponsor: None, action }) else { return };
        let op = SignedOp::new(op);
        if is_bid {
            self.tasks.push(op.task_id(self.network()));
        }
        // A dry run changes nothing and agrees with itself.
        assert_eq!(self.ledger.check(&op, self.ledger.time()), self.ledger.check(&op, self.ledger.time()));
        self.pending.push(op);
    }

    fn block(&mut self, later: u64) {
        let parent =
            self.ledger.root().map_or(BlockHash::from_bytes([0; 32]), |root| BlockHash::from_bytes(*root.as_bytes()));
        let commit = self.ledger.assumed_commit(parent);
        let body = Body {
            parent,
            time: self.ledger.time().after(Millis::new(later)),
            proposer: self.ledger.committee().members()[0].account,
            last_commit: commit.as_ref(),
            ops: &std::mem::take(&mut self.pending),
        };
        let Ok(BlockDraft { ops, applied, next, .. }) = self.ledger.propose(body) else { return };
        assert!(next.supply().is_conserved(), "credits were made or lost: {:?}", next.supply());
        // Whoever gets the block comes to the same ledger as whoever made it.
        let mut replica = self.ledger.clone();
        let replayed = replica.apply(Body { ops: &ops, ..body });
        assert_eq!(replayed.map(|a| (a.state_root, a.ops_root)), Ok((applied.state_root, applied.ops_root)));
        self.ledger = next;
    }
}
