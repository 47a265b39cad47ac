//! Views: how a node shows tasks, accounts and itself to its owner. Plain data, the same for CLI and library.

pub use crate::{agents::AgentsStatus, engine::SnapshotProgress};
pub use dpgn_market::{OpKind, Status, Supply};
use dpgn_protocol::{
    ids::{AccountId, BlockHash, CircuitId, NetworkId, OpId, ProofHash, TaskId},
    payout::{PayoutHash, PayoutProof},
    units::{Credits, Epoch, Height, Level, Ppm, Timestamp},
    wire::ProofStage,
};
use dpgn_prover::{ArithmeticName, Sandbox};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use uuid::Uuid;

/// A task as its requester's node sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskInfo {
    /// The network's name for it.
    pub task: TaskId,
    /// The requester's own name for it.
    pub alias: Uuid,
    /// The status of the task.
    pub status: Status,
    /// The circuit that is proved.
    pub circuit: CircuitId,
    /// The privacy level, 1 to 5.
    pub level: Level,
    /// The most that the requester pays, in micro-credits.
    pub reward: Credits,
    /// The time at which the requester submitted it.
    pub created_at: Timestamp,
    /// The time at which it changed last: it was awarded, begun, delivered, paid, collected, or it failed.
    pub updated_at: Timestamp,
    /// The prover of the live award, or the one that was paid, or this node itself if it proves the task itself; absent
    /// otherwise, as for every failed task.
    pub prover: Option<AccountId>,
    /// The price of that award, in micro-credits; absent with it.
    pub price: Option<Credits>,
    /// The height of the block that made the last award, whatever became of it; absent before the first, and once the
    /// ledger has forgotten the task.
    pub awarded_height: Option<Height>,
    /// The number of awards so far; once the ledger has forgotten the task, 1 if it was paid and else 0.
    pub attempts: usize,
    /// The stage of its proof that the prover says it is at; absent unless it works.
    pub proof_stage: Option<ProofStage>,
    /// The part of the whole proof that the prover says is done, in thousandths.
    pub permille: Option<u16>,
    /// The quality of the paid delivery, 0 to 1: how early, how small, how punctual.
    pub quality: Option<Ppm>,
    /// The hash of the paid proof, or of the one that was made here.
    pub proof: Option<ProofHash>,
    /// The path of the proof, once this node has it and has checked it.
    pub proof_path: Option<PathBuf>,
    /// The path of the verifier data, which check the proof.
    pub verifier_data_path: Option<PathBuf>,
    /// The height of the block that paid for it.
    pub settled_height: Option<Height>,
    /// Why no standing ask can take the task; absent unless it waits in vain.
    pub stalled: Option<String>,
    /// Why the task failed; absent unless it did.
    pub why: Option<String>,
    /// Whether the market is done with it and this node makes the proof itself, or has made it: nobody is paid, and there is no
    /// receipt. It is assigned while it waits for its turn here, and in progress while a worker makes it.
    #[serde(default)]
    pub is_local: bool,
    /// The time from which the bid is taken back unless it is awarded, for the proof to be made here; absent if it never is.
    #[serde(default)]
    pub prove_here_at: Option<Timestamp>,
}

impl TaskInfo {
    /// Whether nothing more happens to it: it has failed, or its proof is here and checked.
    pub fn has_ended(&self) -> bool {
        self.status.is_over() && (self.why.is_some() || self.proof_path.is_some())
    }
}

/// The credits of an account, by the replica of the node that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// The account that has it.
    pub account: AccountId,
    /// The credits that it can use, in micro-credits.
    pub available: Credits,
    /// The credits that are locked for its bids, in micro-credits.
    pub escrow: Credits,
    /// The credits that are locked for its awards, in micro-credits.
    pub collateral: Credits,
    /// The account's reputation as a prover, 0 to 1.
    pub reputation: Ppm,
}

/// The payouts of an account, as `docs/payouts.md` has them. Hashes and addresses are hexadecimal, with `0x`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// The account that is asked about.
    pub account: AccountId,
    /// The address that it has named; absent if it has named none. It counts from the end of this epoch on, if the
    /// account earns in it.
    pub payee: Option<String>,
    /// The epoch that ended last and had a root; absent before the first.
    pub epoch: Option<Epoch>,
    /// The root of that epoch's payouts; absent with it.
    pub root: Option<String>,
    /// What the account had earned by then; absent if nothing.
    pub earned: Option<Earned>,
}

