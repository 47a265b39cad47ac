//! The control socket: how the program `dpgn` talks to a node that runs on the same data directory.
//!
//! A Unix socket in the data directory, 0600: whoever may read the key may command the node. One JSON object a
//! line, both ways, each bounded. A node started for one command answers here as well, so a command has one
//! way to go whether a node was running or not.

use crate::{
    engine::Notice,
    failure::Failure,
    handle::{NodeHandle, Purchase},
    view::{Balance, NodeStatus, TaskInfo},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::Credits,
};
use serde::{Deserialize, Serialize};
use std::{
    io,
    path::{Path, PathBuf},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::broadcast::error::RecvError,
};
use uuid::Uuid;

/// The socket's name in the data directory.
const SOCKET: &str = "control.sock";
/// The longest line either side reads.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// What the owner asks of the node.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// How is the node?
    Status,
    /// Buy a proof.
    Submit(Box<Purchase>),
    /// All own tasks.
    Tasks,
    /// One own task.
    Task {
        /// By id or alias.
        task: TaskRef,
    },
    /// Where the proof of an own task lies; waits for nothing.
    Proof {
        /// By id or alias.
        task: TaskRef,
    },
    /// Take a bid back.
    Cancel {
        /// By id or alias.
        task: TaskRef,
    },
    /// What an account has.
    Balance {
        /// Whose.
        account: AccountId,
    },
    /// Pay an account.
    Transfer {
        /// Whom.
        to: AccountId,
        /// How much.
        amount: Credits,
    },
    /// Send notices from now on.
    Watch,
}

/// A task by its network-wide id or by the requester's own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TaskRef {
    /// The requester's name.
    Alias(Uuid),
    /// The network's name.
    Id(TaskId),
}

impl std::str::FromStr for TaskRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text.parse(), text.parse()) {
            (Ok(alias), _) => Ok(Self::Alias(alias)),
            (_, Ok(id)) => Ok(Self::Id(id)),
            _ => Err("a task is named by its UUID or by its id of 64 hexadecimal digits".to_owned()),
        }
    }
}

impl std::fmt::Display for TaskRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Alias(alias) => alias.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}

/// What the node answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// To `Status`.
    Status(Box<NodeStatus>),
    /// To `Submit`.
    Submitted {
        /// The task.
        task: Box<TaskInfo>,
        /// What the lint found.
        warnings: Vec<String>,
    },
    /// To `Tasks`.
    Tasks {
        /// All of them.
        tasks: Vec<TaskInfo>,
    },
    /// To `Task`.
    Task(Box<TaskInfo>),
    /// To `Proof`.
    Proof {
        /// Where it lies.
        path: PathBuf,
        /// Where what checks it lies.
        verifier_data: PathBuf,
    },
    /// To `Balance`.
    Balance(Balance),
    /// Done.
    Done,
    /// After `Watch`.
    Notice {
        /// What happened.
        notice: serde_json::Value,
    },
    /// Not done, and why.
    Error(Failure),
}

/// Answers on the socket until the node stops.
pub(crate) fn serve(data_dir: &Path, node: NodeHandle) -> io::Result<tokio::task::JoinHandle<()>> {
    use std::os::unix::fs::PermissionsExt;

    let path = data_dir.join(SOCKET);
    // The store's lock says that no other node runs here: what is left is of one that died.
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(tokio::spawn(async move {
        loop {
            tokio::select! {
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let node = node.clone();
                        tokio::spawn(async move {
                            if let Err(error) = converse(stream, node).await {
                                tracing::debug!(%error, "a control connection ended");
                            }
                        });
                    }
                    Err(error) => tracing::warn!(%error, "the control socket"),
                },
                () = node.stopped() => break,
            }
        }
        let _ = std::fs::remove_file(path);
    }))
}

async fn converse(stream: UnixStream, node: NodeHandle) -> io::Result<()> {
    let mut connection = Connection::new(stream);
    while let Some(request) = connection.read::<Request>().await? {
        if matches!(request, Request::Watch) {
            return watch(connection, &node).await;
        }
        let reply = answer(&node, request).await.unwrap_or_else(Reply::Error);
        connection.write(&reply).await?;
    }
    Ok(())
}

async fn answer(node: &NodeHandle, request: Request) -> Result<Reply, Failure> {
    Ok(match request {
        Request::Status => Reply::Status(Box::new(node.status().await?)),
        Request::Submit(purchase) => {
            let bought = node.submit(*purchase).await?;
            Reply::Submitted { task: Box::new(bought.task), warnings: bought.warnings }
        }
        Request::Tasks => Reply::Tasks { tasks: node.tasks().await? },
        Request::Task { task } => Reply::Task(Box::new(node.task(task).await?)),
        Request::Proof { task } => {
            let (path, verifier_data) = node.proof_paths(task).await?;
            Reply::Proof { path, verifier_data }
        }
        Request::Cancel { task } => {
            node.cancel(task).await?;
            Reply::Done
        }
        Request::Balance { account } => Reply::Balance(node.balance(account).await?),
        Request::Transfer { to, amount } => {
            node.transfer(to, amount).await?;
            Reply::Done
        }
        Request::Watch => Reply::Done,
    })
}

async fn watch(mut connection: Connection, node: &NodeHandle) -> io::Result<()> {
    let mut notices = node.watch();
    connection.write(&Reply::Done).await?;
    loop {
        match notices.recv().await {
            Ok(notice) => {
                let notice = serde_json::to_value::<Notice>(notice).map_err(io::Error::other)?;
                connection.write(&Reply::Notice { notice }).await?;
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return Ok(()),
        }
    }
}

/// The program's end of the socket.
pub struct Client(Connection);

impl Client {
    /// Connects to the node that runs on this data directory; none if none does.
    pub async fn connect(data_dir: &Path) -> io::Result<Option<Self>> {
        match UnixStream::connect(data_dir.join(SOCKET)).await {
            Ok(stream) => Ok(Some(Self(Connection::new(stream)))),
            Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks, and waits for the answer.
    pub async fn ask(&mut self, request: &Request) -> Result<Reply, Failure> {
        self.0.write(request).await.map_err(gone)?;
        self.next().await
    }

    /// The next reply: after `Watch` the next notice.
    pub async fn next(&mut self) -> Result<Reply, Failure> {
        match self.0.read().await.map_err(gone)? {
            Some(Reply::Error(failure)) => Err(failure),
            Some(reply) => Ok(reply),
            None => Err(gone("the node has stopped")),
        }
    }
}

fn gone(error: impl std::fmt::Display) -> Failure {
    Failure::network(format!("the node's control socket: {error}")).hint("see the node's log for why it stopped")
}

struct Connection {
    lines: BufReader<OwnedReadHalf>,
    out: OwnedWriteHalf,
}

impl Connection {
    fn new(stream: UnixStream) -> Self {
        let (read, out) = stream.into_split();
        Self { lines: BufReader::new(read), out }
    }

    async fn read<T: serde::de::DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let mut line = Vec::new();
        let read = (&mut self.lines).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await?;
        if read == 0 {
            return Ok(None);
        }
        serde_json::from_slice(&line).map(Some).map_err(io::Error::other)
    }

    async fn write(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.out.write_all(&line).await
    }
}
