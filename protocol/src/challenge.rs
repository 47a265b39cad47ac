//! Challenges: proofs that the network itself asks for, so that a prover without a history can earn one.
//!
//! A challenge has no secret and no requester that anybody speaks for. All that its prover and whoever judges it need
//! follows from its task's id, which nobody can know before the block below its own is decided:
//!
//! ```text
//! task   = BLAKE3(network ‖ hash of the block below ‖ prover)
//! inputs = BLAKE3(task), drawn out to the bytes that the circuit takes
//! ```
//! The statement is what the circuit makes of these inputs. The ledger does not know it; members who judge compute it.

use crate::{
    ids::{AccountId, BlockHash, CircuitId, NetworkId, RecipeDigest, TaskId, hash},
    ops::Builder,
};
use serde::{Deserialize, Serialize};

/// A circuit that challenges are made of, in the terms in which a bid speaks of its circuit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChallengeCircuit {
    /// The circuit; it says level and degree, and counts once it is registered.
    pub circuit: CircuitId,
    /// The digest of the recipe that it is built from. Nobody serves it: whoever has the builder can write it down.
    pub recipe: RecipeDigest,
    /// The bytes of the recipe.
    pub recipe_len: u64,
    /// The builder that builds the circuit from its recipe.
    pub builder: Builder,
    /// The bytes of the inputs that it takes.
    pub inputs_len: u64,
}

/// The account that asks for all challenges of a network. It is a hash, so nobody has its key.
pub fn requester(network: NetworkId) -> AccountId {
    AccountId::from_bytes(hash("dpgn challenge requester v1", &[network.as_bytes()]))
}

/// The task of a prover's challenge in the block above `below`.
pub fn task(network: NetworkId, below: BlockHash, prover: AccountId) -> TaskId {
    TaskId::from_bytes(hash("dpgn challenge v1", &[network.as_bytes(), below.as_bytes(), prover.as_bytes()]))
}

/// The place of a prover in the draw of the block above `below`: the lowest comes first.
pub fn lot(below: BlockHash, prover: AccountId) -> [u8; 32] {
    hash("dpgn challenge lot v1", &[below.as_bytes(), prover.as_bytes()])
}

/// The first `len` bytes of the inputs of a challenge. Whoever calls this bounds them.
pub fn inputs(task: TaskId, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let mut hasher = blake3::Hasher::new_derive_key("dpgn challenge inputs v1");
    hasher.update(task.as_bytes()).finalize_xof().fill(&mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_challenge_is_known_before_the_block_below() {
        let (network, prover) = (NetworkId::from_bytes([1; 32]), AccountId::from_bytes([2; 32]));
        let of = |below| task(network, BlockHash::from_bytes([below; 32]), prover);
        assert_ne!(of(3), of(4));
        assert_ne!(inputs(of(3), 32), inputs(of(4), 32));
        assert_eq!(inputs(of(3), 100)[..32], inputs(of(3), 32)[..], "a longer circuit takes more of the same");
    }

    #[test]
    fn bytes_are_frozen() {
        let (network, below) = (NetworkId::from_bytes([1; 32]), BlockHash::from_bytes([2; 32]));
        let prover = AccountId::from_bytes([3; 32]);
        let hex = |bytes: &[u8]| bytes[..8].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let task = task(network, below, prover);
        let all = [&requester(network).as_bytes()[..], task.as_bytes(), &lot(below, prover), &inputs(task, 8)].map(hex);
        assert_eq!(all, FROZEN);
    }

    const FROZEN: [&str; 4] = ["0d42fa21e19fad58", "69f8cbe314a33cbe", "b1c0c942526f4775", "6d4f78a3efb8c5f2"];
}
