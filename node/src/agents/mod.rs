//! Agents: provers without a key of the network, which make proofs of this node's awards elsewhere and bring them by HTTP.
//!
//! The node sells, binds itself, is paid and is liable; agents have a name, a key if they want one, and hands. While an agent
//! is there the node sells what agents can make: an agent that asks for work is what the ask's capacity is made of. A proof
//! counts once this node has checked it, and an own worker makes what no agent would bring in time.

mod desk;
mod error;
mod faults;
mod key;
mod names;
mod names_file;
mod roster;
mod view;

pub(crate) use desk::{Desk, News};
pub use error::AgentError;
pub use key::{KEY_LEN_MAX, KEY_LEN_MIN, KeyShown};
pub use roster::{AGENT_CAPACITY_MAX, AGENTS_MAX};
pub use view::{AgentView, AgentsStatus, Assignment, Brought, Registration};

use crate::{
    engine::{Check, Input, JobError, ProveOrder},
    error::Unavailable,
    proof_check,
    store::{AwardRecipe, Blobs},
    witness,
};
use desk::{Asking, Word};
use dpgn_protocol::{
    award::AwardId,
    ids::{TaskId, proof_hash},
    statement::tag,
};
use dpgn_prover::{
    Prover,
    circuit::{CircuitLimits, HANDED_OUT_BYTES_MAX, Recipe},
};
use std::{path::Path, sync::Arc, time::Duration};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// The file of the names that agents have, in the data directory.
const NAMES_FILE: &str = "agents.json";
/// Assignments that are read from disk at once.
const READS_MAX: usize = 2;
/// Proofs of agents that are checked at once: workers that check are the coordinators' too.
const CHECKS_MAX: usize = 2;

/// The agents of a node, for whoever speaks with them. Cheap to clone.
#[derive(Clone)]
pub struct Agents {
    desk: Desk,
    prover: Prover,
    blobs: Blobs,
    checks: Arc<Semaphore>,
    reads: Arc<Semaphore>,
}

impl Agents {
    pub(crate) fn start(
        prover: Prover,
        blobs: Blobs,
        data_dir: &Path,
        inputs: mpsc::Sender<Input>,
        stop: CancellationToken,
    ) -> Self {
        let desk = Desk::start(inputs, data_dir.join(NAMES_FILE), stop);
        Self {
            desk,
            prover,
            blobs,
            checks: Arc::new(Semaphore::new(CHECKS_MAX)),
            reads: Arc::new(Semaphore::new(READS_MAX)),
        }
    }

    pub(crate) fn desk(&self) -> Desk {
        self.desk.clone()
    }

    /// Takes an agent up, or what it now says of itself; one that is known by a key must show that key.
    pub async fn register(&self, new: Registration) -> Result<(), AgentError> {
        self.ask(|reply| Word::Register(Box::new(new), reply)).await?
    }

    /// Hears that an agent is there. Returns the tasks that it has, by their requesters' names: whatever else it works at is
    /// over.
    pub async fn heartbeat(&self, prover: Uuid, key: Option<KeyShown>) -> Result<Vec<Uuid>, AgentError> {
        self.ask(|reply| Word::Heartbeat(prover, key, reply)).await?
    }

    /// The next proof for an agent, waited for no longer than this; `None` if there was none.
    pub async fn assign(
        &self,
        prover: Uuid,
        key: Option<KeyShown>,
        wait: Duration,
    ) -> Result<Option<Assignment>, AgentError> {
        let order = self.ask(|reply| Word::Ask(Asking { prover, key, wait, reply })).await??;
        let Some(order) = order else { return Ok(None) };
        let (blobs, task) = (self.blobs.clone(), order.task);
        let place = self.reads.acquire().await;
        let read = tokio::task::spawn_blocking(move || assignment(&blobs, &order)).await;
        drop(place);
        match read.unwrap_or(Err(JobError::Worker)) {
            Ok(assignment) if assignment.circuit_data.len() as u64 <= HANDED_OUT_BYTES_MAX => Ok(Some(assignment)),
            Ok(_) => {
                // As an envelope it is larger than what was counted when it was offered, and no agent would take it.
                self.desk.say(Word::GiveUp(task));
                Ok(None)
            }
            Err(source) => {
                // No agent could read it either: an own worker says what is wrong with it.
                self.desk.say(Word::GiveUp(task));
                Err(AgentError::Unreadable { task, source })
            }
        }
    }

