//! What is on disk of webhooks: endpoints, their queues, and what was told of each task. One file, which holds private keys and
//! is readable by its owner alone.
//!
//! Bounds: so many endpoints, so many messages for each, so many tasks that are over. A message that finds its queue full is
//! dropped and counted, and the endpoint is told how many were once there is room.

use super::{
    endpoint::{Disabled, Endpoint},
    message::{Message, News},
};
use dpgn_protocol::{ids::TaskId, units::Timestamp};
use redb::{Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::{
    collections::BTreeSet,
    fs, io,
    os::unix::fs::OpenOptionsExt,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

/// Endpoints of one gateway.
pub(super) const ENDPOINTS_MAX: usize = 16;
/// Messages that wait for one endpoint.
pub(super) const QUEUE_MAX: u64 = 1_000;
/// Tasks of which it is remembered what was told: when there are more, those that were over first are forgotten.
const TASKS_MAX: u64 = 8_192;
/// Tasks that are kept then.
const TASKS_KEPT: usize = 4_096;
/// Memory for pages of the file.
const CACHE_BYTES: usize = 4 << 20;

const ENDPOINTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("endpoints");
const QUEUE: TableDefinition<'_, (&str, u64), &[u8]> = TableDefinition::new("queue");
const TASKS: TableDefinition<'_, [u8; 32], &[u8]> = TableDefinition::new("tasks");

/// Why webhooks could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// The file cannot be used.
    #[error("{path}: {source}", path = path.display())]
    Unusable {
        /// The path of the file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file is damaged, or another process has it.
    #[error("webhooks: {0}")]
    Database(Box<redb::Error>),
    /// A record in the file is none that this version writes.
    #[error("webhooks: a record is malformed: {0}")]
    Record(#[from] serde_json::Error),
    /// Requests cannot be sent from this machine.
    #[error("webhooks: {0}")]
    Client(#[from] reqwest::Error),
    /// The library gave up on a damaged file.
    #[error("webhooks: the file is damaged")]
    Damaged,
}

macro_rules! from_redb {
    ($($error:ident)*) => {$(
        impl From<redb::$error> for WebhookError {
            fn from(error: redb::$error) -> Self {
                Self::Database(Box::new(error.into()))
            }
        }
    )*};
}

from_redb!(DatabaseError TransactionError TableError StorageError CommitError);

type Result<T> = std::result::Result<T, WebhookError>;

/// What was told of a task.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Told {
    ids: BTreeSet<String>,
    /// When it was over; absent while more may come.
    over: Option<Timestamp>,
}

/// The file of webhooks.
#[derive(Debug)]
pub(crate) struct Store(Database);

impl Store {
    /// Opens the file, or makes it. Blocks.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let unusable = |source| WebhookError::Unusable { path: path.to_owned(), source };
        fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(unusable)?;
        let open = || {
            let mut builder = Database::builder();
            builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
            builder.create(path)
        };
        let store = Self(catch_unwind(AssertUnwindSafe(open)).map_err(|_| WebhookError::Damaged)??);
        store.write(|tx| {
            tx.open_table(ENDPOINTS)?;
            tx.open_table(QUEUE)?;
            tx.open_table(TASKS)?;
            Ok(())
        })?;
        Ok(store)
    }

    fn write<T>(&self, change: impl FnOnce(&WriteTransaction) -> Result<T>) -> Result<T> {
        let tx = self.0.begin_write()?;
        let changed = change(&tx)?;
        tx.commit()?;
        Ok(changed)
    }

    /// Whether there is no endpoint.
    pub(super) fn is_empty(&self) -> Result<bool> {
        Ok(self.0.begin_read()?.open_table(ENDPOINTS)?.is_empty()?)
    }

    /// All endpoints, by id.
    pub(super) fn endpoints(&self) -> Result<Vec<Endpoint>> {
        let table = self.0.begin_read()?.open_table(ENDPOINTS)?;
        table.iter()?.map(|entry| read(entry?.1.value())).collect()
    }

    /// An endpoint, and how many messages wait for it.
    pub(super) fn endpoint(&self, id: &str) -> Result<Option<(Endpoint, u64)>> {
        let tx = self.0.begin_read()?;
        let Some(found) = tx.open_table(ENDPOINTS)?.get(id)?.map(|value| read(value.value())).transpose()? else {
            return Ok(None);
        };
        let queued = tx.open_table(QUEUE)?.range((id, 0)..=(id, u64::MAX))?.count();
        Ok(Some((found, queued as u64)))
    }

    /// Adds an endpoint; false if there are as many as there may be.
    pub(super) fn add(&self, endpoint: &Endpoint) -> Result<bool> {
        self.write(|tx| {
            let mut table = tx.open_table(ENDPOINTS)?;
            if table.len()? >= ENDPOINTS_MAX as u64 {
                return Ok(false);
            }
            table.insert(endpoint.id.as_str(), serde_json::to_vec(endpoint)?.as_slice())?;
            Ok(true)
        })
    }

    /// Removes an endpoint with its queue; false if there is none.
    pub(super) fn remove(&self, id: &str) -> Result<bool> {
        self.write(|tx| {
            tx.open_table(QUEUE)?.retain_in((id, 0)..=(id, u64::MAX), |_, _| false)?;
            Ok(tx.open_table(ENDPOINTS)?.remove(id)?.is_some())
        })
    }

    /// Changes an endpoint; `None` if there is none.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut Endpoint)) -> Result<Option<Endpoint>> {
        self.write(|tx| update(tx, id, change))
    }

    /// The first message that waits for an endpoint.
    pub(super) fn first(&self, id: &str) -> Result<Option<(u64, Message)>> {
        let table = self.0.begin_read()?.open_table(QUEUE)?;
        let first = table.range((id, 0)..=(id, u64::MAX))?.next().transpose()?;
        first.map(|(key, value)| Ok((key.value().1, read(value.value())?))).transpose()
    }

    /// The last message that waits for an endpoint.
    #[cfg(test)]
    pub(super) fn last(&self, id: &str) -> Result<Option<Message>> {
        let table = self.0.begin_read()?.open_table(QUEUE)?;
        let last = table.range((id, 0)..=(id, u64::MAX))?.next_back().transpose()?;
        last.map(|(_, value)| read(value.value())).transpose()
    }

    /// The endpoint has answered for a message: it leaves the queue, and what was dropped is told of.
    pub(super) fn delivered(&self, id: &str, place: u64) -> Result<()> {
        self.write(|tx| {
            tx.open_table(QUEUE)?.remove((id, place))?;
            let mut lost = None;
            update(tx, id, |endpoint| {
                endpoint.failing = None;
                endpoint.delivered = endpoint.delivered.saturating_add(1);
                lost = take_lost(endpoint);
            })?;
            if let Some(message) = lost {
                push(tx, id, &message)?;
            }
            Ok(())
        })
    }

    /// Nothing more is sent to an endpoint, and nothing waits for it.
    pub(super) fn disable(&self, id: &str, at: Timestamp, why: &str) -> Result<()> {
        self.write(|tx| {
            let mut dropped = 0_u64;
            tx.open_table(QUEUE)?.retain_in((id, 0)..=(id, u64::MAX), |_, _| {
                dropped = dropped.saturating_add(1);
                false
            })?;
            update(tx, id, |endpoint| {
                endpoint.drop_messages(dropped);
                endpoint.disabled = Some(Disabled { at, why: why.to_owned() });
                endpoint.failing = None;
            })?;
            Ok(())
        })
    }

    /// Sends to an endpoint again, first of all how many messages it has missed.
    pub(super) fn enable(&self, id: &str) -> Result<Option<Endpoint>> {
        self.write(|tx| {
            let mut lost = None;
            let enabled = update(tx, id, |endpoint| {
                endpoint.disabled = None;
                endpoint.failing = None;
                lost = take_lost(endpoint);
            })?;
            if let Some(message) = lost {
                push(tx, id, &message)?;
            }
            Ok(enabled)
        })
    }

    /// Whether all was told of a task, and nothing more will come.
    pub(super) fn is_over(&self, task: TaskId) -> Result<bool> {
        let table = self.0.begin_read()?.open_table(TASKS)?;
        let told: Option<Told> = table.get(task.as_bytes())?.map(|value| read(value.value())).transpose()?;
        Ok(told.is_some_and(|told| told.over.is_some()))
    }

    /// Puts what is new of a task into the queues of those that want it. Returns the endpoints that have something now.
    pub(super) fn tell(
        &self,
        task: TaskId,
        news: &[News],
        over: Option<Timestamp>,
        since: impl Fn(Timestamp) -> String,
    ) -> Result<Vec<String>> {
        self.write(|tx| {
            let mut told = {
                let table = tx.open_table(TASKS)?;
                let found = table.get(task.as_bytes())?;
                found.map(|value| read::<Told>(value.value())).transpose()?.unwrap_or_default()
            };
            let fresh: Vec<&News> = news.iter().filter(|news| told.ids.insert(news.message.id.clone())).collect();
            if fresh.is_empty() && told.over.is_some() == over.is_some() {
                return Ok(Vec::new());
            }
            told.over = over;
            tx.open_table(TASKS)?.insert(task.as_bytes(), serde_json::to_vec(&told)?.as_slice())?;
            forget(tx)?;
            let endpoints: Vec<Endpoint> = {
                let table = tx.open_table(ENDPOINTS)?;
                table.iter()?.map(|entry| read(entry?.1.value())).collect::<Result<_>>()?
            };
            let mut woken = Vec::new();
            for endpoint in endpoints {
                let from = since(endpoint.created);
                let wanted = fresh.iter().filter(|news| endpoint.wants(news.event) && news.at >= from);
                let is_enabled = endpoint.disabled.is_none();
                let (mut has_news, mut dropped) = (false, 0);
                for news in wanted {
                    has_news = true;
                    if !is_enabled || !push(tx, &endpoint.id, &news.message)? {
                        dropped += 1;
                    }
                }
                if dropped > 0 {
                    update(tx, &endpoint.id, |endpoint| endpoint.drop_messages(dropped))?;
                }
                if is_enabled && has_news {
                    woken.push(endpoint.id);
                }
            }
            Ok(woken)
        })
    }
}

/// The message that says how many were dropped, if any were.
fn take_lost(endpoint: &mut Endpoint) -> Option<Message> {
    if endpoint.lost == 0 {
        return None;
    }
    endpoint.lost_told = endpoint.lost_told.saturating_add(1);
    Some(Message::lost(&endpoint.id, std::mem::take(&mut endpoint.lost), endpoint.lost_told))
}

/// Appends to a queue; false if it is full.
fn push(tx: &WriteTransaction, id: &str, message: &Message) -> Result<bool> {
    let mut table = tx.open_table(QUEUE)?;
    let (first, last) = {
        let mut range = table.range((id, 0)..=(id, u64::MAX))?;
        let first = range.next().transpose()?.map(|(key, _)| key.value().1);
        let last = range.next_back().transpose()?.map(|(key, _)| key.value().1);
        (first, last.or(first))
    };
    // Places have no gaps: a message leaves from the front alone.
    let count = first.zip(last).map_or(0, |(first, last)| last - first + 1);
    if count >= QUEUE_MAX {
        return Ok(false);
    }
    let place = last.map_or(0, |last| last + 1);
    table.insert((id, place), serde_json::to_vec(message)?.as_slice())?;
    Ok(true)
}

fn update(tx: &WriteTransaction, id: &str, change: impl FnOnce(&mut Endpoint)) -> Result<Option<Endpoint>> {
    let mut table = tx.open_table(ENDPOINTS)?;
    let found = table.get(id)?.map(|value| read::<Endpoint>(value.value())).transpose()?;
    let Some(mut endpoint) = found else { return Ok(None) };
    change(&mut endpoint);
    table.insert(id, serde_json::to_vec(&endpoint)?.as_slice())?;
    Ok(Some(endpoint))
}

/// Forgets the tasks that were over first, once there are many.
fn forget(tx: &WriteTransaction) -> Result<()> {
    let mut table = tx.open_table(TASKS)?;
    if table.len()? <= TASKS_MAX {
        return Ok(());
    }
    let mut over = Vec::new();
    for entry in table.iter()? {
        let (task, told) = entry?;
        over.extend(read::<Told>(told.value())?.over.map(|at| (at, task.value())));
    }
    over.sort_unstable();
    let many = over.len().saturating_sub(TASKS_KEPT);
    for (_, task) in over.into_iter().take(many) {
        table.remove(task)?;
    }
    Ok(())
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    Ok(serde_json::from_slice(bytes)?)
}
