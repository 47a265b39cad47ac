//! One constraint, brought into the form in which it costs the fewest rows.
//!
//! `a · b = c` says the same when `a`, `b` and `c` are scaled, and when it is solved for one of its wires.
//! Every [`Step`] holds for exactly the witnesses its constraint holds for; nothing here may lose one or
//! let one in. The choice depends on the constraint alone.

use super::r1cs::{Constraint, Term};
use crate::circuit::goldilocks::Element as F;

/// A constant plus coefficients times wires; wires rising, coefficients not zero, wire 0 in the constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Form {
    pub(super) terms: Vec<Term>,
    pub(super) constant: F,
}

impl Form {
    pub(super) fn of(terms: &[Term]) -> Self {
        match terms {
            [Term { wire: 0, coeff }, rest @ ..] => Self { terms: rest.to_vec(), constant: *coeff },
            _ => Self { terms: terms.to_vec(), constant: F::ZERO },
        }
    }

    /// The constant, if there is nothing else.
    pub(super) fn as_constant(&self) -> Option<F> {
        self.terms.is_empty().then_some(self.constant)
    }

    pub(super) fn scale(&mut self, by: F) {
        self.terms.iter_mut().for_each(|term| term.coeff *= by);
        self.constant *= by;
    }

    /// Divides by the first wire's coefficient and returns that.
    pub(super) fn normalise(&mut self) -> F {
        let lead = self.terms.first().map_or(F::ONE, |term| term.coeff);
        if lead != F::ONE {
            self.scale(lead.inverse());
        }
        lead
    }

    /// `self + by · other`.
    fn plus(&self, other: &Self, by: F) -> Self {
        let mut terms = Vec::with_capacity(self.terms.len() + other.terms.len());
        let (mut left, mut right) = (self.terms.iter().peekable(), other.terms.iter().peekable());
        loop {
            let term = match (left.peek(), right.peek()) {
                (None, None) => break,
                (Some(l), Some(r)) if l.wire == r.wire => {
                    let sum = Term { wire: l.wire, coeff: l.coeff + by * r.coeff };
                    left.next();
                    right.next();
                    sum
                }
                (Some(l), r) if r.is_none_or(|r| l.wire < r.wire) => {
                    let term = **l;
                    left.next();
                    term
                }
                (_, Some(r)) => {
                    let term = Term { wire: r.wire, coeff: by * r.coeff };
                    right.next();
                    term
                }
                (Some(_), None) => break,
            };
            if term.coeff.is_nonzero() {
                terms.push(term);
            }
        }
        Self { terms, constant: self.constant + by * other.constant }
    }

    /// Solves `self = value` for one wire: `(wire, k, rest)` with `wire = value / k + rest`.
    ///
    /// The wire is the last one among those whose choice leaves most coefficients at one. `None` without wires.
    fn solve(&self) -> Option<(u32, F, Self)> {
        let count = |coeff: F| self.terms.iter().filter(|term| term.coeff == coeff).count();
        let (ones, minus_ones) = (count(F::ONE), count(F::NEG_ONE));
        let coeff = match (ones, minus_ones) {
            (0, 0) => self.terms.last()?.coeff,
            (_, 0) => F::ONE,
            (ones, minus_ones) if ones > 0 && minus_ones > ones => F::ONE,
            _ => F::NEG_ONE,
        };
        let at = self.terms.iter().rposition(|term| term.coeff == coeff)?;
        let mut rest = self.clone();
        let wire = rest.terms.remove(at).wire;
        rest.scale(-coeff.inverse());
        Some((wire, coeff, rest))
    }
}

/// The value that a product must equal: a wire's, or a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Equal {
    Wire(u32),
    Constant(F),
}

/// The rows to lay for one constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Every witness satisfies it.
    Nothing,
    /// No witness satisfies it.
    Contradiction,
    /// The wire is 0 or 1.
    Boolean(u32),
    /// `wire = sum`.
    Sum { wire: u32, sum: Form },
    /// `scale · a · b + rest = equal`; `a` and `b` have a wire each, and the coefficient 1 on their first.
    Product { scale: F, a: Form, b: Form, rest: Form, equal: Equal },
}

/// Says how to enforce a constraint.
pub(super) fn plan(constraint: Constraint<'_>) -> Step {
    if let Some(form) = linear(constraint) {
        return match (form.solve(), form.constant == F::ZERO) {
            (Some((wire, _, sum)), _) => Step::Sum { wire, sum },
            (None, true) => Step::Nothing,
            (None, false) => Step::Contradiction,
        };
    }
    if let Some(wire) = boolean(constraint) {
        return Step::Boolean(wire);
    }
    let (mut a, mut b, c) = (Form::of(constraint.a), Form::of(constraint.b), Form::of(constraint.c));
    let scale = a.normalise() * b.normalise();
    match c.solve() {
        Some((wire, coeff, rest)) => Step::Product { scale: scale / coeff, a, b, rest, equal: Equal::Wire(wire) },
        None => {
            let rest = Form { terms: Vec::new(), constant: F::ZERO };
            Step::Product { scale: F::ONE, a, b, rest, equal: Equal::Constant(c.constant / scale) }
        }
    }
}

/// The form that a linear constraint says is zero; `None` if the constraint multiplies wires.
pub(super) fn linear(constraint: Constraint<'_>) -> Option<Form> {
    let (a, b, c) = (Form::of(constraint.a), Form::of(constraint.b), Form::of(constraint.c));
    match (a.as_constant(), b.as_constant()) {
        (Some(k), _) => Some(c.plus(&b, -k)),
        (_, Some(k)) => Some(c.plus(&a, -k)),
        (None, None) => None,
    }
}

/// The wire that a constraint says is 0 or 1: `q·w² − q·w = 0` with `q ≠ 0`, however it is written.
pub(super) fn boolean(constraint: Constraint<'_>) -> Option<u32> {
    let parts = [constraint.a, constraint.b, constraint.c];
    let wire = constraint.a.last()?.wire;
    if wire == 0 || parts.iter().any(|part| part.iter().any(|term| term.wire != 0 && term.wire != wire)) {
        return None;
    }
    let [(a1, a0), (b1, b0), (c1, c0)] = parts.map(|part| {
        let form = Form::of(part);
        (form.terms.first().map_or(F::ZERO, |term| term.coeff), form.constant)
    });
    let (square, plain, constant) = (a1 * b1, a1 * b0 + a0 * b1 - c1, a0 * b0 - c0);
    (square != F::ZERO && plain == -square && constant == F::ZERO).then_some(wire)
}
