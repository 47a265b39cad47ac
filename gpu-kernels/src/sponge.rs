//! Hashes as plonky2 makes them of a Merkle tree's leaves and of its inner nodes, several at once.

use crate::{
    permuter::{Permuter, States},
    poseidon::WIDTH,
};
use plonky2::{
    field::{
        goldilocks_field::GoldilocksField as F,
        types::{Field, PrimeField64},
    },
    hash::hash_types::HashOut,
};

/// The elements that a permutation takes in.
const RATE: usize = 8;
/// The elements of a digest.
const DIGEST: usize = 4;

/// Hashes leaves of one length, each as `PoseidonHash::hash_or_noop` does. There are as many digests as leaves.
pub(crate) fn hash_leaves<P: Permuter<LANES>, const LANES: usize>(p: P, leaves: &[Vec<F>], digests: &mut [HashOut<F>]) {
    let mut states: States<LANES> = [[F::ZERO; LANES]; WIDTH];
    for (leaves, digests) in leaves.chunks(LANES).zip(digests.chunks_mut(LANES)) {
        let width = leaves.first().map_or(0, Vec::len);
        states.fill([F::ZERO; LANES]);
        if width <= DIGEST {
            for (leaf, digest) in leaves.iter().zip(digests) {
                *digest = HashOut::from_partial(leaf);
            }
            continue;
        }
        for from in (0..width).step_by(RATE) {
            for (lane, leaf) in leaves.iter().enumerate() {
                // What a shorter last part leaves stays as it is: plonky2 overwrites, and pads nothing.
                for (row, element) in states.iter_mut().zip(leaf.iter().skip(from).take(RATE)) {
                    row[lane] = *element;
                }
            }
            p.permute(&mut states);
        }
        take(&states, digests);
    }
}

/// Hashes pairs of digests, each as `PoseidonHash::two_to_one` does. There are twice as many children as parents.
pub(crate) fn hash_pairs<P: Permuter<LANES>, const LANES: usize>(
    p: P,
    children: &[HashOut<F>],
    parents: &mut [HashOut<F>],
) {
    for (children, parents) in children.chunks(2 * LANES).zip(parents.chunks_mut(LANES)) {
        let mut states: States<LANES> = [[F::ZERO; LANES]; WIDTH];
        for (lane, pair) in children.chunks(2).enumerate() {
            for (row, element) in states.iter_mut().zip(pair.iter().flat_map(|child| child.elements)) {
                row[lane] = element;
            }
        }
        p.permute(&mut states);
        take(&states, parents);
    }
}

/// Reads a digest from each lane.
fn take<const LANES: usize>(states: &States<LANES>, digests: &mut [HashOut<F>]) {
    for (lane, digest) in digests.iter_mut().enumerate() {
        for (element, row) in digest.elements.iter_mut().zip(states) {
            *element = row[lane];
        }
    }
}

/// Permutes any number of states.
pub(crate) fn permute_all<P: Permuter<LANES>, const LANES: usize>(p: P, all: &mut [[F; WIDTH]]) {
    for some in all.chunks_mut(LANES) {
        let mut states: States<LANES> = [[F::ZERO; LANES]; WIDTH];
        for (lane, state) in some.iter().enumerate() {
            for (row, element) in states.iter_mut().zip(state) {
                row[lane] = *element;
            }
        }
        p.permute(&mut states);
        for (lane, state) in some.iter_mut().enumerate() {
            for (element, row) in state.iter_mut().zip(&states) {
                *element = row[lane];
            }
        }
    }
}

/// Looks for a number that, as the element at `position`, gives a response with so many leading zeros: among `count` from `first`
/// on, the smallest that a lane finds first.
pub(crate) fn grind<P: Permuter<LANES>, const LANES: usize>(p: P, search: &Search) -> Option<u64> {
    let Search { state, position, first, count, zeros } = *search;
    for from in (first..first.saturating_add(count)).step_by(LANES) {
        let mut states: States<LANES> = state.map(|element| [element; LANES]);
        for (lane, row) in states.get_mut(position)?.iter_mut().enumerate() {
            *row = F(from + lane as u64);
        }
        p.permute(&mut states);
        let found = states[RATE - 1].iter().position(|response| response.to_canonical_u64().leading_zeros() >= zeros);
        if let Some(lane) = found {
            return Some(from + lane as u64);
        }
    }
    None
}

/// A search for a proof of work.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// The state of the sponge.
    pub state: [F; WIDTH],
    /// The place of the number that is looked for, below 12.
    pub position: usize,
    /// The first number that is tried.
    pub first: u64,
    /// How many are tried.
    pub count: u64,
    /// The leading zeros of the response, 64 at most.
    pub zeros: u32,
}
