//! `circuit_data`: the tagged envelope a task comes in, simple enough to be written from any language.
//!
//! The first byte holds the version (high half, 0) and the kind (low half); the body follows.
//!
//! | byte | kind | body |
//! |---|---|---|
//! | `0x01` | Poseidon preimage | the preimage |
//! | `0x02` | R1CS | length of the `.r1cs` file (u32, little-endian), the file, the `.wtns` file |
//! | `0x03` | circuit of an application's | length of the builder's name (u8), `owner/name@version`, length of the parameters (u32, little-endian), the parameters, the inputs; both as [`dpgn_protocol::codec`] encodes them |
//! | `0x04` | fold of proofs | not offered by this version |
//! | `0x05` | known circuit | its circuit id (32 bytes), the inputs |
//!
//! So `[1, 2, 3, 4]` asks for a proof of knowledge of the bytes `[2, 3, 4]`. Only a recipe ever enters an
//! id; the inputs are kept apart from it from here on.

use super::{
    limits::CircuitLimits,
    r1cs::R1cs,
    recipe::{Inputs, Kind, Recipe, RecipeError},
};
use dpgn_protocol::ids::CircuitId;
use zeroize::Zeroizing;

const KNOWN: u8 = 5;
const ID_BYTES: usize = 32;

/// Why an envelope is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The envelope has no byte at all.
    #[error("circuit_data is empty")]
    Empty,
    /// The envelope has more bytes than the limit.
    #[error("circuit_data of {got} bytes; the limit is {limit}")]
    TooLarge {
        /// The length that was given, in bytes.
        got: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// The envelope has a version that is not read here.
    #[error("version {got} of the envelope (first byte {first:#04x}); version 0 is supported")]
    Version {
        /// The version that was read.
        got: u8,
        /// The first byte of the envelope, which holds version and kind.
        first: u8,
    },
    /// The envelope has a kind that is defined, but that this version does not prove.
    #[error("kind {kind} ({name}) is not offered by this version")]
    NotOffered {
        /// The number of the kind, the low half of the first byte.
        kind: u8,
        /// The name of the kind, for people.
        name: &'static str,
    },
    /// A kind that is not defined.
    #[error("kind {kind} is not defined")]
    UnknownKind {
        /// The number of the kind.
        kind: u8,
    },
    /// A body that is too short for what it says.
    #[error("{part} needs {need} bytes; {have} are there")]
    Truncated {
        /// The part of the envelope that was being read.
        part: &'static str,
        /// The number of bytes that are needed.
        need: u64,
        /// The number of bytes that are there.
        have: u64,
    },
    /// A part that has no encoding: it holds more than is encoded, or its type writes what it can't read.
    #[error("the {what} cannot be encoded")]
    Unencodable {
        /// The part that was to be encoded.
        what: &'static str,
    },
    /// The circuit itself is refused.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
}

/// An envelope, opened but not yet read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Envelope<'a> {
    /// Prove knowledge of these bytes.
    Preimage(&'a [u8]),
    /// Prove that a constraint system is satisfied.
    R1cs {
        /// The bytes of the `.r1cs` file.
        r1cs: &'a [u8],
        /// The bytes of the `.wtns` file: the witness, which is secret.
        wtns: &'a [u8],
    },
    /// Prove a circuit that an application has added.
    Custom {
        /// The name of the builder, `owner/name@version`.
        builder: &'a [u8],
        /// The encoded parameters.
        params: &'a [u8],
        /// The encoded inputs, which are secret.
        inputs: &'a [u8],
    },
    /// Prove a circuit the network knows.
    Known {
        /// The id of the circuit.
        circuit: CircuitId,
        /// The circuit's inputs, which are secret: a preimage or the bytes of a `.wtns` file.
        inputs: &'a [u8],
    },
}

/// The circuit that an envelope asks to be proven, apart from the inputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A circuit to build from this recipe.
    Recipe(Recipe),
    /// A circuit that is known.
    Known(CircuitId),
}

impl<'a> Envelope<'a> {
    /// Opens an envelope: cuts it into its parts, which are still to be read.
    pub fn parse(bytes: &'a [u8], limits: &CircuitLimits) -> Result<Self, EnvelopeError> {
        let limit = limits.file_bytes_max.saturating_mul(2);
        if bytes.len() as u64 > limit {
            return Err(EnvelopeError::TooLarge { got: bytes.len() as u64, limit });
        }
        let [first, body @ ..] = bytes else { return Err(EnvelopeError::Empty) };
        let (version, kind) = (first >> 4, first & 0x0f);
        if version != 0 {
            return Err(EnvelopeError::Version { got: version, first: *first });
        }
        match kind {
            1 => Ok(Self::Preimage(body)),
            2 => {
                let (len, rest) = cut(body, 4, "the length of the .r1cs file")?;
                let (r1cs, wtns) = cut(rest, number(len), "the .r1cs file")?;
                Ok(Self::R1cs { r1cs, wtns })
            }
            3 => {
                let (len, rest) = cut(body, 1, "the length of the builder's name")?;
                let (builder, rest) = cut(rest, number(len), "the builder's name")?;
                let (len, rest) = cut(rest, 4, "the length of the parameters")?;
                let (params, inputs) = cut(rest, number(len), "the parameters")?;
                Ok(Self::Custom { builder, params, inputs })
            }
            4 => Err(EnvelopeError::NotOffered { kind, name: "fold" }),
            KNOWN => {
                let (id, inputs) = cut(body, ID_BYTES as u64, "the circuit id")?;
                let mut circuit = [0; ID_BYTES];
                circuit.copy_from_slice(id);
                Ok(Self::Known { circuit: CircuitId::from_bytes(circuit), inputs })
            }
            _ => Err(EnvelopeError::UnknownKind { kind }),
        }
    }

