//! How large a circuit's parts may be. A count is checked against its limit, and against the bytes that are
//! really there, before anything is allocated for it.

use dpgn_protocol::{
    limits::{INPUTS_BYTES_MAX, PUBLIC_INPUTS_MAX, RECIPE_BYTES_MAX},
    statement::TAG_LEN,
};

/// Bytes of the envelope that a node hands to whoever proves for it over HTTP, circuit and inputs together: in JSON they are four
/// times as many. What is larger it proves itself.
pub const HANDED_OUT_BYTES_MAX: u64 = 16 << 20;

/// Limits for circuits from outside. The defaults are for a machine with a few GiB of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitLimits {
    /// Bytes of one file: `.r1cs`, `.wtns`, `.sym`, or an encoded recipe.
    pub file_bytes_max: u64,
    /// Wires of an R1CS. Each costs about 100 bytes while a proof is made, used or not.
    pub wires_max: u32,
    /// Public outputs and inputs, without the tag: what the ledger takes, less the tag's values.
    /// Each is 8 bytes of every proof.
    pub public_max: u32,
    /// The most constraints of an R1CS.
    pub constraints_max: u32,
    /// Terms in all constraints together. Each costs 16 bytes in memory.
    pub terms_max: u32,
    /// The most bytes of a preimage.
    pub preimage_bytes_max: u32,
    /// The most bytes of the encoded parameters of an application's circuit.
    pub params_bytes_max: u32,
}

impl Default for CircuitLimits {
    fn default() -> Self {
        Self {
            file_bytes_max: RECIPE_BYTES_MAX.min(INPUTS_BYTES_MAX),
            wires_max: 1 << 22,
            public_max: PUBLIC_INPUTS_MAX - TAG_LEN as u32,
            constraints_max: 1 << 22,
            terms_max: 1 << 24,
            preimage_bytes_max: 1 << 20,
            params_bytes_max: 1 << 20,
        }
    }
}
