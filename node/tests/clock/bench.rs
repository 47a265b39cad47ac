//! The bench: a chain of blocks, one engine, and accounts that are moved by hand.

use crate::scene::{BEGIN, SAMPLE};
pub use crate::scene::{
    COORDINATOR, OTHER, PROVER, REQUESTER, THIRD, account, ask, bid_of, draft, genesis, keys, shape,
};
use dpgn_market::{AwardEnd, Body, Ledger};
use dpgn_node::engine::{
    DiskEffect, Done, Effect, Engine, Head, Input, Notice, PeerEffect, SealRecord, Selling, Snapshots, Start,
    TaskRecord, WorkEffect,
};
use dpgn_protocol::{
    award::AwardId,
    block::{Block, Certificate, Decided, Header, Vote},
    bounded::{Bytes, List},
    finding::{Finding, Judged},
    ids::*,
    ops::{Action, Ask, Bid, Circuit, Op, SignedOp},
    units::{Credits, Height, Millis, Timestamp},
};
use std::collections::BTreeMap;

/// How often the engine is told that time has passed.
const TICK_MS: u64 = 100;

/// An award that came to nothing.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    pub end: AwardEnd,
    /// The collateral of the award.
    pub staked: Credits,
    pub slashed: Credits,
    pub is_started: bool,
    pub lasted: Millis,
}

pub struct Bench {
    pub engine: Engine,
    pub ledger: Ledger,
    pub now: Timestamp,
    /// What the engine has had done since it was last looked at.
    pub work: Vec<WorkEffect>,
    pub notices: Vec<Notice>,
    pub effects: Vec<Effect>,
    /// The engine hears nothing and is not heard.
    pub is_cut_off: bool,
    head: Head,
    ops: Vec<SignedOp>,
    missed: Vec<(Decided, Vec<SignedOp>)>,
    bids: u64,
}

/// An engine that begins after this block.
fn engine(
    who: usize,
    sells: Option<Ask>,
    (ledger, head): (&Ledger, &Head),
    seals: Vec<SealRecord>,
    tasks: Vec<TaskRecord>,
) -> Engine {
    let sells = sells.map(|terms| Selling { challenges: false, ..Selling::all(terms, 1) });
    let (ledger, head, coordinates) = (ledger.clone(), head.clone(), false);
    Engine::new(Start {
        keys: keys(who),
        ledger,
        head,
        tasks,
        jobs: Vec::new(),
        seals,
        sells,
        coordinates,
        snapshots: Snapshots::default(),
    })
}

impl Bench {
    /// An engine with this account's key, which sells on these terms if there are any.
    pub fn new(who: usize, sells: Option<Ask>) -> Self {
        let ledger = Ledger::new(&genesis()).unwrap();
        let head =
            Head { height: Height::new(0), hash: BlockHash::from_bytes([0; 32]), time: BEGIN, certificate: None };
        let mut bench = Self {
            engine: engine(who, sells, (&ledger, &head), Vec::new(), Vec::new()),
            ledger,
            now: BEGIN,
            work: Vec::new(),
            notices: Vec::new(),
            effects: Vec::new(),
            is_cut_off: false,
            head,
            ops: Vec::new(),
            missed: Vec::new(),
            bids: 0,
        };
        bench.feed(Input::Tick);
        bench.feed(Input::PeerUp(account(COORDINATOR)));
        let circuit = Circuit { verifier_data: Bytes::new(SAMPLE.to_vec()).unwrap() };
        bench.decide_of(REQUESTER, Action::Circuit(circuit));
        bench.run_ms(2_000);
        bench
    }

    /// The engine dies, and another begins with what is on disk: blocks, own tasks, and prices that were sealed.
    pub fn restart(&mut self, who: usize, sells: Option<Ask>) {
        let (mut seals, mut tasks) = (BTreeMap::new(), BTreeMap::new());
        let mut keep = |record: &TaskRecord| drop(tasks.insert(record.task, record.clone()));
        for effect in &self.effects {
            match effect {
                Effect::Disk(DiskEffect::SaveTask(record)) => keep(record),
                Effect::Disk(DiskEffect::Commit(commit)) => commit.tasks.iter().for_each(&mut keep),
                Effect::Disk(DiskEffect::SaveSeal(record)) => drop(seals.insert(record.task, *record)),
                Effect::Disk(DiskEffect::ForgetSeal(task)) => drop(seals.remove(task)),
                _ => {}
            }
        }
        let (seals, tasks) = (seals.into_values().collect(), tasks.into_values().collect());
        self.engine = engine(who, sells, (&self.ledger, &self.head), seals, tasks);
        self.feed(Input::Tick);
        self.feed(Input::PeerUp(account(COORDINATOR)));
    }

