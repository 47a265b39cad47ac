//! The quotient by kernels: the same values as [`super::quotient`] gives, several points at once, in the order of the leaves.
//!
//! In that order the points are cosets of the rows' subgroup, one after the other, and on each of them the polynomial that
//! vanishes on the rows is constant. Circuits with more challenges than kernels fold are not taken.

use super::{ProveError, lookup, round::Round, selectors::Selectors, simd::reversed};
use crate::level::{D, F};
use dpgn_gpu_kernels::{CHALLENGES_MAX, Challenge, Form, Gate, Kernels, Points, Terms};
use plonky2::{
    field::{types::Field, zero_poly_coset::ZeroPolyOnCoset},
    gates::{
        arithmetic_base::ArithmeticGate, constant::ConstantGate, gate::GateRef, lookup::LookupGate,
        lookup_table::LookupTableGate, noop::NoopGate, poseidon::PoseidonGate, public_input::PublicInputGate,
    },
    hash::hash_types::HashOut,
    plonk::vars::EvaluationVarsBaseBatch,
    util::log2_ceil,
};
use std::ops::Range;

/// Points whose inverses are computed together.
pub(super) const RUN: usize = 256;

/// What the evaluation of every run of points needs.
pub(super) struct Evaluator<'a> {
    kernels: Kernels,
    round: &'a Round<'a>,
    public_inputs_hash: &'a HashOut<F>,
    terms: Terms,
    vanishing: ZeroPolyOnCoset<F>,
    /// The points of the subgroup, in natural order.
    subgroup: Vec<F>,
    /// The base-2 logarithm of the number of cosets.
    coset_bits: usize,
}

impl<'a> Evaluator<'a> {
    /// The evaluator; absent if this circuit is not for kernels.
    pub fn new(
        kernels: Kernels,
        round: &'a Round<'a>,
        public_inputs_hash: &'a HashOut<F>,
    ) -> Result<Option<Self>, ProveError> {
        let common = round.common;
        let coset_bits = log2_ceil(common.quotient_degree_factor);
        let terms = terms(round, &Selectors::read(common)?, public_inputs_hash);
        let [fixed, wires, products] = widths(round);
        let is_fit = common.config.num_challenges <= CHALLENGES_MAX
            && common.degree() >= kernels.columns()
            && common.config.fri_config.rate_bits >= coset_bits
            && terms.fits(fixed, wires, products);
        let bits = common.degree_bits();
        Ok(is_fit.then(|| Self {
            kernels,
            round,
            public_inputs_hash,
            terms,
            vanishing: ZeroPolyOnCoset::new(bits, coset_bits),
            subgroup: F::two_adic_subgroup(bits),
            coset_bits,
        }))
    }

    /// The number of points.
    pub fn points(&self) -> usize {
        self.subgroup.len() << self.coset_bits
    }

    /// Points of a run: fewer than [`RUN`] where a coset has fewer.
    pub fn run(&self) -> usize {
        RUN.min(self.subgroup.len())
    }

    /// Evaluates the quotient at the points of a run, which begins with this leaf: for each challenge, for each point.
    pub fn evaluate(&self, first: usize, out: &mut [F]) {
        let (rows, lanes) = (self.subgroup.len(), self.kernels.columns());
        let coset = reversed(first / rows, self.coset_bits);
        let bits = self.subgroup.len().ilog2() as usize;
        let root = F::primitive_root_of_unity(bits + self.coset_bits);
        let shift = F::coset_shift() * root.exp_u64(coset);
        let count = self.run();
        let row = |leaf: usize| reversed(leaf % rows, bits) as usize;
        let xs: Vec<F> = (first..first + count).map(|leaf| shift * self.subgroup[row(leaf)]).collect();
        let degree = F::from_canonical_usize(rows);
        let from_one: Vec<F> = xs.iter().map(|&x| (x - F::ONE) * degree).collect();
        let vanishing = self.vanishing.eval(coset as usize);
        let first_row: Vec<F> =
            F::batch_multiplicative_inverse(&from_one).iter().map(|&inverse| inverse * vanishing).collect();
        let inverse = self.vanishing.eval_inverse(coset as usize);

        let mut columns = Columns::new(self.round, lanes);
        let width = self.terms.challenges.len();
        let mut values = vec![F::ZERO; width * lanes];
        for from in (0..count).step_by(lanes) {
            let leaf = first + from;
            let next = |leaf: usize| leaf / rows * rows + reversed((row(leaf) + 1) % rows, bits) as usize;
            columns.read(self.round, leaf, next);
            let (x, first_row) = (&xs[from..from + lanes], &first_row[from..from + lanes]);
            let other = |gate: usize| self.constraints(gate, &columns, lanes);
            self.kernels.quotients(&self.terms, &columns.points(x, first_row, inverse), &other, &mut values);
            for (out, values) in out.chunks_exact_mut(count).zip(values.chunks_exact(lanes)) {
                out[from..from + lanes].copy_from_slice(values);
            }
        }
    }

