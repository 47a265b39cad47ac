//! The sum of all of a circuit's terms at several points at once, as plonky2's quotient has it: the permutation argument, the lookup
//! argument, then the gates, each with its filter, folded by powers of a challenge.
//!
//! What a gate's constraints are is told by plain data. Gates that have no form here are evaluated by whoever calls.

mod lookups;

pub use lookups::{LookupChallenge, Lookups, Slots};

use crate::{
    machine::Machine,
    poseidon::gate::{self, Sink},
};
use plonky2::field::goldilocks_field::GoldilocksField as F;

/// The most challenges that terms are folded with.
pub const CHALLENGES_MAX: usize = 4;

/// How a circuit's terms are computed. Columns are numbered within their commitment.
#[derive(Clone, Debug)]
pub struct Terms {
    /// What the terms are folded with, [`CHALLENGES_MAX`] at most.
    pub challenges: Vec<Challenge>,
    /// The routed wires.
    pub routed: usize,
    /// The wires that one partial product multiplies.
    pub chunk: usize,
    /// The number of partial products of a challenge.
    pub partials: usize,
    /// The column of the first partial product of all challenges.
    pub first_partial: usize,
    /// The column of the first sigma among the fixed ones.
    pub first_sigma: usize,
    /// The column of the gates' first constant among the fixed ones.
    pub first_constant: usize,
    /// The lookup argument of a circuit that has tables.
    pub lookups: Option<Lookups>,
    /// The gates, in the circuit's order.
    pub gates: Vec<Gate>,
}

/// One challenge of the permutation argument, and the one that folds.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// The factor of sigmas.
    pub beta: F,
    /// What is added to wires.
    pub gamma: F,
    /// For each routed wire β·k, the factor of the point in its identity.
    pub ids: Vec<F>,
    /// The powers of α, from one on, as many as there are terms.
    pub powers: Vec<F>,
}

/// A gate's constraints and its filter: the product of these numbers less the selector.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The form of its constraints.
    pub form: Form,
    /// The selector's column among the fixed ones.
    pub selector: usize,
    /// The values of the selector on rows of other gates.
    pub others: Vec<F>,
}

/// Forms of constraints, by plonky2's names.
#[derive(Clone, Debug)]
pub enum Form {
    /// The constraints of `PoseidonGate`.
    Poseidon,
    /// `ArithmeticGate`, with so many operations: `c0·x·y + c1·z`.
    Arithmetic(usize),
    /// `ConstantGate`, with so many constants.
    Constant(usize),
    /// `PublicInputGate`, and the hash of the public inputs.
    PublicInput([F; 4]),
    /// `NoopGate`, and the gates of lookups: they have none.
    Noop,
    /// Any other: the caller evaluates it.
    Other,
}

impl Form {
    /// The wires that it reads and the constants, at least so many of which there must be; a caller's are its own.
    const fn columns(&self) -> (usize, usize) {
        match *self {
            Self::Poseidon => (gate::COLUMNS, 0),
            Self::Arithmetic(count) => (4 * count, 2),
            Self::Constant(count) => (count, count),
            Self::PublicInput(_) => (4, 0),
            Self::Noop | Self::Other => (0, 0),
        }
    }

    /// The constraints; a caller's are not counted.
    const fn constraints(&self) -> usize {
        match *self {
            Self::Poseidon => gate::CONSTRAINTS,
            Self::Arithmetic(count) | Self::Constant(count) => count,
            Self::PublicInput(_) => 4,
            Self::Noop | Self::Other => 0,
        }
    }
}

/// What is known at some points, one for each lane: column after column, a row of lanes each.
#[derive(Clone, Copy, Debug)]
pub struct Points<'a> {
    /// Constants, selectors and sigmas.
    pub fixed: &'a [F],
    /// The values of the wires.
    pub wires: &'a [F],
    /// `Z` of each challenge, partial products, and the columns of lookups.
    pub products: &'a [F],
    /// `Z` of each challenge, one row on.
    pub next: &'a [F],
    /// The columns of lookups, one row on.
    pub next_lookups: &'a [F],
    /// The points themselves.
    pub x: &'a [F],
    /// The polynomial that is one on the first row and zero on all others.
    pub first_row: &'a [F],
    /// The inverse of the polynomial that vanishes on the rows: the same at all these points.
    pub inverse: F,
}

