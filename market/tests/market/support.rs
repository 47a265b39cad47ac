//! A small world: keys, a ledger, and blocks of what people say.

pub use crate::orders::*;
use dpgn_market::{Applied, AskAnswer, AwardEnd, Body, Event, Ineligible, Ledger, Refused, Status, TaskView, Terms};
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    bounded::List,
    commit::Commit,
    committee::{Committee, Member},
    finding::{Finding, Judged},
    genesis::{Allocation, Genesis, Params},
    ids::{AccountId, BlockHash, CircuitId, ProofHash, TaskId},
    ops::{Action, Bid, DeclineReason, Endorsement, Op, RawOp, SignedOp},
    outcome::Outcome,
    sign::Keypair,
    units::{Credits, Millis, Power, Timestamp},
};

/// What everybody starts with.
pub const RICHES: u64 = 100_000_000;
pub const START: u64 = 1_700_000_000_000;

/// The number of cases: `PROPTEST_CASES`, which a block that sets its own would ignore, else the usual one.
pub fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

pub fn key(n: u8) -> Keypair {
    Keypair::from_seed(&[n; 32])
}

pub fn who(n: u8) -> AccountId {
    key(n).account()
}

/// People by number. The committee's members come first in every world.
pub const COORDINATOR: u8 = 1;
pub const REQUESTER: u8 = 11;
pub const ALICE: u8 = 21;
pub const BOB: u8 = 22;
pub const CAROL: u8 = 23;
/// Nobody knows this one yet.
pub const NEWCOMER: u8 = 99;
const PEOPLE: std::ops::RangeInclusive<u8> = 1..=40;

pub struct World {
    pub ledger: Ledger,
    pub members: Vec<u8>,
    nonces: std::collections::BTreeMap<u8, u64>,
    aliases: u128,
}

impl World {
    /// The stories count in heartbeats of five seconds.
    pub fn new() -> Self {
        Self::with(1, Params { heartbeat: Millis::from_secs(5), ..Params::default() })
    }

    pub fn with(members: u8, params: Params) -> Self {
        let mut committee: Vec<_> = (1..=members).map(|n| Member { account: who(n), power: Power::new(1) }).collect();
        committee.sort_by_key(|m| m.account);
        let credits = Credits::new(RICHES);
        let genesis = Genesis {
            name: dpgn_protocol::bounded::Text::new("test").unwrap(),
            time: Timestamp::new(START),
            committee: Committee::new(committee).unwrap(),
            accounts: List::new(PEOPLE.map(|n| Allocation { account: who(n), credits }).collect()).unwrap(),
            params,
        };
        let ledger = Ledger::new(&genesis).unwrap();
        Self { ledger, members: (1..=members).collect(), nonces: Default::default(), aliases: 0 }
    }

    /// Signs an action with the person's next nonce.
    pub fn op(&mut self, n: u8, action: Action) -> SignedOp {
        let free = self.ledger.free_nonces(who(n));
        let next = self.nonces.entry(n).or_insert(0);
        let nonce = free.into_iter().find(|nonce| nonce >= next).unwrap_or(*next);
        *next = nonce + 1;
        self.op_with(n, nonce, action)
    }

    pub fn op_with(&self, n: u8, nonce: u64, action: Action) -> SignedOp {
        let expires = self.ledger.time().after(Millis::from_secs(60));
        let op = Op { nonce, expires, sponsor: None, action };
        SignedOp::new(key(n).sign(self.ledger.network(), op).unwrap())
    }

    /// An ask whose fee and collateral somebody else puts up.
    pub fn sponsored_ask(&mut self, n: u8, sponsor: u8, price: u64) -> SignedOp {
        let now = self.ledger.time();
        self.sponsored(n, sponsor, asks(ask(price, now)))
    }

    /// An op that somebody else pays for.
    pub fn sponsored(&self, n: u8, sponsor: u8, action: Action) -> SignedOp {
        self.sponsored_key(&key(n), sponsor, action)
    }

    /// An op of this key that somebody else pays for.
    pub fn sponsored_key(&self, keys: &Keypair, sponsor: u8, action: Action) -> SignedOp {
        let (network, now) = (self.ledger.network(), self.ledger.time());
        let op = Op {
            nonce: self.ledger.free_nonces(keys.account())[0],
            expires: now.after(Millis::from_secs(60)),
            sponsor: Some(who(sponsor)),
            action,
        };
        let mut raw = RawOp { op: keys.sign(network, op).unwrap().into_raw(), endorsement: None };
        let endorsement = key(sponsor).sign(network, Endorsement { op: raw.id() }).unwrap();
        raw.endorsement = Some(endorsement.into_raw());
        raw.verify(network).unwrap()
    }

