//! Circuits drawn at random from all gates that plonky2's builder lays: proved with all kernels of this machine, byte for byte as
//! plonky2 proves them.

use super::{tests::assert_same_bytes, *};
use crate::{
    level::CircuitData,
    testing::{Draws, built, laid_recursion, level, proved, tagged},
};
use plonky2::{
    field::types::Field,
    iop::{
        ext_target::ExtensionTarget,
        target::{BoolTarget, Target},
        witness::WitnessWrite,
    },
    plonk::circuit_builder::CircuitBuilder,
    util::reducing::ReducingFactorTarget,
};
use std::{collections::BTreeSet, env, sync::Arc};

/// The number of circuits unless the environment names another.
const CIRCUITS: usize = 6;
/// Bits of the values that are split, looked up or used as an index.
const SMALL_BITS: usize = 8;

/// What there is to compute with.
struct Scope {
    elements: Vec<Target>,
    pairs: Vec<ExtensionTarget<D>>,
    bits: Vec<BoolTarget>,
    /// Values below 2^8.
    small: Vec<Target>,
    /// Tables of all such values.
    tables: Vec<usize>,
}

impl Scope {
    fn pair(&self, draws: &mut Draws) -> ExtensionTarget<D> {
        draws.of(&self.pairs)
    }

    fn element(&self, draws: &mut Draws) -> Target {
        draws.of(&self.elements)
    }

    /// Lays one operation on what is there, and adds its results.
    fn lay(&mut self, builder: &mut CircuitBuilder<F, D>, draws: &mut Draws) {
        let (a, b, c) = (self.element(draws), self.element(draws), self.element(draws));
        let (p, q) = (self.pair(draws), self.pair(draws));
        let (bit, small) = (draws.of(&self.bits), draws.of(&self.small));
        match draws.below(16) {
            0 => self.elements.push(builder.arithmetic(draws.element(), draws.element(), a, b, c)),
            1 => self.elements.push(builder.mul_add(a, b, c)),
            2 => {
                let r = self.pair(draws);
                self.pairs.push(builder.arithmetic_extension(draws.element(), draws.element(), p, q, r));
            }
            3 => self.pairs.push(builder.mul_extension_with_const(draws.element(), p, q)),
            4 => self.bits.extend(builder.split_le(small, SMALL_BITS)),
            5 => builder.range_check(small, draws.below(20) + SMALL_BITS),
            6 => self.elements.push(builder.exp(a, small, SMALL_BITS)),
            7 => {
                let size = draws.below(4) + 1;
                let index = (0..size).map(|_| draws.of(&self.bits)).collect::<Vec<_>>();
                let index = builder.le_sum(index.iter());
                let list = (0..1 << size).map(|_| self.element(draws)).collect();
                self.elements.push(builder.random_access(index, list));
            }
            8 => {
                let list: Vec<Target> = (0..draws.below(60) + 1).map(|_| self.element(draws)).collect();
                self.pairs.push(ReducingFactorTarget::new(p).reduce_base(&list, builder));
            }
            9 => {
                let list: Vec<ExtensionTarget<D>> = (0..draws.below(40) + 1).map(|_| self.pair(draws)).collect();
                self.pairs.push(ReducingFactorTarget::new(q).reduce(&list, builder));
            }
            10 | 11 => {
                let list: Vec<Target> = (0..draws.below(20) + 1).map(|_| self.element(draws)).collect();
                self.elements.extend(builder.hash_n_to_hash_no_pad::<PoseidonHash>(list).elements);
            }
            12 => {
                if let Some(&table) = self.tables.get(draws.below(2)) {
                    self.small.push(builder.add_lookup_from_index(small, table));
                }
            }
            13 => self.elements.push(builder.select(bit, a, b)),
            14 => {
                let one = builder.one();
                let sum = builder.mul_add(a, a, one);
                self.elements.push(builder.inverse(sum));
            }
            _ => self.bits.push(builder.is_equal(a, b)),
        }
    }
}

