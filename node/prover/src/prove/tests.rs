//! The same proofs as plonky2's own prover, and an error wherever that one panics.

use super::*;
use crate::{
    level::CircuitData,
    testing::{chain, inputs, level, lookups, recursion},
};
use plonky2::{
    field::types::Field,
    iop::target::Target,
    plonk::{circuit_builder::CircuitBuilder, prover::prove_with_partition_witness},
    util::timing::TimingTree,
};

fn run(data: &CircuitData, inputs: PartialWitness<F>) -> Result<Proof, ProveError> {
    prove(&data.prover_only, &data.common, inputs, &CpuBackend, &mut |_| ControlFlow::Continue(()))
}

/// Why there is no proof. (A proof's `Debug` fills screens.)
fn refusal(result: Result<Proof, ProveError>) -> ProveError {
    match result {
        Ok(_) => panic!("it was proved"),
        Err(error) => error,
    }
}

/// Both provers from one witness, ours with every arithmetic, on one thread, where the search for the proof of work is
/// deterministic.
pub(super) fn assert_same_bytes(data: &CircuitData, inputs: PartialWitness<F>) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| {
        let mut watch = |_| ControlFlow::Continue(());
        let mut meter = Meter::new(&mut watch);
        let (prover, common) = (&data.prover_only, &data.common);
        let witness = witness::fill(prover, common, inputs, &mut meter).unwrap();
        let stock = prove_with_partition_witness(prover, common, witness.clone(), &mut TimingTree::default()).unwrap();
        for arithmetic in Arithmetic::all() {
            let (mut watch, trace) = (watch, witness::trace(prover, common, witness.clone()).unwrap());
            let ours = prove_trace(prover, common, trace, arithmetic.backend(), &mut Meter::new(&mut watch)).unwrap();
            assert_eq!(ours.proof.wires_cap, stock.proof.wires_cap, "{arithmetic}");
            assert_eq!(ours.proof.plonk_zs_partial_products_cap, stock.proof.plonk_zs_partial_products_cap);
            assert_eq!(ours.proof.quotient_polys_cap, stock.proof.quotient_polys_cap, "{arithmetic}");
            assert_eq!(ours.proof.openings, stock.proof.openings, "{arithmetic}");
            assert_eq!(ours.to_bytes(), stock.to_bytes(), "{arithmetic}");
        }
    });
}

#[test]
fn proofs_are_plonky2s_own_byte_for_byte() {
    for number in [1, 2] {
        let (data, targets) = chain(level(number), 70);
        assert_same_bytes(&data, inputs(&targets, &[1, 2, 3, 4, 7]));
    }
}

/// Gates that kernels have no form for, beside those that they have.
#[test]
fn proofs_of_a_verification_are_plonky2s_own_byte_for_byte() {
    let (data, inputs) = recursion(|builder| builder.add_virtual_target());
    assert_same_bytes(&data, inputs);
}

#[test]
fn proofs_with_lookups_are_plonky2s_own_byte_for_byte() {
    for number in [1, 2] {
        let (data, targets) = lookups(level(number));
        assert_same_bytes(&data, inputs(&targets, &[1, 2, 3, 4, 9]));
    }
}

#[test]
fn a_larger_rate_and_a_tiny_circuit_give_plonky2s_bytes_too() {
    let mut config = level(1);
    config.fri_config.rate_bits = 4;
    let (data, targets) = chain(config, 3);
    assert_same_bytes(&data, inputs(&targets, &[1, 2, 3, 4, 5]));
}

#[test]
fn two_values_for_joined_wires_are_an_error() {
    let mut builder = CircuitBuilder::<F, D>::new(level(1));
    let (a, b) = (builder.add_virtual_target(), builder.add_virtual_target());
    builder.connect(a, b);
    let data = builder.build::<C>();
    let error = refusal(run(&data, inputs(&[a, b], &[1, 2])));
    assert!(matches!(error, ProveError::Unsatisfied(Unsatisfied::Conflict { .. })), "{error}");
}

