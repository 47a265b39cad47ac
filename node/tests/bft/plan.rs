//! A plan: how bad the world of one seed is, who lies in it, and which rule is broken on purpose.

use crate::random::Random;
use dpgn_node::consensus::bft::{Timer, TimerKind};

/// Microseconds of virtual time.
pub type Us = u64;
pub const MS: Us = 1_000;
pub const SECOND: Us = 1_000 * MS;

/// The power of liars stays below a third, except where a control says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Honest,
    /// Says nothing, ever.
    Silent,
    /// Does whatever may confuse: see `liars`.
    Liar,
    /// Two honest machines with one key and a disk each.
    Twins,
    /// An honest machine that loses its log again and again: it forgets what it has locked.
    Amnesia,
    /// Proposes a time that half of the clocks refuse, prevotes it, and is silent then.
    Splitter,
    /// Two of them say yes to everything, to each what it wants to hear. A control.
    Colluder,
}

/// A rule of the host that a control breaks, to see a checker fire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A crash loses the log.
    Wiped,
    /// Words go out before they are stored.
    SentFirst,
    /// An input is fed while outputs of the last one wait.
    Nested,
    /// A clock decides what is valid.
    ClockDecides,
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub powers: Vec<u64>,
    pub manners: Vec<Manner>,
    /// Hops, once the network is well.
    pub delay: (Us, Us),
    /// Hops, while it is bad.
    pub bad_delay: (Us, Us),
    pub loss_permille: u64,
    pub doubled_permille: u64,
    pub crashes: u64,
    pub partitions: u64,
    /// Until then the network is bad.
    pub bad_until: Us,
    pub fsync: Us,
    /// Making or judging a block.
    pub judging: Us,
    pub block_interval: Us,
    /// How far ahead of a node's clock a block's time may be.
    pub drift: Us,
    /// How far clocks are apart.
    pub skew: Us,
    /// Work comes about so often; 0: there always is.
    pub work_every: Us,
    /// Heights between borders.
    pub epoch: u64,
    /// Members by epoch, again and again.
    pub seats: Vec<usize>,
    /// Candidates that move up at a border.
    pub shift: usize,
    pub broken: Option<Broken>,
}

impl Plan {
    /// A calm world of honest nodes.
    pub fn calm(seed: u64, nodes: usize) -> Self {
        Self {
            seed,
            powers: vec![1; nodes],
            manners: vec![Manner::Honest; nodes],
            delay: (300, 1_500),
            bad_delay: (300, 120 * MS),
            loss_permille: 0,
            doubled_permille: 0,
            crashes: 0,
            partitions: 0,
            bad_until: 0,
            fsync: 2 * MS,
            judging: 2 * MS,
            block_interval: 0,
            drift: 500 * MS,
            skew: 0,
            work_every: 0,
            epoch: u64::MAX,
            seats: vec![nodes],
            shift: 0,
            broken: None,
        }
    }

    /// A bad world, in which up to so many of the nodes lie, with less than a third of the power.
    pub fn bad(seed: u64, nodes: usize, liars: usize) -> Self {
        let mut random = Random::new(seed ^ 0x5bd1_e995);
        let mut plan = Self {
            loss_permille: random.below(150),
            doubled_permille: random.below(150),
            crashes: random.below(30),
            partitions: random.below(4),
            bad_until: 15 * SECOND,
            bad_delay: (300, MS + random.below(150) * MS),
            fsync: random.below(4) * MS,
            block_interval: random.below(2) * 50 * MS,
            skew: random.below(5) * 100 * MS,
            work_every: if random.below(4) == 0 { (50 + random.below(1_000)) * MS } else { 0 },
            ..Self::calm(seed, nodes)
        };
        if random.below(3) == 0 {
            plan.powers = (0..nodes).map(|_| 1 + random.below(5)).collect();
        }
        let total: u64 = plan.powers.iter().sum();
        let (mut lying, mut left, first) = (0, liars, random.index(nodes));
        for node in (0..nodes).map(|n| (n + first) % nodes) {
            if left > 0 && (lying + plan.powers[node]) * 3 < total {
                lying += plan.powers[node];
                left -= 1;
                plan.manners[node] = match random.below(8) {
                    0 => Manner::Silent,
                    1 => Manner::Twins,
                    2 => Manner::Amnesia,
                    3 => Manner::Splitter,
                    _ => Manner::Liar,
                };
            }
        }
        plan
    }

    /// A bad world whose committee changes at borders: half of it, all of it, or its size.
    pub fn handover(seed: u64) -> Self {
        let change = seed % 3;
        let nodes = [7, 8, 8][usize::try_from(change).unwrap()];
        let mut plan = Self { powers: vec![1; nodes], ..Self::bad(seed, nodes, usize::from(change == 0)) };
        // Of four members one may lie, of one none.
        let liars = plan.manners.iter().filter(|m| **m != Manner::Honest).count();
        assert!(liars <= 1);
        (plan.epoch, plan.seats, plan.shift) = match change {
            0 => (5, vec![4], 2),
            1 => (4, vec![4], 4),
            _ => (4, vec![1, 4, 1, 7], 4),
        };
        plan.crashes = plan.crashes.max(10);
        plan
    }

    /// How long a timer runs.
    pub fn wait(&self, timer: Timer) -> Us {
        let (first, more) = match timer.kind {
            TimerKind::Propose => (400, 200),
            TimerKind::Prevote | TimerKind::Precommit => (100, 100),
            TimerKind::Rebroadcast => (500, 0),
        };
        (first + more * u64::from(timer.round)).min(10_000) * MS
    }

    /// The nodes that decide this height.
    pub fn members(&self, height: u64) -> Vec<usize> {
        let epoch = usize::try_from((height - 1) / self.epoch).unwrap();
        let seats = self.seats[epoch % self.seats.len()];
        (0..seats).map(|seat| (seat + epoch * self.shift) % self.powers.len()).collect()
    }
}