/// Lays operations on some inputs, which get values.
fn lay(builder: &mut CircuitBuilder<F, D>, draws: &mut Draws, inputs: &mut PartialWitness<F>) {
    let mut input = |value| {
        let target = builder.add_virtual_target();
        inputs.set_target(target, value).unwrap();
        target
    };
    let elements: Vec<Target> = (0..4).map(|_| input(draws.element())).collect();
    let small = (0..3).map(|_| input(F::from_canonical_usize(draws.below(1 << SMALL_BITS)))).collect();
    let pairs = vec![ExtensionTarget([elements[0], elements[1]]), ExtensionTarget([elements[2], elements[3]])];
    let table = |shift: u16| Arc::new((0..1 << SMALL_BITS).map(|x: u16| (x, (x * 7 + shift) % 256)).collect());
    let tables = (0..draws.below(3)).map(|at| builder.add_lookup_table_from_pairs(table(at as u16))).collect();
    let bits = vec![builder._true(), builder._false()];
    let mut scope = Scope { elements, pairs, bits, small, tables };
    // A table that nothing looks up has no rows, and plonky2 no proof for it.
    for &table in &scope.tables {
        let output = builder.add_lookup_from_index(scope.small[0], table);
        scope.elements.push(output);
    }
    for _ in 0..draws.below(150) + 10 {
        scope.lay(builder, draws);
    }
    builder.register_public_inputs(&[draws.of(&scope.elements), draws.of(&scope.elements), draws.of(&scope.small)]);
}

/// A circuit, and inputs for it. One in six verifies a proof as well, which takes gates that nothing else lays; one in twelve, the
/// last, is blinded.
fn circuit(turn: usize, draws: &mut Draws) -> (CircuitData, PartialWitness<F>) {
    let mut more = PartialWitness::new();
    let (builder, mut inputs) = if turn.is_multiple_of(6) {
        laid_recursion(70, |builder| {
            lay(builder, draws, &mut more);
            builder.add_virtual_target()
        })
    } else {
        let (mut builder, tag) = tagged(level(if turn % 12 == 11 { 3 } else { draws.of(&[1, 2]) }));
        lay(&mut builder, draws, &mut more);
        (builder, crate::testing::inputs(&tag, &[1, 2, 3, 4]))
    };
    inputs.target_values.extend(more.target_values);
    (built(builder), inputs)
}

#[test]
fn circuits_drawn_at_random_are_proved_as_plonky2_proves_them() {
    let circuits = env::var("DPGN_CIRCUITS").map_or(CIRCUITS, |count| count.parse().unwrap());
    let draws = &mut Draws(0x5eed_0018);
    let mut gates = BTreeSet::new();
    for turn in 0..circuits {
        let (data, inputs) = circuit(turn, draws);
        gates.extend(data.common.gates.iter().map(|gate| name(&gate.0.id())));
        if data.common.config.zero_knowledge {
            // Two proofs differ, so that plonky2 is asked whether it is one.
            data.verify(proved(&data, inputs)).unwrap();
        } else {
            assert_same_bytes(&data, inputs);
        }
    }
    let all = [
        "ArithmeticExtensionGate",
        "ArithmeticGate",
        "BaseSumGate",
        "ConstantGate",
        "CosetInterpolationGate",
        "ExponentiationGate",
        "LookupGate",
        "LookupTableGate",
        "MulExtensionGate",
        "NoopGate",
        "PoseidonGate",
        "PoseidonMdsGate",
        "PublicInputGate",
        "RandomAccessGate",
        "ReducingExtensionGate",
        "ReducingGate",
    ];
    if circuits >= CIRCUITS {
        assert_eq!(gates, all.map(str::to_owned).into());
    }
}

/// The name in a gate's id.
fn name(id: &str) -> String {
    id.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default().to_owned()
}

/// Salts make proofs differ, so what comes after them is compared: openings and their proof, of the same commitments.
#[test]
fn openings_of_blinded_commitments_are_plonky2s_own() {
    // A single query is blinded by few rows.
    let mut config = level(3);
    (config.fri_config.num_query_rounds, config.security_bits) = (1, 1);
    let (data, targets) = crate::testing::chain(config, 2);
    let (prover, common) = (&data.prover_only, &data.common);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        let mut watch = |_| ControlFlow::Continue(());
        let meter = &mut Meter::new(&mut watch);
        let inputs = crate::testing::inputs(&targets, &[1, 2, 3, 4, 7]);
        let witness = witness::fill(prover, common, inputs, meter).unwrap();
        let trace = witness::trace(prover, common, witness).unwrap();
        let hash = PoseidonHash::hash_no_pad(&trace.public_inputs);
        let mut transcript = Transcript::new();
        let backend = Arithmetic::fastest();
        let all = commit(prover, common, trace, &hash, &mut transcript, backend.backend(), meter).unwrap();
        let mut open = |arithmetic: Arithmetic| {
            let kernels = arithmetic.backend().kernels();
            openings::open(common, &all, &mut transcript.clone(), kernels, meter).unwrap()
        };
        let expected = open(Arithmetic::Stock);
        assert!(common.config.zero_knowledge);
        for arithmetic in Arithmetic::all() {
            assert!(open(arithmetic) == expected, "{arithmetic}");
        }
    });
}
