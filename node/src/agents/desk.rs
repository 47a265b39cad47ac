//! The desk: one task that owns the roster, hands proofs out to agents and takes them in.
//!
//! Whatever it says to the engine follows from the [roster](super::roster). A proof that is offered here is an agent's
//! until the roster says that its time is short; then an own worker makes it too, and the first of them counts.

use super::{
    error::AgentError,
    key::KeyShown,
    names::Names,
    names_file,
    roster::Roster,
    view::{AgentView, AgentsStatus, Registration},
};
use crate::{
    clock::now,
    engine::{Input, ProveOrder, Workforce},
};
use dpgn_protocol::{
    ids::TaskId,
    units::{Millis, Timestamp},
};
use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot, watch},
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Words that wait for the desk.
pub(super) const WORDS_MAX: usize = 256;
/// Agents that wait for work at once.
const WAITING_MAX: usize = 512;
/// The time between two looks at the clock.
const TICK: Duration = Duration::from_millis(200);

/// Something that is said to the desk, with the way back for its one answer.
pub(super) enum Word {
    /// An agent registers.
    Register(Box<Registration>, oneshot::Sender<Result<(), AgentError>>),
    /// An agent says that it is there.
    Heartbeat(Uuid, Option<KeyShown>, oneshot::Sender<Result<Vec<Uuid>, AgentError>>),
    /// An agent asks for work, and waits for it.
    Ask(Asking),
    /// A proof is to be made.
    Offer(Box<Open>),
    /// Somebody asks which proofs an agent may speak of.
    Find(Uuid, Uuid, Option<KeyShown>, oneshot::Sender<Result<Vec<Arc<ProveOrder>>, AgentError>>),
    /// No agent can make a proof.
    GiveUp(TaskId),
    /// Whoever has offered a proof asks whether an agent has it.
    IsHeld(TaskId, oneshot::Sender<bool>),
    /// A proof that an agent has brought holds.
    Passed(Uuid, TaskId, Vec<u8>, oneshot::Sender<bool>),
    /// A proof that an agent has brought does not hold.
    Failed(Uuid, oneshot::Sender<()>),
    /// An agent will not make a proof that it has, which it names as the requester does.
    Release(Uuid, Uuid, Option<KeyShown>, oneshot::Sender<Result<Vec<Uuid>, AgentError>>),
    /// An agent leaves.
    Leave(Uuid, Option<KeyShown>, oneshot::Sender<Result<(), AgentError>>),
    /// Somebody wants to see all agents.
    List(oneshot::Sender<Vec<AgentView>>),
    /// Somebody wants to know how they do, all together.
    Status(oneshot::Sender<AgentsStatus>),
    /// Somebody asks which agent makes a proof.
    Maker(TaskId, oneshot::Sender<Option<Uuid>>),
}

/// An agent that asks for work.
pub(super) struct Asking {
    pub(super) prover: Uuid,
    pub(super) key: Option<KeyShown>,
    pub(super) wait: Duration,
    pub(super) reply: oneshot::Sender<Result<Option<Arc<ProveOrder>>, AgentError>>,
}

/// A proof that is to be made, and whoever waits for it.
pub(super) struct Open {
    order: Arc<ProveOrder>,
    news: mpsc::Sender<News>,
}

/// What whoever has offered a proof is told.
#[derive(Debug)]
pub(crate) enum News {
    /// An own worker is to make it: no agent can, or none has brought it so far.
    Left,
    /// An agent has made it, and it holds.
    Made(Vec<u8>),
}

/// A proof that was offered to agents.
pub(crate) struct Offered {
    task: TaskId,
    desk: Desk,
    news: mpsc::Receiver<News>,
}

impl Offered {
    /// The next word about it; `None` if there will be no more.
    pub(crate) async fn next(&mut self) -> Option<News> {
        self.news.recv().await
    }

    /// Whether an agent is at work on it.
    pub(crate) async fn is_held(&self) -> bool {
        let (reply, answer) = oneshot::channel();
        self.desk.0.send(Word::IsHeld(self.task, reply)).await.is_ok() && answer.await.unwrap_or(false)
    }

