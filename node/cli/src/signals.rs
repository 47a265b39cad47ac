//! Signals and their names: the `.sym` file of a circuit, and public signals as people read them.
//!
//! A run of an array's elements is one line.

use crate::{files, user_error::UserError};
use dpgn_prover::circuit::{CircuitLimits, PublicSignal, Sym};
use std::path::{Path, PathBuf};

/// The text for a name that no `.sym` file gave.
const NO_NAME: &str = "(no name without a .sym file)";

/// The path of a circuit's symbols: the one given, else the file beside the circuit with `.sym`, if it is there.
pub(crate) fn sym_of(circuit: &Path, given: Option<PathBuf>) -> Option<PathBuf> {
    let beside = circuit.with_extension("sym");
    given.or_else(|| beside.is_file().then_some(beside))
}

/// Reads the symbols of a circuit, if there is a file of them.
pub(crate) fn read_sym(path: Option<&Path>, limits: &CircuitLimits) -> Result<Option<Sym>, UserError> {
    let Some(path) = path else { return Ok(None) };
    let sym = Sym::parse(&files::read(path, limits.file_bytes_max)?, limits);
    sym.map(Some).map_err(|e| UserError::input(format!("{}: {e}", path.display())))
}

/// A line for each run of signals, or for each signal if nothing is to be folded: which places, and what stands there.
pub(crate) fn lines(signals: &[PublicSignal], fold: bool) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    let mut first = 0;
    while let Some(signal) = signals.get(first) {
        let follows =
            |at: usize| matches!((signals.get(at - 1), signals.get(at)), (Some(a), Some(b)) if fold && is_next(a, b));
        let mut last = first;
        while follows(last + 1) {
            last += 1;
        }
        lines.push((places(first, last), told(signal, last - first)));
        first = last + 1;
    }
    lines
}

fn places(first: usize, last: usize) -> String {
    if first == last { format!("public {first}") } else { format!("public {first}..{last}") }
}

/// The first signal of a run and how many follow it.
fn told(first: &PublicSignal, more: usize) -> String {
    let kind = if first.output { "output" } else { "input" };
    match first.name.as_deref() {
        None => format!("{kind} {NO_NAME}"),
        Some(name) => match (element(name), more) {
            (Some((array, at)), 1..) => format!("{kind} {array}[{at}..{}]", at + more as u64),
            (Some(_) | None, _) => format!("{kind} {name}"),
        },
    }
}

/// Whether a signal is the next element of the same array; without names any two of a kind are.
fn is_next(a: &PublicSignal, b: &PublicSignal) -> bool {
    let names = match (a.name.as_deref(), b.name.as_deref()) {
        (None, None) => true,
        (Some(a), Some(b)) => match (element(a), element(b)) {
            (Some((array, at)), Some((other, next))) => array == other && next == at + 1,
            (Some(_) | None, _) => false,
        },
        (Some(_), None) | (None, Some(_)) => false,
    };
    names && a.output == b.output
}

/// `main.out[7]` is element 7 of `main.out`.
fn element(name: &str) -> Option<(&str, u64)> {
    let (array, at) = name.strip_suffix(']')?.rsplit_once('[')?;
    Some((array, at.parse().ok().filter(|at| *at < u64::from(u32::MAX))?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(name: Option<&str>, output: bool) -> PublicSignal {
        PublicSignal { name: name.map(str::to_owned), output }
    }

    #[test]
    fn an_array_is_one_line() {
        let bits = (0..256).map(|i| signal(Some(&format!("main.out[{i}]")), true));
        let rest = [("main.in[1][0]", false), ("main.in[1][1]", false), ("main.in[2][0]", false), ("main.salt", false)];
        let signals: Vec<_> = bits.chain(rest.map(|(name, output)| signal(Some(name), output))).collect();
        let folded = lines(&signals, true);
        let expected = [
            ("public 0..255", "output main.out[0..255]"),
            ("public 256..257", "input main.in[1][0..1]"),
            ("public 258", "input main.in[2][0]"),
            ("public 259", "input main.salt"),
        ];
        assert_eq!(folded, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(lines(&signals, false).len(), 260);
    }

    #[test]
    fn without_names_each_kind_is_one_line() {
        let signals: Vec<_> = (0..10).map(|i| signal(None, i < 3)).collect();
        let folded = lines(&signals, true);
        assert_eq!(folded.iter().map(|(place, _)| place.as_str()).collect::<Vec<_>>(), ["public 0..2", "public 3..9"]);
        assert!(lines(&[], true).is_empty());
    }
}