    /// One block, `ms` later, by the member whose turn it is.
    pub fn block(&mut self, ms: u64, ops: &[SignedOp]) -> Applied {
        let turn = self.ledger.height().get() as usize % self.members.len();
        let body = Body {
            parent: below(&self.ledger),
            time: self.ledger.time().after(Millis::new(ms)),
            proposer: who(self.members[turn]),
            last_commit: commit(&self.ledger),
            ops,
        };
        let applied = self.ledger.apply(body).unwrap();
        assert_eq!(applied.state_root, self.ledger.root().unwrap());
        applied
    }

    /// One block 100 ms later with these actions; each must be applied.
    pub fn say(&mut self, actions: Vec<(u8, Action)>) -> Applied {
        let ops: Vec<_> = actions.into_iter().map(|(n, action)| self.op(n, action)).collect();
        let applied = self.block(100, &ops);
        for outcome in &applied.outcomes {
            assert!(!matches!(outcome, Outcome::Refused(_)), "{outcome:?}");
        }
        applied
    }

    /// What a dry run says of an action.
    pub fn refused(&mut self, n: u8, action: Action) -> Refused {
        let nonce = self.ledger.free_nonces(who(n))[0];
        let op = self.op_with(n, nonce, action);
        self.ledger.check(&op, self.ledger.time().after(Millis::new(1))).unwrap_err()
    }

    /// One empty block, 100 ms later: asks of the last one count from here.
    pub fn next(&mut self) -> Applied {
        self.block(100, &[])
    }

    /// Empty blocks, a second apart.
    pub fn wait(&mut self, seconds: u64) -> Vec<Event> {
        (0..seconds).flat_map(|_| self.block(1_000, &[]).events).collect()
    }

    /// The same, while these provers say that they are alive.
    pub fn wait_alive(&mut self, seconds: u64, provers: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        for _ in 0..seconds.div_ceil(2) {
            let ops: Vec<_> = provers.iter().map(|&n| self.op(n, Action::Alive)).collect();
            events.extend(self.block(2_000, &ops).events);
        }
        events
    }

    /// Registers the sample circuit.
    pub fn register(&mut self) -> CircuitId {
        self.say(vec![(REQUESTER, circuit(0))]);
        circuit_id(0)
    }

    pub fn bid(&mut self) -> Bid {
        self.aliases += 1;
        bid(self.aliases, self.ledger.time())
    }

    /// The bytes that a bid of the usual kind takes up.
    pub fn size_of_a_bid(&self) -> u64 {
        self.op_with(REQUESTER, 0, bids(bid(1, self.ledger.time()))).size() as u64
    }

    /// Opens a bid and returns its task.
    pub fn open(&mut self, bid: Bid) -> TaskId {
        let applied = self.say(vec![(REQUESTER, bids(bid))]);
        opened(&applied)[0]
    }

    /// A world in which these provers ask for these prices per 1,024 rows, and the circuit is registered.
    pub fn with_asks(asks_of: &[(u8, u64)]) -> Self {
        let mut world = Self::new();
        world.register();
        world.ask_all(asks_of);
        world
    }

    pub fn ask_all(&mut self, asks_of: &[(u8, u64)]) {
        let now = self.ledger.time();
        self.say(asks_of.iter().map(|&(n, price)| (n, asks(ask(price, now)))).collect());
    }

    /// Opens a bid of this requester that only these provers may have.
    pub fn open_for(&mut self, requester: u8, allow: &[u8]) -> TaskId {
        let mut bid = self.bid();
        bid.allow = List::new(allow.iter().map(|&n| who(n)).collect()).unwrap();
        opened(&self.say(vec![(requester, bids(bid))]))[0]
    }

    /// Lets these provers, whose asks stand, earn a name: each serves five requesters.
    pub fn make_names(&mut self, provers: &[u8]) {
        for &prover in provers {
            for requester in 12..=16 {
                let task = self.open_for(requester, &[prover]);
                self.prove(task, prover);
            }
        }
    }

    /// A bid of the usual kind, opened.
    pub fn open_usual(&mut self) -> TaskId {
        let bid = self.bid();
        self.open(bid)
    }

    /// The live award of a task, or its last one.
    pub fn award_of(&self, task: TaskId) -> AwardId {
        let view = self.ledger.task(task);
        let live = |view: &TaskView<'_>| view.award.as_ref().map_or(view.task.awards, |live| live.award.number);
        AwardId { task, number: view.as_ref().map_or(1, live) }
    }

    /// A late delivery under the first award of this prover, which has ended.
    pub fn delivers_late(&self, n: u8, task: TaskId) -> Action {
        let attempts = &self.ledger.task(task).unwrap().task.attempts;
        let ended = attempts.iter().find(|attempt| attempt.award.prover == who(n)).unwrap();
        let Action::Deliver { proof, len, .. } = self.deliver(task) else { unreachable!() };
        Action::Deliver { award: AwardId { task, number: ended.award.number }, proof, len }
    }