    /// The bytes of a proof that an agent makes. Never ends if none does.
    pub(crate) async fn made(&mut self) -> Vec<u8> {
        loop {
            match self.news.recv().await {
                Some(News::Made(proof)) => return proof,
                Some(News::Left) => {}
                None => std::future::pending().await,
            }
        }
    }
}

/// The way to the desk.
#[derive(Clone)]
pub(crate) struct Desk(mpsc::Sender<Word>);

impl Desk {
    /// Starts the desk; it ends when the node stops. Names are kept in this file.
    pub(super) fn start(inputs: mpsc::Sender<Input>, names: PathBuf, stop: CancellationToken) -> Self {
        let (words, heard) = mpsc::channel(WORDS_MAX);
        let (changes, changed) = watch::channel(Arc::from([]));
        // Small, and before anybody waits for this node.
        let clerk = Clerk::new(names_file::read(&names), inputs, changes);
        tokio::spawn(names_file::save(names, changed));
        tokio::spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = clerk.run(heard) => {}
            }
        });
        Self(words)
    }

    /// Offers a proof to agents.
    pub(crate) async fn offer(&self, order: ProveOrder) -> Offered {
        // Two words at most: that it is left, and that it is made.
        let (news, offered) = mpsc::channel(2);
        // If the desk has gone, there will be no news.
        let task = order.task;
        let _ = self.0.send(Word::Offer(Box::new(Open { order: Arc::new(order), news }))).await;
        Offered { task, desk: self.clone(), news: offered }
    }

    /// Says something to the desk; `false` if it has too much to do.
    pub(super) fn say(&self, word: Word) -> bool {
        self.0.try_send(word).is_ok()
    }
}

/// The time that a worker takes beside proving: to start, to read the circuit, to have its proof checked.
const WORKER_START: Millis = Millis::from_secs(2);

/// The time from which an own worker makes a proof that takes it so long: twice that before it must be done, since it may have
/// other things to do, and no sooner than half of the time is over unless it takes longer than that. None if it would be late
/// even if it began now.
fn own_from(now: Timestamp, done_by: Timestamp, own: Millis) -> Option<Timestamp> {
    let left = done_by.since(now);
    let half = Millis::new(left.get() / 2);
    let wanted = own.saturating_mul(2).saturating_add(WORKER_START);
    (own < left).then(|| done_by.before(wanted.min(half.max(own))))
}

/// An agent that waits for work until some time.
struct Waiting {
    prover: Uuid,
    until: Instant,
    reply: oneshot::Sender<Result<Option<Arc<ProveOrder>>, AgentError>>,
}

/// Whoever sits at the desk.
struct Clerk {
    roster: Roster,
    open: BTreeMap<TaskId, Open>,
    waiting: Vec<Waiting>,
    /// What the engine was told last.
    told: Option<Workforce>,
    inputs: mpsc::Sender<Input>,
    /// What is to be kept of the names.
    names: watch::Sender<Arc<[u8]>>,
}

impl Clerk {
    fn new(known: Names, inputs: mpsc::Sender<Input>, names: watch::Sender<Arc<[u8]>>) -> Self {
        Self { roster: Roster::new(known), open: BTreeMap::new(), waiting: Vec::new(), told: None, inputs, names }
    }