#[test]
fn a_false_equation_is_an_error() {
    let mut builder = CircuitBuilder::<F, D>::new(level(1));
    let (a, b) = (builder.add_virtual_target(), builder.add_virtual_target());
    let product = builder.mul(a, b);
    let expected = builder.constant(F::from_canonical_u64(36));
    builder.connect(product, expected);
    let data = builder.build::<C>();
    run(&data, inputs(&[a, b], &[4, 9])).unwrap();
    let error = refusal(run(&data, inputs(&[a, b], &[5, 9])));
    assert!(matches!(error, ProveError::Unsatisfied(Unsatisfied::Conflict { .. })), "{error}");
}

#[test]
fn missing_and_unknown_inputs_are_errors() {
    let (data, targets) = chain(level(1), 2);
    let error = refusal(run(&data, inputs(&targets[..4], &[1, 2, 3, 4])));
    assert!(matches!(error, ProveError::Unsatisfied(Unsatisfied::Incomplete { .. })), "{error}");
    let error = refusal(run(&data, inputs(&targets[1..], &[2, 3, 4, 5])));
    assert!(matches!(error, ProveError::Unsatisfied(_)), "{error}");
    let foreign = Target::VirtualTarget { index: 1 << 40 };
    let error = refusal(run(&data, inputs(&[foreign], &[1])));
    assert!(matches!(error, ProveError::Unsatisfied(Unsatisfied::Unknown { .. })), "{error}");
}

#[test]
fn a_division_by_zero_is_an_error() {
    let mut builder = CircuitBuilder::<F, D>::new(level(1));
    let a = builder.add_virtual_target();
    let inverse = builder.inverse(a);
    builder.register_public_input(inverse);
    let data = builder.build::<C>();
    assert!(matches!(refusal(run(&data, inputs(&[a], &[0]))), ProveError::Unsatisfied(_)));
}

#[test]
fn a_value_outside_its_table_is_an_error() {
    let (data, targets) = lookups(level(1));
    let error = refusal(run(&data, inputs(&targets, &[1, 2, 3, 4, 200])));
    assert!(matches!(error, ProveError::Unsatisfied(_)), "{error}");
}

