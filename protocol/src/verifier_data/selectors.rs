//! How gates share selector columns: plonky2's grouping, computed anew and compared.
//!
//! The grouping is what keeps the degree of every filtered gate within the quotient's bound; a wrong one would
//! make a circuit whose false proofs verify.

use super::{
    VerifierDataError,
    cursor::{Cursor, same},
    gate::Gate,
};
use crate::profile::QUOTIENT_DEGREE_FACTOR;
use std::ops::Range;

/// The selector columns and the gates that share each of them.
pub(super) struct Selectors {
    of_gate: Vec<u64>,
    groups: Vec<[u64; 2]>,
}

impl Selectors {
    pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Self, VerifierDataError> {
        let count = cursor.count("selectors of gates", 8)?;
        let of_gate = (0..count).map(|_| cursor.u64("selector of a gate")).collect::<Result<_, _>>()?;
        let count = cursor.count("selector groups", 16)?;
        let mut group = || Ok([cursor.u64("start of a group")?, cursor.u64("end of a group")?]);
        let groups = (0..count).map(|_| group()).collect::<Result<_, VerifierDataError>>()?;
        Ok(Self { of_gate, groups })
    }

    /// The number of selector columns.
    pub(super) fn count(&self) -> usize {
        self.groups.len()
    }

    /// The groups must be those that plonky2 makes of these gates, so that no filtered gate's degree exceeds
    /// the bound.
    pub(super) fn check(&self, gates: &[Gate]) -> Result<(), VerifierDataError> {
        let expected = groups(gates);
        same("selector groups", expected.len() as u64, self.groups.len() as u64)?;
        for (expected, got) in expected.iter().zip(&self.groups) {
            same("start of a group", expected.start as u64, got[0])?;
            same("end of a group", expected.end as u64, got[1])?;
        }
        same("selectors of gates", gates.len() as u64, self.of_gate.len() as u64)?;
        let of_gate = expected.iter().enumerate().flat_map(|(group, gates)| gates.clone().map(move |_| group));
        of_gate.zip(&self.of_gate).try_for_each(|(expected, &got)| same("selector of a gate", expected as u64, got))
    }
}

/// plonky2's grouping: one group if that keeps the degree, else greedily. Every gate's degree is below nine.
fn groups(gates: &[Gate]) -> Vec<Range<usize>> {
    let highest = gates.last().map_or(0, |gate| gate.degree);
    if highest + gates.len() <= QUOTIENT_DEGREE_FACTOR + 2 {
        return std::iter::once(0..gates.len()).collect();
    }
    let mut groups = Vec::new();
    let mut start = 0;
    while start < gates.len() {
        let fits = |(size, gate): &(usize, &Gate)| size + gate.degree <= QUOTIENT_DEGREE_FACTOR;
        let size = gates[start..].iter().enumerate().take_while(fits).count().max(1);
        groups.push(start..start + size);
        start += size;
    }
    groups
}
