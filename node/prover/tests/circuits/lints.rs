//! The lint: what is unsound over Goldilocks is found by structure, what circomlib can't mean by name.

use crate::support::{P, System, Terms, sample};
use dpgn_prover::circuit::{CircuitLimits, Lint, R1cs, Severity, Sym, inspect, lint};

fn minus(x: u64) -> u64 {
    (P - x) % P
}

fn multiply(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(P)) as u64
}

fn power(exponent: u32) -> u64 {
    (0..exponent).fold(1, |power, _| multiply(power, 2))
}

/// Ways to write that a wire is 0 or 1.
fn booleans(wire: u32) -> [[Terms; 3]; 5] {
    let (own, less_one) = (vec![(wire, 1)], vec![(0, minus(1)), (wire, 1)]);
    [
        [own.clone(), less_one.clone(), vec![]],
        [less_one.clone(), own.clone(), vec![]],
        [vec![(wire, minus(1))], less_one, vec![]],
        [vec![(wire, 9)], vec![(0, 5), (wire, minus(5))], vec![]],
        [own.clone(), own.clone(), own],
    ]
}

/// `bits` boolean wires from wire 2 on, and wire 1 as their sum, both sides scaled, in one of three forms.
fn sum_of_bits(bits: u32, form: usize, scale: u64) -> System {
    let mut constraints: Vec<_> = (0..bits).map(|bit| booleans(2 + bit)[bit as usize % 5].clone()).collect();
    let sum: Terms = (0..bits).map(|bit| (2 + bit, multiply(scale, power(bit)))).collect();
    let one = vec![(0, 1)];
    constraints.push(match form {
        // sum · 1 = x
        0 => [sum, one, vec![(1, scale)]],
        // 0 · 0 = x − sum
        1 => [vec![], vec![], [vec![(1, minus(scale))], sum].concat()],
        // x · x = sum, as if the compiler had put the sum where a signal was
        _ => [vec![(1, 1)], vec![(1, 1)], sum],
    });
    System { wires: bits + 2, outputs: 0, inputs: 0, constraints }
}

fn lints(system: &System, sym: Option<&str>) -> Vec<Lint> {
    let limits = CircuitLimits::default();
    let sym = sym.map(|text| Sym::parse(text.as_bytes(), &limits).unwrap());
    lint(&R1cs::parse(&system.file(), &limits).unwrap(), sym.as_ref())
}

fn codes(lints: &[Lint]) -> Vec<&str> {
    lints.iter().map(|lint| lint.code).collect()
}

#[test]
fn sums_of_64_bits_are_errors_and_of_63_are_not() {
    for form in 0..3 {
        for scale in [1, minus(1), 2, minus(1 << 40), 12_345] {
            let found = lints(&sum_of_bits(64, form, scale), Some("1,2,0,main.bits[0]"));
            assert_eq!(codes(&found), ["wide-bit-sum"], "form {form}, scale {scale}");
            assert_eq!((found[0].severity, found[0].constraint), (Severity::Error, Some(64)));
            assert_eq!(found[0].signal.as_deref(), Some("main.bits[0]"));
            assert!(lints(&sum_of_bits(63, form, scale), None).is_empty(), "form {form}, scale {scale}");
        }
    }
    assert_eq!(codes(&lints(&sum_of_bits(254, 0, 1), None)), ["wide-bit-sum"]);
}

/// With `--O2` the compiler puts `(x − the other bits) / 2^k` where bit `k` was.
#[test]
fn a_bit_that_was_optimised_away_is_counted() {
    for (bits, found) in [(64, vec!["wide-bit-sum"]), (63, vec![])] {
        for gone in [0, 17, bits - 1] {
            let mut system = sum_of_bits(bits, 0, 1);
            system.constraints.pop();
            let divide = |x: u64| multiply(x, power(192 - gone));
            let others = (0..bits).filter(|bit| *bit != gone).map(|bit| (2 + bit, minus(divide(power(bit)))));
            let bit: Terms = [(1, divide(1))].into_iter().chain(others).collect();
            let less_one: Terms =
                [vec![(0, minus(3))], bit.iter().map(|term| (term.0, multiply(3, term.1))).collect()].concat();
            for constraint in [
                [bit.clone(), less_one.clone(), vec![]],
                [less_one, bit.clone(), vec![]],
                [bit.clone(), bit.clone(), bit],
            ] {
                system.constraints[gone as usize] = constraint;
                assert_eq!(codes(&lints(&system, None)), found, "{bits} bits without {gone}");
            }
        }
    }
}

