//! Turns of the loop: how long each took. While one lasts nothing else is answered, so the longest is a promise.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Buckets of the histogram: below 2^n microseconds each, the last one for all that is longer.
const BUCKETS: usize = 24;

/// Counts turns by how long they took.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    buckets: [AtomicU64; BUCKETS],
    longest_us: AtomicU64,
}

impl Turns {
    pub(super) fn count(&self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = (u64::BITS - us.leading_zeros()) as usize;
        if let Some(bucket) = self.buckets.get(bucket.min(BUCKETS - 1)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.longest_us.fetch_max(us, Ordering::Relaxed);
    }

    /// The times that have been counted so far.
    pub(crate) fn times(&self) -> LoopTimes {
        let count = |bucket: &AtomicU64| bucket.load(Ordering::Relaxed);
        let longest = Duration::from_micros(self.longest_us.load(Ordering::Relaxed));
        LoopTimes { below_us: self.buckets.iter().enumerate().map(|(n, b)| (1 << n, count(b))).collect(), longest }
    }
}

/// The times that the turns of a node's loop took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoopTimes {
    /// Turns that took less than so many microseconds, and not less than the bucket before says. The last bucket
    /// holds all that took longer.
    pub below_us: Vec<(u64, u64)>,
    /// The time of the longest turn.
    pub longest: Duration,
}

impl LoopTimes {
    /// A time that so many of a thousand turns did not exceed.
    pub fn permille(&self, permille: u64) -> Duration {
        let all: u64 = self.below_us.iter().map(|(_, count)| count).sum();
        let mut seen = 0;
        for (below, count) in &self.below_us {
            seen += count;
            if seen * 1_000 >= all * permille {
                return Duration::from_micros(*below).min(self.longest);
            }
        }
        self.longest
    }
}

impl std::fmt::Display for LoopTimes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (below, count) in self.below_us.iter().filter(|(_, count)| *count > 0) {
            writeln!(f, "  below {below:>9} us: {count:>7}")?;
        }
        write!(f, "  longest: {:?}", self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_counted_in_the_bucket_of_their_time() {
        let turns = Turns::default();
        for us in [0, 1, 700, 900, 1_100, 20_000_000] {
            turns.count(Duration::from_micros(us));
        }
        let times = turns.times();
        let counted: Vec<(u64, u64)> = times.below_us.iter().copied().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counted, [(1, 1), (2, 1), (1_024, 2), (2_048, 1), (1 << 23, 1)]);
        assert_eq!(times.longest, Duration::from_secs(20));
        assert_eq!(times.permille(500), Duration::from_micros(1_024));
    }
}