impl Terms {
    /// Whether every column that is read is among so many of each kind, and every power is there.
    pub fn fits(&self, fixed: usize, wires: usize, products: usize) -> bool {
        let lookups = self.lookups.as_ref().map_or(0, Lookups::terms);
        let own = self.challenges.len() * (self.partials + 2) + lookups;
        let chunks_fit = self.chunk > 0 && self.routed.div_ceil(self.chunk) == self.partials + 1;
        let columns = [
            (self.first_sigma + self.routed, fixed),
            (self.routed, wires),
            (self.challenges.len(), products),
            (self.first_partial + self.challenges.len() * self.partials, products),
        ];
        let gates_fit = self.gates.iter().all(|gate| {
            let (read_wires, constants) = gate.form.columns();
            gate.selector < fixed && read_wires <= wires && self.first_constant + constants <= fixed
        });
        let powers = own + self.gates.iter().map(|gate| gate.form.constraints()).max().unwrap_or(0);
        let has_all = |c: &Challenge| c.ids.len() >= self.routed && c.powers.len() >= powers;
        self.challenges.len() <= CHALLENGES_MAX
            && chunks_fit
            && gates_fit
            && self.lookups.as_ref().is_none_or(|lookups| lookups.fits(fixed, wires, products))
            && columns.iter().all(|(read, there)| read <= there)
            && self.challenges.iter().all(has_all)
    }
}

/// Folds terms: for each challenge the sum of values times powers of α.
struct Fold<'a, M: Machine> {
    challenges: &'a [Challenge],
    sums: [M::V; CHALLENGES_MAX],
    term: usize,
}

impl<'a, M: Machine> Fold<'a, M> {
    #[inline(always)]
    fn from(m: M, challenges: &'a [Challenge], term: usize) -> Self {
        Self { challenges, sums: [m.splat(0); CHALLENGES_MAX], term }
    }
}

impl<M: Machine> Sink<M> for Fold<'_, M> {
    #[inline(always)]
    fn put(&mut self, m: M, value: M::V) {
        for (sum, challenge) in self.sums.iter_mut().zip(self.challenges) {
            let scaled = m.field_mul(value, m.splat(challenge.powers[self.term].0));
            *sum = m.field_add(*sum, m.canonical(scaled));
        }
        self.term += 1;
    }
}

/// The sums of all terms, times the inverse of what vanishes: for each challenge a row of lanes. `other` gives the constraints of a gate
/// without a form, one after the other, each a row of lanes.
#[inline(always)]
pub(crate) fn quotients<M: Machine>(
    m: M,
    terms: &Terms,
    points: &Points<'_>,
    other: &dyn Fn(usize) -> Vec<F>,
    quotients: &mut [F],
) {
    let (fixed, wires) = (M::rows(points.fixed), M::rows(points.wires));
    let mut total = Fold::<M>::from(m, &terms.challenges, 0);
    permutation(m, terms, points, &mut total);
    if let Some(lookups) = &terms.lookups {
        lookups::terms(m, lookups, points, &mut total);
    }
    let before_gates = total.term;
    let own = &fixed[terms.first_constant..];
    for (index, gate) in terms.gates.iter().enumerate() {
        let mut fold = Fold::<M>::from(m, &terms.challenges, before_gates);
        match &gate.form {
            Form::Noop => continue,
            Form::Poseidon => gate::constraints(m, wires, &mut fold),
            Form::Arithmetic(count) => arithmetic(m, own, wires, *count, &mut fold),
            Form::Constant(count) => {
                for (constant, wire) in own.iter().zip(wires).take(*count) {
                    fold.put(m, m.field_sub(m.load(constant), m.canonical(m.load(wire))));
                }
            }
            Form::PublicInput(hash) => {
                for (wire, element) in wires.iter().zip(hash) {
                    fold.put(m, m.field_sub(m.load(wire), m.canonical(m.splat(element.0))));
                }
            }
            // A plain loop: a closure would be no code of the machine's, and each of its vectors went through memory.
            Form::Other => {
                for value in M::rows(&other(index)) {
                    fold.put(m, m.load(value));
                }
            }
        }
        let selector = m.canonical(m.load(&fixed[gate.selector]));
        let mut filter = m.splat(1);
        for other in &gate.others {
            filter = m.field_mul(filter, m.field_sub(m.splat(other.0), selector));
        }
        for (total, sum) in total.sums.iter_mut().zip(fold.sums) {
            *total = m.field_add(*total, m.canonical(m.field_mul(sum, filter)));
        }
    }
    for (row, sum) in M::rows_mut(quotients).iter_mut().zip(total.sums) {
        m.store(m.field_mul(sum, m.splat(points.inverse.0)), row);
    }
}

