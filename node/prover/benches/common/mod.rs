//! Circuits that fill their rows, each with gates of one kind above all, and what benches measure with.

#![expect(clippy::unwrap_used, reason = "a bench stops where it cannot go on")]

#[path = "../../tests/circuits/iden3.rs"]
mod iden3;
mod sha256;

use dpgn_protocol::{
    profile::Profile,
    units::{Degree, Level},
};
use dpgn_prover::{
    circuit::{self, CircuitLimits, Inputs, R1cs, Recipe},
    level::{C, CircuitData, D, F, profile},
};
use plonky2::{
    field::types::Field,
    hash::poseidon::PoseidonHash,
    iop::{
        target::Target,
        witness::{PartialWitness, WitnessWrite},
    },
    plonk::circuit_builder::CircuitBuilder,
};
use std::{fmt, ops::ControlFlow, sync::Arc, time::Duration};

/// Rows for public inputs, constants and what a gate's last row leaves empty.
const OTHER_ROWS: usize = 64;
/// Operations of an arithmetic gate's row.
const OPERATIONS: usize = 20;
/// Lookups of a row.
const LOOKUPS: usize = 40;

/// Which gates a circuit is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// A chain of Poseidon hashes.
    Hashes,
    /// A chain of squares, such as constraint systems become.
    Squares,
    /// Lookups in a table of bytes, and a square to each.
    Lookups,
    /// The verification of a proof.
    Recursion,
    /// SHA-256 as a constraint system, as circom's compiler writes such: read, checked and translated as a task's is.
    R1cs,
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hashes => "hashes",
            Self::Squares => "squares",
            Self::Lookups => "lookups",
            Self::Recursion => "recursion",
            Self::R1cs => "r1cs",
        })
    }
}

/// A circuit, and what it is proved with.
pub struct Task {
    pub data: CircuitData,
    secret: Target,
    others: PartialWitness<F>,
}

impl Task {
    /// Inputs, of which the secret is this number.
    pub fn inputs(&self, secret: usize) -> PartialWitness<F> {
        let mut inputs = self.others.clone();
        inputs.target_values.insert(self.secret, F::from_canonical_usize(secret));
        inputs
    }
}

/// A circuit of so many rows, with four public inputs at least.
pub fn task(mix: Mix, level: u8, degree: usize) -> Task {
    let (config, blinding) = (profile(Level::new(level).unwrap()), Profile::of(Level::new(level).unwrap()));
    let rows = (1 << degree) - blinding.blinding_rows(degree as u8) as usize - OTHER_ROWS;
    let mut builder = CircuitBuilder::<F, D>::new(config);
    let secret = builder.add_virtual_target();
    let mut others = PartialWitness::new();
    let mut x = secret;
    match mix {
        Mix::Hashes => {
            let mut state = vec![secret];
            for _ in 0..rows {
                state = builder.hash_n_to_hash_no_pad::<PoseidonHash>(state).elements.to_vec();
            }
            x = state[0];
        }
        Mix::Squares => {
            for _ in 0..rows * OPERATIONS {
                x = builder.mul_add(x, x, secret);
            }
        }
        Mix::Lookups => {
            let table =
                builder.add_lookup_table_from_pairs(Arc::new((0..256).map(|x| (x, (x * 7 + 3) % 256)).collect()));
            // As many rows of squares as of lookups.
            for _ in 0..rows.saturating_sub(40) * LOOKUPS / 2 {
                x = builder.add_lookup_from_index(x, table);
            }
            let mut y = x;
            for _ in 0..rows.saturating_sub(40) * OPERATIONS / 2 {
                y = builder.mul_add(y, y, secret);
            }
            builder.register_public_input(y);
        }
        Mix::Recursion => {
            let inner = task(Mix::Hashes, 1, 12);
            let proof = inner.data.prove(inner.inputs(1)).unwrap();
            let target = builder.add_virtual_proof_with_pis(&inner.data.common);
            let verifier = builder.constant_verifier_data::<C>(&inner.data.verifier_only);
            builder.verify_proof::<C>(&target, &verifier, &inner.data.common);
            others.set_proof_with_pis_target(&target, &proof).unwrap();
            x = builder.square(secret);
        }
        Mix::R1cs => return constraint_system(level, degree),
    }
    builder.register_public_inputs(&[x, secret, secret, secret]);
    let data = builder.build::<C>();
    assert_eq!(data.common.degree_bits(), degree, "{mix} does not fit");
    Task { data, secret, others }
}

/// SHA-256 of as many blocks as fit, from the bytes of circom's two files on. The number to prove is of the tag.
fn constraint_system(level: u8, degree: usize) -> Task {
    let vector = sha256::VECTORS.iter().zip([13, 14, 16]).find(|(_, rows)| *rows == degree).unwrap().0;
    let (system, values) = sha256::sha256(vector);
    assert_eq!(sha256::digest(&values), vector.digest);
    assert_eq!(system.first_failure(&values), None);
    let r1cs = R1cs::parse(&system.file(), &CircuitLimits::default()).unwrap();
    let (level, watch) = (Level::new(level).unwrap(), &mut || ControlFlow::Continue(()));
    let circuit = circuit::build(&Recipe::r1cs(&r1cs), level, Degree::MAX, watch).unwrap();
    assert_eq!(circuit.degree_bits(), degree);
    let others = circuit.assign(&Inputs::new(iden3::wtns(&values)), [0; 4]).unwrap();
    Task { data: circuit.data, secret: Target::VirtualTarget { index: 0 }, others }
}

/// Time that all threads of this process have been on a processor, where the system tells.
pub fn cpu_time() -> Option<Duration> {
    let mut nanos = 0;
    for thread in std::fs::read_dir("/proc/self/task").ok()? {
        let line = std::fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        nanos += line.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(nanos))
}

/// The one in the middle.
pub fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