/// The leaf of an account in the tree of payouts, and the way from there to the root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earned {
    /// The address in the leaf, zeros if the account had named none when the leaf last changed.
    pub payee: String,
    /// All that the account had ever earned, in micro-credits.
    pub amount: Credits,
    /// The hashes beside the way, from the leaf up.
    pub path: Vec<String>,
}

impl From<PayoutProof> for Earned {
    fn from(proof: PayoutProof) -> Self {
        let path = proof.path.iter().map(hex_of).collect();
        Self { payee: proof.payee.to_string(), amount: proof.amount, path }
    }
}

/// A hash as EVM chains write it.
pub(crate) fn hex_of(hash: &PayoutHash) -> String {
    format!("0x{}", hex::encode(hash))
}

/// A decided block, without its ops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockInfo {
    /// The height of the block.
    pub height: Height,
    /// The hash of its header, which names it.
    pub hash: BlockHash,
    /// The hash of the block below; all zero for the first block.
    pub parent: BlockHash,
    /// The time of the block.
    pub time: Timestamp,
    /// The epoch that its height falls into.
    pub epoch: Epoch,
    /// The coordinator that has proposed it.
    pub proposer: AccountId,
    /// The round in which it was decided, from 0.
    pub round: u32,
    /// The number of votes in its certificate.
    pub votes: usize,
    /// The number of ops in it.
    pub ops: usize,
    /// The bytes of the block with its certificate.
    pub bytes: usize,
}

/// An op of a decided block, without what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpInfo {
    /// The place in its block, from 0.
    pub place: u32,
    /// The id of the op.
    pub id: OpId,
    /// The kind of the op.
    pub kind: OpKind,
    /// The account that has signed it.
    pub signer: AccountId,
    /// The account that pays its fee in the signer's place; absent if the signer pays.
    pub sponsor: Option<AccountId>,
    /// The task that it is about, or that it opens; absent if it is about none, or about several.
    pub task: Option<TaskId>,
    /// The bytes that its signer has signed.
    pub bytes: usize,
}

/// The council as one of its members sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CouncilStatus {
    /// The members that are in touch with this node, itself among them.
    pub in_touch: Vec<AccountId>,
    /// Whether this node takes part: a member without the role of a coordinator is silent, and loses its seat in time.
    pub takes_part: bool,
    /// Whether this node signs: one that has started asks the others first whether its last block is the newest.
    pub signs: bool,
    /// Whether they have more than two thirds of the power: if not, no block is decided until some of the others are back.
    pub can_decide: bool,
}

/// A node as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// The node's account, and its peer.
    pub account: AccountId,
    /// The network that the node is on.
    pub network: NetworkId,
    /// The name that the genesis gives the network.
    pub network_name: String,
    /// The addresses that the node listens on.
    pub listening: Vec<String>,
    /// The peers that are connected.
    pub peers: Vec<AccountId>,
    /// The height of the last block.
    pub height: Height,
    /// The hash of the last block.
    pub head: BlockHash,
    /// The time of the last block.
    pub time: Timestamp,
    /// The epoch that the ledger is in.
    pub epoch: Epoch,
    /// The coordinators that are in office.
    pub committee: Vec<AccountId>,
    /// Which coordinators a coordinator in office speaks with; absent for any other node, which cannot know.
    pub council: Option<CouncilStatus>,
    /// The credits of the node's own account.
    pub balance: Balance,
    /// Where all credits of the network are.
    pub supply: Supply,
    /// Bids of all requesters that wait for an award.
    pub open_bids: usize,
    /// Asks that stand, the node's own included.
    pub standing_asks: usize,
    /// Own sealed asks whose rounds are not decided: who stops this node before it has opened them loses their deposits.
    pub sealed_asks: usize,
    /// The kernel's means that confine the node's workers; absent until the first of them has started.
    pub sandbox: Option<Sandbox>,
    /// The arithmetic that the node's workers prove with; absent until the first of them has started, or if they have none.
    #[serde(default)]
    pub arithmetic: Option<ArithmeticName>,
    /// The lowest height whose block is kept, and all above it: 1 if none was pruned.
    pub first_block: Height,
    /// How far the snapshot is that the node takes from its peers in place of old blocks; absent if it takes none.
    pub snapshot: Option<SnapshotProgress>,
    /// The provers that prove for it over HTTP; absent if it sells nothing.
    #[serde(default)]
    pub agents: Option<AgentsStatus>,
}
