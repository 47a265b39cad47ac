//! When a message is tried again: the times that Standard Webhooks names, each a little later by chance, so that senders do not
//! keep step.

use dpgn_protocol::units::{Millis, Timestamp};

/// The pauses after the first, second, ... try: together three days and some hours.
const PAUSES: [Millis; 9] = [
    Millis::from_secs(5),
    Millis::from_secs(5 * 60),
    Millis::from_secs(30 * 60),
    Millis::from_secs(2 * 3_600),
    Millis::from_secs(5 * 3_600),
    Millis::from_secs(10 * 3_600),
    Millis::from_secs(14 * 3_600),
    Millis::from_secs(20 * 3_600),
    Millis::from_secs(24 * 3_600),
];
/// The most that an endpoint may ask to be left alone.
const LEFT_ALONE_MAX: Millis = Millis::from_secs(24 * 3_600);
/// A pause is longer by at most one part in so many.
const JITTER: u64 = 10;

/// The pauses between tries.
#[derive(Clone, Debug)]
pub(super) struct Schedule(Vec<Millis>);

impl Default for Schedule {
    fn default() -> Self {
        Self(PAUSES.to_vec())
    }
}

impl Schedule {
    /// Other pauses, for tests.
    #[cfg(test)]
    pub(super) fn of(pauses: &[Millis]) -> Self {
        Self(pauses.to_vec())
    }

    /// When to try again after so many tries that failed; `None` if that is enough. `asked` is the pause that the endpoint
    /// has asked for.
    pub(super) fn next(&self, tries: u32, now: Timestamp, asked: Option<Millis>) -> Option<Timestamp> {
        let at = usize::try_from(tries).ok()?.checked_sub(1)?;
        let pause = *self.0.get(at)?;
        let pause = pause.get().max(asked.map_or(0, |asked| asked.min(LEFT_ALONE_MAX).get()));
        let mut chance = [0; 8];
        // Without randomness it keeps step, no more.
        let _ = getrandom::fill(&mut chance);
        let most = (pause / JITTER).max(1);
        Some(now.after(Millis::new(pause.saturating_add(u64::from_le_bytes(chance) % most))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let (schedule, now) = (Schedule::default(), Timestamp::new(1_000));
        let pauses: Vec<u64> =
            (1..).map_while(|tries| schedule.next(tries, now, None)).map(|at| at.get() - 1_000).collect();
        assert_eq!(pauses.len(), PAUSES.len());
        for (pause, least) in pauses.iter().zip(PAUSES) {
            assert!((least.get()..=least.get() + least.get() / JITTER).contains(pause), "{pause}");
        }
        let asked = schedule.next(1, now, Some(Millis::from_secs(60))).unwrap().get() - 1_000;
        assert!((60_000..66_000).contains(&asked), "an endpoint may ask for longer: {asked}");
        let too_long = schedule.next(1, now, Some(Millis::new(u64::MAX))).unwrap().get();
        assert!(too_long < 2 * LEFT_ALONE_MAX.get(), "not for ever: {too_long}");
    }
}
