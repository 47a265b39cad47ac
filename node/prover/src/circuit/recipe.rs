//! What a circuit is built from, without inputs; and the inputs.
//!
//! A recipe is what ids are made of and what peers hand each other, so it holds nothing that is secret and
//! nothing that doesn't matter: the same constraints give the same bytes. Inputs never enter an id in the
//! clear: the hash of a small secret is the secret, so a commitment to them is salted.

use super::{
    limits::CircuitLimits,
    r1cs::{R1cs, R1csError},
};
use dpgn_protocol::ids::{InputsDigest, RecipeDigest, hash};
use std::fmt;
use zeroize::Zeroizing;

/// The builder of circuits from preimage recipes, with its version. A change of the circuits is a new version.
pub const PREIMAGE_BUILDER: &str = "preimage@2";
/// The builder of circuits from R1CS recipes, with its version. A change of the circuits is a new version.
pub const R1CS_BUILDER: &str = "r1cs@2";

/// The domain in which [`Recipe::encode`]'s bytes are hashed: for whoever checks them as they arrive.
pub const RECIPE_DOMAIN: &str = "dpgn recipe v1";
/// The domain in which salt and inputs are hashed together.
pub const INPUTS_DOMAIN: &str = "dpgn inputs v1";

/// The kind of a circuit: the statement that its proofs make.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The prover knows bytes with a given Poseidon hash.
    Preimage,
    /// The prover knows a witness of a rank-1 constraint system.
    R1cs,
}

impl Kind {
    /// Every kind of this version, in the order of asks.
    pub const ALL: [Self; 2] = [Self::Preimage, Self::R1cs];

    /// The kind's number, the low half of an encoding's first byte.
    pub const fn number(self) -> u8 {
        match self {
            Self::Preimage => 1,
            Self::R1cs => 2,
        }
    }

    /// The builder of this kind's circuits, as `name@version`.
    pub const fn builder(self) -> &'static str {
        match self {
            Self::Preimage => PREIMAGE_BUILDER,
            Self::R1cs => R1CS_BUILDER,
        }
    }
}

/// Why an encoded recipe is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecipeError {
    /// The recipe has more bytes than the limit.
    #[error("a recipe of {got} bytes; the limit is {limit}")]
    TooLarge {
        /// The length that was given, in bytes.
        got: u64,
        /// The most bytes that are allowed.
        limit: u64,
    },
    /// The recipe ends inside its head.
    #[error("a recipe of {got} bytes is cut off in its head")]
    Truncated {
        /// The length that was given, in bytes.
        got: usize,
    },
    /// A first byte that stands for no recipe of this version.
    #[error("a recipe that begins with {first:#04x} is not known to this version")]
    Unknown {
        /// The first byte that was read.
        first: u8,
    },
    /// Built by another builder, or another version of it.
    #[error("the recipe is for the builder `{got}`; this is `{ours}`")]
    Builder {
        /// The builder that the recipe names, shown in visible ASCII.
        got: String,
        /// The builder of this kind that this program has.
        ours: &'static str,
    },
    /// A preimage's length out of range.
    #[error("a preimage of {got} bytes; it has 1 to {limit}")]
    Length {
        /// The length that was given, in bytes.
        got: u64,
        /// The most bytes that are allowed.
        limit: u32,
    },
    /// The constraint system is malformed.
    #[error(transparent)]
    R1cs(#[from] R1csError),
    /// The body is not in the one form that these constraints have.
    #[error("the recipe is not in its canonical form")]
    NotCanonical,
}

/// A recipe: the public bytes that a circuit is built from.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipe {
    kind: Kind,
    /// A preimage's length (u32, little-endian), or a stripped `.r1cs` file.
    body: Vec<u8>,
}

/// A recipe's content, read and checked.
pub(super) enum Source {
    /// A circuit that hashes bytes with Poseidon.
    Preimage {
        /// The length of the preimage in bytes, at least one.
        len: u32,
    },
    /// A circuit of a rank-1 constraint system.
    R1cs(R1cs),
}

impl Recipe {
    /// The recipe of a circuit that hashes a preimage of `len` bytes.
    pub fn preimage(len: u32, limits: &CircuitLimits) -> Result<Self, RecipeError> {
        if len == 0 || len > limits.preimage_bytes_max {
            return Err(RecipeError::Length { got: u64::from(len), limit: limits.preimage_bytes_max });
        }
        Ok(Self { kind: Kind::Preimage, body: len.to_le_bytes().to_vec() })
    }

