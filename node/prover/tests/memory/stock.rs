//! plonky2's own builds and proofs, each in a process of its own.

use super::circuits::{Size, fill, laid};
use dpgn_prover::level::{C, CircuitData, D};
use plonky2::{
    iop::witness::PartialWitness,
    plonk::prover::prove,
    util::{
        serialization::{DefaultGateSerializer, DefaultGeneratorSerializer},
        timing::TimingTree,
    },
};
use std::{env, fs, path::Path, process::Command};

/// The word that makes this program such a process.
pub const ARGUMENT: &str = "stock";

/// Does what the arguments say: a phase, a size and the file of the circuit.
pub fn be(arguments: &[String]) {
    let (phase, size, file) = (&arguments[0], arguments[1].parse::<Size>().unwrap(), Path::new(&arguments[2]));
    let (gates, generators) = (DefaultGateSerializer, DefaultGeneratorSerializer::<C, D>::default());
    let (builder, targets) = laid(&size);
    if phase == "build" {
        let data = builder.build::<C>();
        assert_eq!(data.common.degree_bits(), usize::from(size.degree), "{size}");
        return fs::write(file, data.to_bytes(&gates, &generators).unwrap()).unwrap();
    }
    drop(builder);
    let mut inputs = PartialWitness::new();
    fill(&targets, &mut inputs);
    // As in a worker, the circuit comes from the disk.
    let data = CircuitData::from_bytes(&fs::read(file).unwrap(), &gates, &generators).unwrap();
    prove(&data.prover_only, &data.common, inputs, &mut TimingTree::default()).unwrap();
}

/// Runs such a process to its end.
pub fn run(phase: &str, size: &Size, file: &Path) {
    let mut command = Command::new(env::current_exe().unwrap());
    let ended = command.arg(ARGUMENT).arg(phase).arg(size.to_string()).arg(file).status().unwrap();
    assert!(ended.success(), "{phase} {size}");
}