    /// Takes in the proof of a task, by its requester's name, if it holds.
    pub async fn bring(
        &self,
        prover: Uuid,
        key: Option<KeyShown>,
        alias: Uuid,
        proof: Vec<u8>,
    ) -> Result<Brought, AgentError> {
        let orders = self.ask(|reply| Word::Find(prover, alias, key, reply)).await??;
        let Ok(_place) = self.checks.try_acquire() else { return Err(AgentError::Busy { max: CHECKS_MAX }) };
        // Requesters may give two tasks one name: it counts for the one that it proves.
        let mut brought = Brought::Invalid;
        for order in orders {
            brought = self.check(prover, alias, &order, &proof).await?;
            if brought != Brought::Invalid {
                return Ok(brought);
            }
        }
        self.ask(|reply| Word::Failed(prover, reply)).await?;
        Ok(brought)
    }

    /// Checks a proof against one order, and takes it in if it holds.
    async fn check(&self, prover: Uuid, alias: Uuid, order: &ProveOrder, proof: &[u8]) -> Result<Brought, AgentError> {
        let check = order.check(proof_hash(proof));
        let is_valid = match proof_check::check(&self.prover, &check, proof.to_vec()).await {
            Check::Found(finding) => finding.is_valid(),
            Check::Absent | Check::Unfinished => return Err(AgentError::Busy { max: CHECKS_MAX }),
        };
        if !is_valid {
            return Ok(Brought::Invalid);
        }
        if self.ask(|reply| Word::Passed(prover, order.task, proof.to_vec(), reply)).await? {
            return Ok(Brought::Valid(AwardId { task: order.task, number: order.terms.number }));
        }
        Err(AgentError::NoSuchProof(alias))
    }

    /// Takes a proof back that an agent will not make, by its requester's name: another agent is given it. Returns the tasks
    /// that it still has.
    pub async fn release(&self, prover: Uuid, key: Option<KeyShown>, alias: Uuid) -> Result<Vec<Uuid>, AgentError> {
        self.ask(|reply| Word::Release(prover, alias, key, reply)).await?
    }

    /// Takes back all that an agent has, which asks for no more.
    pub async fn leave(&self, prover: Uuid, key: Option<KeyShown>) -> Result<(), AgentError> {
        self.ask(|reply| Word::Leave(prover, key, reply)).await?
    }

    /// How all agents together do.
    pub async fn status(&self) -> Result<AgentsStatus, AgentError> {
        self.ask(Word::Status).await
    }

    /// All agents that have registered, by their names.
    pub async fn list(&self) -> Result<Vec<AgentView>, AgentError> {
        self.ask(Word::List).await
    }

    /// The agent that makes the proof of a task, or has made it lately; `None` if no agent does.
    pub async fn maker(&self, task: TaskId) -> Option<Uuid> {
        self.ask(|reply| Word::Maker(task, reply)).await.ok().flatten()
    }

    async fn ask<T>(&self, word: impl FnOnce(oneshot::Sender<T>) -> Word) -> Result<T, AgentError> {
        let (reply, answer) = oneshot::channel();
        if !self.desk.say(word(reply)) {
            return Err(Unavailable::Busy { waiting_max: desk::WORDS_MAX }.into());
        }
        answer.await.map_err(|_| Unavailable::Stopped.into())
    }
}

/// Puts together what an agent needs for a proof. Reads the disk.
fn assignment(blobs: &Blobs, order: &ProveOrder) -> Result<Assignment, JobError> {
    let inputs = witness::read(blobs, order)?;
    let kept = match blobs.read(&order.recipe).ok().flatten() {
        Some(own) => Some(own),
        None => blobs.read(&AwardRecipe(order.recipe)).ok().flatten(),
    };
    let recipe = Recipe::decode(&kept.ok_or(JobError::Worker)?, &CircuitLimits::default());
    let circuit_data = recipe.map_err(|_| JobError::Worker)?.envelope(&inputs).map_err(|_| JobError::Worker)?;
    let terms = order.terms;
    Ok(Assignment {
        award: AwardId { task: order.task, number: terms.number },
        alias: terms.alias,
        requester: order.requester,
        level: order.level,
        circuit: order.circuit,
        tag: tag(order.task, order.prover),
        reward: terms.reward,
        price: terms.price,
        priority: terms.priority,
        due: terms.due,
        circuit_data,
    })
}