    /// A gate's constraints by plonky2's own code.
    fn constraints(&self, gate: usize, columns: &Columns, lanes: usize) -> Vec<F> {
        let own = &columns.fixed[self.terms.first_constant * lanes..self.round.common.num_constants * lanes];
        let vars = EvaluationVarsBaseBatch::new(lanes, own, &columns.wires, self.public_inputs_hash);
        self.round.common.gates[gate].0.eval_unfiltered_base_batch(vars)
    }
}

/// The columns of each commitment that are read: without salt.
fn widths(round: &Round<'_>) -> [usize; 3] {
    let (common, config) = (round.common, &round.common.config);
    [
        common.num_constants + config.num_routed_wires,
        config.num_wires,
        config.num_challenges * (common.num_partial_products + 1 + common.num_lookup_polys),
    ]
}

/// A few leaves of each commitment, column by column.
struct Columns {
    lanes: usize,
    fixed: Vec<F>,
    wires: Vec<F>,
    products: Vec<F>,
    next: Vec<F>,
    next_lookups: Vec<F>,
}

impl Columns {
    fn new(round: &Round<'_>, lanes: usize) -> Self {
        let [fixed, wires, products] = widths(round).map(|width| vec![F::ZERO; width * lanes]);
        let next = vec![F::ZERO; round.common.config.num_challenges * lanes];
        let next_lookups = vec![F::ZERO; next.len() * round.common.num_lookup_polys];
        Self { lanes, fixed, wires, products, next, next_lookups }
    }

    /// Reads the leaves from this one on, and the `Z`s and columns of lookups of the leaf that `next` says for each.
    fn read(&mut self, round: &Round<'_>, leaf: usize, next: impl Fn(usize) -> usize) {
        let fixed = &round.prover.constants_sigmas_commitment.merkle_tree.leaves;
        let (wires, products) = (&round.wires.merkle_tree.leaves, &round.products.merkle_tree.leaves);
        for lane in 0..self.lanes {
            let put = |columns: &mut Vec<F>, leaf: &[F]| {
                columns.iter_mut().skip(lane).step_by(self.lanes).zip(leaf).for_each(|(to, &from)| *to = from);
            };
            put(&mut self.fixed, &fixed[leaf + lane]);
            put(&mut self.wires, &wires[leaf + lane]);
            put(&mut self.products, &products[leaf + lane]);
            let next = &products[next(leaf + lane)];
            put(&mut self.next, next);
            put(&mut self.next_lookups, &next[round.common.lookup_range()]);
        }
    }

    fn points<'a>(&'a self, x: &'a [F], first_row: &'a [F], inverse: F) -> Points<'a> {
        let Self { fixed, wires, products, next, next_lookups, .. } = self;
        Points { fixed, wires, products, next, next_lookups, x, first_row, inverse }
    }
}

/// The circuit's terms, as kernels take them.
fn terms(round: &Round<'_>, selectors: &Selectors, public_inputs_hash: &HashOut<F>) -> Terms {
    let (common, drawn) = (round.common, round.challenges);
    let arguments = common.num_partial_products + 2 + lookup::terms_per_challenge(common);
    let count = common.config.num_challenges * arguments + common.num_gate_constraints;
    let challenges =
        drawn.betas.iter().zip(&drawn.gammas).zip(&drawn.alphas).map(|((&beta, &gamma), alpha)| Challenge {
            beta,
            gamma,
            ids: common.k_is.iter().map(|&k| beta * k).collect(),
            powers: alpha.powers().take(count).collect(),
        });
    let gates = common.gates.iter().enumerate().map(|(index, gate)| Gate {
        form: form(gate, public_inputs_hash),
        selector: selectors.column(index),
        others: selectors.others(index).map(F::from_canonical_u64).collect(),
    });
    let Range { start: first_partial, .. } = common.partial_products_range();
    Terms {
        challenges: challenges.collect(),
        routed: common.config.num_routed_wires,
        chunk: common.quotient_degree_factor,
        partials: common.num_partial_products,
        first_partial,
        first_sigma: common.sigmas_range().start,
        first_constant: selectors.count() + common.num_lookup_selectors,
        lookups: lookup::for_kernels(common, drawn, selectors.count()),
        gates: gates.collect(),
    }
}

fn form(gate: &GateRef<F, D>, public_inputs_hash: &HashOut<F>) -> Form {
    let any = gate.0.as_any();
    if any.is::<PoseidonGate<F, D>>() {
        Form::Poseidon
    } else if let Some(gate) = any.downcast_ref::<ArithmeticGate>() {
        Form::Arithmetic(gate.num_ops)
    } else if any.is::<ConstantGate>() {
        Form::Constant(gate.0.num_constraints())
    } else if any.is::<PublicInputGate>() {
        Form::PublicInput(public_inputs_hash.elements)
    } else if any.is::<NoopGate>() || any.is::<LookupGate>() || any.is::<LookupTableGate>() {
        Form::Noop
    } else {
        Form::Other
    }
}
