//! Views: how a node shows tasks, accounts and itself to its owner. Plain data, the same for CLI and library.

pub use dpgn_market::Status;
use dpgn_protocol::{
    ids::{AccountId, BlockHash, CircuitId, NetworkId, ProofHash, TaskId},
    units::{Credits, Epoch, Height, Level, Ppm, Timestamp},
    wire::ProofStage,
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use uuid::Uuid;

/// A task as its requester's node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskInfo {
    /// Its name on the network.
    pub task: TaskId,
    /// Its name among the requester's own.
    pub alias: Uuid,
    /// Where it is.
    pub status: Status,
    /// The circuit.
    pub circuit: CircuitId,
    /// The privacy level.
    pub level: Level,
    /// The most the requester pays.
    pub reward: Credits,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// Who has the award, or had it last.
    pub prover: Option<AccountId>,
    /// What that prover is paid.
    pub price: Option<Credits>,
    /// How many awards there were.
    pub attempts: usize,
    /// What the prover says it is at.
    pub step: Option<ProofStage>,
    /// How far the prover says the whole is, in thousandths.
    pub permille: Option<u16>,
    /// The proof.
    pub proof: Option<ProofHash>,
    /// Where the proof lies, once this node has it and has checked it.
    pub proof_path: Option<PathBuf>,
    /// Where what checks the proof lies.
    pub verifier_data_path: Option<PathBuf>,
    /// The block that paid for it.
    pub settled_height: Option<Height>,
    /// Why it failed.
    pub why: Option<String>,
}

/// What an account has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Whose.
    pub account: AccountId,
    /// Free to use.
    pub available: Credits,
    /// Locked for own bids.
    pub escrow: Credits,
    /// Locked for own awards.
    pub collateral: Credits,
    /// The account's reputation as a prover.
    pub reputation: Ppm,
}

/// A node as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// The node's account, and its peer.
    pub account: AccountId,
    /// On which network.
    pub network: NetworkId,
    /// The network's name.
    pub network_name: String,
    /// Addresses it listens on.
    pub listening: Vec<String>,
    /// Connected peers.
    pub peers: Vec<AccountId>,
    /// The last block.
    pub height: Height,
    /// Its name.
    pub head: BlockHash,
    /// Its time.
    pub time: Timestamp,
    /// The epoch.
    pub epoch: Epoch,
    /// The coordinators in office.
    pub committee: Vec<AccountId>,
    /// Its own account.
    pub balance: Balance,
    /// Bids that wait for an award.
    pub open_bids: usize,
    /// Asks that stand.
    pub standing_asks: usize,
}
