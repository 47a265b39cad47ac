//! The translator against random systems: what satisfies the R1CS satisfies the circuit, and nothing else does.
//!
//! For given wires every other cell of the circuit follows from its gates, so a witness that the circuit
//! refuses shows as a conflict while plonky2's generators run. One that passes is checked gate by gate here.
//!
//! `DPGN_SOUNDNESS_CASES` sets how many systems are tried (default 150), `DPGN_SOUNDNESS_SEED` which.

use crate::support::{P, Random, System, Terms, degree, level, wtns};
use dpgn_prover::{
    circuit::{self, Circuit, CircuitLimits, Inputs, R1cs, Recipe, WitnessError},
    level::{C, D, F},
};
use plonky2::{
    field::{
        extension::{Extendable, FieldExtension},
        polynomial::PolynomialValues,
        types::{Field, PrimeField64},
    },
    hash::{hash_types::HashOut, poseidon::PoseidonHash},
    iop::{
        generator::generate_partial_witness,
        target::Target,
        witness::{PartialWitness, PartitionWitness, Witness},
    },
    plonk::{config::Hasher, vars::EvaluationVars},
};
use std::{env::VarError, ops::ControlFlow};

type Extension = <F as Extendable<D>>::Extension;

fn lift(value: F) -> Extension {
    <Extension as FieldExtension<D>>::from_basefield(value)
}

/// A circuit with its constants laid out by row, to evaluate gates on witnesses.
struct Judge {
    circuit: Circuit,
    constants: Vec<PolynomialValues<F>>,
}

impl Judge {
    fn new(system: &System) -> Self {
        let r1cs = R1cs::parse(&system.file(), &CircuitLimits::default()).unwrap();
        let circuit = circuit::build(&Recipe::r1cs(&r1cs), level(1), degree(12), &mut || ControlFlow::Continue(()));
        let circuit = circuit.unwrap();
        let common = &circuit.data.common;
        let polynomials = &circuit.data.prover_only.constants_sigmas_commitment.polynomials;
        let constants = polynomials[..common.num_constants].iter().map(|poly| poly.clone().fft()).collect();
        Self { circuit, constants }
    }

    /// Whether the circuit accepts these wires, put into it past every check of ours.
    fn accepts(&self, values: &[u64]) -> bool {
        let mut witness = PartialWitness::new();
        for (index, value) in [1, 2, 3, 4].iter().chain(&values[1..]).enumerate() {
            witness.target_values.insert(Target::VirtualTarget { index }, F::from_canonical_u64(*value));
        }
        let data = &self.circuit.data;
        match generate_partial_witness::<F, C, D>(witness, &data.prover_only, &data.common) {
            Err(_) => false,
            Ok(witness) => {
                let public: Vec<F> =
                    data.prover_only.public_inputs.iter().map(|target| witness.get_target(*target)).collect();
                let hash = PoseidonHash::hash_no_pad(&public);
                self.gates_hold(&witness, hash);
                true
            }
        }
    }

    /// Every gate constraint of every row is zero.
    fn gates_hold(&self, witness: &PartitionWitness<'_, F>, public_inputs_hash: HashOut<F>) {
        let common = &self.circuit.data.common;
        let selectors = common.selectors_info.num_selectors();
        for row in 0..common.degree() {
            // Of the selectors, the one in use holds the gate's number; the others hold a number no gate has.
            let gate = self.constants[..selectors].iter().find_map(|selector| {
                let number = selector.values[row].to_canonical_u64();
                common.gates.get(usize::try_from(number).ok()?)
            });
            let constants: Vec<_> = self.constants[selectors..].iter().map(|of| lift(of.values[row])).collect();
            let cell = |column| witness.try_get_target(Target::wire(row, column)).unwrap_or(F::ZERO);
            let locals: Vec<_> = (0..common.config.num_wires).map(|column| lift(cell(column))).collect();
            let vars = EvaluationVars {
                local_constants: &constants,
                local_wires: &locals,
                public_inputs_hash: &public_inputs_hash,
            };
            let gate = gate.expect("every row has a gate");
            assert!(gate.0.eval_unfiltered(vars).iter().all(|value| *value == Extension::ZERO), "row {row}");
        }
    }

