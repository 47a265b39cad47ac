//! The handle: what others may ask of a running node.
//!
//! One node, many handles. A full queue is an error at once, never a wait without end; every question has one
//! answer. Dropping the last handle does not stop the node: [`NodeHandle::shutdown`] does.

mod blocks;
mod market;
mod notices;
mod receipts;
mod work;

pub use blocks::{PAGE_BLOCKS_MAX, PAGE_OPS_MAX};
pub use market::EXPLAINED_ASKS_MAX;
pub use notices::{Missed, Notices};
pub use receipts::HANDOVERS_PAGE_MAX;

use crate::{
    agents::{AgentError, Agents},
    engine::{Accepted, Command, Notice, Rejected, Work},
    error::{
        CancelError, CheckpointError, CommandError, PastError, ProofError, ReceiptError, SubmitError, TaskError,
        TasksError, Unavailable,
    },
    network::{Metrics, Network},
    page::{TaskCursor, TaskPage},
    past::Past,
    prepare::Prepare,
    purchase::Purchase,
    runtime::{
        error::Stopped,
        turns::{LoopTimes, Turns},
    },
    task_ref::TaskRef,
    view::{Balance, BlockInfo, NodeStatus, OpInfo, TaskInfo},
};
use dpgn_market::{Ledger, Refused, Supply, UnbuiltBid};
use dpgn_protocol::{
    checkpoint::Checkpoint,
    ids::{AccountId, CircuitId, RecipeDigest, TaskId},
    receipt::{Handover, Receipt},
    units::{Credits, Height, Millis},
};
use dpgn_prover::circuit::Lint;
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Questions of handles that may wait for the node.
pub(crate) const QUERIES_MAX: usize = 256;

/// A purchase that is on its way.
#[derive(Clone, Debug)]
pub struct Bought {
    /// The task as it stands.
    pub task: TaskInfo,
    /// The lint's findings in the circuit, none of which stopped it.
    pub warnings: Vec<Lint>,
}

/// A task's proof on this node's disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFiles {
    /// The path of the proof.
    pub proof: PathBuf,
    /// The path of the verifier data, which check the proof.
    pub verifier_data: PathBuf,
}

/// A question of a handle to the runtime, with the way back for its one answer.
pub(crate) enum Query {
    Command(Command, oneshot::Sender<Result<Accepted, Rejected>>),
    Status(oneshot::Sender<NodeStatus>),
    Tasks { after: Option<TaskCursor>, limit: u16, reply: oneshot::Sender<Result<TaskPage, TasksError>> },
    Task(TaskRef, oneshot::Sender<Result<TaskInfo, TaskError>>),
    Balance(AccountId, oneshot::Sender<Balance>),
    Supply(oneshot::Sender<Supply>),
    Work(oneshot::Sender<Vec<Work>>),
    Recipe(CircuitId, oneshot::Sender<Option<RecipeDigest>>),
    Ledger(oneshot::Sender<Arc<Ledger>>),
    Receipt { task: TaskRef, since: Height, reply: oneshot::Sender<Result<Receipt, ReceiptError>> },
    Handovers { above: Height, below: Height, reply: oneshot::Sender<Result<Vec<Handover>, CheckpointError>> },
    Blocks { below: Option<Height>, limit: u16, reply: oneshot::Sender<Result<Vec<BlockInfo>, PastError>> },
    BlockOps { height: Height, skip: u32, limit: u16, reply: oneshot::Sender<Result<Vec<OpInfo>, PastError>> },
    Checkpoint { below: Option<Height>, reply: oneshot::Sender<Result<Checkpoint, CheckpointError>> },
}

/// A running node, for whoever wants something of it. Cheap to clone.
#[derive(Clone)]
pub struct NodeHandle(Arc<Shared>);

