//! The chain: one ledger, signed ops, and a block every second of virtual time. There is no node and no network.
//!
//! Blocks are made as a proposer makes them ([`Ledger::propose`]), so an op that can't be applied is left out and costs
//! nothing; what may pass later is kept. The committee is one that tells the truth.

use crate::{
    circuits::Circuit,
    draw::{Draws, Purpose},
    fail::Fail,
    hear::{News, hear},
    say::{BidTerms, Say, judge, register},
};
use dpgn_market::{BlockDraft, Body, Event, Ledger};
use dpgn_protocol::{
    bounded::{List, Text},
    committee::{Committee, Member},
    genesis::{Allocation, Genesis, Params},
    ids::{AccountId, BlockHash, TaskId},
    ops::{Action, Endorsement, Op, RawOp, SignedOp},
    sign::Keypair,
    units::{Credits, Millis, Power, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet};

/// The time between two blocks.
pub const BLOCK: Millis = Millis::new(1_000);
/// The time of the genesis.
pub const GENESIS: Timestamp = Timestamp::new(1_700_000_000_000);
/// The life of an op.
const OP_LIFE: Millis = Millis::from_secs(10);
/// The life of an op that seals an ask: one that finds no place is not kept, or it would hold a nonce of its signer.
const SEAL_LIFE: Millis = Millis::from_secs(2);
/// The credits that each member of the committee has, in micro-credits.
const MEMBER_CREDITS: u64 = 1_000_000_000;

/// The ledger, the keys of all accounts, and the ops that wait for a block.
pub struct Chain {
    /// The ledger after the last block.
    pub ledger: Ledger,
    /// The number of ops that blocks have held.
    pub ops: u64,
    keys: BTreeMap<AccountId, Keypair>,
    members: BTreeMap<AccountId, Keypair>,
    /// The nonces of the ops in the pool.
    waiting: BTreeSet<(AccountId, u64)>,
    pool: Vec<SignedOp>,
}

impl Chain {
    /// A chain whose accounts hold so many micro-credits, with a committee of so many members and all circuits.
    pub fn new(
        draws: Draws,
        committee: u64,
        accounts: Vec<(Keypair, u64)>,
        circuits: &[Circuit],
        params: Params,
    ) -> Result<Self, Fail> {
        let key = |n| Keypair::from_seed(&draws.pair(Purpose::Key, n, u64::MAX).bytes());
        let members: BTreeMap<_, _> = (0..committee).map(key).map(|key| (key.account(), key)).collect();
        let seats = members.keys().map(|&account| Member { account, power: Power::new(1) });
        let grant = |account, credits| Allocation { account, credits: Credits::new(credits) };
        let rich = accounts.iter().filter(|(_, credits)| *credits > 0);
        let grants = members.keys().map(|&account| grant(account, MEMBER_CREDITS));
        let grants = grants.chain(rich.map(|(key, credits)| grant(key.account(), *credits)));
        let genesis = Genesis {
            name: Text::new("market simulation")?,
            time: GENESIS,
            committee: Committee::new(seats.collect())?,
            accounts: List::new(grants.collect())?,
            params,
        };
        let ledger = Ledger::new(&genesis)?;
        let keys = accounts.into_iter().map(|(key, _)| (key.account(), key)).collect();
        let mut chain = Self { ledger, ops: 0, keys, members, waiting: BTreeSet::new(), pool: Vec::new() };
        let first = chain.members.first_key_value().map(|(account, _)| *account);
        for (circuit, by) in circuits.iter().zip(first.into_iter().cycle()) {
            let action = register(circuit)?;
            chain.enter(by, None, action)?;
        }
        Ok(chain)
    }

    /// The time of the last block.
    pub fn now(&self) -> Timestamp {
        self.ledger.time()
    }

    /// Signs what an account says and puts it into the pool. Returns the task that it opens, if it is a bid.
    pub fn say(&mut self, by: AccountId, say: &Say) -> Result<Option<TaskId>, Fail> {
        let Some(action) = say.action(&self.ledger, self.key(by)?)? else { return Ok(None) };
        let id = self.enter(by, say.sponsor(), action)?;
        Ok(matches!(say, Say::Bid(_)).then_some(id))
    }

    fn enter(&mut self, by: AccountId, sponsor: Option<AccountId>, action: Action) -> Result<TaskId, Fail> {
        let nonce = self.nonce(by);
        let op = self.sign(by, nonce, sponsor, action)?;
        let task = op.task_id(self.ledger.network());
        self.waiting.insert((by, nonce));
        self.pool.push(op);
        Ok(task)
    }

    fn sign(&self, by: AccountId, nonce: u64, sponsor: Option<AccountId>, action: Action) -> Result<SignedOp, Fail> {
        let life = if matches!(action, Action::Seal { .. }) { SEAL_LIFE } else { OP_LIFE };
        let op = Op { nonce, expires: self.now().after(life), sponsor, action };
        let op = self.key(by)?.sign(self.ledger.network(), op)?;
        Ok(match sponsor {
            None => SignedOp::new(op),
            Some(sponsor) => {
                let mut raw = RawOp { op: op.into_raw(), endorsement: None };
                let endorsement = Endorsement { op: raw.id() };
                raw.endorsement = Some(self.key(sponsor)?.sign(self.ledger.network(), endorsement)?.into_raw());
                raw.verify(self.ledger.network())?
            }
        })
    }

    /// The lowest nonce that neither the ledger nor an op in the pool has used up.
    fn nonce(&self, by: AccountId) -> u64 {
        let free = self.ledger.free_nonces(by);
        free.into_iter().find(|&nonce| !self.waiting.contains(&(by, nonce))).unwrap_or(0)
    }

    /// The provers of the best asks for a bid, as the next block would find them after all that waits for it; the best
    /// first, at most so many.
    ///
    /// A block is made that is never applied: the bid is awarded in it to the best ask, and what the others answer is asked
    /// of the ledger that it leaves.
    pub fn best_asks(&self, by: AccountId, bid: &BidTerms, most: usize) -> Result<Vec<AccountId>, Fail> {
        let Some(action) = Say::Bid(bid.clone()).action(&self.ledger, self.key(by)?)? else { return Ok(Vec::new()) };
        let op = self.sign(by, self.nonce(by), None, action)?;
        let id = op.task_id(self.ledger.network());
        let ops: Vec<_> = self.pool.iter().cloned().chain([op]).collect();
        let draft = self.propose(&ops)?;
        let winner = draft.applied.events.iter().find_map(|event| {
            let Event::Awarded { task, prover, .. } = event else { return None };
            (*task == id).then_some(*prover)
        });
        let asks = draft.next.answers_to(id, most, None).map(|answers| answers.asks).unwrap_or_default();
        let able = asks.into_iter().filter(|ask| ask.terms.is_some()).map(|ask| ask.prover);
        let others = able.filter(|prover| Some(*prover) != winner);
        Ok(winner.into_iter().chain(others).take(most).collect())
    }

    fn key(&self, account: AccountId) -> Result<&Keypair, Fail> {
        self.keys.get(&account).or_else(|| self.members.get(&account)).ok_or(Fail::NoKey(account))
    }

    /// Has the committee say what it finds of the deliveries that wait for it: first of all, so that who looks at the next
    /// block sees which provers it frees.
    pub fn judge(&mut self) -> Result<(), Fail> {
        for (by, action) in judge(&self.ledger, &self.members)? {
            self.enter(by, None, action)?;
        }
        Ok(())
    }

    /// Makes and applies the next block; returns what it has changed.
    pub fn block(&mut self) -> Result<Vec<News>, Fail> {
        let draft = self.propose(&self.pool)?;
        let time = draft.next.time();
        self.ops += draft.ops.len() as u64;
        let later = draft.left_out.into_iter().filter(|left| left.reason.may_pass_later());
        self.pool = later.map(|left| left.op).filter(|op| op.op().expires > time).collect();
        self.waiting = self.pool.iter().map(|op| (op.signer(), op.op().nonce)).collect();
        self.ledger = draft.next;
        Ok(hear(&draft.applied.events))
    }

    /// The next block with these ops, as its proposer makes it.
    fn propose(&self, ops: &[SignedOp]) -> Result<BlockDraft, Fail> {
        let time = self.now().after(BLOCK);
        let turn = self.ledger.height().get() % (self.members.len() as u64).max(1);
        let proposer = self.members.keys().zip(0_u64..).find(|(_, n)| *n == turn).map(|(account, _)| *account);
        let proposer = proposer.ok_or(Fail::NoCommittee)?;
        // There is no block but the state that it left.
        let parent = BlockHash::from_bytes(*self.ledger.root()?.as_bytes());
        let commit = self.ledger.assumed_commit(parent);
        Ok(self.ledger.propose(Body { parent, time, proposer, last_commit: commit.as_ref(), ops })?)
    }
}