    /// The crate, the circuit and plain arithmetic agree about a witness. Returns whether it is good.
    fn agree(&self, system: &System, values: &[u64]) -> bool {
        let failure = system.first_failure(values);
        let assigned = self.circuit.assign(&Inputs::new(wtns(values)), [1, 2, 3, 4]);
        match (&failure, assigned) {
            (None, Ok(_)) => {}
            (Some(at), Err(WitnessError::Unsatisfied(failed))) => assert_eq!(failed.constraint, *at),
            (_, assigned) => panic!("{failure:?} but {:?}: {system:?} {values:?}", assigned.err()),
        }
        assert_eq!(self.accepts(values), failure.is_none(), "{system:?} {values:?}");
        failure.is_none()
    }
}

const COEFFS: [u64; 12] = [1, 1, 1, 2, P - 1, P - 1, P - 2, 0, 3, 1 << 32, (P - 1) / 2, P - 4];
const VALUES: [u64; 10] = [0, 0, 1, 1, 2, 3, P - 1, 1 << 32, 0xffff_ffff, P - 0xffff_ffff];

fn coeff(random: &mut Random) -> u64 {
    if random.below(6) == 0 { random.next() % P } else { random.one_of(&COEFFS) }
}

fn terms(random: &mut Random, wires: u32) -> Terms {
    let count = random.one_of(&[0, 1, 1, 1, 2, 2, 3, 5]);
    (0..count).map(|_| (random.below(wires as usize) as u32, coeff(random))).collect()
}

fn multiply(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(P)) as u64
}

fn add(a: u64, b: u64) -> u64 {
    ((u128::from(a) + u128::from(b)) % u128::from(P)) as u64
}

fn inverse(a: u64) -> u64 {
    (0..63).rev().fold(a, |power, bit| {
        let square = multiply(power, power);
        if (P - 2) >> bit & 1 == 1 { multiply(square, a) } else { square }
    })
}

fn value(terms: &Terms, values: &[u64]) -> u64 {
    terms.iter().fold(0, |sum, (wire, coeff)| add(sum, multiply(*coeff, values[*wire as usize])))
}

/// A random constraint that these values satisfy.
fn constraint(random: &mut Random, values: &[u64]) -> [Terms; 3] {
    let wires = values.len() as u32;
    let wire = random.below(wires as usize) as u32;
    if values[wire as usize] <= 1 && random.below(3) == 0 {
        return boolean(random, wire);
    }
    let (mut a, mut b, mut c) = (terms(random, wires), terms(random, wires), terms(random, wires));
    if random.below(4) == 0 {
        b = vec![(0, coeff(random))];
    }
    if random.below(4) == 0 {
        a.clone_from(&b);
    }
    // One more term makes it true, on a wire that is not zero: the constant one at the worst.
    let missing = add(multiply(value(&a, values), value(&b, values)), P - value(&c, values));
    let at = if values[wire as usize] == 0 { 0 } else { wire };
    c.push((at, multiply(missing, inverse(values[at as usize]))));
    [a, b, c]
}

/// `2 · x · y = z + k`: many of these share the scale of their products.
fn doubled(random: &mut Random, values: &[u64]) -> [Terms; 3] {
    let mut wire = || 1 + random.below(values.len() - 1);
    let (x, y, z) = (wire(), wire(), wire());
    let missing = add(multiply(2, multiply(values[x], values[y])), P - values[z]);
    [vec![(x as u32, 2)], vec![(y as u32, 1)], vec![(z as u32, 1), (0, missing)]]
}

/// `wire` is 0 or 1, in one of the ways to write it.
fn boolean(random: &mut Random, wire: u32) -> [Terms; 3] {
    let (k, m) = (1 + random.next() % (P - 1), 1 + random.next() % (P - 1));
    let (k, m) = if random.below(2) == 0 { (1, P - 1) } else { (k, m) };
    let minus = |x: u64| (P - x) % P;
    let own = vec![(wire, k)];
    let less_one = vec![(0, minus(m)), (wire, m)];
    match random.below(4) {
        0 => [own, less_one, vec![]],
        1 => [less_one, own, vec![(wire, 0)]],
        2 => [own, vec![(wire, m)], vec![(wire, multiply(k, m))]],
        _ => [less_one.clone(), less_one, vec![(0, multiply(m, m)), (wire, minus(multiply(m, m)))]],
    }
}

fn case(random: &mut Random) -> (System, Vec<u64>) {
    let wires = 2 + random.below(7) as u32;
    let mut values: Vec<u64> = (0..wires).map(|_| random.one_of(&VALUES)).collect();
    values[0] = 1;
    if random.below(3) == 0 {
        values.iter_mut().skip(1).for_each(|value| *value = random.next() % P);
    }
    let count = 1 + random.below(10);
    let mut constraints: Vec<[Terms; 3]> = (0..count).map(|_| constraint(random, &values)).collect();
    if random.below(4) == 0 {
        constraints.push(constraints[0].clone());
    }
    if random.below(8) == 0 {
        constraints.extend((0..12).map(|_| doubled(random, &values)));
    }
    let outputs = random.below(wires as usize) as u32;
    let inputs = random.below((wires - outputs) as usize) as u32;
    (System { wires, outputs, inputs, constraints }, values)
}

