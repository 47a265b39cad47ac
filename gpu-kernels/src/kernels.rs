//! Kernels: what is fast on this machine, chosen once at run time.
//!
//! Each function gives what plonky2's own gives, modulo p, whatever instructions it uses.

use crate::{
    combine,
    fft::{self, Roots},
    machine::{Machine, plain::Plain},
    poseidon::{WIDTH, gate},
    sponge::{self, Search},
    vanishing::{self, Points, Terms},
};
use plonky2::{
    field::{goldilocks_field::GoldilocksField as F, types::Field},
    hash::hash_types::HashOut,
};
use std::{fmt, str::FromStr};

/// The instructions that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum InstructionSet {
    /// Those that every processor has: the reference for the others, and slower than plonky2's own code.
    Plain,
    /// Four lanes of 64 bits.
    Avx2,
    /// Eight lanes of 64 bits: AVX-512 F, DQ, VL and BW.
    Avx512,
    /// Eight lanes, and products of 52-bit numbers.
    Ifma,
}

impl InstructionSet {
    /// All of them, the fastest last.
    pub const ALL: [Self; 4] = [Self::Plain, Self::Avx2, Self::Avx512, Self::Ifma];

    /// The name, as it is typed and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Ifma => "ifma",
        }
    }
}

impl fmt::Display for InstructionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no instruction set has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no instruction set: avx2, avx512 and ifma do")]
pub struct UnknownSet(String);

impl FromStr for InstructionSet {
    type Err = UnknownSet;

    fn from_str(name: &str) -> Result<Self, UnknownSet> {
        Self::ALL.into_iter().find(|set| set.name() == name).ok_or_else(|| UnknownSet(name.to_owned()))
    }
}

/// The machines behind the sets.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Plain(Plain),
    #[cfg(target_arch = "x86_64")]
    Avx2(crate::machine::avx2::Avx2),
    #[cfg(target_arch = "x86_64")]
    Avx512(crate::machine::avx512::Avx512),
    #[cfg(target_arch = "x86_64")]
    Ifma(crate::poseidon::ifma::Ifma),
}

/// The kernels of an instruction set that this processor has.
#[derive(Clone, Copy, Debug)]
pub struct Kernels(Kind);

/// Calls a function of the machine, whatever it is.
macro_rules! with_machine {
    ($self:expr, $m:ident => $call:expr) => {
        match $self.0 {
            Kind::Plain($m) => $call,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2($m) => $call,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512($m) => $call,
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma($m) => $call,
        }
    };
}