#[test]
fn two_solutions_do_exist_for_64_bits_and_the_field_takes_both() {
    let system = sum_of_bits(64, 0, 1);
    let values = |x: u64| {
        let bits = (0..64).map(move |bit| x >> bit & 1);
        [1, x % P].into_iter().chain(bits).collect::<Vec<_>>()
    };
    assert_eq!(system.first_failure(&values(5)), None);
    let mut other = values(5 + P);
    other[1] = 5;
    assert_eq!(system.first_failure(&other), None);
}

#[test]
fn an_addition_of_three_numbers_is_no_decomposition() {
    let bits = 40;
    let mut system = sum_of_bits(3 * bits, 0, 1);
    let term = |word: u32, sign: fn(u64) -> u64| (0..bits).map(move |bit| (2 + word * bits + bit, sign(power(bit))));
    let sum = term(0, |x| x).chain(term(1, |x| x)).chain(term(2, minus)).collect();
    *system.constraints.last_mut().unwrap() = [vec![], vec![], sum];
    assert!(lints(&system, None).is_empty());
}

#[test]
fn sums_of_wires_that_are_no_bits_are_fine() {
    let mut system = sum_of_bits(64, 0, 1);
    system.constraints.remove(10);
    assert!(lints(&system, None).is_empty());
    let mut counted = sum_of_bits(100, 0, 1);
    counted.constraints.last_mut().unwrap()[0].iter_mut().for_each(|term| term.1 = 1);
    assert!(lints(&counted, None).is_empty());
}

#[test]
fn fifth_powers_are_warned_of_and_seventh_are_not() {
    let product = |a: u32, b: u32, c: u32| [vec![(a, 1)], vec![(b, 1)], vec![(c, 1)]];
    let fifth = System::default_with(vec![product(1, 1, 2), product(2, 2, 3), product(3, 1, 4)]);
    let found = lints(&fifth, None);
    assert_eq!(codes(&found), ["x5-sbox"]);
    assert_eq!((found[0].severity, found[0].constraint), (Severity::Warning, Some(2)));
    let seventh = vec![product(1, 1, 2), product(2, 2, 3), product(3, 2, 4), product(4, 1, 5)];
    assert!(lints(&System::default_with(seventh), None).is_empty());
}

impl System {
    fn default_with(constraints: Vec<[Terms; 3]>) -> Self {
        Self { wires: 6, outputs: 0, inputs: 0, constraints }
    }
}

#[test]
fn public_wires_without_a_constraint_are_warned_of() {
    let mut system = System::default_with(vec![[vec![(1, 1)], vec![(1, 1)], vec![(3, 1)]]]);
    (system.outputs, system.inputs) = (1, 1);
    let found = lints(&system, Some("1,1,0,main.out\n2,2,0,main.nonce"));
    assert_eq!(codes(&found), ["unconstrained-public"]);
    assert_eq!(found[0].signal.as_deref(), Some("main.nonce"));
}

#[test]
fn circomlibs_templates_for_another_field_are_known_by_name() {
    let system = System::default_with(vec![[vec![(1, 1)], vec![(1, 1)], vec![(3, 1)]]]);
    for (path, code) in [
        ("main.h.pEx.sigmaF[0][1].in2", "poseidon"),
        ("main.myPoseidon.out", "poseidon"),
        ("main.n2b.aliasCheck.in[3]", "alias-check"),
        ("main.c.sout", "comp-constant"),
        ("main.ver.mulFix.out[0]", "babyjub"),
        ("main.eddsa.msg", "babyjub"),
        ("main.hash.window[3].out8[0]", "pedersen"),
        ("main.m.xL_in", "mimc"),
    ] {
        let found = lints(&system, Some(&format!("1,1,0,{path}")));
        assert_eq!(codes(&found), [code], "{path}");
        assert_eq!((found[0].severity, found[0].signal.as_deref()), (Severity::Warning, Some(path)));
    }
    assert!(lints(&system, Some("1,1,0,main.lessThan.n2b.out[3]")).is_empty());
}

#[test]
fn the_samples_are_clean_and_described() {
    let limits = CircuitLimits::default();
    let r1cs = R1cs::parse(&sample("adult.r1cs"), &limits).unwrap();
    let sym = Sym::parse(&sample("adult.sym"), &limits).unwrap();
    let seen = inspect(&r1cs, Some(&sym)).unwrap();
    assert_eq!(seen.lints, []);
    assert_eq!((seen.constraints, seen.wires, seen.private_inputs), (1_019, 1_022, 5));
    let names: Vec<_> = seen.public.iter().map(|signal| (signal.name.as_deref(), signal.output)).collect();
    assert_eq!(names[0], (Some("main.commitment[0]"), true));
    assert_eq!(names[4], (Some("main.today"), false));
    let degrees: Vec<u8> = seen.degrees.iter().map(|(_, degree)| degree.get()).collect();
    assert_eq!(degrees, [9, 9, 14, 14, 15]);
}
