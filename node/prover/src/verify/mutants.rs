//! Proofs that were changed in one place, judged by plonky2's verifier and by ours, with every arithmetic of this machine.

use super::paths::PathVerifier;
use crate::{
    level::{CircuitData, D, F, Proof},
    prove::Arithmetic,
    testing::{Draws, chain, inputs, level, lookups, proved},
};
use plonky2::{
    field::{extension::quadratic::QuadraticExtension, types::Field},
    fri::proof::{FriProof, FriQueryRound},
    hash::{hash_types::HashOut, merkle_proofs::MerkleProof, merkle_tree::MerkleCap, poseidon::PoseidonHash},
};

/// The number of changed proofs unless the environment names another.
const PROOFS: usize = 400;

/// Changes of one place.
impl Draws {
    fn place<'a, T>(&mut self, all: &'a mut [T]) -> &'a mut T {
        let at = self.below(all.len());
        &mut all[at]
    }

    /// Changes an element: to anything, by one, or to one of the borders.
    fn change(&mut self, x: &mut F) {
        let before = *x;
        while *x == before {
            *x = match self.below(4) {
                0 => before + F::ONE,
                1 => F::ZERO,
                2 => F::NEG_ONE,
                _ => F::from_noncanonical_u64(self.0),
            };
        }
    }

    fn value(&mut self, x: &mut QuadraticExtension<F>) {
        let part = self.place(&mut x.0);
        self.change(part);
    }

    fn digest(&mut self, digest: &mut HashOut<F>) {
        let element = self.place(&mut digest.elements);
        self.change(element);
    }

    fn cap(&mut self, cap: &mut MerkleCap<F, PoseidonHash>) {
        let digest = self.place(&mut cap.0);
        self.digest(digest);
    }

    fn path(&mut self, path: &mut MerkleProof<F, PoseidonHash>) {
        match path.siblings.len() {
            0 => {}
            length if self.below(4) == 0 => {
                let (a, b) = (self.below(length), self.below(length));
                path.siblings.swap(a, b);
            }
            _ => {
                let sibling = self.place(&mut path.siblings);
                self.digest(sibling);
            }
        }
    }

    /// Changes what one query opens: a leaf, or what stands beside its way.
    fn round(&mut self, round: &mut FriQueryRound<F, PoseidonHash, D>) {
        let step = self.below(round.steps.len() + 4);
        match (round.steps.get_mut(step), self.below(2)) {
            (Some(step), 0) => {
                let value = self.place(&mut step.evals);
                self.value(value);
            }
            (Some(step), _) => self.path(&mut step.merkle_proof),
            (None, which) => {
                let (leaf, path) = self.place(&mut round.initial_trees_proof.evals_proofs);
                match which {
                    0 => {
                        let element = self.place(leaf);
                        self.change(element);
                    }
                    _ => self.path(path),
                }
            }
        }
    }

    fn fri(&mut self, fri: &mut FriProof<F, PoseidonHash, D>) {
        match self.below(8) {
            0 if !fri.commit_phase_merkle_caps.is_empty() => {
                let cap = self.place(&mut fri.commit_phase_merkle_caps);
                self.cap(cap);
            }
            1 => {
                let value = self.place(&mut fri.final_poly.coeffs);
                self.value(value);
            }
            2 => self.change(&mut fri.pow_witness),
            3 => {
                let (a, b) = (self.below(fri.query_round_proofs.len()), self.below(fri.query_round_proofs.len()));
                fri.query_round_proofs.swap(a, b);
            }
            _ => {
                let round = self.place(&mut fri.query_round_proofs);
                self.round(round);
            }
        }
    }

    fn proof(&mut self, proof: &mut Proof) {
        let inner = &mut proof.proof;
        match self.below(10) {
            0 => self.cap(&mut inner.wires_cap),
            1 => self.cap(&mut inner.plonk_zs_partial_products_cap),
            2 => self.cap(&mut inner.quotient_polys_cap),
            3 => {
                let opened = &mut inner.openings;
                let all = [
                    &mut opened.constants,
                    &mut opened.plonk_sigmas,
                    &mut opened.wires,
                    &mut opened.plonk_zs,
                    &mut opened.plonk_zs_next,
                    &mut opened.partial_products,
                    &mut opened.quotient_polys,
                    &mut opened.lookup_zs,
                    &mut opened.lookup_zs_next,
                ];
                let mut all: Vec<_> = all.into_iter().filter(|values| !values.is_empty()).collect();
                let values = self.place(&mut all);
                let value = self.place(values);
                self.value(value);
            }
            4 => {
                let element = self.place(&mut proof.public_inputs);
                self.change(element);
            }
            _ => self.fri(&mut inner.opening_proof),
        }
    }
}

/// Judges changed proofs of a circuit; gives how many stayed true, such as those with two equal neighbours swapped.
fn judge(data: &CircuitData, honest: &Proof, count: usize, draws: &mut Draws) -> usize {
    let judges: Vec<(&str, PathVerifier)> = Arithmetic::all()
        .map(|arithmetic| (arithmetic.name(), PathVerifier::new(data.verifier_data(), arithmetic.backend().kernels())))
        .collect();
    let mut still_true = 0;
    for case in 0..count {
        let mut changed = honest.clone();
        draws.proof(&mut changed);
        let bytes = changed.to_bytes();
        let stock = data.verify(changed).is_ok();
        still_true += usize::from(stock);
        let (name, judge) = &judges[case % judges.len()];
        assert_eq!(judge.is_true(&bytes), Some(stock), "{name} on change {case}");
    }
    for (name, judge) in &judges {
        assert_eq!(judge.is_true(&honest.to_bytes()), Some(true), "{name}");
    }
    still_true
}

#[test]
fn verdicts_are_plonky2s_on_changed_proofs() {
    let count = std::env::var("DPGN_PROOFS").map_or(PROOFS, |count| count.parse().unwrap());
    let draws = &mut Draws(0x5eed_0017);
    let mut still_true = 0;
    for number in [1, 2] {
        let (data, targets) = chain(level(number), 70);
        let proof = proved(&data, inputs(&targets, &[1, 2, 3, 4, 5]));
        still_true += judge(&data, &proof, count.div_ceil(4), draws);
    }
    // Without work the changes come further, to the paths.
    let mut config = level(1);
    config.fri_config.proof_of_work_bits = 0;
    config.security_bits = 84;
    let (data, targets) = chain(config, 70);
    let proof = proved(&data, inputs(&targets, &[1, 2, 3, 4, 5]));
    still_true += judge(&data, &proof, count.div_ceil(4), draws);
    let (data, targets) = lookups(level(1));
    let proof = proved(&data, inputs(&targets, &[1, 2, 3, 4, 9]));
    still_true += judge(&data, &proof, count.div_ceil(4), draws);
    println!("{count} changed proofs, {still_true} of them true");
    assert!(still_true < count / 10, "{still_true} of {count} changes changed nothing");
}
