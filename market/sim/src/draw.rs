//! Draws: everything random, from one seed.
//!
//! Each thing that is drawn has a stream of its own, named by its purpose and a number, so that a run in which one
//! agent behaves otherwise draws the same machines, the same tasks and the same mishaps.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

/// The purpose of a stream. The order of the variants is part of every seed's meaning: new ones come last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The machine of a prover, by its number.
    Machine,
    /// The nature of a requester, by its number.
    Requester,
    /// The arrival of a task and all that it asks for, by its number.
    Task,
    /// The mishaps of one prover with one task, by both numbers.
    Mishap,
    /// The choices of a strategy, by task and agent.
    Choice,
    /// The secret keys of accounts.
    Key,
    /// The choices of an auction that is drawn by lot.
    Lot,
}

/// All draws of one run.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    seed: u64,
}

impl Draws {
    /// The draws of this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The seed that all streams come from.
    pub fn seed(self) -> u64 {
        self.seed
    }

    /// The stream of one thing.
    pub fn stream(self, purpose: Purpose, number: u64) -> Stream {
        self.pair(purpose, number, 0)
    }

    /// The stream of something between two things.
    pub fn pair(self, purpose: Purpose, first: u64, second: u64) -> Stream {
        let mut key = [0; 32];
        let words = [self.seed, purpose as u64, first, second];
        for (bytes, word) in key.chunks_exact_mut(8).zip(words) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        Stream(ChaCha8Rng::from_seed(key))
    }
}

/// Bits of a double's mantissa.
const MANTISSA_BITS: u32 = 53;

/// One stream of draws.
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// A number from 0 up to 1, without 1.
    pub fn unit(&mut self) -> f64 {
        let bits = self.0.next_u64() >> (u64::BITS - MANTISSA_BITS);
        bits as f64 / (1_u64 << MANTISSA_BITS) as f64
    }

    /// A number between two others.
    pub fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.unit()
    }

    /// A whole number below a limit, which is not 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        // Beside 2^64 every limit here is tiny, so the bias of a remainder is none that could be seen.
        self.0.next_u64() % limit
    }

    /// Whether something happens that happens with this chance.
    pub fn happens(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    /// The time until the next arrival of a Poisson process with this mean time between two.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.unit()).ln()
    }

    /// A number whose logarithm is normal, with this median and this deviation of the logarithm.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        let angle = std::f64::consts::TAU * self.unit();
        median * (sigma * radius * angle.cos()).exp()
    }

    /// Draws 32 bytes, for a key.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_no_two_streams_are_alike() {
        let draw = |seed, purpose, n| Draws::new(seed).stream(purpose, n).bytes();
        assert_eq!(draw(1, Purpose::Task, 7), draw(1, Purpose::Task, 7));
        let others = [draw(2, Purpose::Task, 7), draw(1, Purpose::Machine, 7), draw(1, Purpose::Task, 8)];
        assert!(others.iter().all(|other| *other != draw(1, Purpose::Task, 7)));
    }

    #[test]
    fn means_and_medians_are_what_was_asked_for() {
        let mut stream = Draws::new(3).stream(Purpose::Task, 0);
        let n = 20_000;
        let mean = (0..n).map(|_| stream.exponential(5.0)).sum::<f64>() / f64::from(n);
        let mut sizes: Vec<f64> = (0..n).map(|_| stream.log_normal(100.0, 0.5)).collect();
        sizes.sort_by(f64::total_cmp);
        let median = sizes[sizes.len() / 2];
        println!("mean of exponentials {mean:.3} of 5, median of log-normals {median:.1} of 100");
        assert!((mean - 5.0).abs() < 0.15 && (median - 100.0).abs() < 2.0);
    }
}
