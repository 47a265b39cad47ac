//! What tests of circuits share: files, samples, names of levels and degrees, a seeded generator.

pub use crate::iden3::{P, System, Terms, container, header, wtns, wtns_header};
use dpgn_protocol::units::{Degree, Level};
use std::path::PathBuf;

pub fn sample(name: &str) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub fn level(number: u8) -> Level {
    Level::new(number).unwrap()
}

pub fn degree(number: u8) -> Degree {
    Degree::new(number).unwrap()
}

/// A seeded generator (SplitMix64): the same cases everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}
