//! Circuits that fill their rows, each with gates of one kind above all, and what benches measure with.

#![expect(clippy::unwrap_used, reason = "a bench stops where it cannot go on")]

use dpgn_protocol::units::Level;
use dpgn_prover::level::{C, CircuitData, D, F, profile};
use plonky2::{
    field::types::Field,
    hash::poseidon::PoseidonHash,
    iop::{
        target::Target,
        witness::{PartialWitness, WitnessWrite},
    },
    plonk::circuit_builder::CircuitBuilder,
};
use std::{fmt, sync::Arc, time::Duration};

/// Rows that zk takes for blinding, rounded up.
const BLINDING_ROWS: usize = 10_500;
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
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hashes => "hashes",
            Self::Squares => "squares",
            Self::Lookups => "lookups",
            Self::Recursion => "recursion",
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
        inputs.set_target(self.secret, F::from_canonical_usize(secret)).unwrap();
        inputs
    }
}

/// A circuit of so many rows, with four public inputs at least.
pub fn task(mix: Mix, level: u8, degree: usize) -> Task {
    let config = profile(Level::new(level).unwrap());
    let rows = (1 << degree) - if config.zero_knowledge { BLINDING_ROWS } else { 0 } - 24;
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
    }
    builder.register_public_inputs(&[x, secret, secret, secret]);
    let data = builder.build::<C>();
    assert_eq!(data.common.degree_bits(), degree, "{mix} does not fit");
    Task { data, secret, others }
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
