//! How fast one peer may speak: a token bucket per peer and protocol, in messages and in bytes.
//!
//! A message that finds its bucket empty is dropped on arrival, before it is queued, decoded or verified.

use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// Buckets kept at once. A full bucket says nothing and is forgotten.
const BUCKETS_MAX: usize = 8_192;
/// Whoever waits for a bucket to fill waits so much longer, for what is rounded off.
const WAIT_MORE_S: f64 = 0.001;

/// The rate at which one peer may send over one protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Messages per second, on average.
    pub per_s: u32,
    /// Messages that may come at once: the size of the bucket.
    pub burst: u32,
    /// Bytes per second, on average.
    pub bytes_per_s: u32,
    /// Bytes that may come at once: the size of the bucket.
    pub bytes_burst: u32,
}

struct Bucket {
    messages: f64,
    bytes: f64,
    filled: Instant,
}

impl Bucket {
    fn fill(&mut self, rate: &Rate, now: Instant) {
        let s = now.saturating_duration_since(self.filled).as_secs_f64();
        self.messages = (self.messages + s * f64::from(rate.per_s)).min(f64::from(rate.burst));
        self.bytes = (self.bytes + s * f64::from(rate.bytes_per_s)).min(f64::from(rate.bytes_burst));
        self.filled = now;
    }

    fn is_full(&self, rate: &Rate) -> bool {
        self.messages >= f64::from(rate.burst) && self.bytes >= f64::from(rate.bytes_burst)
    }
}

/// The buckets of one protocol, by peer or whatever else may be too fast.
pub(crate) struct Limiter<K> {
    rate: Rate,
    buckets: HashMap<K, Bucket>,
}

impl<K: Copy + Eq + Hash> Limiter<K> {
    pub(crate) fn new(rate: Rate) -> Self {
        Self { rate, buckets: HashMap::new() }
    }

    /// Whether a message of so many bytes would be allowed; takes nothing.
    pub(crate) fn has(&mut self, peer: K, bytes: usize, now: Instant) -> bool {
        let rate = self.rate;
        match self.buckets.get_mut(&peer) {
            Some(bucket) => {
                bucket.fill(&rate, now);
                bucket.messages >= 1.0 && bucket.bytes >= bytes as f64
            }
            None => bytes as f64 <= f64::from(rate.bytes_burst),
        }
    }

    /// Takes one message of so many bytes from the peer's bucket, if they are in it.
    pub(crate) fn allow(&mut self, peer: K, bytes: usize, now: Instant) -> bool {
        if self.buckets.len() >= BUCKETS_MAX && !self.buckets.contains_key(&peer) {
            self.tidy(now);
            if self.buckets.len() >= BUCKETS_MAX {
                return false;
            }
        }
        let rate = &self.rate;
        let bucket = self.buckets.entry(peer).or_insert_with(|| Bucket {
            messages: f64::from(rate.burst),
            bytes: f64::from(rate.bytes_burst),
            filled: now,
        });
        bucket.fill(rate, now);
        let bytes = bytes as f64;
        if bucket.messages < 1.0 || bucket.bytes < bytes {
            return false;
        }
        bucket.messages -= 1.0;
        bucket.bytes -= bytes;
        true
    }

    /// The time after which a message of so many bytes may be allowed; for ever, if the bucket can't hold so many.
    pub(crate) fn wait(&mut self, peer: K, bytes: usize, now: Instant) -> Duration {
        let rate = self.rate;
        let Some(bucket) = self.buckets.get_mut(&peer) else { return Duration::ZERO };
        bucket.fill(&rate, now);
        let messages_s = (1.0 - bucket.messages).max(0.0) / f64::from(rate.per_s);
        let bytes_s = (bytes as f64 - bucket.bytes).max(0.0) / f64::from(rate.bytes_per_s);
        Duration::try_from_secs_f64(messages_s.max(bytes_s) + WAIT_MORE_S).unwrap_or(Duration::MAX)
    }

    /// Takes so many messages and bytes more, as far as they are in the bucket.
    pub(crate) fn charge(&mut self, peer: K, messages: u32, bytes: usize) {
        if let Some(bucket) = self.buckets.get_mut(&peer) {
            bucket.messages = (bucket.messages - f64::from(messages)).max(0.0);
            bucket.bytes = (bucket.bytes - bytes as f64).max(0.0);
        }
    }

    /// Puts back what [`allow`](Self::allow) took.
    pub(crate) fn give_back(&mut self, peer: K, bytes: usize) {
        if let Some(bucket) = self.buckets.get_mut(&peer) {
            bucket.messages = (bucket.messages + 1.0).min(f64::from(self.rate.burst));
            bucket.bytes = (bucket.bytes + bytes as f64).min(f64::from(self.rate.bytes_burst));
        }
    }

    /// Forgets buckets that have filled up.
    pub(crate) fn tidy(&mut self, now: Instant) {
        let rate = self.rate;
        self.buckets.retain(|_, bucket| {
            bucket.fill(&rate, now);
            !bucket.is_full(&rate)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use libp2p::PeerId;

    const RATE: Rate = Rate { per_s: 10, burst: 5, bytes_per_s: 1_000, bytes_burst: 2_000 };

    #[test]
    fn a_burst_passes_and_the_rest_waits_for_time() {
        let (mut limiter, peer, start) = (Limiter::new(RATE), PeerId::random(), Instant::now());
        let passed = (0..20).filter(|_| limiter.allow(peer, 1, start)).count();
        assert_eq!(passed, 5);
        let later = start + Duration::from_millis(300);
        let passed = (0..20).filter(|_| limiter.allow(peer, 1, later)).count();
        assert_eq!(passed, 3);
        assert!(limiter.allow(PeerId::random(), 1, start), "another peer has a bucket of its own");
    }

    #[test]
    fn bytes_count_too() {
        let (mut limiter, peer, start) = (Limiter::new(RATE), PeerId::random(), Instant::now());
        assert!(!limiter.has(peer, 2_001, start) && limiter.has(peer, 2_000, start));
        assert!(!limiter.allow(peer, 2_001, start), "more than a full bucket never passes");
        assert!(limiter.allow(peer, 2_000, start));
        assert!(!limiter.allow(peer, 1, start));
        assert!(limiter.allow(peer, 900, start + Duration::from_secs(1)));
    }

    #[test]
    fn whoever_waits_as_long_as_it_is_told_is_let_through() {
        let (mut limiter, peer, mut now) = (Limiter::new(RATE), PeerId::random(), Instant::now());
        assert_eq!(limiter.wait(peer, 100, now), Duration::ZERO);
        let start = now;
        for bytes in [2_000, 500, 1, 1, 1, 1, 1, 1, 1_234] {
            if !limiter.allow(peer, bytes, now) {
                now += limiter.wait(peer, bytes, now);
                assert!(limiter.allow(peer, bytes, now), "{bytes}");
            }
        }
        let (took, least) = (now - start, Duration::from_millis(1_740));
        assert!(took >= least && took < least + Duration::from_millis(20), "1,740 bytes above the burst: {took:?}");
    }

    #[test]
    fn full_buckets_are_forgotten_and_the_number_is_bounded() {
        let (mut limiter, start) = (Limiter::new(RATE), Instant::now());
        for _ in 0..BUCKETS_MAX {
            assert!(limiter.allow(PeerId::random(), 1, start));
        }
        assert!(!limiter.allow(PeerId::random(), 1, start));
        assert_eq!(limiter.buckets.len(), BUCKETS_MAX);
        limiter.tidy(start + Duration::from_secs(10));
        assert!(limiter.buckets.is_empty());
    }
}
