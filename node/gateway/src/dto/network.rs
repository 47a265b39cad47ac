//! The network: this node, its peers, the committee, the blocks.

use super::{balance::BalanceRow, time::at, words::word};
use dpgn_market::{Ledger, Supply};
use dpgn_node::{
    agents::AgentsStatus,
    network::PeerInfo,
    view::{BlockInfo, CouncilStatus, NodeStatus, OpInfo, SnapshotProgress},
};
use dpgn_protocol::{ids::AccountId, units::Height};
use serde::Serialize;
use utoipa::ToSchema;

/// This node, as it says it is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusTold {
    /// The node's account, for which it acts.
    account: String,
    /// The network that it is on, as its id.
    network: String,
    /// The name that the genesis gives the network.
    network_name: String,
    /// The roles it plays: `requester`, `prover`, `coordinator`.
    roles: Vec<&'static str>,
    /// The addresses that it listens on, for peers.
    listening: Vec<String>,
    /// The number of peers that are connected.
    peers: usize,
    /// The height of the last block.
    height: u64,
    /// The hash of the last block.
    head: String,
    /// The time of the last block.
    time_at: String,
    /// The epoch that the ledger is in.
    epoch: u64,
    /// The coordinators that are in office.
    committee: Vec<String>,
    /// As a coordinator in office: with whom it is in touch, and whether they can decide; null for any other node.
    #[schema(required)]
    council: Option<Council>,
    /// The credits of the node's account.
    balance: BalanceRow,
    /// Where all credits of the network are.
    supply: SupplyRow,
    /// Bids of all requesters that wait for an award.
    open_bids: usize,
    /// Asks of all provers that stand.
    standing_asks: usize,
    /// The lowest height whose block is kept here.
    first_block: u64,
    /// How far a snapshot is that is taken in place of old blocks; null if none is.
    #[schema(required)]
    snapshot: Option<SnapshotRow>,
    /// The provers that prove for it over HTTP, all together; null if it sells nothing.
    #[schema(required)]
    provers_over_http: Option<AgentsTold>,
    /// What its workers prove with, such as `stock`, `avx2`, `avx512` or `ifma`; null until one has
    /// started, and where `DPGN_SIMD` names what they lack.
    #[schema(required)]
    arithmetic: Option<String>,
    /// The version of the program.
    version: &'static str,
}

/// Where all credits of the network are, in micro-credits: all but `minted` together are what was minted.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SupplyRow {
    /// Credits in accounts, free to spend.
    accounts: u64,
    /// Credits of requesters, locked to pay for proofs.
    escrows: u64,
    /// Credits of requesters, locked to pay for faults of theirs.
    reserves: u64,
    /// Credits locked as collateral of awards and late proofs, as deposits and for tickets.
    collateral: u64,
    /// Bonds of candidates for the committee.
    bonds: u64,
    /// Stakes that accounts have locked on candidates.
    stakes: u64,
    /// Bonds and stakes that were taken back and are not free yet.
    unlocking: u64,
    /// Fees that the committee gets when the epoch ends.
    fees: u64,
    /// Fees that wait to pay for challenges.
    challenges: u64,
    /// Credits that are gone for good.
    burned: u64,
    /// All credits that the genesis made.
    minted: u64,
}

impl From<Supply> for SupplyRow {
    fn from(supply: Supply) -> Self {
        Self {
            accounts: supply.accounts.get(),
            escrows: supply.escrows.get(),
            reserves: supply.reserves.get(),
            collateral: supply.collateral.get(),
            bonds: supply.bonds.get(),
            stakes: supply.stakes.get(),
            unlocking: supply.unlocking.get(),
            fees: supply.fees.get(),
            challenges: supply.challenges.get(),
            burned: supply.burned.get(),
            minted: supply.minted.get(),
        }
    }
}

/// How far a snapshot is that is taken from peers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SnapshotRow {
    /// The height of the state that is taken.
    height: u64,
    /// The chunks that are here.
    chunks: usize,
    /// The chunks that it has.
    of: usize,
}

