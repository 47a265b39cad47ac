//! Findings from the constraints alone.
//!
//! A compiler that optimises hard can still hide a sum of bits: where it replaced a bit by several other wires.

use super::{Lint, Severity};
use crate::circuit::goldilocks::Element as F;
use crate::circuit::{
    plan::{Equal, Form, Step, boolean, linear, plan},
    r1cs::{Constraint, R1cs, Term},
    sym::Sym,
};
use std::collections::{BTreeMap, BTreeSet};

/// 2^64 sums of 64 bits don't fit into fewer than 2^64 elements.
const BITS_MIN: usize = 64;
/// The order of 2 in Goldilocks' multiplicative group.
const ORDER_OF_TWO: u64 = 192;
/// 2 to this power is −1.
const MINUS_ONE: u64 = ORDER_OF_TWO / 2;
/// Stands for a bit whose wire the compiler has replaced by what it equals: no wire has this number.
const ELIMINATED: u32 = u32::MAX;
/// Findings of one kind that are listed.
const LISTED_MAX: usize = 32;

pub(super) fn lint(r1cs: &R1cs, sym: Option<&Sym>) -> Vec<Lint> {
    let mut lints = wide_bit_sums(r1cs, sym);
    lints.extend(fifth_powers(r1cs, sym));
    lints.extend(loose_public_wires(r1cs, sym));
    lints
}

/// Sums of 64 or more different bits times different powers of two. Some value has two decompositions, so
/// what is derived from the bits may lie: ranges, comparisons, hashes of the bits.
fn wide_bit_sums(r1cs: &R1cs, sym: Option<&Sym>) -> Vec<Lint> {
    let mut bits: BTreeSet<u32> = r1cs.constraints().filter_map(boolean).collect();
    bits.insert(ELIMINATED);
    let powers = powers_of_two();
    let mut seen = BTreeSet::new();
    let mut lints = Vec::new();
    for (index, constraint) in r1cs.constraints().enumerate() {
        for form in combinations(constraint) {
            let Some((first, count)) = bit_sum(&form, &bits, &powers) else { continue };
            if lints.len() < LISTED_MAX && seen.insert(first) {
                lints.push(Lint {
                    severity: Severity::Error,
                    code: "wide-bit-sum",
                    message: format!(
                        "at least {count} bits are summed times powers of two: over Goldilocks, which has less than \
                         2^64 elements, such a sum has two solutions for some values"
                    ),
                    hint: "Num2Bits(n) is unique for n up to 63, LessThan(n) and its kin are true for n up to 62; \
                           split larger numbers into limbs",
                    constraint: Some(index),
                    signal: name(sym, first),
                });
            }
        }
    }
    lints
}

/// The sums a constraint is made of: one if it is linear, else its three sides. The compiler may have put the
/// bits of a number into any of them, where the number itself was; and for one of the bits the rest of the sum.
fn combinations(constraint: Constraint<'_>) -> Vec<Form> {
    let Constraint { a, b, c } = constraint;
    if a.len() + b.len() + c.len() < BITS_MIN {
        return Vec::new();
    }
    match (linear(constraint), eliminated_bit(constraint)) {
        (Some(form), _) | (None, Some(form)) => vec![form],
        (None, None) => [a, b, c].map(Form::of).into(),
    }
}

/// The form that a constraint says is 0 or 1, less the bit that it stands for.
fn eliminated_bit(constraint: Constraint<'_>) -> Option<Form> {
    let [mut a, mut b, mut c] = [constraint.a, constraint.b, constraint.c].map(Form::of);
    let scale = a.normalise() * b.normalise();
    let lead = c.normalise();
    // `scale · a · b = lead · a` is `a · (b − lead / scale) = 0`, and so for `b`.
    match c.as_constant() {
        Some(k) if k == F::ZERO => {}
        _ if c == a => b.constant -= lead / scale,
        _ if c == b => a.constant -= lead / scale,
        _ => return None,
    }
    let distance = a.constant - b.constant;
    if a.terms != b.terms || distance == F::ZERO {
        return None;
    }
    a.scale(distance.inverse());
    a.terms.push(Term { wire: ELIMINATED, coeff: F::NEG_ONE });
    Some(a)
}

/// 2^0 to 2^191 and their exponents.
fn powers_of_two() -> BTreeMap<u64, u64> {
    (0..ORDER_OF_TWO).map(|exponent| (F::TWO.power(exponent).get(), exponent)).collect()
}

