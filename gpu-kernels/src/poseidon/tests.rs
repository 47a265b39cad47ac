//! The permutation on every instruction set that this machine has, beside plonky2's.

use super::gate;
use crate::tests::sets;
use plonky2::{
    field::{goldilocks_field::GoldilocksField as F, types::Field64},
    gates::{gate::Gate, poseidon::PoseidonGate},
    hash::poseidon::Poseidon,
};

/// The number of states for each set: `DPGN_STATES`, else the usual one.
fn states(usual: usize) -> usize {
    std::env::var("DPGN_STATES").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// Numbers where carries happen and limbs are full, among any others; some of them are not canonical.
struct Numbers(u64);

impl Numbers {
    fn any(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn next(&mut self) -> F {
        let x = self.any();
        let limb = (1 << 52) - 1;
        F(match self.any() % 12 {
            0 => u64::MAX - (x & 7),
            1 => x & 7,
            2 => F::ORDER.wrapping_add(x & 7).wrapping_sub(4),
            3 => (x & 3) << 32,
            4 => 0xffff_ffff_0000_0000 | (x & 0xffff_ffff),
            5 => x | limb,
            6 => x & !limb,
            7 => limb.wrapping_add(x & 3).wrapping_sub(1),
            _ => x,
        })
    }
}

#[test]
fn every_set_permutes_as_plonky2_does() {
    for kernels in sets() {
        let mut numbers = Numbers(0x1234_5678_9abc_def1);
        let count = states(20_000);
        for _ in 0..count.div_ceil(100) {
            // A number that no set's lanes divide.
            let before: Vec<[F; 12]> = (0..101).map(|_| std::array::from_fn(|_| numbers.next())).collect();
            let mut after = before.clone();
            kernels.permute(&mut after);
            for (before, after) in before.iter().zip(&after) {
                assert_eq!(F::poseidon(*before), *after, "{} of {before:?}", kernels.set());
            }
        }
        println!("{}: {count} states as plonky2 permutes them", kernels.set());
    }
}

#[test]
fn states_of_one_number_are_permuted_as_plonky2_does() {
    for kernels in sets() {
        for number in [0, 1, F::ORDER - 1, F::ORDER, u64::MAX, (1 << 52) - 1, 1 << 52, 0xfff0_0000_0000_0000] {
            let mut after = [[F(number); 12]];
            kernels.permute(&mut after);
            assert_eq!(F::poseidon([F(number); 12]), after[0], "{} of {number:#x}", kernels.set());
        }
    }
}

#[test]
fn the_gate_is_as_large_as_plonky2s() {
    let theirs = PoseidonGate::<F, 2>::new();
    assert_eq!((gate::COLUMNS, gate::CONSTRAINTS), (theirs.num_wires(), theirs.num_constraints()));
}