impl From<SnapshotProgress> for SnapshotRow {
    fn from(SnapshotProgress { height, chunks, of }: SnapshotProgress) -> Self {
        Self { height: height.get(), chunks, of }
    }
}

/// The provers that prove for this node over HTTP, all together.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentsTold {
    /// Those that have said something in the last two minutes.
    live: usize,
    /// Those of them that ask for work.
    asking: usize,
    /// Those that get none for a while, since their proofs were false.
    barred: usize,
    /// The proofs that they make at once, which this node sells if its owner allows as many.
    lanes: u16,
    /// Proofs that they are at work on.
    held: usize,
    /// Proofs that wait for one of them.
    waiting: usize,
    /// Proofs that they were offered and that a worker of the node makes.
    own: usize,
}

impl From<AgentsStatus> for AgentsTold {
    fn from(AgentsStatus { live, asking, barred, lanes, held, waiting, own }: AgentsStatus) -> Self {
        Self { live, asking, barred, lanes, held, waiting, own }
    }
}

/// The council, as one of its members sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Council {
    /// The members that are in touch, this node among them.
    in_touch: Vec<String>,
    /// Whether this node takes part.
    takes_part: bool,
    /// Whether this node signs.
    signs: bool,
    /// Whether those in touch have more than two thirds of the power.
    can_decide: bool,
}

impl From<CouncilStatus> for Council {
    fn from(council: CouncilStatus) -> Self {
        Self {
            in_touch: council.in_touch.iter().map(ToString::to_string).collect(),
            takes_part: council.takes_part,
            signs: council.signs,
            can_decide: council.can_decide,
        }
    }
}

impl StatusTold {
    /// The node as it says it is; what it is told to do, besides deciding, comes with it.
    pub(crate) fn of(status: NodeStatus, is_requester: bool, is_prover: bool) -> Self {
        let coordinates = status.council.as_ref().is_some_and(|council| council.takes_part);
        let roles = [(is_requester, "requester"), (is_prover, "prover"), (coordinates, "coordinator")];
        Self {
            account: status.account.to_string(),
            network: status.network.to_string(),
            network_name: status.network_name,
            roles: roles.into_iter().filter(|(plays, _)| *plays).map(|(_, role)| role).collect(),
            listening: status.listening,
            peers: status.peers.len(),
            height: status.height.get(),
            head: status.head.to_string(),
            time_at: at(status.time),
            epoch: status.epoch.get(),
            committee: status.committee.iter().map(ToString::to_string).collect(),
            council: status.council.map(Council::from),
            balance: status.balance.into(),
            supply: status.supply.into(),
            open_bids: status.open_bids,
            standing_asks: status.standing_asks,
            first_block: status.first_block.get(),
            snapshot: status.snapshot.map(SnapshotRow::from),
            provers_over_http: status.agents.map(AgentsTold::from),
            arithmetic: status.arithmetic.map(|name| name.to_string()),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// A peer that is connected.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PeerRow {
    /// The account whose key it has proven to hold.
    account: String,
    /// The address of its first connection.
    address: String,
    /// Whether this node has dialled it.
    outbound: bool,
    /// The name and version of its program, as it says.
    agent: String,
    /// The round trip of the last ping, in milliseconds; null before the first.
    #[schema(required)]
    rtt_ms: Option<f64>,
    /// The seconds since its first connection was made.
    connected_seconds: u64,
    /// What the ledger knows that it does: `prover` if its ask stands, `coordinator` if it is in office.
    roles: Vec<&'static str>,
}

impl PeerRow {
    pub(crate) fn of(peer: &PeerInfo, ledger: &Ledger) -> Self {
        let roles = [
            (ledger.ask_of(peer.account).is_some(), "prover"),
            (ledger.committee().power(peer.account).is_some(), "coordinator"),
        ];
        Self {
            account: peer.account.to_string(),
            address: peer.address.to_string(),
            outbound: peer.outbound,
            // A peer may say anything of any length.
            agent: peer.agent.chars().take(AGENT_MAX).collect(),
            rtt_ms: peer.rtt.map(|rtt| (rtt.as_secs_f64() * 1e6).round() / 1e3),
            connected_seconds: peer.connected_for.as_secs(),
            roles: roles.into_iter().filter(|(plays, _)| *plays).map(|(_, role)| role).collect(),
        }
    }
}

/// Characters of a peer's word for its program.
const AGENT_MAX: usize = 80;

/// A decided block, without its ops.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlockRow {
    /// The height of the block.
    height: u64,
    /// The hash of its header, which names it.
    hash: String,
    /// The hash of the block below; zeros for the first block.
    parent: String,
    /// The time of the block.
    time_at: String,
    /// The epoch that its height falls into.
    epoch: u64,
    /// The coordinator that has proposed it.
    proposer: String,
    /// The round in which it was decided, from 0.
    round: u32,
    /// The number of votes in its certificate.
    votes: usize,
    /// The number of ops in it.
    ops: usize,
    /// The bytes of the block with its certificate.
    bytes: usize,
}

impl BlockRow {
    /// The number of ops in it.
    pub(crate) fn ops(&self) -> usize {
        self.ops
    }
}

impl From<BlockInfo> for BlockRow {
    fn from(block: BlockInfo) -> Self {
        Self {
            height: block.height.get(),
            hash: block.hash.to_string(),
            parent: block.parent.to_string(),
            time_at: at(block.time),
            epoch: block.epoch.get(),
            proposer: block.proposer.to_string(),
            round: block.round,
            votes: block.votes,
            ops: block.ops,
            bytes: block.bytes,
        }
    }
}

/// A decided block, and a page of its ops.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BlockTold {
    #[serde(flatten)]
    pub(crate) row: BlockRow,
    /// Its ops, in the order in which they were applied.
    pub(crate) items: Vec<OpRow>,
    /// The cursor of the next page of ops; null on the last one.
    #[schema(required)]
    pub(crate) next_cursor: Option<String>,
}

