//! Which gate a row holds, as the selector columns say it.
//!
//! Gates are split into groups, each with one selector column: it holds the index of the row's gate, or
//! [`UNUSED`] where the row's gate belongs to another group. plonky2 keeps the groups private but writes them
//! out, so they are read back from there.

use super::ProveError;
use crate::level::{CommonData, F};
use plonky2::{
    field::types::Field,
    util::serialization::{Buffer, Read, Write},
};
use std::ops::Range;

/// The value of a selector where its group has no say.
pub(super) const UNUSED: u64 = u32::MAX as u64;

/// The selectors of a circuit.
pub(super) struct Selectors {
    /// The selector column of each gate.
    of_gate: Vec<usize>,
    groups: Vec<Range<usize>>,
}

impl Selectors {
    pub(super) fn read(common: &CommonData) -> Result<Self, ProveError> {
        let broken = |_| ProveError::Circuit("its selectors cannot be read");
        let mut bytes = Vec::new();
        bytes.write_selectors_info(&common.selectors_info).map_err(broken)?;
        let mut buffer = Buffer::new(&bytes);
        let of_gate = buffer.read_usize_vec().map_err(broken)?;
        let count = buffer.read_usize().map_err(broken)?;
        let mut groups = Vec::new();
        for _ in 0..count {
            groups.push(buffer.read_usize().map_err(broken)?..buffer.read_usize().map_err(broken)?);
        }
        if of_gate.len() == common.gates.len() && of_gate.iter().all(|&group| group < groups.len()) {
            Ok(Self { of_gate, groups })
        } else {
            Err(ProveError::Circuit("not every gate has a selector"))
        }
    }

    /// The number of selector columns.
    pub(super) fn count(&self) -> usize {
        self.groups.len()
    }

    /// The selector column of a gate.
    pub(super) fn column(&self, gate: usize) -> usize {
        self.of_gate[gate]
    }

    /// A factor that is zero on every row that holds another gate, given the value of the gate's selector.
    pub(super) fn filter(&self, gate: usize, selector: F) -> F {
        self.others(gate).map(|other| F::from_canonical_u64(other) - selector).product()
    }

    /// The values of a gate's selector on rows that hold another gate.
    pub(super) fn others(&self, gate: usize) -> impl Iterator<Item = u64> {
        let others =
            self.groups[self.of_gate[gate]].clone().filter(move |&other| other != gate).map(|other| other as u64);
        others.chain((self.groups.len() > 1).then_some(UNUSED))
    }
}