impl Kernels {
    /// The kernels of this set; absent if this processor has not all of its instructions.
    pub fn of(set: InstructionSet) -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        return match set {
            InstructionSet::Plain => Some(Self(Kind::Plain(Plain))),
            InstructionSet::Avx2 => crate::machine::avx2::Avx2::detect().map(|m| Self(Kind::Avx2(m))),
            InstructionSet::Avx512 => crate::machine::avx512::Avx512::detect().map(|m| Self(Kind::Avx512(m))),
            InstructionSet::Ifma => crate::poseidon::ifma::Ifma::detect().map(|m| Self(Kind::Ifma(m))),
        };
        #[cfg(not(target_arch = "x86_64"))]
        return (set == InstructionSet::Plain).then_some(Self(Kind::Plain(Plain)));
    }

    /// The fastest that this processor has; absent if plonky2's own code is faster.
    pub fn best() -> Option<Self> {
        InstructionSet::ALL.into_iter().skip(1).rev().find_map(Self::of)
    }

    /// The instructions that these use.
    pub const fn set(&self) -> InstructionSet {
        match self.0 {
            Kind::Plain(_) => InstructionSet::Plain,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(_) => InstructionSet::Avx2,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(_) => InstructionSet::Avx512,
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma(_) => InstructionSet::Ifma,
        }
    }

    /// The states that are permuted at once: hashing is fastest in multiples of it.
    pub const fn hash_lanes(&self) -> usize {
        match self.0 {
            Kind::Plain(_) => 1,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(_) => 4,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(_) => 8,
            #[cfg(target_arch = "x86_64")]
            Kind::Ifma(_) => 16,
        }
    }

    /// The columns that are transformed at once: a *group* has that many, interleaved row by row.
    pub const fn columns(&self) -> usize {
        match self.0 {
            Kind::Plain(_) => 1,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2(_) => 4,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512(_) | Kind::Ifma(_) => 8,
        }
    }

    /// Permutes each state.
    pub fn permute(&self, states: &mut [[F; WIDTH]]) {
        with_machine!(self, m => sponge::permute_all(m, states));
    }

    /// Hashes leaves of one length, each as plonky2's `PoseidonHash::hash_or_noop` does; there are as many digests.
    pub fn hash_leaves(&self, leaves: &[Vec<F>], digests: &mut [HashOut<F>]) {
        with_machine!(self, m => sponge::hash_leaves(m, leaves, digests));
    }

    /// Hashes pairs of children, each as plonky2's `PoseidonHash::two_to_one` does; there are half as many parents.
    pub fn hash_pairs(&self, children: &[HashOut<F>], parents: &mut [HashOut<F>]) {
        with_machine!(self, m => sponge::hash_pairs(m, children, parents));
    }

    /// The first number that a search finds, if it finds one.
    pub fn grind(&self, search: &Search) -> Option<u64> {
        with_machine!(self, m => sponge::grind(m, search))
    }

    /// Values on a coset from coefficients, for each column of a group: in bit-reversed order, at the powers of the root times the
    /// shift whose powers are given. Both groups have as many rows as there are powers.
    pub fn evaluate(&self, coefficients: &[F], values: &mut [F], shift_powers: &[F], roots: &Roots) {
        with_machine!(self, m => m.evaluate(coefficients, values, shift_powers, roots.layers_for(shift_powers.len())));
    }

    /// For each challenge what its terms sum to at the points, times the inverse of what vanishes: a row of [`Self::columns`] lanes
    /// for each. `other` gives the constraints of a gate that has no form, one after the other, each such a row.
    pub fn quotients(&self, terms: &Terms, points: &Points<'_>, other: &dyn Fn(usize) -> Vec<F>, quotients: &mut [F]) {
        with_machine!(self, m => m.quotients(terms, points, other, quotients));
    }

    /// The values of the constraints of plonky2's `PoseidonGate`, canonical, in its order. Wires come and values go column after column, a
    /// row of [`Self::columns`] lanes each; there are 135 columns of wires.
    pub fn poseidon_constraints(&self, wires: &[F], values: &mut [F]) {
        with_machine!(self, m => m.poseidon_constraints(wires, values));
    }

    /// The sum of all coefficients, each times its weight in the quadratic extension. There are as many weights as coefficients.
    pub fn weighted_sum(&self, coefficients: &[F], weights: [&[F]; 2]) -> [F; 2] {
        debug_assert!(weights.iter().all(|weights| weights.len() == coefficients.len()));
        with_machine!(self, m => m.weighted_sum(coefficients, weights))
    }

    /// Adds coefficients, each times a weight in the quadratic extension, to sums. There are as many sums as coefficients.
    pub fn add_weighted(&self, sums: [&mut [F]; 2], coefficients: &[F], weight: [F; 2]) {
        debug_assert!(sums.iter().all(|sums| sums.len() == coefficients.len()));
        with_machine!(self, m => m.add_weighted(sums, coefficients, weight));
    }

    /// Coefficients from values at the powers of the root, for each column of a group of so many rows: in natural order.
    pub fn interpolate(&self, group: &mut [F], rows: usize, inverse_roots: &Roots) {
        let layers = inverse_roots.layers_for(rows);
        with_machine!(self, m => m.interpolate(group, layers, F::inverse_2exp(layers.len())));
        let width = self.columns();
        let bits = layers.len() as u32;
        for row in 1..rows {
            let other = row.reverse_bits() >> (usize::BITS - bits);
            if row < other {
                let (left, right) = group.split_at_mut(other * width);
                left[row * width..][..width].swap_with_slice(&mut right[..width]);
            }
        }
    }
}

/// Loops over vectors, compiled for a machine.
trait Compiled: Copy {
    fn evaluate(self, coefficients: &[F], values: &mut [F], shift_powers: &[F], layers: &[Vec<F>]);
    fn interpolate(self, group: &mut [F], layers: &[Vec<F>], scale: F);
    fn quotients(self, terms: &Terms, points: &Points<'_>, other: &dyn Fn(usize) -> Vec<F>, quotients: &mut [F]);
    fn poseidon_constraints(self, wires: &[F], values: &mut [F]);
    fn weighted_sum(self, coefficients: &[F], weights: [&[F]; 2]) -> [F; 2];
    fn add_weighted(self, sums: [&mut [F]; 2], coefficients: &[F], weight: [F; 2]);
}

#[inline(always)]
fn evaluate<M: Machine>(m: M, coefficients: &[F], values: &mut [F], shift_powers: &[F], layers: &[Vec<F>]) {
    let values = M::rows_mut(values);
    fft::scale(m, M::rows(coefficients), values, shift_powers);
    fft::transform(m, values, layers);
}

#[inline(always)]
fn interpolate<M: Machine>(m: M, group: &mut [F], layers: &[Vec<F>], scale: F) {
    let rows = M::rows_mut(group);
    fft::transform(m, rows, layers);
    fft::scale_by(m, rows, scale);
}

impl Compiled for Plain {
    fn evaluate(self, coefficients: &[F], values: &mut [F], shift_powers: &[F], layers: &[Vec<F>]) {
        evaluate(self, coefficients, values, shift_powers, layers);
    }