/// `Z` is one on the first row, and each partial product follows from the one before.
#[inline(always)]
fn permutation<M: Machine>(m: M, terms: &Terms, points: &Points<'_>, fold: &mut Fold<'_, M>) {
    let (wires, products, next) = (M::rows(points.wires), M::rows(points.products), M::rows(points.next));
    let sigmas = &M::rows(points.fixed)[terms.first_sigma..][..terms.routed];
    let ([x], [first_row]) = (M::rows(points.x), M::rows(points.first_row)) else { return };
    let (x, first_row) = (m.load(x), m.load(first_row));
    for z in &products[..terms.challenges.len()] {
        fold.put(m, m.field_mul(first_row, m.field_sub(m.load(z), m.splat(1))));
    }
    for (at, challenge) in terms.challenges.iter().enumerate() {
        let (beta, gamma) = (m.splat(challenge.beta.0), m.canonical(m.splat(challenge.gamma.0)));
        let partials = &products[terms.first_partial + at * terms.partials..][..terms.partials];
        let mut before = m.load(&products[at]);
        let chunks = wires[..terms.routed].chunks(terms.chunk).zip(sigmas.chunks(terms.chunk));
        let chunks = chunks.zip(challenge.ids.chunks(terms.chunk));
        for (((wires, sigmas), ids), after) in chunks.zip(partials.iter().chain(&next[at..=at])) {
            let after = m.load(after);
            let (mut numerator, mut denominator) = (before, after);
            for ((wire, sigma), id) in wires.iter().zip(sigmas).zip(ids) {
                let shifted = m.canonical(m.field_add(m.load(wire), gamma));
                let [id, sigma] = m.mul_each([x, beta], [m.splat(id.0), m.load(sigma)]);
                let factors = [m.field_add(id, shifted), m.field_add(sigma, shifted)];
                [numerator, denominator] = m.mul_each([numerator, denominator], factors);
            }
            fold.put(m, m.field_sub(numerator, m.canonical(denominator)));
            before = after;
        }
    }
}

/// `c0·x·y + c1·z` is the output, for each operation.
#[inline(always)]
fn arithmetic<M: Machine>(m: M, own: &[M::Row], wires: &[M::Row], count: usize, fold: &mut Fold<'_, M>) {
    let (scale, of_sum) = (m.load(&own[0]), m.load(&own[1]));
    for operation in wires.chunks_exact(4).take(count) {
        let [x, y, z] = [m.load(&operation[0]), m.load(&operation[1]), m.load(&operation[2])];
        let [product, sum] = m.mul_each([x, z], [y, of_sum]);
        let result = m.field_add(m.field_mul(product, scale), m.canonical(sum));
        fold.put(m, m.field_sub(m.load(&operation[3]), m.canonical(result)));
    }
}
