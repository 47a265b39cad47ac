//! Sealed asks: how a price is hidden until all have committed to theirs.
//!
//! A commitment binds task, prover, price and salt. Whoever copies another's commitment has committed to nothing: no price
//! and salt open it for the copier.

use crate::{
    ids::{AccountId, TaskId, hash},
    sign::Keypair,
    units::Credits,
};

/// The domain of commitments; nothing else is hashed in it.
const DOMAIN: &str = "dpgn sealed ask v1";
/// The purpose of the secrets that salts are.
const SALTS: &str = "dpgn salt of a sealed ask v1";
/// The number of bytes of a salt: too many for anybody to find a price by trying all.
pub const SALT_BYTES: usize = 32;

/// The commitment of a prover to its price for one task, as [`Action::Seal`](crate::ops::Action::Seal) names it.
///
/// The salt must be random, new for each task, and secret until the ask is opened: prices are few, so whoever knows the
/// salt finds the price. All parts have a fixed length, so no two pairs of price and salt give the same bytes.
pub fn commitment(task: TaskId, prover: AccountId, price: Credits, salt: &[u8; SALT_BYTES]) -> [u8; 32] {
    hash(DOMAIN, &[task.as_bytes(), prover.as_bytes(), &price.get().to_le_bytes(), salt])
}

/// The salt of a prover's ask for a task at a price: it follows from the prover's key, so that whoever has key and price can
/// open the ask, and nobody else.
pub fn salt(keys: &Keypair, task: TaskId, price: Credits) -> [u8; SALT_BYTES] {
    keys.secret(SALTS, &[task.as_bytes(), &price.get().to_le_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_commitment_binds_task_prover_price_and_salt() {
        let [a, b] = [1, 2].map(|n| TaskId::from_bytes([n; 32]));
        let [alice, bob] = [1, 2].map(|n| AccountId::from_bytes([n; 32]));
        let mut all = BTreeSet::new();
        for task in [a, b] {
            for prover in [alice, bob] {
                for price in [0, 1, 256, u64::MAX] {
                    for salt in [[0; SALT_BYTES], [1; SALT_BYTES]] {
                        all.insert(commitment(task, prover, Credits::new(price), &salt));
                    }
                }
            }
        }
        assert_eq!(all.len(), 2 * 2 * 4 * 2);
    }

    #[test]
    fn every_key_task_and_price_has_a_salt_of_its_own() {
        let mut all = BTreeSet::new();
        for keys in [1, 2].map(|n| Keypair::from_seed(&[n; 32])) {
            for task in [1, 2].map(|n| TaskId::from_bytes([n; 32])) {
                for price in [0, 1, u64::MAX].map(Credits::new) {
                    assert_eq!(salt(&keys, task, price), salt(&keys, task, price));
                    all.insert(salt(&keys, task, price));
                }
            }
        }
        assert_eq!(all.len(), 2 * 2 * 3);
    }

    #[test]
    fn the_bytes_of_a_commitment_are_frozen() {
        let (task, prover) = (TaskId::from_bytes([1; 32]), AccountId::from_bytes([2; 32]));
        let bytes = commitment(task, prover, Credits::new(3), &[4; SALT_BYTES]);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "8ece5679e199bbf32f3df75cecfd01afb2a8b32769e3bf99269f18619e9b8896");
    }
}
