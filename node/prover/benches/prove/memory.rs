//! The memory that a proof takes beyond its circuit's: measured in a process of its own that has built nothing.
//!
//! An allocator keeps what was freed, so that whoever measures where circuits were built before finds too little. The child reads the
//! circuit and its inputs from files, forgets the peak of what is resident, proves once, and says by how much the new peak exceeds
//! what was resident before (Linux; elsewhere nothing is said).

use crate::{Runner, STAGES};
use dpgn_prover::level::{C, CircuitData, D, F};
use plonky2::{
    field::types::{Field, PrimeField64},
    iop::{target::Target, wire::Wire, witness::PartialWitness},
    util::serialization::{DefaultGateSerializer, DefaultGeneratorSerializer},
};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, BufWriter, Write},
    path::Path,
    process::Command,
};
use tempfile::TempDir;

/// What `/proc/self/clear_refs` takes to forget the peak.
const FORGET_PEAK: &str = "5";

/// Bytes beyond those that were resident before.
#[derive(Clone, Copy)]
pub struct Memory {
    /// The peak of the whole proof.
    pub peak: u64,
    /// The peaks of our stages; zeros for plonky2, which does not say where it is.
    pub stages: [u64; STAGES],
}

/// A circuit and its inputs in files, for the children that measure.
pub struct Saved(TempDir);

impl Saved {
    /// Writes both; `None` where the system does not tell about memory.
    pub fn new(data: &CircuitData, inputs: &PartialWitness<F>) -> Option<Self> {
        (resident("VmHWM:").is_some() && forget_peak()).then(|| {
            let dir = tempfile::tempdir().unwrap();
            let generators = DefaultGeneratorSerializer::<C, D>::default();
            fs::write(dir.path().join("circuit"), data.to_bytes(&DefaultGateSerializer, &generators).unwrap()).unwrap();
            let mut file = BufWriter::new(File::create(dir.path().join("inputs")).unwrap());
            for (target, value) in &inputs.target_values {
                let (row, column) = match *target {
                    Target::Wire(Wire { row, column }) => (row.to_string(), column),
                    Target::VirtualTarget { index } => ("-".to_owned(), index),
                };
                writeln!(file, "{row} {column} {}", value.to_canonical_u64()).unwrap();
            }
            file.flush().unwrap();
            Self(dir)
        })
    }

    /// What one proof of the circuit takes.
    pub fn memory_of(&self, runner: Runner) -> Memory {
        let mut child = Command::new(std::env::current_exe().unwrap());
        let told = child.args(["--memory-of", runner.name(), "--saved"]).arg(self.0.path()).output().unwrap();
        assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
        let numbers: Vec<u64> =
            String::from_utf8(told.stdout).unwrap().split_whitespace().map(|number| number.parse().unwrap()).collect();
        let (peak, stages) = numbers.split_first().unwrap();
        Memory { peak: *peak, stages: stages.try_into().unwrap() }
    }
}

/// What the child does: proves what the parent has saved, and prints the peak of all and of each stage.
pub fn tell(runner: Runner, dir: &Path) {
    let (data, inputs) = (read_circuit(dir), read_inputs(dir));
    let before = resident("VmRSS:").unwrap();
    let beyond = || {
        let peak = resident("VmHWM:").unwrap().saturating_sub(before);
        assert!(forget_peak(), "it could be forgotten before");
        peak
    };
    beyond();
    let mut stages = [0; STAGES];
    runner.prove(&data, inputs, &mut |stage| stages[stage] = beyond().max(stages[stage]));
    let peak = stages.into_iter().fold(beyond(), u64::max);
    println!("{peak} {}", stages.map(|stage| stage.to_string()).join(" "));
}

/// Reads with nothing left behind: the bytes are one allocation, which goes back to the system.
fn read_circuit(dir: &Path) -> CircuitData {
    let generators = DefaultGeneratorSerializer::<C, D>::default();
    CircuitData::from_bytes(&fs::read(dir.join("circuit")).unwrap(), &DefaultGateSerializer, &generators).unwrap()
}

fn read_inputs(dir: &Path) -> PartialWitness<F> {
    let mut inputs = PartialWitness::new();
    for line in BufReader::new(File::open(dir.join("inputs")).unwrap()).lines() {
        let line = line.unwrap();
        let [row, column, value] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let column = column.parse().unwrap();
        let target = match row {
            "-" => Target::VirtualTarget { index: column },
            row => Target::wire(row.parse().unwrap(), column),
        };
        inputs.target_values.insert(target, F::from_canonical_u64(value.parse().unwrap()));
    }
    inputs
}

/// Bytes by the name of a line of `/proc/self/status`: resident now, or at most since the peak was forgotten.
fn resident(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

fn forget_peak() -> bool {
    fs::write("/proc/self/clear_refs", FORGET_PEAK).is_ok()
}