/// An op of a block, without what it says.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OpRow {
    /// The place in its block, from 0.
    place: u32,
    /// The id of the op.
    op: String,
    /// The kind of the op, such as `bid`, `ask`, `start`, `deliver` or `transfer`.
    kind: String,
    /// The account that has signed it.
    signer: String,
    /// The account that pays its fee in the signer's place; null if the signer pays.
    #[schema(required)]
    sponsor: Option<String>,
    /// The task that it is about, or that it opens; null if it is about none, or about several.
    #[schema(required)]
    task: Option<String>,
    /// The bytes that its signer has signed.
    bytes: usize,
}

impl From<OpInfo> for OpRow {
    fn from(op: OpInfo) -> Self {
        Self {
            place: op.place,
            op: op.id.to_string(),
            kind: word(&op.kind),
            signer: op.signer.to_string(),
            sponsor: op.sponsor.map(|account| account.to_string()),
            task: op.task.map(|task| task.to_string()),
            bytes: op.bytes,
        }
    }
}

/// The committee in office.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CommitteeTold {
    /// The epoch of the last block.
    epoch: u64,
    /// The members, by account.
    members: Vec<MemberRow>,
    /// The last height of the epoch: after its block another committee may decide.
    next_border: u64,
}

/// A member of the committee.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MemberRow {
    /// The account of the member.
    account: String,
    /// Its weight in votes.
    power: u64,
    /// Whether it is this node.
    is_self: bool,
    /// Whether this node is in touch with it; null if this node is no member, and cannot know.
    #[schema(required)]
    in_touch: Option<bool>,
}

impl CommitteeTold {
    pub(crate) fn of(ledger: &Ledger, account: AccountId, council: Option<&CouncilStatus>) -> Self {
        let members = ledger.committee().members().iter().map(|member| MemberRow {
            account: member.account.to_string(),
            power: member.power.get(),
            is_self: member.account == account,
            in_touch: council.map(|council| council.in_touch.contains(&member.account)),
        });
        let below = Height::new(ledger.height().get().saturating_sub(1));
        Self {
            epoch: ledger.epoch().get(),
            members: members.collect(),
            next_border: below.next_border(ledger.params().epoch_blocks).get(),
        }
    }
}
