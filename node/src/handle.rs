//! The handle: what others may ask of a running node.
//!
//! One node, many handles. A full queue is an error at once, never a wait without end; every question has one
//! answer. Dropping the last handle does not stop the node: [`NodeHandle::shutdown`] does.

use crate::{
    control::TaskRef,
    engine::{Accepted, Command, Notice, Rejected},
    failure::Failure,
    network::{Metrics, Network},
    purchase::{Prepare, PurchaseError},
    view::{Balance, NodeStatus, TaskInfo},
};
use dpgn_protocol::{
    ids::{AccountId, CircuitId, RecipeDigest, TaskId},
    receipt::Receipt,
    units::{Credits, Level, Millis, Priority},
};
use serde::{Deserialize, Serialize};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// What a requester wants to buy.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Purchase {
    /// What is to be proved.
    pub source: Source,
    /// The privacy level.
    pub level: Level,
    /// The most to pay.
    pub reward: Credits,
    /// How much of a hurry.
    pub priority: Priority,
    /// The proof must be delivered within this from now.
    pub deadline: Millis,
    /// The requester's own name for the task; drawn if none is given.
    pub alias: Option<Uuid>,
    /// To how many provers, at most, the inputs may be shown.
    pub disclosures_max: u8,
    /// Only these provers, if any are named.
    pub allow: Vec<AccountId>,
    /// Never these provers.
    pub deny: Vec<AccountId>,
    /// At levels 1 and 2 the proof shows the witness: yes, that is wanted.
    pub witness_is_public: bool,
    /// Submit although the lint finds an error.
    pub despite_lint: bool,
}

impl Purchase {
    /// Defaults for everything but what is proved and what it is worth.
    pub fn new(source: Source, reward: Credits) -> Self {
        Self {
            source,
            level: DEFAULT_LEVEL,
            reward,
            priority: Priority::MIN,
            deadline: Millis::from_secs(600),
            alias: None,
            disclosures_max: 2,
            allow: Vec::new(),
            deny: Vec::new(),
            witness_is_public: false,
            despite_lint: false,
        }
    }
}

/// Level 3: zero-knowledge towards whoever gets the proof.
const DEFAULT_LEVEL: Level = match Level::new(3) {
    Ok(level) => level,
    Err(_) => Level::MAX,
};

/// What is to be proved.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A circom circuit over Goldilocks and its witness, as files.
    R1cs {
        /// The `.r1cs` file.
        r1cs: PathBuf,
        /// The `.wtns` file.
        wtns: PathBuf,
        /// The `.sym` file, for names in messages.
        sym: Option<PathBuf>,
    },
    /// `circuit_data` as the protocol has it: a tagged envelope.
    Envelope(Vec<u8>),
}

impl std::fmt::Debug for Source {
    /// An envelope holds secrets: its bytes are never shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::R1cs { r1cs, wtns, .. } => f.debug_struct("R1cs").field("r1cs", r1cs).field("wtns", wtns).finish(),
            Self::Envelope(bytes) => write!(f, "Envelope({} bytes)", bytes.len()),
        }
    }
}

/// A purchase that is on its way.
#[derive(Clone, Debug)]
pub struct Bought {
    /// The task.
    pub task: TaskInfo,
    /// What the lint found.
    pub warnings: Vec<String>,
}

/// What the runtime is asked by handles.
pub(crate) enum Ask {
    Command(Command, oneshot::Sender<Result<Accepted, Rejected>>),
    Status(oneshot::Sender<NodeStatus>),
    Tasks(oneshot::Sender<Vec<TaskInfo>>),
    Task(TaskRef, oneshot::Sender<Option<TaskInfo>>),
    Balance(AccountId, oneshot::Sender<Balance>),
    Supply(oneshot::Sender<dpgn_market::Supply>),
    Recipe(CircuitId, oneshot::Sender<Option<RecipeDigest>>),
    Receipt(TaskId, oneshot::Sender<Result<Receipt, String>>),
}

/// A running node, for whoever wants something of it. Cheap to clone.
#[derive(Clone)]
pub struct NodeHandle(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) account: AccountId,
    pub(crate) buys: bool,
    pub(crate) asks: mpsc::Sender<Ask>,
    pub(crate) notices: broadcast::Sender<Notice>,
    pub(crate) prepare: Prepare,
    pub(crate) network: Network,
    pub(crate) stop: CancellationToken,
    pub(crate) stopped: CancellationToken,
    /// Why the node stopped by itself, if it did.
    pub(crate) halted: Arc<std::sync::OnceLock<String>>,
}