    /// The recipe of a constraint system's circuit.
    pub fn r1cs(r1cs: &R1cs) -> Self {
        Self { kind: Kind::R1cs, body: r1cs.encode() }
    }

    /// The kind of the recipe's circuit.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The builder of the recipe's circuit, as `name@version`.
    pub fn builder(&self) -> &'static str {
        self.kind.builder()
    }

    /// The bytes peers hand each other: kind, builder, body.
    pub fn encode(&self) -> Vec<u8> {
        let head = self.head();
        let mut out = Vec::with_capacity(head.len() + self.body.len());
        out.extend(head);
        out.extend(&self.body);
        out
    }

    /// The length of [`Recipe::encode`]'s bytes.
    pub fn encoded_len(&self) -> u64 {
        (self.head().len() + self.body.len()) as u64
    }

    /// What the kind's builder reads: a preimage's length, or a stripped `.r1cs` file.
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    fn head(&self) -> Vec<u8> {
        let builder = self.builder().as_bytes();
        let mut head = vec![self.kind.number(), builder.len() as u8];
        head.extend(builder);
        head
    }

    /// Takes an encoded recipe apart. Its body is read when the circuit is built.
    pub fn decode(bytes: &[u8], limits: &CircuitLimits) -> Result<Self, RecipeError> {
        let got = bytes.len() as u64;
        if got > limits.file_bytes_max {
            return Err(RecipeError::TooLarge { got, limit: limits.file_bytes_max });
        }
        let truncated = RecipeError::Truncated { got: bytes.len() };
        let [first, builder_len, rest @ ..] = bytes else { return Err(truncated) };
        let known = Kind::ALL.into_iter().find(|kind| kind.number() == *first);
        let kind = known.ok_or(RecipeError::Unknown { first: *first })?;
        let (builder, body) = rest.split_at_checked(usize::from(*builder_len)).ok_or(truncated)?;
        let ours = kind.builder();
        if builder != ours.as_bytes() {
            return Err(RecipeError::Builder { got: builder.escape_ascii().to_string(), ours });
        }
        Ok(Self { kind, body: body.to_vec() })
    }

    /// The hash of [`Recipe::encode`], and so of the builder's version too.
    pub fn digest(&self) -> RecipeDigest {
        RecipeDigest::from_bytes(hash(RECIPE_DOMAIN, &[&self.head(), &self.body]))
    }

    /// The digest that encoded bytes have, be they a recipe or not.
    pub(crate) fn digest_of(encoded: &[u8]) -> RecipeDigest {
        RecipeDigest::from_bytes(hash(RECIPE_DOMAIN, &[encoded]))
    }

    /// Reads the body. Only the canonical form is taken, so that no circuit has two recipes of one version.
    pub(super) fn source(&self, limits: &CircuitLimits) -> Result<Source, RecipeError> {
        match self.kind {
            Kind::Preimage => {
                let len = u32::from_le_bytes(self.body.as_slice().try_into().map_err(|_| RecipeError::NotCanonical)?);
                Self::preimage(len, limits)?;
                Ok(Source::Preimage { len })
            }
            Kind::R1cs => {
                let r1cs = R1cs::parse(&self.body, limits)?;
                if r1cs.encode() != self.body {
                    return Err(RecipeError::NotCanonical);
                }
                Ok(Source::R1cs(r1cs))
            }
        }
    }
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipe({}, {} bytes)", self.builder(), self.body.len())
    }
}

/// The private inputs of a circuit: the preimage's bytes, or a `.wtns` file. Secret, and wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Inputs(Zeroizing<Vec<u8>>);

impl Inputs {
    /// Takes the inputs' bytes over, without a copy.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes of the inputs. They are secret.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The commitment a bid carries. The salt is 32 random bytes that stay with whoever holds the inputs.
    pub fn commit(&self, salt: &[u8; 32]) -> InputsDigest {
        InputsDigest::from_bytes(hash(INPUTS_DOMAIN, &[salt, &self.0]))
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Inputs({} bytes)", self.0.len())
    }
}