    /// A prover's word that it begins on the last award of a task, as an op brings it.
    pub fn starts(&self, n: u8, task: TaskId) -> Action {
        let award = self.award_of(task);
        let statement = key(n).sign(self.ledger.network(), StartStatement { award }).unwrap();
        Action::Start { award, statement: statement.into_raw() }
    }

    pub fn declines(&self, task: TaskId, reason: DeclineReason) -> Action {
        Action::Decline { award: self.award_of(task), reason }
    }

    pub fn start(&mut self, n: u8, task: TaskId) -> Applied {
        self.say(vec![(n, self.starts(n, task))])
    }

    pub fn stage(&self, task: TaskId) -> &'static str {
        self.ledger.task(task).unwrap().task.stage.name()
    }

    pub fn status(&self, task: TaskId) -> Status {
        self.ledger.task(task).unwrap().status
    }

    /// What a prover's ask answers to a task in the next block.
    pub fn answer(&self, task: TaskId, n: u8) -> Result<Terms, Ineligible> {
        let answers = self.ledger.answers_to(task, 0, Some(who(n))).unwrap();
        let AskAnswer { terms, refused, .. } = answers.asks.into_iter().next().unwrap();
        terms.map(|scored| scored.terms).ok_or_else(|| refused.unwrap())
    }

    pub fn prover_of(&self, task: TaskId) -> Option<AccountId> {
        self.ledger.task(task).unwrap().award.map(|a| a.award.prover)
    }

    pub fn balance(&self, n: u8) -> u64 {
        self.ledger.account(who(n)).unwrap().balance.get()
    }

    /// All that is somebody's: free, or locked for bids and awards.
    pub fn wealth(&self, n: u8) -> u64 {
        let account = self.ledger.account(who(n)).unwrap();
        account.balance.get() + account.escrowed.get() + account.collateral.get()
    }

    /// The fees that a task has cost for good.
    pub fn fee_of(&self, task: TaskId) -> u64 {
        self.ledger.task(task).unwrap().task.fee.get()
    }

    pub fn reputation(&self, n: u8) -> u32 {
        self.ledger.reputation(who(n)).value.get()
    }

    pub fn deliver(&self, task: TaskId) -> Action {
        Action::Deliver {
            award: self.award_of(task),
            proof: proof(task),
            len: self.ledger.task(task).unwrap().task.proof_len,
        }
    }

    /// What these members find about the live delivery of a task, each in an op of its own.
    pub fn judges(&self, task: TaskId, findings: &[(u8, Finding)]) -> Vec<(u8, Action)> {
        let award = self.award_of(task);
        let judge = |finding| Action::Judge {
            findings: List::new(vec![Judged { award, proof: proof(task), finding }]).unwrap(),
        };
        findings.iter().map(|&(member, finding)| (member, judge(finding))).collect()
    }

    /// From an open bid to a paid proof by this prover.
    pub fn prove(&mut self, task: TaskId, prover: u8) -> Applied {
        assert_eq!(self.prover_of(task), Some(who(prover)));
        self.start(prover, task);
        let deliver = self.deliver(task);
        self.say(vec![(prover, deliver)]);
        let findings: Vec<_> = self.members.iter().map(|&m| (m, Finding::Valid)).collect();
        self.say(self.judges(task, &findings))
    }
}

/// The hash of the block that left this state. The tests have no blocks, so it is made of the state.
pub fn below(ledger: &Ledger) -> BlockHash {
    BlockHash::from_bytes(*ledger.root().unwrap().as_bytes())
}

/// The commit of the block that left this state, by all who could sign it. Leaked: a test ends soon, and bodies are copied.
pub fn commit(ledger: &Ledger) -> Option<&'static Commit> {
    commit_of(ledger, below(ledger))
}

/// The same, if this is the hash of that block.
pub fn commit_of(ledger: &Ledger, parent: BlockHash) -> Option<&'static Commit> {
    ledger.assumed_commit(parent).map(|commit| &*Box::leak(Box::new(commit)))
}

/// The member whose turn the next block is.
pub fn in_turn(ledger: &Ledger) -> AccountId {
    let members = ledger.committee().members();
    members[ledger.height().get() as usize % members.len()].account
}

/// The tasks that a block has opened.
pub fn opened(applied: &Applied) -> Vec<TaskId> {
    let task = |outcome: &Outcome| match outcome {
        Outcome::Opened(task) => Some(*task),
        _ => None,
    };
    applied.outcomes.iter().filter_map(task).collect()
}

pub fn ended(events: &[Event]) -> Vec<(AccountId, AwardEnd, u64)> {
    let end = |event: &Event| match event {
        Event::AwardEnded { prover, end, slashed, .. } => Some((*prover, *end, slashed.get())),
        _ => None,
    };
    events.iter().filter_map(end).collect()
}

pub fn proof(task: TaskId) -> ProofHash {
    ProofHash::from_bytes(*task.as_bytes())
}
