//! The chain: one ledger, signed ops, and a block every second of virtual time. There is no node and no network.
//!
//! Blocks are made as a proposer makes them ([`Ledger::propose`]), so an op that can't be applied is left out and costs
//! nothing; what may pass later is kept. The committee is one that tells the truth.

use crate::{
    circuits::Circuit,
    draw::{Draws, Purpose},
    fail::Fail,
    hear::{News, hear},
    say::{Say, judge, register},
};
use dpgn_market::{Body, Ledger};
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
/// The life of every op.
const OP_LIFE: Millis = Millis::from_secs(10);
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
        let op = Op { nonce, expires: self.now().after(OP_LIFE), sponsor, action };
        let op = self.key(by)?.sign(self.ledger.network(), op)?;
        let op = match sponsor {
            None => SignedOp::new(op),
            Some(sponsor) => {
                let mut raw = RawOp { op: op.into_raw(), endorsement: None };
                let endorsement = Endorsement { op: raw.id() };
                raw.endorsement = Some(self.key(sponsor)?.sign(self.ledger.network(), endorsement)?.into_raw());
                raw.verify(self.ledger.network())?
            }
        };
        let task = op.task_id(self.ledger.network());
        self.pool.push(op);
        Ok(task)
    }

    /// The lowest nonce that neither the ledger nor an op in the pool has used up.
    fn nonce(&mut self, by: AccountId) -> u64 {
        let free = self.ledger.free_nonces(by);
        let nonce = free.into_iter().find(|&nonce| !self.waiting.contains(&(by, nonce))).unwrap_or(0);
        self.waiting.insert((by, nonce));
        nonce
    }

    fn key(&self, account: AccountId) -> Result<&Keypair, Fail> {
        self.keys.get(&account).or_else(|| self.members.get(&account)).ok_or(Fail::NoKey(account))
    }

    /// Makes and applies the next block; returns what it has changed.
    pub fn block(&mut self) -> Result<Vec<News>, Fail> {
        for (by, action) in judge(&self.ledger, &self.members)? {
            self.enter(by, None, action)?;
        }
        let time = self.now().after(BLOCK);
        let turn = self.ledger.height().get() % (self.members.len() as u64).max(1);
        let proposer = self.members.keys().zip(0_u64..).find(|(_, n)| *n == turn).map(|(account, _)| *account);
        let proposer = proposer.ok_or(Fail::NoCommittee)?;
        // There is no block but the state that it left.
        let parent = BlockHash::from_bytes(*self.ledger.root()?.as_bytes());
        let draft = self.ledger.propose(Body { parent, time, proposer, voters: &[], ops: &self.pool })?;
        self.ops += draft.ops.len() as u64;
        let later = draft.left_out.into_iter().filter(|left| left.reason.may_pass_later());
        self.pool = later.map(|left| left.op).filter(|op| op.op().expires > time).collect();
        self.waiting = self.pool.iter().map(|op| (op.signer(), op.op().nonce)).collect();
        self.ledger = draft.next;
        Ok(hear(&draft.applied.events))
    }
}