/// The lowest wire and the number of bits, if enough bits of the form have coefficients `±u · 2^k` with
/// different `k` below 96, for any one `u`.
///
/// The sign is no matter, since 1 − b is a bit as well; so a sum that says `x + y = z` of three decompositions
/// counts as many bits as the widest of them.
fn bit_sum(form: &Form, bits: &BTreeSet<u32>, powers: &BTreeMap<u64, u64>) -> Option<(u32, usize)> {
    let of_bits = || form.terms.iter().filter(|term| bits.contains(&term.wire));
    if of_bits().count() < BITS_MIN {
        return None;
    }
    // Elements whose ratio is a power of two have the same 192nd power.
    let mut classes: BTreeMap<u64, Vec<&Term>> = BTreeMap::new();
    for term in of_bits() {
        classes.entry(term.coeff.power(ORDER_OF_TWO).get()).or_default().push(term);
    }
    let found = classes.values().filter_map(|terms| {
        let first = terms.first()?;
        let unit = first.coeff.inverse();
        let exponent = |term: &&Term| Some(powers.get(&(term.coeff * unit).get())? % MINUS_ONE);
        let exponents: BTreeSet<u64> = terms.iter().filter_map(exponent).collect();
        (exponents.len() >= BITS_MIN).then_some((first.wire, exponents.len()))
    });
    found.max_by_key(|(_, count)| *count)
}

/// `x · x = x2`, `x2 · x2 = x4`, `x4 · x = …`: the S-box of circomlib's Poseidon and MiMCSponge.
fn fifth_powers(r1cs: &R1cs, sym: Option<&Sym>) -> Option<Lint> {
    // What a wire is the square of, and what it is the fourth power of.
    let mut squares: BTreeMap<u32, Form> = BTreeMap::new();
    let mut fourths: BTreeMap<u32, Form> = BTreeMap::new();
    let mut found = Vec::new();
    for (index, constraint) in r1cs.constraints().enumerate() {
        let Step::Product { a, b, rest, equal, .. } = plan(constraint) else { continue };
        let single = |form: &Form| match form.terms.as_slice() {
            [term] if form.constant == F::ZERO => Some(term.wire),
            _ => None,
        };
        let fifth = |fourth: &Form, other: &Form| single(fourth).and_then(|wire| fourths.get(&wire)) == Some(other);
        if fifth(&a, &b) || fifth(&b, &a) {
            found.push((index, single(&a).or(single(&b))));
        }
        if let (true, Some(0), Equal::Wire(wire)) = (a == b, rest.as_constant().map(|k| k.get()), equal) {
            if let Some(base) = single(&a).and_then(|wire| squares.get(&wire)) {
                fourths.insert(wire, base.clone());
            }
            squares.insert(wire, a);
        }
    }
    let (index, wire) = *found.first()?;
    Some(Lint {
        severity: Severity::Warning,
        code: "x5-sbox",
        message: format!("{} fifth powers: 5 divides p − 1, so over Goldilocks x^5 is no permutation", found.len()),
        hint: "circomlib's Poseidon and MiMCSponge are made for another field; use SHA-256, or a hash made for \
               Goldilocks (x^7) with a digest of four elements",
        constraint: Some(index),
        signal: wire.and_then(|wire| name(sym, wire)),
    })
}

/// Public wires that no constraint mentions: a proof shows them and says nothing about them.
fn loose_public_wires(r1cs: &R1cs, sym: Option<&Sym>) -> Vec<Lint> {
    let terms = r1cs.constraints().flat_map(|constraint| [constraint.a, constraint.b, constraint.c]).flatten();
    let public = r1cs.public_wires();
    let used: BTreeSet<u32> = terms.map(|term| term.wire).filter(|wire| public.contains(wire)).collect();
    let loose = r1cs.public_wires().filter(|wire| !used.contains(wire));
    let lint = |wire| Lint {
        severity: Severity::Warning,
        code: "unconstrained-public",
        message: format!("no constraint mentions the public wire {wire}: any value can be proven for it"),
        hint: "constrain the signal, or leave it out",
        constraint: None,
        signal: name(sym, wire),
    };
    loose.take(LISTED_MAX).map(lint).collect()
}

fn name(sym: Option<&Sym>, wire: u32) -> Option<String> {
    sym?.name(wire).map(str::to_owned)
}