    async fn run(mut self, mut heard: mpsc::Receiver<Word>) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_at_rest = self.told.is_none() && self.waiting.is_empty() && self.roster.is_at_rest(now());
            tokio::select! {
                word = heard.recv() => match word {
                    Some(word) => self.take(word),
                    None => return,
                },
                _ = tick.tick(), if !is_at_rest => {}
            }
            self.look(now());
        }
    }

    fn take(&mut self, word: Word) {
        let now = now();
        // Whoever has asked and does not wait for the answer misses nothing.
        match word {
            Word::Register(new, reply) => drop(reply.send(self.roster.register(now, *new))),
            Word::Heartbeat(prover, key, reply) => drop(reply.send(self.roster.heard(now, prover, key.as_ref()))),
            Word::Ask(asking) => self.ask(now, asking),
            Word::Offer(open) => self.offer(now, *open),
            Word::Find(prover, alias, key, reply) => {
                let _ = reply.send(self.find(now, prover, alias, key.as_ref()));
            }
            Word::GiveUp(task) => self.roster.give_up(task),
            Word::IsHeld(task, reply) => drop(reply.send(self.roster.is_held(now, task))),
            Word::Passed(prover, task, proof, reply) => drop(reply.send(self.passed(now, prover, task, proof))),
            Word::Failed(prover, reply) => {
                self.roster.failed(now, prover);
                let _ = reply.send(());
            }
            Word::Release(prover, alias, key, reply) => {
                let _ = reply.send(self.roster.release(now, prover, alias, key.as_ref()));
            }
            Word::Leave(prover, key, reply) => drop(reply.send(self.roster.leave(now, prover, key.as_ref()))),
            Word::Status(reply) => drop(reply.send(self.roster.status(now))),
            Word::List(reply) => drop(reply.send(self.roster.list(now))),
            Word::Maker(task, reply) => drop(reply.send(self.roster.maker(task))),
        }
    }

    fn ask(&mut self, now: Timestamp, Asking { prover, key, wait, reply }: Asking) {
        let wait_ms = Millis::new(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        if let Err(error) = self.roster.asks(now, prover, key.as_ref(), wait_ms) {
            let _ = reply.send(Err(error));
            return;
        }
        self.answer_extra(prover);
        if self.waiting.len() >= WAITING_MAX {
            let _ = reply.send(Ok(None));
        } else {
            self.waiting.push(Waiting { prover, until: Instant::now() + wait, reply });
        }
    }

    /// Answers an agent's oldest questions, so that with the next one it has no more than hands: more are of connections that it
    /// has lost, or take the places of others. All of its hands count, also those that are full: what it has given up it may hold
    /// here for a while, and it would ask again at once.
    fn answer_extra(&mut self, prover: Uuid) {
        self.waiting.retain(|waiting| !waiting.reply.is_closed());
        let hands = self.roster.hands(prover).max(1);
        let own = self.waiting.iter().filter(|waiting| waiting.prover == prover).count();
        for _ in hands..=own {
            let Some(oldest) = self.waiting.iter().position(|waiting| waiting.prover == prover) else { return };
            let _ = self.waiting.remove(oldest).reply.send(Ok(None));
        }
    }

    fn offer(&mut self, now: Timestamp, open: Open) {
        let order = &open.order;
        let own_from = order.own_time.and_then(|own| own_from(now, order.done_by, own));
        self.roster.offer(now, order.task, order.terms.alias, order.level, own_from);
        self.open.insert(order.task, open);
    }

    fn find(
        &mut self,
        now: Timestamp,
        prover: Uuid,
        alias: Uuid,
        key: Option<&KeyShown>,
    ) -> Result<Vec<Arc<ProveOrder>>, AgentError> {
        self.roster.heard(now, prover, key)?;
        // Each false proof costs a check, of which there are few at once.
        self.roster.trusts(now, prover)?;
        let named = self.roster.find(prover, alias).into_iter();
        let orders: Vec<_> = named.filter_map(|task| Some(self.open.get(&task)?.order.clone())).collect();
        if orders.is_empty() { Err(AgentError::NoSuchProof(alias)) } else { Ok(orders) }
    }

    /// Takes in a proof that holds. Says whether somebody has waited for it.
    fn passed(&mut self, now: Timestamp, prover: Uuid, task: TaskId, proof: Vec<u8>) -> bool {
        let taken = self.open.remove(&task).is_some_and(|open| open.news.try_send(News::Made(proof)).is_ok());
        if taken {
            self.roster.passed(now, prover, task);
        }
        self.roster.forget(task);
        taken
    }

    /// Does what time and what was said bring about.
    fn look(&mut self, now: Timestamp) {
        let over: Vec<TaskId> = self.open.iter().filter(|(_, open)| open.news.is_closed()).map(|(id, _)| *id).collect();
        for task in over {
            self.open.remove(&task);
            self.roster.forget(task);
        }
        for task in self.roster.left(now) {
            if let Some(open) = self.open.get(&task) {
                let _ = open.news.try_send(News::Left);
            }
        }
        let at = Instant::now();
        for Waiting { prover, until, reply } in std::mem::take(&mut self.waiting) {
            if reply.is_closed() {
                continue;
            }
            match self.roster.assign(now, prover) {
                Some(task) => self.give(task, reply),
                None if at >= until => drop(reply.send(Ok(None))),
                None => self.waiting.push(Waiting { prover, until, reply }),
            }
        }
        let workforce = self.roster.workforce(now);
        if workforce != self.told && self.inputs.try_send(Input::Workforce(workforce.clone())).is_ok() {
            self.told = workforce;
        }
        if let Some(names) = self.roster.names.take_change() {
            self.names.send_replace(names.into());
        }
    }

    fn give(&mut self, task: TaskId, reply: oneshot::Sender<Result<Option<Arc<ProveOrder>>, AgentError>>) {
        let order = self.open.get(&task).map(|open| open.order.clone());
        if reply.send(Ok(order)).is_err() {
            self.roster.take_back(task);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::units::Level;

    /// One name took all places in which agents wait: everybody else was told at once that there is no work.
    #[tokio::test]
    async fn an_agent_has_no_more_questions_open_than_hands() {
        let (inputs, _heard) = mpsc::channel(8);
        let mut clerk = Clerk::new(Names::default(), inputs, watch::channel(Arc::from([])).0);
        let ask = |clerk: &mut Clerk, prover: Uuid| {
            let (reply, answer) = oneshot::channel();
            clerk.take(Word::Ask(Asking { prover, key: None, wait: Duration::from_secs(60), reply }));
            answer
        };
        let names = [Uuid::from_u128(1), Uuid::from_u128(2)];
        for prover in names {
            let (levels, key) = (vec![Level::MIN], None);
            let new = Registration { prover, levels, capacity: 2, key, rows_per_second: None, reward_address: None };
            clerk.take(Word::Register(Box::new(new), oneshot::channel().0));
        }
        let mut greedy: Vec<_> = (0..WAITING_MAX + 10).map(|_| ask(&mut clerk, names[0])).collect();
        let mut other = ask(&mut clerk, names[1]);
        assert_eq!(clerk.waiting.len(), 3, "two hands of the one, and a question of the other");
        assert!(other.try_recv().is_err(), "it waits");
        let answered = greedy.iter_mut().filter_map(|answer| answer.try_recv().ok()).filter(|a| matches!(a, Ok(None)));
        assert_eq!(answered.count(), WAITING_MAX + 8, "the oldest are answered, the two newest wait");
        // What nobody waits for any more takes no place.
        drop(greedy);
        let mut again = [ask(&mut clerk, names[0]), ask(&mut clerk, names[0])];
        assert!(again.iter_mut().all(|answer| answer.try_recv().is_err()));
        assert_eq!(clerk.waiting.len(), 3);
    }

    /// A small proof was begun milliseconds before it had to be done: its worker had not even started.
    #[test]
    fn an_own_worker_is_given_time_to_start_and_the_agent_half_of_all_time() {
        let from = |left: u64, own| own_from(Timestamp::new(1_000), Timestamp::new(1_000 + left), Millis::new(own));
        assert_eq!(from(13_000, 8), Some(Timestamp::new(1_000 + 10_984)));
        assert_eq!(from(3_000, 8), Some(Timestamp::new(1_000 + 1_500)), "half is the agent's");
        assert_eq!(from(100_000, 30_000), Some(Timestamp::new(1_000 + 50_000)));
        assert_eq!(from(100_000, 60_000), Some(Timestamp::new(1_000 + 40_000)), "more than half is its own");
        assert_eq!(from(100_000, 100_000), None, "it would be late");
        assert_eq!(from(0, 0), None);
    }
}
