//! plonky2's verifier, with the hashes of all Merkle paths made before it asks for them, several at once.
//!
//! Four fifths of a verification are these hashes, and plonky2 makes them one by one. Here its verifier runs over [`Remembered`], a
//! hasher that is Poseidon and remembers what was hashed for it. It gives a remembered digest only for exactly the input
//! that it is asked about, and hashes anything else itself: whatever was hashed before, and whether it was the right thing, the verdict
//! is plonky2's own as far as kernels compute Poseidon. A refusal is not left to them: it is plonky2's without any memory.

use crate::{
    circuit::encoding::{Exact, Same},
    level::{D, F, VerifierData},
};
use dpgn_gpu_kernels::Kernels;
use plonky2::{
    field::{
        extension::{FieldExtension, quadratic::QuadraticExtension},
        types::PrimeField64,
    },
    hash::{
        hash_types::HashOut,
        hashing::PlonkyPermutation,
        merkle_tree::MerkleCap,
        poseidon::{PoseidonHash, PoseidonPermutation},
    },
    plonk::{
        circuit_data::{VerifierCircuitData, VerifierOnlyCircuitData},
        config::{GenericConfig, Hasher},
        proof::ProofWithPublicInputs,
    },
    util::serialization::{Read, Write},
};
use std::{cell::RefCell, collections::VecDeque};

/// The elements of a digest.
const DIGEST: usize = 4;

type Digest = HashOut<F>;
type Proof = ProofWithPublicInputs<F, Remembering, D>;

/// The circuit's data for a verifier that remembers.
#[derive(Debug)]
pub(super) struct PathVerifier {
    data: VerifierCircuitData<F, Remembering, D>,
    kernels: Option<Kernels>,
}

impl PathVerifier {
    /// The same circuit; without kernels nothing is hashed before.
    pub fn new(data: VerifierData, kernels: Option<Kernels>) -> Self {
        let verifier_only = VerifierOnlyCircuitData {
            constants_sigmas_cap: MerkleCap(data.verifier_only.constants_sigmas_cap.0),
            circuit_digest: data.verifier_only.circuit_digest,
        };
        Self { data: VerifierCircuitData { verifier_only, common: data.common }, kernels }
    }

    /// The answer of plonky2's verifier; none if it cannot read the bytes, or would write others.
    pub fn is_true(&self, bytes: &[u8]) -> Option<bool> {
        let proof = self.read(bytes)?;
        // A proof's layout allows one encoding only, so this holds; if it ever did not, proofs would be malleable.
        let mut same = Same(bytes);
        if same.write_proof_with_public_inputs(&proof).is_err() || !same.0.is_empty() {
            return None;
        }
        MEMORY.take();
        if !self.kernels.is_some_and(|kernels| self.remember(&proof, kernels)) {
            return Some(self.data.verify(proof).is_ok());
        }
        let is_true = self.data.verify(proof).is_ok();
        MEMORY.take();
        Some(is_true || self.data.verify(self.read(bytes)?).is_ok())
    }

    fn read(&self, bytes: &[u8]) -> Option<Proof> {
        Exact(bytes).read_proof_with_public_inputs(&self.data.common).ok()
    }

    /// Hashes along the paths that plonky2 will follow, in its order; along none if it will not come so far, since the challenges cannot
    /// be told or the work is missing.
    fn remember(&self, proof: &Proof, kernels: Kernels) -> bool {
        let (only, common) = (&self.data.verifier_only, &self.data.common);
        MEMORY.with_borrow_mut(|memory| memory.is_recording = true);
        let challenges = proof.get_challenges(proof.get_public_inputs_hash(), &only.circuit_digest, common);
        let mut memory = MEMORY.take();
        memory.is_recording = false;
        let Ok(challenges) = challenges else { return false };
        let (response, config) = (challenges.fri_challenges.fri_pow_response, &common.fri_params.config);
        if response.to_canonical_u64().leading_zeros() < config.proof_of_work_bits {
            return false;
        }
        let mut paths = Paths::default();
        let opening = &proof.proof.opening_proof;
        for (&index, round) in challenges.fri_challenges.fri_query_indices.iter().zip(&opening.query_round_proofs) {
            let mut index = index;
            for (leaf, path) in &round.initial_trees_proof.evals_proofs {
                paths.add(leaf.clone(), index, &path.siblings);
            }
            for (step, bits) in round.steps.iter().zip(&common.fri_params.reduction_arity_bits) {
                index >>= bits;
                let values = |value: &QuadraticExtension<F>| FieldExtension::<D>::to_basefield_array(value);
                paths.add(step.evals.iter().flat_map(values).collect(), index, &step.merkle_proof.siblings);
            }
        }
        paths.hash(kernels, &mut memory);
        MEMORY.set(memory);
        true
    }
}

/// Merkle paths: leaves, where they lie, and what stands beside the way up.
#[derive(Default)]
struct Paths<'a> {
    leaves: Vec<Vec<F>>,
    ways: Vec<(usize, &'a [Digest])>,
}