fn setting(value: Result<String, VarError>, default: u64) -> u64 {
    value.map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{value} is no number")))
}

#[test]
fn the_circuit_accepts_exactly_what_the_r1cs_accepts() {
    let cases = setting(std::env::var("DPGN_SOUNDNESS_CASES"), 150);
    let seed = setting(std::env::var("DPGN_SOUNDNESS_SEED"), 1);
    let (mut good, mut bad) = (0u64, 0u64);
    for number in 0..cases {
        let mut random = Random(seed.wrapping_mul(1 << 32).wrapping_add(number));
        let (system, values) = case(&mut random);
        let judge = Judge::new(&system);
        assert!(judge.agree(&system, &values), "case {number}: the witness was made to satisfy");
        for wire in 1..values.len() {
            for change in [add(values[wire], 1), random.one_of(&VALUES), random.next() % P, 1 - values[wire].min(1)] {
                let mut changed = values.clone();
                changed[wire] = change;
                *(if judge.agree(&system, &changed) { &mut good } else { &mut bad }) += 1;
            }
        }
    }
    println!("{cases} systems, {bad} false witnesses refused, {good} true ones accepted");
    assert!(bad > good, "most changes break something");
}

#[test]
fn random_systems_prove_and_their_proofs_show_the_public_wires() {
    for seed in 0..12 {
        let (system, values) = case(&mut Random(1_000 + seed));
        let circuit = Judge::new(&system).circuit;
        let witness = circuit.assign(&Inputs::new(wtns(&values)), [1, 2, 3, 4]).unwrap();
        let proof = circuit.data.prove(witness).unwrap();
        let public = system.outputs as usize + system.inputs as usize;
        let shown: Vec<u64> = proof.public_inputs.iter().map(|element| element.to_canonical_u64()).collect();
        assert_eq!(shown, [&[1, 2, 3, 4], &values[1..1 + public]].concat());
        for at in 0..shown.len() {
            let mut other = proof.clone();
            other.public_inputs[at] += F::ONE;
            assert!(circuit.data.verify(other).is_err(), "public input {at}");
        }
        circuit.data.verify(proof).unwrap();
    }
}

/// Plain constraint forms that a translator could lose, each with a witness it must refuse.
#[test]
fn degenerate_constraints_are_enforced() {
    let one = || vec![(0, 1)];
    let refused: [([Terms; 3], [u64; 3]); 8] = [
        // 0 · x = y: y is zero.
        ([vec![], vec![(1, 1)], vec![(2, 1)]], [1, 5, 6]),
        // x · 1 = 7.
        ([vec![(1, 1)], one(), vec![(0, 7)]], [1, 8, 0]),
        // (x − x + 1) · y = 3, which is linear after all.
        ([vec![(1, 1), (0, 1), (1, P - 1)], vec![(2, 1)], vec![(0, 3)]], [1, 9, 4]),
        // x · y = 0.
        ([vec![(1, 1)], vec![(2, 1)], vec![]], [1, 2, 3]),
        // x · x = 0.
        ([vec![(1, 1)], vec![(1, 1)], vec![]], [1, 2, 3]),
        // x = y.
        ([vec![(1, 1), (2, P - 1)], one(), vec![]], [1, 2, 3]),
        // (x + 1) · (x + 1) = y + 5, nothing with coefficient one alone.
        ([vec![(1, 2), (0, 2)], vec![(1, 3), (0, 3)], vec![(2, 6), (0, 30)]], [1, 2, 3]),
        // x · (x − 2) = 0 is no boolean.
        ([vec![(1, 1)], vec![(1, 1), (0, P - 2)], vec![]], [1, 1, 0]),
    ];
    for (constraint, values) in refused {
        let system = System { wires: 3, outputs: 2, inputs: 0, constraints: vec![constraint] };
        assert!(!Judge::new(&system).agree(&system, &values), "{system:?}");
    }
    let empty = System { wires: 3, outputs: 1, inputs: 1, constraints: vec![[vec![], vec![], vec![]]] };
    assert!(Judge::new(&empty).agree(&empty, &[1, 2, 3]));
}