/// The parts that all handles of one node share.
pub(crate) struct Shared {
    pub(crate) account: AccountId,
    pub(crate) buys: bool,
    pub(crate) queries: mpsc::Sender<Query>,
    pub(crate) notices: broadcast::Sender<Notice>,
    pub(crate) prepare: Prepare,
    pub(crate) agents: Option<Agents>,
    pub(crate) past: Past,
    pub(crate) network: Network,
    pub(crate) stop: CancellationToken,
    pub(crate) stopped: CancellationToken,
    /// Why the node stopped by itself, if it did.
    pub(crate) halted: Arc<OnceLock<Arc<Stopped>>>,
    pub(crate) turns: Arc<Turns>,
}

impl NodeHandle {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// The node's account, which is also its peer.
    pub fn account(&self) -> AccountId {
        self.0.account
    }

    /// Checks the witness, builds the circuit, and sends the bid. After any error but `Unseen` and `Unavailable`
    /// nothing was sent or charged.
    pub async fn submit(&self, purchase: Purchase) -> Result<Bought, SubmitError> {
        if !self.0.buys {
            return Err(SubmitError::NotARequester);
        }
        if purchase.prove_here_after.is_some() {
            // Whoever counts on it is told at once, and not once the time has come.
            self.0.prepare.prover.builders().await.map_err(SubmitError::NoWorker)?;
        }
        let recipe_of = async |circuit| self.ask(|reply| Query::Recipe(circuit, reply)).await.ok().flatten();
        let checked = self.0.prepare.check(purchase, recipe_of).await?;
        // Building takes the longest: what the ledger would refuse after it is refused now.
        self.takes(&checked.bid()).await?;
        let (draft, warnings) = self.0.prepare.build(checked).await?;
        let (inputs, alias) = (draft.inputs, draft.alias);
        let accepted = match self.ask(|reply| Query::Command(Command::Submit(Box::new(draft)), reply)).await {
            Ok(answer) => answer.map_err(SubmitError::from),
            Err(error) => Err(error.into()),
        };
        let task = match accepted {
            Ok(Accepted::Submitted(task)) => TaskRef::Id(task),
            Ok(Accepted::Sent) => TaskRef::Alias(alias),
            Err(error) => {
                self.0.prepare.discard(inputs);
                return Err(error);
            }
        };
        tracing::info!(%task, %alias, "submitted");
        Ok(Bought { task: self.task(task).await?, warnings })
    }

    /// Checks that the network takes such a bid, and that the account has what it costs at least.
    async fn takes(&self, bid: &UnbuiltBid) -> Result<(), SubmitError> {
        let ledger = self.ledger().await?;
        let (least, most) = ledger.deadlines();
        if bid.deadline <= least || bid.deadline > most {
            let seconds = |time: Millis| time.get() / 1_000;
            let (seconds, least, most) = (seconds(bid.deadline), seconds(least) + 1, seconds(most));
            return Err(SubmitError::Deadline { seconds, least, most });
        }
        let (account, cost) = (self.account(), ledger.cost(bid));
        let available = ledger.balance(account);
        if available < cost.least {
            let required = cost.whole;
            return Err(Rejected::Ledger(Refused::InsufficientFunds { account, available, required }).into());
        }
        Ok(())
    }

    /// Takes a bid back; after the award the prover is paid for the time it spent.
    pub async fn cancel(&self, task: TaskRef) -> Result<(), CancelError> {
        let task = self.task(task).await?.task;
        self.ask(|reply| Query::Command(Command::Cancel(task), reply)).await??;
        Ok(())
    }

    /// Sends credits to an account.
    pub async fn transfer(&self, to: AccountId, amount: Credits) -> Result<(), CommandError> {
        self.ask(|reply| Query::Command(Command::Transfer { to, amount }, reply)).await??;
        Ok(())
    }

    /// Shows how the node is.
    pub async fn status(&self) -> Result<NodeStatus, Unavailable> {
        let mut status = self.ask(Query::Status).await?;
        status.listening = self.0.network.listen_addrs().await.iter().map(ToString::to_string).collect();
        if let Some(agents) = &self.0.agents {
            status.agents = agents.status().await.ok();
        }
        Ok(status)
    }