    /// Tells the engine something, and takes what it does.
    pub fn feed(&mut self, input: Input) {
        for effect in self.engine.step(self.now, input) {
            match &effect {
                Effect::Peer(PeerEffect::GossipOps(ops)) if !self.is_cut_off => {
                    let network = self.ledger.network();
                    self.ops.extend(ops.iter().map(|op| op.clone().verify(network).unwrap()));
                }
                Effect::Work(work) => self.work.push(work.clone()),
                Effect::Notify(notice) => self.notices.push(notice.clone()),
                _ => {}
            }
            self.effects.push(effect);
        }
    }

    pub fn done(&mut self, done: Done) {
        self.feed(Input::Done(done));
    }

    /// Lets time pass, with a block whenever one is due.
    pub fn run_ms(&mut self, ms: u64) {
        let end = self.now.after(Millis::new(ms));
        while self.now < end {
            self.now = self.now.after(Millis::new(TICK_MS));
            self.block_if_due();
            self.feed(Input::Tick);
        }
    }

    /// Lets time pass for all but the engine, which finds its clock ahead and the blocks waiting.
    pub fn suspend_ms(&mut self, ms: u64) {
        let end = self.now.after(Millis::new(ms));
        self.is_cut_off = true;
        while self.now < end {
            self.now = self.now.after(Millis::new(TICK_MS));
            self.block_if_due();
        }
    }

    /// The engine is heard again, and gets the blocks that it has missed.
    pub fn reconnect(&mut self) {
        self.is_cut_off = false;
        for (decided, ops) in std::mem::take(&mut self.missed) {
            self.hand_over(decided, ops);
        }
    }

    /// Runs until something is so, at most these seconds.
    pub fn until(&mut self, seconds: u64, is_so: impl Fn(&Self) -> bool) {
        let end = self.now.after(Millis::from_secs(seconds));
        while !is_so(self) {
            assert!(self.now < end, "it is not so within {seconds} s");
            self.run_ms(TICK_MS);
        }
    }

    fn block_if_due(&mut self) {
        let params = self.ledger.params();
        let since = self.now.since(self.head.time);
        if since >= params.idle_interval || !self.ops.is_empty() && since >= params.block_interval {
            self.block();
        }
    }

    /// Decides a block of all that was sent.
    fn block(&mut self) {
        let (network, coordinator) = (self.ledger.network(), account(COORDINATOR));
        let commit = self.ledger.assumed_commit(self.head.hash);
        let time = self.now.max(self.head.time.after(Millis::new(1)));
        let (parent, last_commit) = (self.head.hash, commit.as_ref());
        let body = Body { parent, time, proposer: coordinator, last_commit, ops: &self.ops };
        let draft = self.ledger.propose(body).unwrap();
        // What can't be applied yet waits; the rest is forgotten.
        let waits = draft.left_out.iter().filter(|left| left.reason.may_pass_later()).map(|left| left.op.id());
        let waits: Vec<OpId> = waits.collect();
        let left = std::mem::take(&mut self.ops);
        self.ops = left.into_iter().filter(|op| waits.contains(&op.id())).collect();
        let ops = draft.ops.clone();
        let raw = List::new(ops.iter().map(SignedOp::to_raw).collect()).unwrap();
        let last_commit = self.head.certificate.clone();
        let header = Header {
            network,
            height: self.head.height.next(),
            parent: self.head.hash,
            time,
            epoch: draft.applied.epoch,
            proposer: coordinator,
            last_commit: last_commit
                .as_ref()
                .map_or(CertificateHash::from_bytes([0; 32]), |certificate| certificate.hash().unwrap()),
            body: Block::body_hash(last_commit.as_ref(), &raw).unwrap(),
            ops: draft.applied.ops_root,
            state: draft.applied.state_root,
            next_committee: draft.next.committee().hash(),
        };
        let hash = header.hash().unwrap();
        let vote = Vote { height: header.height, round: 0, block: Some(hash) };
        let votes = List::new(vec![keys(COORDINATOR).sign(network, vote).unwrap().into_raw()]).unwrap();
        let certificate = Certificate { height: vote.height, round: 0, block: hash, votes };
        self.head = Head { height: vote.height, hash, time, certificate: Some(certificate.clone()) };
        self.ledger = draft.next;
        let decided = Decided { block: Block { header, last_commit, ops: raw }, certificate };
        if self.is_cut_off {
            self.missed.push((decided, ops));
        } else {
            self.hand_over(decided, ops);
        }
    }