impl<'a> Paths<'a> {
    fn add(&mut self, leaf: Vec<F>, index: usize, siblings: &'a [Digest]) {
        self.leaves.push(leaf);
        self.ways.push((index, siblings));
    }

    /// Hashes all of them: leaves of one length together, then one layer of all paths after the other.
    fn hash(mut self, kernels: Kernels, memory: &mut Memory) {
        let mut digests = vec![Digest::ZERO; self.leaves.len()];
        let mut order: Vec<(usize, usize)> = self.leaves.iter().map(Vec::len).zip(0..).collect();
        order.sort_unstable();
        for same in order.chunk_by(|a, b| a.0 == b.0) {
            let leaves: Vec<Vec<F>> = same.iter().map(|&(_, path)| std::mem::take(&mut self.leaves[path])).collect();
            let mut hashed = vec![Digest::ZERO; leaves.len()];
            kernels.hash_leaves(&leaves, &mut hashed);
            for ((&(_, path), leaf), digest) in same.iter().zip(leaves).zip(hashed) {
                self.leaves[path] = leaf;
                digests[path] = digest;
            }
        }
        // A leaf that is as short as a digest is not hashed, and never asked about.
        let hashed = self.leaves.into_iter().zip(digests.iter().copied()).filter(|(leaf, _)| leaf.len() > DIGEST);
        memory.leaves = hashed.collect();
        // The pairs of a path lie together, since they are asked for path by path.
        let mut pairs: Vec<Pair> =
            vec![([Digest::ZERO; 2], Digest::ZERO); self.ways.iter().map(|(_, way)| way.len()).sum()];
        let starts = self.ways.iter().scan(0, |next, (_, way)| Some(std::mem::replace(next, *next + way.len())));
        let starts: Vec<usize> = starts.collect();
        let height = self.ways.iter().map(|(_, siblings)| siblings.len()).max().unwrap_or(0);
        let (mut on_the_way, mut children, mut parents) = (Vec::new(), Vec::new(), Vec::new());
        for layer in 0..height {
            on_the_way.clear();
            children.clear();
            for (path, (index, siblings)) in self.ways.iter().enumerate() {
                let Some(&sibling) = siblings.get(layer) else { continue };
                let is_right = index.checked_shr(layer as u32).is_some_and(|index| index & 1 == 1);
                on_the_way.push(path);
                children.extend(if is_right { [sibling, digests[path]] } else { [digests[path], sibling] });
            }
            parents.resize(on_the_way.len(), Digest::ZERO);
            kernels.hash_pairs(&children, &mut parents);
            for ((&path, pair), &parent) in on_the_way.iter().zip(children.as_chunks().0).zip(&parents) {
                digests[path] = parent;
                pairs[starts[path] + layer] = (*pair, parent);
            }
        }
        memory.pairs = pairs.into();
    }
}

/// Two children, and their parent.
type Pair = ([Digest; 2], Digest);

/// What has been hashed, in the order in which it will be asked for.
#[derive(Default)]
struct Memory {
    /// Whether the transcript is followed for the first time, and its permutations are kept.
    is_recording: bool,
    permutations: VecDeque<[PoseidonPermutation<F>; 2]>,
    leaves: VecDeque<(Vec<F>, Digest)>,
    pairs: VecDeque<Pair>,
}

