//! What goes wrong, and a source of chance that a seed decides.

/// SplitMix64: every seed gives its own sequence, for ever the same.
pub struct Chance(u64);

impl Chance {
    /// The sequence of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from `from` up to, and without, `to`.
    pub fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.next() % (to - from)
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn permille(&mut self, chance: u64) -> bool {
        self.between(0, 1_000) < chance
    }
}

/// The faults of the world until it gets well.
#[derive(Clone, Copy, Debug)]
pub struct Faults {
    /// Messages and answers that are lost, of a thousand.
    pub lost: u64,
    /// Gossip that comes twice, of a thousand.
    pub doubled: u64,
    /// The delay of the slowest message, ms; each takes its own time, so they overtake each other.
    pub delay_ms_max: u64,
    /// Workers that fail, of a thousand.
    pub broken: u64,
    /// The number of times that some node dies, each between two effects.
    pub crashes: u64,
    /// Deaths of which a peer sees nothing, of a thousand: its connection stays open and leads nowhere.
    pub unseen: u64,
    /// The time at which all faults end, ms.
    pub until_ms: u64,
}

impl Faults {
    /// No fault at all.
    pub const NONE: Self =
        Self { lost: 0, doubled: 0, delay_ms_max: 40, broken: 0, crashes: 0, unseen: 0, until_ms: 0 };

    /// Everything at once, more or less of it.
    pub fn random(chance: &mut Chance) -> Self {
        Self {
            lost: chance.between(0, 120),
            doubled: chance.between(0, 200),
            delay_ms_max: chance.between(20, 600),
            broken: chance.between(0, 150),
            crashes: chance.between(0, 9),
            unseen: 0,
            until_ms: 30_000,
        }
    }
}
