//! How long timers run: settings of this node, and no rule. Members with other ones decide the same blocks.

use super::bft::{Timer, TimerKind};
use dpgn_protocol::units::Millis;

/// The time after which a lock of the first round is shown, if the height is still open: longer than votes take round the
/// world, since every member shows it to all, with the body.
pub const SHOW_AFTER: Millis = Millis::new(250);

/// The times of timers in the first round, and what each further round adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// The time for a proposal and its body to come.
    pub propose: Millis,
    /// The time that each further round adds to it.
    pub propose_step: Millis,
    /// The time for votes to agree, once enough have come.
    pub vote: Millis,
    /// The time that each further round adds to it.
    pub vote_step: Millis,
    /// The pause after which the last words are said again.
    pub rebroadcast: Millis,
    /// No timer runs longer.
    pub most: Millis,
}

impl Default for Timeouts {
    /// Rounds of half a second: a proposer that is dead costs little more, and a slow link loses no round.
    fn default() -> Self {
        Self {
            propose: Millis::new(500),
            propose_step: Millis::new(250),
            vote: Millis::new(150),
            vote_step: Millis::new(100),
            rebroadcast: Millis::new(500),
            most: Millis::from_secs(10),
        }
    }
}

impl Timeouts {
    /// How long a timer runs.
    pub fn of(&self, timer: Timer) -> Millis {
        let (first, step) = match timer.kind {
            TimerKind::Propose => (self.propose, self.propose_step),
            TimerKind::Prevote | TimerKind::Precommit => (self.vote, self.vote_step),
            TimerKind::Rebroadcast => (self.rebroadcast, Millis::new(0)),
        };
        let more = step.saturating_mul(u64::from(timer.round));
        Millis::new(first.get().saturating_add(more.get())).min(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_grow_with_the_round_up_to_a_limit() {
        let timeouts = Timeouts::default();
        let ms = |kind, round| timeouts.of(Timer { kind, round }).get();
        assert_eq!((ms(TimerKind::Propose, 0), ms(TimerKind::Propose, 2)), (500, 1_000));
        assert_eq!((ms(TimerKind::Precommit, 0), ms(TimerKind::Prevote, 3)), (150, 450));
        assert_eq!(ms(TimerKind::Rebroadcast, 7), 500);
        assert_eq!(ms(TimerKind::Propose, u32::MAX), 10_000);
    }
}
