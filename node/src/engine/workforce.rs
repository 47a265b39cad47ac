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

/// How fast agents prove at a level, in padded rows per second of each proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// The level that they prove.
    pub level: Level,
    /// The speed of the slowest that declares one; absent if none does.
    pub slowest: Option<u32>,
    /// Whether one of them declares none: it is taken to be as fast as the own workers.
    pub is_undeclared: bool,
}

impl Speed {
    /// The speed that is declared for them, if the own workers have this one.
    pub(super) fn beside(self, own: u32) -> u32 {
        match self.slowest {
            Some(slowest) if self.is_undeclared => slowest.min(own),
            Some(slowest) => slowest,
            None => own,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_is_what_is_declared() {
        let declared = |slowest, is_undeclared| Speed { level: Level::MIN, slowest, is_undeclared }.beside(2_000);
        assert_eq!([declared(None, true), declared(Some(9_000), false)], [2_000, 9_000]);
        assert_eq!([declared(Some(9_000), true), declared(Some(500), true)], [2_000, 500]);
    }
}
