//! A purchase as it comes over the wire.

use super::task::TaskRow;
use crate::{
    problem::{Code, Problem},
    uploads::{Digest, Shelf},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use dpgn_node::{Purchase, Source, control::Warning};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Level, Millis, Priority},
};
use serde::{Deserialize, Serialize};
use std::{fmt, path::PathBuf};
use utoipa::ToSchema;
use uuid::Uuid;

/// The level of a purchase that names none.
pub(super) const LEVEL: u8 = 3;

/// A proof that is wanted, and its price and conditions.
#[derive(Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// The circuit and its inputs in base64 (RFC 4648, with padding), as an envelope: a byte for the kind, then for 1 a
    /// preimage; for 2 the length of the `.r1cs` file (4 bytes, little endian), that file and the `.wtns` file; for 5 the id of
    /// a circuit that was proved before (32 bytes) and the inputs.
    #[schema(content_encoding = "base64")]
    circuit_data: Option<String>,
    /// In place of `circuit_data`: a circom circuit over Goldilocks, the SHA-256 of an uploaded `.r1cs` file.
    r1cs: Option<String>,
    /// The witness of that circuit, the SHA-256 of an uploaded `.wtns` file. The upload goes once the proof is bought.
    wtns: Option<String>,
    /// The symbols of that circuit, the SHA-256 of an uploaded `.sym` file: messages name signals by it.
    sym: Option<String>,
    /// The privacy level, 1 to 5; 3 unless it is given. 1 and 2 show the witness to whoever gets the proof.
    #[schema(minimum = 1, maximum = 5)]
    level: Option<u8>,
    /// The most to pay, in micro-credits; it is locked until the task is over.
    reward: u64,
    /// The most that the reward rises to while nobody asks low enough, in ten steps over half the time to the deadline.
    reward_max: Option<u64>,
    /// Whether prices are sealed for this task alone, then opened.
    #[serde(default)]
    sealed: bool,
    /// The hurry, 0 to 100: a higher one is served first, and its fee is higher.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 100)]
    priority: u8,
    /// Seconds from now within which the proof must be delivered; 600 unless it is given.
    #[schema(minimum = 1)]
    deadline_seconds: Option<u64>,
    /// The requester's own name for the task; a fresh one is drawn unless it is given.
    alias: Option<Uuid>,
    /// The most provers that may see the inputs, one after another; 2 unless it is given.
    disclosures_max: Option<u8>,
    /// The only provers that may prove it; all if it is empty.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    allow: Vec<AccountId>,
    /// Provers that never may prove it.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    deny: Vec<AccountId>,
    /// The owner's word that the proof may show the witness; needed at levels 1 and 2.
    #[serde(default)]
    witness_is_public: bool,
    /// Whether to submit although the lint finds an error.
    #[serde(default)]
    despite_lint: bool,
    /// Seconds from now after which the bid is taken back unless it is awarded, and the proof made by this node itself, by its own
    /// worker; also whenever the market ends without one. Never unless it is given.
    prove_here_after_seconds: Option<u64>,
}

/// A purchase that is on its way.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Bought {
    /// The task as it stands.
    pub(crate) task: TaskRow,
    /// The lint's findings in the circuit, none of which stopped it.
    pub(crate) warnings: Vec<LintFinding>,
}

/// A finding of the lint.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LintFinding {
    /// The kind of finding, stable over versions.
    code: String,
    /// How bad it is: `warning`, or `error`: proofs would be worthless, and nothing is bought unless the order says
    /// `despite_lint`.
    severity: &'static str,
    /// What the lint found.
    message: String,
    /// What to do about it.
    hint: String,
    /// The constraint it was found at, from 0.
    #[schema(required)]
    constraint: Option<usize>,
}

impl LintFinding {
    /// A finding in words, and whether it is an error.
    pub(crate) fn of(Warning { code, message, hint, constraint, .. }: Warning, is_error: bool) -> Self {
        Self { code, severity: if is_error { "error" } else { "warning" }, message, hint, constraint }
    }
}

