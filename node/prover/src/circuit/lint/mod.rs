//! What compiles and proves over Goldilocks, but does not mean what its author believes.
//!
//! circom's library was written for a field of 254 bits. `structure` finds trouble in the constraints
//! themselves, whatever things are called; `names` goes by the names of circomlib's signals, so it is a
//! guess and only warns. A clean lint proves nothing; an error here does.

mod names;
mod structure;

use super::{r1cs::R1cs, sym::Sym};
use serde::Serialize;
use std::fmt;

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Probably not what was meant.
    Warning,
    /// False statements can be proven. Refused unless overridden.
    Error,
}

/// One finding about a circuit, with where it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// The severity of the finding.
    pub severity: Severity,
    /// A short name for the kind of finding, stable over versions.
    pub code: &'static str,
    /// The sentence that says what was found.
    pub message: String,
    /// The advice on what to do about it.
    pub hint: &'static str,
    /// The constraint it was found at, from 0.
    pub constraint: Option<usize>,
    /// A signal it is about, where names are known.
    pub signal: Option<String>,
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if let Some(constraint) = self.constraint {
            write!(f, " (constraint {constraint})")?;
        }
        write!(f, ": {}", self.hint)
    }
}

/// Looks a system over: errors first, then warnings, each in the order of constraints and signals.
pub fn lint(r1cs: &R1cs, sym: Option<&Sym>) -> Vec<Lint> {
    let mut lints = structure::lint(r1cs, sym);
    if let Some(sym) = sym {
        lints.extend(names::lint(sym));
    }
    lints.sort_by_key(|lint| std::cmp::Reverse(lint.severity));
    lints
}