thread_local! {
    /// The memory of the verification that this thread is at.
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// Poseidon that remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Remembered;

impl Hasher<F> for Remembered {
    const HASH_SIZE: usize = <PoseidonHash as Hasher<F>>::HASH_SIZE;
    type Hash = Digest;
    type Permutation = Permutation;

    fn hash_no_pad(input: &[F]) -> Digest {
        let next = MEMORY.with_borrow_mut(|memory| memory.leaves.pop_front());
        match next {
            Some((leaf, digest)) if leaf == input => digest,
            _ => PoseidonHash::hash_no_pad(input),
        }
    }

    fn two_to_one(left: Digest, right: Digest) -> Digest {
        let next = MEMORY.with_borrow_mut(|memory| memory.pairs.pop_front());
        match next {
            Some((children, parent)) if children == [left, right] => parent,
            _ => <PoseidonHash as Hasher<F>>::two_to_one(left, right),
        }
    }
}

/// The permutation of the transcript, which is followed twice: once for the paths, then by plonky2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Permutation(PoseidonPermutation<F>);

impl AsRef<[F]> for Permutation {
    fn as_ref(&self) -> &[F] {
        self.0.as_ref()
    }
}

impl PlonkyPermutation<F> for Permutation {
    const RATE: usize = <PoseidonPermutation<F> as PlonkyPermutation<F>>::RATE;
    const WIDTH: usize = <PoseidonPermutation<F> as PlonkyPermutation<F>>::WIDTH;

    fn new<I: IntoIterator<Item = F>>(elements: I) -> Self {
        Self(PoseidonPermutation::new(elements))
    }

    fn set_elt(&mut self, element: F, at: usize) {
        self.0.set_elt(element, at);
    }

    fn set_from_slice(&mut self, elements: &[F], start: usize) {
        self.0.set_from_slice(elements, start);
    }

    fn set_from_iter<I: IntoIterator<Item = F>>(&mut self, elements: I, start: usize) {
        self.0.set_from_iter(elements, start);
    }

    fn permute(&mut self) {
        let before = self.0;
        let known = MEMORY.with_borrow_mut(|memory| match memory.is_recording {
            true => None,
            false => memory.permutations.pop_front(),
        });
        match known {
            Some([state, after]) if state == before => self.0 = after,
            _ => self.0.permute(),
        }
        MEMORY.with_borrow_mut(|memory| {
            if memory.is_recording {
                memory.permutations.push_back([before, self.0]);
            }
        });
    }

    fn squeeze(&self) -> &[F] {
        self.0.squeeze()
    }
}

/// plonky2's config of every level, with a hasher that remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Remembering;

impl GenericConfig<D> for Remembering {
    type F = F;
    type FE = QuadraticExtension<F>;
    type Hasher = Remembered;
    type InnerHasher = PoseidonHash;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{chain, inputs, level, proved};
    use dpgn_gpu_kernels::InstructionSet;
    use plonky2::field::types::{Field, Sample};

    /// The memory is for exactly what is in it, whatever is asked, and in whatever order.
    #[test]
    fn what_is_remembered_is_given_for_its_own_input_alone() {
        let kernels = Kernels::of(InstructionSet::Plain).unwrap();
        let mut paths = Paths::default();
        let siblings: Vec<Digest> = (0..3).map(|_| Digest::rand()).collect();
        for index in 0..5 {
            paths.add(F::rand_vec(9), index, &siblings);
        }
        let mut memory = Memory::default();
        paths.hash(kernels, &mut memory);
        let (leaves, pairs): (Vec<_>, Vec<_>) = (memory.leaves.clone().into(), memory.pairs.clone().into());
        assert_eq!((leaves.len(), pairs.len()), (5, 15));
        let pair_of = |[left, right]: [Digest; 2]| <PoseidonHash as Hasher<F>>::two_to_one(left, right);
        assert!(leaves.iter().all(|(leaf, digest)| *digest == PoseidonHash::hash_no_pad(leaf)));
        assert!(pairs.iter().all(|&(children, parent)| parent == pair_of(children)));

        // A memory of lies, to see when it is asked: only for its very inputs.
        let lie = Digest::ZERO;
        MEMORY.set(Memory {
            leaves: leaves.iter().map(|(leaf, _)| (leaf.clone(), lie)).collect(),
            pairs: pairs.iter().map(|&(children, _)| (children, lie)).collect(),
            ..Memory::default()
        });
        assert_eq!(Remembered::hash_no_pad(&leaves[0].0), lie);
        assert_eq!(Remembered::hash_no_pad(&leaves[2].0), leaves[2].1, "the second was next");
        assert_eq!(Remembered::hash_no_pad(&leaves[2].0[..8]), PoseidonHash::hash_no_pad(&leaves[2].0[..8]));
        let ([left, right], _) = pairs[0];
        assert_eq!(Remembered::two_to_one(left, right), lie);
        assert_eq!(Remembered::two_to_one(right, left), pair_of([right, left]));
        let mut permuted = PoseidonPermutation::new([F::ONE; 12]);
        let of_zero = PoseidonPermutation::default();
        MEMORY.with_borrow_mut(|memory| memory.permutations = [[of_zero; 2], [permuted; 2]].into());
        let mut ours = Permutation(permuted);
        ours.permute();
        permuted.permute();
        assert_eq!(ours.0, permuted, "the state of zeros was next");
        MEMORY.take();
        assert_eq!(Remembered::hash_no_pad(&[F::ONE; 9]), PoseidonHash::hash_no_pad(&[F::ONE; 9]));
    }

    /// What a verification leaves behind that ended in a panic, while it recorded or after it, is nothing to the next one; and
    /// one that is refused midway leaves nothing.
    #[test]
    fn a_memory_that_was_left_behind_is_forgotten() {
        let mut config = level(1);
        (config.fri_config.proof_of_work_bits, config.security_bits) = (0, 84);
        let (data, targets) = chain(config, 70);
        let honest = proved(&data, inputs(&targets, &[1, 2, 3, 4, 5]));
        let mut changed = honest.clone();
        let rounds = &mut changed.proof.opening_proof.query_round_proofs;
        rounds[3].initial_trees_proof.evals_proofs[1].1.siblings[0].elements[0] += F::ONE;
        for kernels in [None, Kernels::of(InstructionSet::Plain)] {
            let verifier = PathVerifier::new(data.verifier_data(), kernels);
            for is_recording in [true, false] {
                for (proof, is_true) in [(&honest, true), (&changed, false)] {
                    let memory = Memory {
                        is_recording,
                        permutations: [[PoseidonPermutation::default(); 2]].into(),
                        ..Memory::default()
                    };
                    MEMORY.set(memory);
                    assert_eq!(verifier.is_true(&proof.to_bytes()), Some(is_true));
                    let left = MEMORY.take();
                    assert!(!left.is_recording);
                    assert!(left.permutations.is_empty() && left.leaves.is_empty() && left.pairs.is_empty());
                }
            }
        }
    }
}
