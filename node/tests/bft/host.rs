//! One machine: its core, its disk, and what it remembers while it runs.

use crate::plan::{MS, Manner, Us};
use dpgn_node::consensus::bft::{Bft, Input, Record, Timer};
use dpgn_protocol::{
    block::{Certificate, Header},
    council::{Checked, Word},
    ids::{AccountId, BlockHash, BodyHash, CertificateHash, CommitteeHash, NetworkId, OpsRoot, StateRoot, hash},
    sign::{Keypair, Message, Unverified},
    units::{Epoch, Height, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub const NETWORK: NetworkId = NetworkId::from_bytes([9; 32]);

/// What one machine sends to another.
#[derive(Clone, Debug)]
pub enum Packet {
    /// A word that has passed the receiver's edge.
    Say(Checked),
    Body(Header),
    WantBody(BlockHash),
    Decided(Box<(Header, Certificate)>),
    WantDecided(u64),
}

/// What outlives a crash.
#[derive(Default)]
pub struct Disk {
    pub chain: Vec<(Header, Certificate)>,
    pub log: Vec<Record>,
    pub bodies: BTreeMap<BlockHash, Header>,
}

pub struct Host {
    pub keys: Keypair,
    pub account: AccountId,
    pub manner: Manner,
    pub disk: Disk,
    pub core: Option<Bft>,
    /// Counts restarts: what an earlier life has scheduled is void.
    pub life: u32,
    pub bodies: BTreeMap<BlockHash, Header>,
    /// Blocks that wait for a verdict: round and proposer.
    pub pending: BTreeMap<BlockHash, (u32, AccountId)>,
    pub polkas: BTreeSet<BlockHash>,
    pub timers: BTreeMap<Timer, u64>,
    pub turn: Option<(Height, u32)>,
    pub has_work: bool,
    /// Until then the machine is busy with its disk or a block.
    pub busy: Us,
    /// Outputs until it crashes.
    pub fuse: Option<u64>,
    /// When a straggler was last sent a height.
    pub replies: BTreeMap<(AccountId, u64), Us>,
    pub asked: Us,
    pub inbox: VecDeque<Input>,
    pub is_carrying: bool,
}

impl Host {
    pub fn new(keys: Keypair, manner: Manner, has_work: bool) -> Self {
        Self {
            account: keys.account(),
            keys,
            manner,
            disk: Disk::default(),
            core: None,
            life: 0,
            bodies: BTreeMap::new(),
            pending: BTreeMap::new(),
            polkas: BTreeSet::new(),
            timers: BTreeMap::new(),
            turn: None,
            has_work,
            busy: 0,
            fuse: None,
            replies: BTreeMap::new(),
            asked: 0,
            inbox: VecDeque::new(),
            is_carrying: false,
        }
    }

    pub fn is_honest(&self) -> bool {
        self.manner == Manner::Honest
    }

    /// Whether it runs a core; the others are moved by `liars`.
    pub fn runs(&self) -> bool {
        matches!(self.manner, Manner::Honest | Manner::Twins | Manner::Amnesia)
    }

    /// The height that it decides next.
    pub fn next(&self) -> u64 {
        self.disk.chain.len() as u64 + 1
    }

    pub fn head(&self) -> BlockHash {
        self.disk.chain.last().map_or(BlockHash::from_bytes([0; 32]), |(_, certificate)| certificate.block)
    }

    pub fn head_time(&self) -> Us {
        self.disk.chain.last().map_or(0, |(header, _)| header.time.get())
    }

    /// Starts anew with what is on disk.
    pub fn reboot(&mut self) {
        self.life += 1;
        self.bodies = self.disk.bodies.clone();
        self.replies.clear();
        self.busy = 0;
        self.fuse = None;
        self.core = Some(Bft::new(self.keys.clone(), NETWORK));
        self.forget_height();
        self.timers.clear();
    }

    /// Forgets what is about a height.
    pub fn forget_height(&mut self) {
        self.pending.clear();
        self.polkas.clear();
        self.turn = None;
    }

    /// Its clock: some are ahead.
    pub fn clock(&self, now: Us, skew: Us, place: usize) -> Us {
        now + skew * (place as u64 % 5) / 4
    }

    pub fn sign<T: Message>(&self, message: T) -> Unverified {
        self.keys.sign(NETWORK, message).unwrap().into_raw()
    }
}

/// A block: a header with a validity of its own.
pub fn block(height: u64, parent: BlockHash, time: Us, proposer: AccountId, salt: u64, valid: bool) -> Header {
    Header {
        network: NETWORK,
        height: Height::new(height),
        parent,
        time: Timestamp::new(time),
        epoch: Epoch::new(0),
        proposer,
        last_commit: CertificateHash::from_bytes([0; 32]),
        body: BodyHash::from_bytes(hash("sample", &[&salt.to_le_bytes()])),
        ops: OpsRoot::from_bytes([0; 32]),
        state: StateRoot::from_bytes([u8::from(valid); 32]),
        next_committee: CommitteeHash::from_bytes([0; 32]),
    }
}

pub fn is_valid(header: &Header) -> bool {
    header.state == StateRoot::from_bytes([1; 32])
}

pub fn is_own(word: &Word, account: AccountId) -> bool {
    match word {
        Word::Precommit(raw) | Word::Prevote(raw) | Word::Proposal(raw) => raw.signer == account,
        Word::Polka(_) | Word::Round(_) => false,
    }
}

/// How long a lock is kept to itself in round 0.
pub const SHOW_AFTER: Us = 50 * MS;