    fn hand_over(&mut self, decided: Decided, ops: Vec<SignedOp>) {
        let from = account(COORDINATOR);
        self.feed(Input::Decided { from, decided: Box::new(decided), ops });
        assert!(!self.effects.iter().any(|e| matches!(e, Effect::Halt(_))), "the engine applies what was decided");
    }

    /// Signs an op of an account that is moved by hand.
    pub fn op(&self, who: usize, nth_nonce: usize, life: Millis, action: Action) -> SignedOp {
        let nonce = self.ledger.free_nonces(account(who))[nth_nonce];
        let op = Op { nonce, expires: self.now.after(life), sponsor: None, action };
        SignedOp::new(keys(who).sign(self.ledger.network(), op).unwrap())
    }

    /// Sends an op.
    pub fn send(&mut self, op: SignedOp) {
        self.ops.push(op);
    }

    /// Ops that are under way stay away from blocks until they are sent again.
    pub fn hold(&mut self) -> Vec<SignedOp> {
        std::mem::take(&mut self.ops)
    }

    /// Sends an op, and lets a block decide it.
    pub fn decide(&mut self, op: SignedOp) {
        self.send(op);
        self.run_ms(300);
    }

    pub fn decide_of(&mut self, who: usize, action: Action) {
        let op = self.op(who, 0, Millis::from_secs(30), action);
        self.decide(op);
    }

    /// Somebody else's ask.
    pub fn ask_of(&mut self, who: usize, mut ask: Ask) {
        ask.expires = self.now.after(Millis::from_secs(600));
        self.decide_of(who, Action::Ask(Box::new(ask)));
    }

    /// The requester bids by hand; whoever is the best has the award then.
    pub fn bid(&mut self, deadline: Millis) -> TaskId {
        self.bids += 1;
        let draft = draft(self.bids, 1_000_000, 4, self.now.after(deadline));
        self.send_bid(bid_of(draft))
    }

    /// The requester sends this bid.
    pub fn send_bid(&mut self, bid: Bid) -> TaskId {
        let op = self.op(REQUESTER, 0, Millis::from_secs(30), Action::Bid(Box::new(bid)));
        let task = op.task_id(self.ledger.network());
        self.decide(op);
        task
    }

    /// Takes a job of the engine's to the point where it proves.
    pub fn begin_proving(&mut self, task: TaskId) {
        self.begin_asking(task);
        self.done(Done::Inputs(task, Ok(())));
    }

    /// Has the circuit built, and its `Start` decided: now the prover asks for the inputs.
    pub fn begin_asking(&mut self, task: TaskId) {
        self.done(Done::Recipe(task, Ok(())));
        self.done(Done::Built(task, Ok(shape().circuit)));
        self.until(5, |b| b.has(|w| matches!(w, WorkEffect::GetInputs { task: t, .. } if *t == task)));
    }

    pub fn has(&self, is: impl Fn(&WorkEffect) -> bool) -> bool {
        self.work.iter().any(is)
    }

    pub fn proves(&self, task: TaskId) -> bool {
        self.has(|work| matches!(work, WorkEffect::Prove(order) if order.task == task))
    }

    /// The committee pays a delivered proof.
    pub fn settle(&mut self, task: TaskId, prover: usize, proof: ProofHash) {
        let award = self.ledger.task(task).unwrap().award.unwrap().award;
        assert_eq!(award.prover, account(prover));
        let judged = Judged { award: AwardId { task, number: award.number }, proof, finding: Finding::Valid };
        self.decide_of(COORDINATOR, Action::Judge { findings: List::new(vec![judged]).unwrap() });
    }

    /// All that an account has, locked or not.
    pub fn wealth(&self, who: usize) -> u64 {
        let view = self.ledger.account(account(who)).unwrap();
        view.balance.get() + view.collateral.get() + view.escrowed.get()
    }

    /// How the first award of a task ended.
    pub fn ended(&self, task: TaskId) -> Ended {
        let attempt = &self.ledger.task(task).unwrap().task.attempts[0];
        let is_started = attempt.award.started.is_some();
        Ended {
            end: attempt.end,
            staked: attempt.award.collateral(),
            slashed: attempt.slashed,
            is_started,
            lasted: attempt.at.since(attempt.award.at),
        }
    }

    pub fn has_ended(&self, task: TaskId) -> bool {
        self.ledger.task(task).is_some_and(|view| !view.task.attempts.is_empty())
    }
}