impl fmt::Debug for Order {
    /// The circuit's data hold the witness: they are never shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Order(level {}, reward {})", self.level(), self.reward)
    }
}

impl Order {
    /// The name that the requester has given the task.
    pub(crate) fn alias(&self) -> Option<Uuid> {
        self.alias
    }

    /// The privacy level that is wanted.
    pub(crate) fn level(&self) -> u8 {
        self.level.unwrap_or(LEVEL)
    }

    /// The most to pay as long as it does not rise.
    pub(crate) fn reward(&self) -> u64 {
        self.reward
    }

    /// The digest of what the order says, however its JSON was laid out.
    pub(crate) fn digest(&self) -> Result<blake3::Hash, Problem> {
        let mut hasher = blake3::Hasher::new();
        serde_json::to_writer(&mut hasher, self)
            .map_err(|_| Problem::new(Code::Machine, "the order could not be compared").retry_after(1))?;
        Ok(hasher.finalize())
    }

    /// The circuit and the inputs: bytes of this request, or files that were uploaded.
    fn source(&self, shelf: Option<&Shelf>) -> Result<Source, Problem> {
        match (&self.circuit_data, &self.r1cs, &self.wtns) {
            (Some(data), None, None) if self.sym.is_none() => {
                // Where the text is wrong says nothing of what it holds.
                let data = STANDARD.decode(data).map_err(|_| malformed("circuit_data", &"it is no base64"))?;
                Ok(Source::Envelope(data))
            }
            (None, Some(r1cs), Some(wtns)) => {
                let sym = self.sym.as_deref().map(|sym| uploaded("sym", sym, shelf)).transpose()?;
                Ok(Source::R1cs { r1cs: uploaded("r1cs", r1cs, shelf)?, wtns: uploaded("wtns", wtns, shelf)?, sym })
            }
            (Some(_), _, _) | (None, _, _) => {
                Err(Problem::new(Code::Malformed, "the body: name circuit_data alone, or r1cs and wtns"))
            }
        }
    }

    /// The purchase that is meant, under this name.
    pub(crate) fn purchase(self, alias: Option<Uuid>, shelf: Option<&Shelf>) -> Result<Purchase, Problem> {
        let defaults = Purchase::new(self.source(shelf)?, Credits::new(self.reward));
        let level = Level::new(self.level.unwrap_or(LEVEL)).map_err(|error| malformed("level", &error))?;
        let priority = Priority::new(self.priority).map_err(|error| malformed("priority", &error))?;
        let purchase = Purchase {
            level,
            sealed: self.sealed,
            priority,
            deadline: self
                .deadline_seconds
                .map_or(defaults.deadline, |seconds| Millis::new(seconds.saturating_mul(1_000))),
            alias,
            disclosures_max: self.disclosures_max.unwrap_or(defaults.disclosures_max),
            allow: self.allow,
            deny: self.deny,
            witness_is_public: self.witness_is_public,
            despite_lint: self.despite_lint,
            prove_here_after: self.prove_here_after_seconds.map(|seconds| Millis::new(seconds.saturating_mul(1_000))),
            ..defaults
        };
        Ok(match self.reward_max {
            Some(most) => purchase.raise_to(Credits::new(most)),
            None => purchase,
        })
    }
}

/// Says what of a body is malformed, and why.
pub(super) fn malformed(what: &str, why: &dyn fmt::Display) -> Problem {
    Problem::new(Code::Malformed, format!("{what}: {why}"))
}

/// The path of an upload that is whole.
pub(super) fn uploaded(what: &str, digest: &str, shelf: Option<&Shelf>) -> Result<PathBuf, Problem> {
    let digest: Digest = digest.parse().map_err(|error| malformed(what, &error))?;
    let path = shelf.and_then(|shelf| shelf.path(digest));
    path.ok_or_else(|| Problem::new(Code::UnknownUpload, format!("{what}: {digest} is not uploaded, or not whole")))
}
