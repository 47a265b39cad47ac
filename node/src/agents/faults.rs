//! Faults: an agent that brings false proofs one after another gets no work for a while, which doubles with each further one.
//!
//! Each of them costs this node a check, and whatever the agent holds costs time. One false proof is no offence: the next may
//! be true. A proof that holds forgives everything.

use dpgn_protocol::units::{Millis, Timestamp};

/// False proofs in a row for which an agent is barred.
pub(super) const FALSE_MAX: u32 = 3;
/// The first and the longest time for which it is barred.
const BARRED: (Millis, Millis) = (Millis::from_secs(60), Millis::from_secs(3_600));

/// The false proofs of an agent since the last one that held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Faults {
    in_a_row: u32,
    barred_until: Timestamp,
}

impl Faults {
    /// It brought a proof that holds.
    pub(super) fn passed(&mut self) {
        *self = Self::default();
    }

    /// It brought one that does not.
    pub(super) fn failed(&mut self, now: Timestamp) {
        self.in_a_row = self.in_a_row.saturating_add(1);
        if let Some(further) = self.in_a_row.checked_sub(FALSE_MAX) {
            let (first, longest) = BARRED;
            let time = 1_u64.checked_shl(further).map_or(longest, |times| first.saturating_mul(times).min(longest));
            self.barred_until = now.after(time);
        }
    }

    /// The time until which it gets no work; `None` if it gets some.
    pub(super) fn barred_until(&self, now: Timestamp) -> Option<Timestamp> {
        Some(self.barred_until).filter(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_without_work_doubles_up_to_an_hour_and_one_true_proof_ends_it() {
        let mut faults = Faults::default();
        let mut now = Timestamp::new(1_000);
        for _ in 0..2 {
            faults.failed(now);
            assert_eq!(faults.barred_until(now), None, "the next one may be true");
        }
        let mut minutes = Vec::new();
        for _ in 0..100 {
            faults.failed(now);
            let until = faults.barred_until(now).unwrap();
            minutes.push(until.since(now).get() / 60_000);
            now = until;
            assert_eq!(faults.barred_until(now), None, "it is over at its end");
        }
        assert_eq!(minutes[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(minutes.last(), Some(&60));
        faults.passed();
        faults.failed(now);
        assert_eq!(faults.barred_until(now), None);
    }
}