    fn interpolate(self, group: &mut [F], layers: &[Vec<F>], scale: F) {
        interpolate(self, group, layers, scale);
    }

    fn quotients(self, terms: &Terms, points: &Points<'_>, other: &dyn Fn(usize) -> Vec<F>, quotients: &mut [F]) {
        vanishing::quotients(self, terms, points, other, quotients);
    }

    fn poseidon_constraints(self, wires: &[F], values: &mut [F]) {
        gate::values(self, wires, values);
    }

    fn weighted_sum(self, coefficients: &[F], weights: [&[F]; 2]) -> [F; 2] {
        combine::weighted_sum(self, coefficients, weights)
    }

    fn add_weighted(self, sums: [&mut [F]; 2], coefficients: &[F], weight: [F; 2]) {
        combine::add_weighted(self, sums, coefficients, weight);
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    #![expect(unsafe_code, reason = "calls of code that is compiled for some processors alone")]

    use super::{Compiled, F};
    use crate::{
        combine,
        machine::{avx2::Avx2, avx512::Avx512},
        poseidon::{gate, ifma::Ifma},
        vanishing::{self, Points, Terms},
    };

    macro_rules! compiled {
        ($machine:ty, $features:literal, $m:ident => $own:expr) => {
            const _: () = {
                #[target_feature(enable = $features)]
                fn evaluate($m: $machine, coefficients: &[F], values: &mut [F], powers: &[F], layers: &[Vec<F>]) {
                    super::evaluate($own, coefficients, values, powers, layers);
                }

                #[target_feature(enable = $features)]
                fn interpolate($m: $machine, group: &mut [F], layers: &[Vec<F>], scale: F) {
                    super::interpolate($own, group, layers, scale);
                }

                #[target_feature(enable = $features)]
                fn quotients(
                    $m: $machine,
                    terms: &Terms,
                    points: &Points<'_>,
                    other: &dyn Fn(usize) -> Vec<F>,
                    out: &mut [F],
                ) {
                    vanishing::quotients($own, terms, points, other, out);
                }

                #[target_feature(enable = $features)]
                fn poseidon_constraints($m: $machine, wires: &[F], values: &mut [F]) {
                    gate::values($own, wires, values);
                }

                #[target_feature(enable = $features)]
                fn weighted_sum($m: $machine, coefficients: &[F], weights: [&[F]; 2]) -> [F; 2] {
                    combine::weighted_sum($own, coefficients, weights)
                }

                #[target_feature(enable = $features)]
                fn add_weighted($m: $machine, sums: [&mut [F]; 2], coefficients: &[F], weight: [F; 2]) {
                    combine::add_weighted($own, sums, coefficients, weight);
                }

                impl Compiled for $machine {
                    fn evaluate(self, coefficients: &[F], values: &mut [F], powers: &[F], layers: &[Vec<F>]) {
                        // SAFETY: `self` exists on processors with these instructions alone.
                        unsafe { evaluate(self, coefficients, values, powers, layers) }
                    }

                    fn interpolate(self, group: &mut [F], layers: &[Vec<F>], scale: F) {
                        // SAFETY: `self` exists on processors with these instructions alone.
                        unsafe { interpolate(self, group, layers, scale) }
                    }

                    fn quotients(
                        self,
                        terms: &Terms,
                        points: &Points<'_>,
                        other: &dyn Fn(usize) -> Vec<F>,
                        out: &mut [F],
                    ) {
                        // SAFETY: `self` exists on processors with these instructions alone.
                        unsafe { quotients(self, terms, points, other, out) }
                    }

                    fn poseidon_constraints(self, wires: &[F], values: &mut [F]) {
                        // SAFETY: `self` exists on processors with these instructions alone.
                        unsafe { poseidon_constraints(self, wires, values) }
                    }

                    fn weighted_sum(self, coefficients: &[F], weights: [&[F]; 2]) -> [F; 2] {
                        // SAFETY: `self` exists on processors with these instructions alone.
                        unsafe { weighted_sum(self, coefficients, weights) }
                    }

                    fn add_weighted(self, sums: [&mut [F]; 2], coefficients: &[F], weight: [F; 2]) {
                        // SAFETY: `self` exists on processors with these instructions alone.
                        unsafe { add_weighted(self, sums, coefficients, weight) }
                    }
                }
            };
        };
    }

    compiled!(Avx2, "avx2", m => m);
    compiled!(Avx512, "avx512f,avx512dq,avx512vl,avx512bw", m => m);
    compiled!(Ifma, "avx512f,avx512dq,avx512vl,avx512bw", m => m.0);
}
