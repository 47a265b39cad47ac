//! What a circuit is built from, without inputs; and the inputs.
//!
//! A recipe is what ids are made of and what peers hand each other, so it holds nothing that is secret and
//! nothing that doesn't matter: the same constraints give the same bytes. Inputs never enter an id in the
//! clear: the hash of a small secret is the secret, so a commitment to them is salted.

use super::{
    custom::name::is_builder,
    limits::CircuitLimits,
    r1cs::{R1cs, R1csError},
};
#[cfg(feature = "plonky2")]
use crate::memory::System;
use dpgn_protocol::ids::{InputsDigest, RecipeDigest, hash};
use std::{borrow::Cow, fmt};
use zeroize::Zeroizing;

/// The builder of circuits from preimage recipes, with its version. A change of the circuits is a new version.
pub const PREIMAGE_BUILDER: &str = "preimage@2";
/// The builder of circuits from R1CS recipes, with its version. A change of the circuits is a new version.
pub const R1CS_BUILDER: &str = "r1cs@2";

/// The builders that every program has.
pub(super) const OURS: [&str; 2] = [PREIMAGE_BUILDER, R1CS_BUILDER];

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
    /// The prover knows inputs of a circuit that an application has added.
    Custom,
}

impl Kind {
    /// Every kind of this version, by rising numbers.
    pub const ALL: [Self; 3] = [Self::Preimage, Self::R1cs, Self::Custom];

    /// The kind's number, the low half of an encoding's first byte.
    pub const fn number(self) -> u8 {
        match self {
            Self::Preimage => 1,
            Self::R1cs => 2,
            Self::Custom => 3,
        }
    }

    /// The builder of this kind's circuits, as `name@version`; `None` if applications bring their own.
    pub const fn builder(self) -> Option<&'static str> {
        match self {
            Self::Preimage => Some(PREIMAGE_BUILDER),
            Self::R1cs => Some(R1CS_BUILDER),
            Self::Custom => None,
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
    /// The name is none that an application's builder has.
    #[error("`{got}` is no name of an application's builder: that is `owner/name@version`")]
    Name {
        /// The name that was given, shown in visible ASCII.
        got: String,
    },
    /// The parameters of an application's circuit are too long.
    #[error("parameters of {got} bytes; the limit is {limit}")]
    Params {
        /// The length that was given, in bytes.
        got: u64,
        /// The most bytes that are allowed.
        limit: u32,
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
    /// The builder of the circuit, as `name@version`.
    builder: Cow<'static, str>,
    /// A preimage's length (u32, little-endian), a stripped `.r1cs` file, or an application's parameters.
    body: Vec<u8>,
}

impl Recipe {
    /// The recipe of a circuit that hashes a preimage of `len` bytes.
    pub fn preimage(len: u32, limits: &CircuitLimits) -> Result<Self, RecipeError> {
        if len == 0 || len > limits.preimage_bytes_max {
            return Err(RecipeError::Length { got: u64::from(len), limit: limits.preimage_bytes_max });
        }
        Ok(Self { kind: Kind::Preimage, builder: PREIMAGE_BUILDER.into(), body: len.to_le_bytes().to_vec() })
    }

    /// The recipe of a constraint system's circuit.
    pub fn r1cs(r1cs: &R1cs) -> Self {
        Self { kind: Kind::R1cs, builder: R1CS_BUILDER.into(), body: r1cs.encode() }
    }

    /// The recipe of a circuit of an application's, by the builder's name and the encoded parameters. Whether this program has
    /// that builder is found when the circuit is built.
    pub fn named(builder: String, params: Vec<u8>, limits: &CircuitLimits) -> Result<Self, RecipeError> {
        if !is_builder(&builder) {
            return Err(RecipeError::Name { got: builder.escape_default().to_string() });
        }
        let (got, limit) = (params.len() as u64, limits.params_bytes_max);
        if got > u64::from(limit) {
            return Err(RecipeError::Params { got, limit });
        }
        Ok(Self { kind: Kind::Custom, builder: builder.into(), body: params })
    }

    /// The kind of the recipe's circuit.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The builder of the recipe's circuit, as `name@version`.
    pub fn builder(&self) -> &str {
        &self.builder
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

    /// The length that the body of a preimage's recipe holds, in bytes.
    pub(super) fn preimage_len(&self, limits: &CircuitLimits) -> Result<u32, RecipeError> {
        let len = u32::from_le_bytes(self.body.as_slice().try_into().map_err(|_| RecipeError::NotCanonical)?);
        Self::preimage(len, limits)?;
        Ok(len)
    }

    /// The constraint system in the body. Only the canonical form is taken, so that no circuit has two recipes of one version.
    pub(super) fn system(&self, limits: &CircuitLimits) -> Result<R1cs, RecipeError> {
        let r1cs = R1cs::parse(&self.body, limits)?;
        if r1cs.encode() != self.body { Err(RecipeError::NotCanonical) } else { Ok(r1cs) }
    }

    /// What the constraint system counts, by its head: what it has of it is read when the circuit is built.
    #[cfg(feature = "plonky2")]
    pub(crate) fn counts(&self, limits: &CircuitLimits) -> Result<System, RecipeError> {
        if self.kind != Kind::R1cs {
            return Ok(System::default());
        }
        let (wires, constraints) = R1cs::counts(&self.body, limits)?;
        Ok(System { bytes: self.body.len() as u64, wires: wires.into(), constraints: constraints.into() })
    }

    /// What the builder reads: a preimage's length, a stripped `.r1cs` file, or parameters.
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    fn head(&self) -> Vec<u8> {
        let builder = self.builder().as_bytes();
        // No name of a builder is longer than an ask's names are.
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
        let shown = || builder.escape_ascii().to_string();
        match kind.builder() {
            Some(ours) if builder == ours.as_bytes() => {
                Ok(Self { kind, builder: Cow::Borrowed(ours), body: body.to_vec() })
            }
            Some(ours) => Err(RecipeError::Builder { got: shown(), ours }),
            None => {
                let name = std::str::from_utf8(builder).map_err(|_| RecipeError::Name { got: shown() })?;
                Self::named(name.to_owned(), body.to_vec(), limits)
            }
        }
    }

    /// The hash of [`Recipe::encode`], and so of the builder's version too.
    pub fn digest(&self) -> RecipeDigest {
        RecipeDigest::from_bytes(hash(RECIPE_DOMAIN, &[&self.head(), &self.body]))
    }

    /// The digest that encoded bytes have, be they a recipe or not.
    #[cfg(feature = "plonky2")]
    pub(crate) fn digest_of(encoded: &[u8]) -> RecipeDigest {
        RecipeDigest::from_bytes(hash(RECIPE_DOMAIN, &[encoded]))
    }
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipe({}, {} bytes)", self.builder(), self.body.len())
    }
}

/// The private inputs of a circuit: the preimage's bytes, a `.wtns` file, or the encoding of an application's. Secret, and
/// wiped when dropped.
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
