//! Circuits that fill their rows, each with gates of one kind above all: as a family for workers, and as plonky2 builds it.

use dpgn_protocol::{profile::Profile, statement::TAG_LEN, units::Level};
use dpgn_prover::{
    circuit::{
        CircuitLimits, CustomCircuit, Inputs, R1cs, Recipe,
        custom::{Unfit, Values},
    },
    level::{C, CircuitData, D, F, profile},
};
use plonky2::{
    field::types::{Field, Field64, PrimeField64},
    hash::poseidon::PoseidonHash,
    iop::{
        target::Target,
        witness::{PartialWitness, WitnessWrite},
    },
    plonk::{
        circuit_builder::CircuitBuilder,
        proof::{ProofWithPublicInputs, ProofWithPublicInputsTarget},
    },
};
use serde::{Deserialize, Serialize};
use std::{fmt, num::ParseIntError, str::FromStr, sync::Arc};

/// Operations of an arithmetic gate's row, and lookups of a row.
const OPERATIONS: u32 = 20;
const LOOKUPS: u32 = 40;
/// Rows for the public inputs, constants and a table.
const OTHER_ROWS: u32 = 80;
/// Rows of a verification, rounded up, and of no more than that.
const VERIFIER_ROWS: u32 = 1_900;

/// Which gates a circuit is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mix {
    /// A chain of Poseidon hashes.
    Hashes,
    /// A chain of squares, as constraint systems become.
    Squares,
    /// Lookups in a table of bytes.
    Lookups,
    /// The verification of proofs.
    Recursion,
    /// A constraint system: a chain of squares.
    System,
}

impl Mix {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Hashes, Self::Squares, Self::Lookups, Self::Recursion, Self::System];
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Hashes => "hashes",
            Self::Squares => "squares",
            Self::Lookups => "lookups",
            Self::Recursion => "recursion",
            Self::System => "r1cs",
        })
    }
}

/// The size of a circuit, and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    pub mix: Mix,
    pub level: u8,
    pub degree: u8,
}

impl FromStr for Size {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let mut parts = text.split('-');
        let mix = parts.next().and_then(|name| Mix::ALL.into_iter().find(|mix| mix.to_string() == name));
        let mut number = || parts.next().unwrap_or_default().parse();
        Ok(Self { mix: mix.unwrap_or(Mix::Hashes), level: number()?, degree: number()? })
    }
}

impl Size {
    /// Whether there is a circuit of this size: one verification fills no fewer rows.
    pub fn is_there(&self) -> bool {
        self.mix != Mix::Recursion || self.rows() >= VERIFIER_ROWS
    }

    /// Whether plonky2 builds it by itself.
    pub fn has_stock(&self) -> bool {
        self.mix != Mix::System
    }

    /// The rows that a circuit of this size is filled with.
    fn rows(&self) -> u32 {
        let hidden = Profile::of(Level::new(self.level).unwrap()).blinding_rows(self.degree) as u32;
        (1 << self.degree) - hidden - OTHER_ROWS
    }

    /// The recipe that workers build it from.
    pub fn recipe(&self) -> Recipe {
        let limits = CircuitLimits::default();
        match self.mix {
            Mix::System => Recipe::r1cs(&R1cs::parse(&self.system(), &limits).unwrap()),
            _ => Recipe::custom::<Filled>(self, &limits).unwrap(),
        }
    }

    /// What workers prove it with.
    pub fn inputs(&self) -> Inputs {
        let Mix::System = self.mix else { return Inputs::custom::<Filled>(&()).unwrap() };
        let (mut values, mut x) = (vec![1, 2], F::TWO);
        for _ in 0..self.constraints() {
            x = x * x + F::TWO;
            values.push(x.to_canonical_u64());
        }
        let count = (values.len() as u32).to_le_bytes();
        let header = [&8_u32.to_le_bytes()[..], &F::ORDER.to_le_bytes(), &count].concat();
        let body = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Inputs::new(container(b"wtns", 2, &[(1, header), (2, body)]))
    }

    fn constraints(&self) -> u32 {
        self.rows() * OPERATIONS - 100
    }

    /// `x' - s = x * x`, over and over, where `s` is wire 1.
    fn system(&self) -> Vec<u8> {
        let count = self.constraints();
        let mut header = [&8_u32.to_le_bytes()[..], &F::ORDER.to_le_bytes()].concat();
        for number in [count + 2, 0, 0, count + 1] {
            header.extend(number.to_le_bytes());
        }
        header.extend(0_u64.to_le_bytes());
        header.extend(count.to_le_bytes());
        let mut body = Vec::new();
        for x in 1..=count {
            let mut side = |terms: &[(u32, u64)]| {
                body.extend((terms.len() as u32).to_le_bytes());
                for (wire, coefficient) in terms {
                    body.extend(wire.to_le_bytes());
                    body.extend(coefficient.to_le_bytes());
                }
            };
            side(&[(x, 1)]);
            side(&[(x, 1)]);
            side(&[(1, F::ORDER - 1), (x + 1, 1)]);
        }
        container(b"r1cs", 1, &[(1, header), (2, body)])
    }
}

