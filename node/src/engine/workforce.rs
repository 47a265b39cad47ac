//! Workforce: agents elsewhere that make proofs for this node, as the engine knows them.

use dpgn_protocol::units::Level;

/// What agents make in place of this node's own workers. While there are agents the node sells what they can make, and its
/// own workers make a proof only if an agent would bring it too late.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workforce {
    /// The proofs that they make at once; 0 while none of them asks for work, and then nothing is sold.
    pub lanes: u16,
    /// The levels that at least one of them proves.
    pub speeds: Vec<Speed>,
}

/// The slowest speed that is declared, as a part of the own workers'.
const SLOWEST_PART: u32 = 8;

/// How fast agents prove at a level, in padded rows per second of each proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// The level that they prove.
    pub level: Level,
    /// The speed of the slowest that declares one; absent if none does, and they are taken to be as fast as the own workers.
    pub slowest: Option<u32>,
}

impl Speed {
    /// The speed that is declared for them, if the own workers have this one: never more, so that these can make in time what an
    /// agent does not bring, and never less than an eighth, so that one slow agent does not keep the others from selling.
    pub(super) fn beside(self, own: u32) -> u32 {
        let own = own.max(1);
        self.slowest.map_or(own, |slowest| slowest.clamp((own / SLOWEST_PART).max(1), own))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_is_what_is_declared_within_what_own_workers_make() {
        let declared = |slowest| Speed { level: Level::MIN, slowest }.beside(2_000);
        assert_eq!([declared(None), declared(Some(500))], [2_000, 500]);
        assert_eq!([declared(Some(u32::MAX)), declared(Some(1))], [2_000, 250], "what an agent says has bounds");
    }
}