    /// Own tasks, the newest first: at most `limit` of those behind the cursor, or of all without one.
    ///
    /// A page holds at least one task if there is any, and at most [`crate::PAGE_TASKS_MAX`].
    pub async fn tasks(&self, after: Option<TaskCursor>, limit: u16) -> Result<TaskPage, TasksError> {
        self.ask(|reply| Query::Tasks { after, limit, reply }).await?
    }

    /// Shows how one own task stands.
    pub async fn task(&self, task: TaskRef) -> Result<TaskInfo, TaskError> {
        self.ask(|reply| Query::Task(task, reply)).await?
    }

    /// Shows what an account has.
    pub async fn balance(&self, account: AccountId) -> Result<Balance, Unavailable> {
        self.ask(|reply| Query::Balance(account, reply)).await
    }

    /// Shows where all credits are, as this node's replica has it.
    pub async fn supply(&self) -> Result<Supply, Unavailable> {
        self.ask(Query::Supply).await
    }

    /// The paths of an own task's proof and of the verifier data beside it.
    pub async fn proof_files(&self, task: TaskRef) -> Result<ProofFiles, ProofError> {
        let info = self.task(task).await?;
        match (info.proof_path, info.verifier_data_path) {
            (Some(proof), Some(verifier_data)) => Ok(ProofFiles { proof, verifier_data }),
            (None, _) | (_, None) => Err(ProofError::Missing { task: info.task, status: info.status }),
        }
    }

    /// The agents that prove for this node, if it sells proofs.
    pub fn agents(&self) -> Result<&Agents, AgentError> {
        self.0.agents.as_ref().ok_or(AgentError::NotAProver)
    }

    /// The times that the turns of the node's loop took since the start.
    pub fn loop_times(&self) -> LoopTimes {
        self.0.turns.times()
    }

    /// The counters of the node's network, from the start on.
    pub fn metrics(&self) -> Metrics {
        self.0.network.metrics()
    }

    /// The notices from now on, as a stream. A listener that is too slow misses the oldest, and is told how many.
    pub fn watch(&self) -> Notices {
        Notices::new(self.0.notices.subscribe(), self.0.stopped.clone(), self.clone())
    }

    /// Waits until an own task is over and its proof, if there is one, is here and checked.
    pub async fn wait(&self, task: TaskRef) -> Result<TaskInfo, TaskError> {
        let mut notices = self.watch();
        loop {
            let info = self.task(task).await?;
            if info.has_ended() {
                return Ok(info);
            }
            // Whatever is missed is seen by asking again.
            let patience = Duration::from_secs(2);
            let _ = tokio::time::timeout(patience, async {
                while let Some(Ok(notice)) = notices.next().await {
                    if notice.ends_task() {
                        break;
                    }
                }
            })
            .await;
        }
    }

    /// Whether an own task is over, as [`Self::wait`] has it; not so as long as nobody can say.
    pub(crate) async fn is_over(&self, task: TaskId) -> bool {
        self.task(TaskRef::Id(task)).await.is_ok_and(|info| info.has_ended())
    }

    /// Stops the node and waits until everything is on disk.
    pub async fn shutdown(&self) {
        self.0.stop.cancel();
        self.stopped().await;
    }

    /// Waits until the node has stopped.
    pub async fn stopped(&self) {
        self.0.stopped.cancelled().await;
    }

    /// Why the node stopped by itself, if it did.
    pub fn halted(&self) -> Option<Arc<Stopped>> {
        self.0.halted.get().cloned()
    }

    async fn ask<T>(&self, query: impl FnOnce(oneshot::Sender<T>) -> Query) -> Result<T, Unavailable> {
        let (reply, answer) = oneshot::channel();
        self.0.queries.try_send(query(reply)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Unavailable::Busy { waiting_max: QUERIES_MAX },
            mpsc::error::TrySendError::Closed(_) => self.gone(),
        })?;
        answer.await.map_err(|_| self.gone())
    }

    fn gone(&self) -> Unavailable {
        match self.halted() {
            Some(reason) => Unavailable::Halted(reason),
            None => Unavailable::Stopped,
        }
    }
}
