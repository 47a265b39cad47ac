//! SHA-256 as circom's users have it: the published digests come out of the witness, and no witness passes with one of its wires flipped, of some forty tried.

use crate::{
    sha256::{VECTORS, digest, sha256},
    support::{degree, level, wtns},
};
use dpgn_prover::circuit::{CircuitLimits, Lint, R1cs, Severity, Witness, inspect, satisfy};

#[test]
fn published_digests_come_out_and_no_flipped_wire_passes() {
    for (vector, rows) in VECTORS.iter().zip([13, 14]) {
        let (system, mut values) = sha256(vector);
        assert_eq!(digest(&values), vector.digest);
        assert_eq!(system.first_failure(&values), None);
        let limits = CircuitLimits::default();
        let r1cs = R1cs::parse(&system.file(), &limits).unwrap();
        let check = |values: &[u64]| {
            let witness = Witness::parse(&wtns(values), r1cs.wires(), &limits).unwrap();
            satisfy::check(&r1cs, &witness)
        };
        check(&values).unwrap();
        // Bits of the message, sums, carries, products and outputs alike: each follows from others.
        for wire in (1..values.len()).step_by(values.len() / 40) {
            values[wire] ^= 1;
            assert!(check(&values).is_err(), "wire {wire} is bound to nothing");
            values[wire] ^= 1;
        }
        let seen = inspect(&r1cs, None).unwrap();
        println!("{}: {} constraints, {} rows", vector.digest, seen.constraints, seen.rows);
        assert!(seen.degrees.contains(&(level(1), degree(rows))), "{:?}", seen.degrees);
        let errors: Vec<&Lint> = seen.lints.iter().filter(|lint| lint.severity == Severity::Error).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
}