    /// Reads the circuit and parts it from the inputs.
    pub fn split(self, limits: &CircuitLimits) -> Result<(Subject, Inputs), EnvelopeError> {
        let (subject, inputs) = match self {
            Self::Preimage(preimage) => {
                let got = preimage.len() as u64;
                let limit = limits.preimage_bytes_max;
                let len = u32::try_from(got).map_err(|_| RecipeError::Length { got, limit })?;
                (Subject::Recipe(Recipe::preimage(len, limits)?), preimage)
            }
            Self::R1cs { r1cs, wtns } => {
                let r1cs = R1cs::parse(r1cs, limits).map_err(RecipeError::from)?;
                (Subject::Recipe(Recipe::r1cs(&r1cs)), wtns)
            }
            Self::Custom { builder, params, inputs } => {
                let got = || builder.escape_ascii().to_string();
                let name = std::str::from_utf8(builder).map_err(|_| RecipeError::Name { got: got() })?;
                let (got, limit) = (params.len() as u64, limits.params_bytes_max);
                if got > u64::from(limit) {
                    return Err(RecipeError::Params { got, limit }.into());
                }
                (Subject::Recipe(Recipe::named(name.to_owned(), params.to_vec(), limits)?), inputs)
            }
            Self::Known { circuit, inputs } => (Subject::Known(circuit), inputs),
        };
        Ok((subject, Inputs::new(inputs.to_vec())))
    }

    /// The bytes of the envelope, if each length in it fits its field.
    pub fn encode(self) -> Result<Vec<u8>, EnvelopeError> {
        Ok(match self {
            Self::Preimage(preimage) => [&[Kind::Preimage.number()], preimage].concat(),
            Self::R1cs { r1cs, wtns } => [&[Kind::R1cs.number()], length(r1cs)?.as_slice(), r1cs, wtns].concat(),
            Self::Custom { builder, params, inputs } => {
                let (got, limit) = (builder.len() as u64, u64::from(u8::MAX));
                let name = u8::try_from(got).map_err(|_| EnvelopeError::TooLarge { got, limit })?;
                [&[Kind::Custom.number(), name], builder, length(params)?.as_slice(), params, inputs].concat()
            }
            Self::Known { circuit, inputs } => [&[KNOWN], circuit.as_bytes().as_slice(), inputs].concat(),
        })
    }
}

/// A number of one to eight bytes, little-endian.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The field that holds a length.
fn length(bytes: &[u8]) -> Result<[u8; 4], EnvelopeError> {
    let (got, limit) = (bytes.len() as u64, u64::from(u32::MAX));
    u32::try_from(got).map(u32::to_le_bytes).map_err(|_| EnvelopeError::TooLarge { got, limit })
}

fn cut<'a>(bytes: &'a [u8], need: u64, part: &'static str) -> Result<(&'a [u8], &'a [u8]), EnvelopeError> {
    let truncated = EnvelopeError::Truncated { part, need, have: bytes.len() as u64 };
    let at = usize::try_from(need).map_err(|_| truncated.clone())?;
    bytes.split_at_checked(at).ok_or(truncated)
}

impl Recipe {
    /// The envelope of this recipe and its inputs: what [`Envelope::split`] takes apart again.
    pub fn envelope(&self, inputs: &Inputs) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let inputs = inputs.as_bytes();
        let envelope = match self.kind() {
            Kind::Preimage => Envelope::Preimage(inputs),
            Kind::R1cs => Envelope::R1cs { r1cs: self.body(), wtns: inputs },
            Kind::Custom => Envelope::Custom { builder: self.builder().as_bytes(), params: self.body(), inputs },
        };
        envelope.encode().map(Zeroizing::new)
    }
}

impl std::fmt::Debug for Envelope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Preimage(preimage) => write!(f, "Preimage({} bytes)", preimage.len()),
            Self::R1cs { r1cs, wtns } => write!(f, "R1cs({} bytes, {} bytes)", r1cs.len(), wtns.len()),
            Self::Custom { builder, params, inputs } => {
                let builder = builder.escape_ascii();
                write!(f, "Custom({builder}, {} bytes, {} bytes)", params.len(), inputs.len())
            }
            Self::Known { circuit, inputs } => write!(f, "Known({circuit}, {} bytes)", inputs.len()),
        }
    }
}