impl NodeHandle {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }

    /// The node's account, which is also its peer.
    pub fn account(&self) -> AccountId {
        self.0.account
    }

    /// Builds the circuit, checks the witness, and sends the bid. Nothing is charged if this fails.
    pub async fn submit(&self, purchase: Purchase) -> Result<Bought, Failure> {
        if !self.0.buys {
            return Err(Failure::input("this node is no requester").hint("add `requester` to its roles"));
        }
        let recipe_of = async |circuit| self.ask(|reply| Ask::Recipe(circuit, reply)).await.ok().flatten();
        let (draft, warnings) =
            self.0.prepare.prepare(purchase, recipe_of).await.map_err(|e: PurchaseError| e.into_failure())?;
        let inputs = draft.inputs;
        let accepted = self.command(Command::Submit(Box::new(draft))).await;
        if accepted.is_err() {
            self.0.prepare.discard(inputs);
        }
        match accepted? {
            Accepted::Submitted(task) => Ok(Bought { task: self.task(TaskRef::Id(task)).await?, warnings }),
            Accepted::Sent => Err(Failure::network("the node answered something else")),
        }
    }

    /// Takes a bid back.
    pub async fn cancel(&self, task: TaskRef) -> Result<(), Failure> {
        let task = self.task(task).await?.task;
        self.command(Command::Cancel(task)).await.map(drop)
    }

    /// Pays an account.
    pub async fn transfer(&self, to: AccountId, amount: Credits) -> Result<(), Failure> {
        self.command(Command::Transfer { to, amount }).await.map(drop)
    }

    /// How the node is.
    pub async fn status(&self) -> Result<NodeStatus, Failure> {
        let mut status = self.ask(Ask::Status).await?;
        status.listening = self.0.network.listen_addrs().await.iter().map(ToString::to_string).collect();
        Ok(status)
    }

    /// All own tasks, the newest first.
    pub async fn tasks(&self) -> Result<Vec<TaskInfo>, Failure> {
        self.ask(Ask::Tasks).await
    }

    /// One own task.
    pub async fn task(&self, task: TaskRef) -> Result<TaskInfo, Failure> {
        self.ask(|reply| Ask::Task(task, reply)).await?.ok_or_else(|| {
            Failure::input(format!("task {task} is not one of this node's")).hint("`dpgn task list` shows all of them")
        })
    }

    /// What an account has.
    pub async fn balance(&self, account: AccountId) -> Result<Balance, Failure> {
        self.ask(|reply| Ask::Balance(account, reply)).await
    }

    /// Where all credits are, as this node's replica has it.
    pub async fn supply(&self) -> Result<dpgn_market::Supply, Failure> {
        self.ask(Ask::Supply).await
    }

    /// Where the proof of an own task lies, and what checks it.
    pub async fn proof_paths(&self, task: TaskRef) -> Result<(PathBuf, PathBuf), Failure> {
        let info = self.task(task).await?;
        let missing = || {
            Failure::network(format!("task {} is {}: there is no proof yet", info.task, info.status))
                .hint("`dpgn task watch` shows how it goes on")
        };
        info.proof_path.clone().zip(info.verifier_data_path.clone()).ok_or_else(missing)
    }

    /// What an own, paid task can be shown anybody with.
    pub async fn receipt(&self, task: TaskRef) -> Result<Receipt, Failure> {
        let task = self.task(task).await?.task;
        self.ask(|reply| Ask::Receipt(task, reply)).await?.map_err(Failure::network)
    }

    /// What the node's network has counted since the start.
    pub fn metrics(&self) -> Metrics {
        self.0.network.metrics()
    }

    /// What happens from now on. A listener that is too slow misses the oldest.
    pub fn watch(&self) -> broadcast::Receiver<Notice> {
        self.0.notices.subscribe()
    }

    /// Waits until an own task is over and its proof, if there is one, is here and checked.
    pub async fn wait(&self, task: TaskRef) -> Result<TaskInfo, Failure> {
        let mut notices = self.watch();
        loop {
            let info = self.task(task).await?;
            if info.status.is_over() && (info.why.is_some() || info.proof_path.is_some()) {
                return Ok(info);
            }
            // Whatever is missed is seen by asking again.
            let patience = std::time::Duration::from_secs(2);
            let _ = tokio::time::timeout(patience, async {
                while let Ok(notice) = notices.recv().await {
                    if matches!(notice, Notice::Completed { .. } | Notice::Failed { .. }) {
                        break;
                    }
                }
            })
            .await;
        }
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
    pub fn halted(&self) -> Option<&str> {
        self.0.halted.get().map(String::as_str)
    }

    async fn command(&self, command: Command) -> Result<Accepted, Failure> {
        let answer = self.ask(|reply| Ask::Command(command, reply)).await?;
        answer.map_err(|rejected| match rejected {
            Rejected::Busy(_) => Failure::network(rejected),
            other => Failure::input(other),
        })
    }

    async fn ask<T>(&self, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> Result<T, Failure> {
        let (reply, answer) = oneshot::channel();
        self.0.asks.try_send(ask(reply)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Failure::network("the node is busy").hint("try again"),
            mpsc::error::TrySendError::Closed(_) => self.gone(),
        })?;
        answer.await.map_err(|_| self.gone())
    }

    fn gone(&self) -> Failure {
        match self.halted() {
            Some(why) => Failure::network(format!("the node has stopped: {why}")),
            None => Failure::network("the node has stopped"),
        }
    }
}