fn container(magic: &[u8; 4], version: u32, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = magic.to_vec();
    out.extend(version.to_le_bytes());
    out.extend((sections.len() as u32).to_le_bytes());
    for (section, content) in sections {
        out.extend(section.to_le_bytes());
        out.extend((content.len() as u64).to_le_bytes());
        out.extend(content);
    }
    out
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}-{}-{}", self.mix, self.level, self.degree))
    }
}

/// The targets of a circuit that take values.
pub struct Targets {
    /// The tag, unless somebody else gives it its value.
    tag: Vec<Target>,
    secret: Target,
    proofs: Vec<ProofWithPublicInputsTarget<D>>,
    /// The proof that all of them are.
    proof: Option<ProofWithPublicInputs<F, C, D>>,
}

/// Lays a circuit whose rows are of this many.
pub fn lay(size: &Size, builder: &mut CircuitBuilder<F, D>) -> Targets {
    let rows = size.rows();
    let secret = builder.add_virtual_target();
    let mut targets = Targets { tag: Vec::new(), secret, proofs: Vec::new(), proof: None };
    let mut x = secret;
    match size.mix {
        Mix::Hashes => {
            let mut state = vec![secret];
            for _ in 0..rows {
                state = builder.hash_n_to_hash_no_pad::<PoseidonHash>(state).elements.to_vec();
            }
            x = state[0];
        }
        Mix::Squares | Mix::System => {
            for _ in 0..rows * OPERATIONS {
                x = builder.mul_add(x, x, secret);
            }
        }
        Mix::Lookups => {
            let pairs = Arc::new((0..256).map(|x| (x, (x * 7 + 3) % 256)).collect());
            let table = builder.add_lookup_table_from_pairs(pairs);
            for _ in 0..rows * LOOKUPS {
                x = builder.add_lookup_from_index(x, table);
            }
        }
        Mix::Recursion => {
            let (inner, proof) = inner();
            for _ in 0..rows / VERIFIER_ROWS {
                let target = builder.add_virtual_proof_with_pis(&inner.common);
                let verifier = builder.constant_verifier_data::<C>(&inner.verifier_only);
                builder.verify_proof::<C>(&target, &verifier, &inner.common);
                targets.proofs.push(target);
            }
            targets.proof = Some(proof);
            x = builder.square(secret);
        }
    }
    builder.register_public_input(x);
    targets
}

/// A small circuit, and a proof of it.
fn inner() -> (CircuitData, ProofWithPublicInputs<F, C, D>) {
    let mut builder = CircuitBuilder::<F, D>::new(profile(Level::MIN));
    let secret = builder.add_virtual_target();
    let hash = builder.hash_n_to_hash_no_pad::<PoseidonHash>(vec![secret]);
    builder.register_public_inputs(&hash.elements);
    let data = builder.build::<C>();
    let mut inputs = PartialWitness::new();
    inputs.set_target(secret, F::ONE).unwrap();
    let proof = data.prove(inputs).unwrap();
    (data, proof)
}

/// Gives a circuit its values.
pub fn fill(targets: &Targets, witness: &mut PartialWitness<F>) {
    targets.tag.iter().chain([&targets.secret]).for_each(|target| witness.set_target(*target, F::TWO).unwrap());
    for (target, proof) in targets.proofs.iter().zip(targets.proof.iter().cycle()) {
        witness.set_proof_with_pis_target(target, proof).unwrap();
    }
}

/// All these circuits as a family.
pub struct Filled;

impl CustomCircuit for Filled {
    const NAME: &'static str = "example.org/filled";
    const VERSION: u32 = 1;
    type Params = Size;
    type Inputs = ();
    type Targets = Targets;

    fn build(size: &Size, builder: &mut CircuitBuilder<F, D>) -> Result<Targets, Unfit> {
        Ok(lay(size, builder))
    }

    fn fill(_: &Size, (): &(), targets: &Targets, values: &mut Values<'_>) -> Result<(), Unfit> {
        fill(targets, values.witness());
        Ok(())
    }
}

/// The circuit laid for plonky2 itself. The tag comes first, as in every circuit of the network.
pub fn laid(size: &Size) -> (CircuitBuilder<F, D>, Targets) {
    let mut builder = CircuitBuilder::<F, D>::new(profile(Level::new(size.level).unwrap()));
    let tag = builder.add_virtual_public_input_arr::<TAG_LEN>();
    let targets = lay(size, &mut builder);
    (builder, Targets { tag: tag.to_vec(), ..targets })
}