/// Fills in the witness and hands it on.
fn with_trace<T>(data: &CircuitData, inputs: PartialWitness<F>, then: impl FnOnce(Trace, &mut Meter<'_>) -> T) -> T {
    let mut watch = |_| ControlFlow::Continue(());
    let mut meter = Meter::new(&mut watch);
    let witness = witness::fill(&data.prover_only, &data.common, inputs, &mut meter).unwrap();
    let trace = witness::trace(&data.prover_only, &data.common, witness).unwrap();
    then(trace, &mut meter)
}

/// Proves a witness that has been tampered with after it was filled in.
fn run_tampered(data: &CircuitData, inputs: PartialWitness<F>, tamper: impl FnOnce(&mut Trace)) -> ProveError {
    with_trace(data, inputs, |mut trace, meter| {
        tamper(&mut trace);
        let Trace { wires, public_inputs } = trace;
        let errors = Arithmetic::all().map(|arithmetic| {
            let trace = Trace { wires: wires.clone(), public_inputs: public_inputs.clone() };
            refusal(prove_trace(&data.prover_only, &data.common, trace, arithmetic.backend(), meter))
        });
        // All find the same.
        let errors: Vec<ProveError> = errors.collect();
        assert!(errors.iter().all(|error| error.to_string() == errors[0].to_string()), "{errors:?}");
        errors.into_iter().next().unwrap()
    })
}

#[test]
fn a_broken_gate_is_named() {
    let (data, targets) = chain(level(1), 2);
    let error = run_tampered(&data, inputs(&targets, &[1, 2, 3, 4, 5]), |trace| trace.wires[100][1] += F::ONE);
    let ProveError::Violated(Violation::Gate { row: 1, gate, .. }) = error else { panic!("{error}") };
    assert!(gate.starts_with("PoseidonGate"), "{gate}");
}

#[test]
fn any_row_and_any_constraint_of_a_hash_is_checked() {
    let (data, targets) = chain(level(1), 70);
    for (row, column) in [(1, 0), (5, 24), (8, 28), (19, 64), (37, 70), (66, 134)] {
        let error = run_tampered(&data, inputs(&targets, &[1, 2, 3, 4, 5]), |trace| trace.wires[column][row] += F::ONE);
        let ProveError::Violated(Violation::Gate { row: found, .. }) = error else { panic!("{error}") };
        assert_eq!(found, row, "column {column}");
    }
}

#[test]
fn a_changed_public_input_is_found() {
    let (data, targets) = chain(level(1), 2);
    let error = run_tampered(&data, inputs(&targets, &[1, 2, 3, 4, 5]), |trace| trace.public_inputs[0] += F::ONE);
    assert!(matches!(error, ProveError::Violated(Violation::Gate { .. })), "{error}");
}

#[test]
fn joined_wires_that_differ_are_found() {
    let (data, targets) = chain(level(1), 2);
    let error = with_trace(&data, inputs(&targets, &[1, 2, 3, 4, 5]), |mut trace, _| {
        let challenges = draw(&mut Transcript::new(), &data.common);
        assert!(permutation::columns(&data.prover_only, &data.common, &trace.wires, &challenges).is_ok());
        trace.wires[0][1] += F::ONE;
        permutation::columns(&data.prover_only, &data.common, &trace.wires, &challenges).unwrap_err()
    });
    assert!(matches!(error, ProveError::Violated(Violation::Copy)), "{error}");
}

#[test]
fn a_wrong_lookup_is_found() {
    let (data, targets) = lookups(level(1));
    let row = data.prover_only.lookup_rows[0].first_lut_gate;
    let error = run_tampered(&data, inputs(&targets, &[1, 2, 3, 4, 1]), |trace| trace.wires[2][row] += F::ONE);
    assert!(matches!(error, ProveError::Violated(Violation::Lookup { table: 0 } | Violation::Copy)), "{error}");
}

#[test]
fn progress_rises_to_the_whole_and_any_report_can_stop_it() {
    for arithmetic in [Arithmetic::Stock, Arithmetic::fastest()] {
        assert_watched(arithmetic.backend());
    }
}

fn assert_watched(backend: &dyn Backend) {
    let (data, targets) = chain(level(1), 2);
    let run = |watch: &mut dyn FnMut(Progress) -> ControlFlow<()>| {
        prove(&data.prover_only, &data.common, inputs(&targets, &[1, 2, 3, 4, 5]), backend, watch)
    };
    let mut seen = Vec::new();
    run(&mut |progress| {
        seen.push(progress);
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(seen.is_sorted_by_key(|progress| (progress.permille, progress.stage)));
    assert_eq!(seen.last().map(|progress| progress.permille), Some(1_000));
    for stage in
        [ProofStage::Witness, ProofStage::Wires, ProofStage::Permutation, ProofStage::Quotient, ProofStage::Openings]
    {
        assert!(seen.iter().any(|progress| progress.stage == stage), "{stage:?}");
    }
    // How long the search for the proof of work takes is another thing each time, where there are threads.
    let sure = seen.iter().position(|progress| progress.stage == ProofStage::Openings).unwrap() + 12;
    for stop in (0..seen.len().min(sure)).step_by(5) {
        let mut reports = 0;
        let result = run(&mut |_| {
            reports += 1;
            if reports > stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let expected = seen[stop].permille;
        assert!(matches!(result, Err(ProveError::Cancelled { permille }) if permille == expected));
        assert_eq!(reports, stop + 1);
    }
}

#[test]
fn a_backend_refuses_what_has_no_shape() {
    let plan = CommitPlan { rate_bits: 3, cap_height: 4, blinding: false, roots: None };
    let commit = |lengths: &[usize]| {
        let columns = lengths.iter().map(|&length| PolynomialValues::new(vec![F::ONE; length])).collect();
        CpuBackend.commit(Polynomials::Values(columns), &plan, &mut |_| ControlFlow::Continue(()))
    };
    assert_eq!(commit(&[]).unwrap_err(), CommitError::Shape { count: 0, length: 0 });
    assert_eq!(commit(&[4, 8]).unwrap_err(), CommitError::Shape { count: 2, length: 4 });
    assert_eq!(commit(&[1]).unwrap_err(), CommitError::Shape { count: 1, length: 1 });
    assert_eq!(commit(&[2]).unwrap().merkle_tree.cap.len(), 16);
}
