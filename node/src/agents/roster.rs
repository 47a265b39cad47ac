//! The roster: which agents there are, what each of them proves, and which agent has which proof to make.
//!
//! It has no clock and no channel: the same calls at the same times always give the same answers. Whatever grows here is
//! bounded: agents by [`AGENTS_MAX`], proofs by the awards that this node holds.

mod agent;

use super::{
    error::AgentError,
    faults::Faults,
    key::KeyShown,
    names::Names,
    view::{AgentView, AgentsStatus, Registration},
};
use crate::engine::{Speed, Workforce};
use agent::Agent;
use dpgn_protocol::{
    ids::TaskId,
    units::{Level, Millis, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use uuid::Uuid;

/// The most agents of one node. A new one takes the place of the one that was silent for longest, if that is gone.
pub const AGENTS_MAX: usize = 256;
/// The most proofs that one agent may make at once.
pub const AGENT_CAPACITY_MAX: u16 = 64;
/// Proofs of one name that what an agent brings is held against.
const NAMESAKES_MAX: usize = 4;
/// Agents that may give one proof back: then an own worker makes it.
const GIVEN_BACK_MAX: usize = 8;
/// The finished proofs whose makers are remembered.
const MAKERS_MAX: usize = 1_024;
/// For so long after it asked for work an agent is thought to come back for more.
const COMES_BACK: Millis = Millis::from_secs(20);

/// All agents, and the proofs that are to be made.
#[derive(Debug, Default)]
pub(super) struct Roster {
    agents: BTreeMap<Uuid, Agent>,
    proofs: BTreeMap<TaskId, Proof>,
    /// The keys of names, those of agents that are away too.
    pub(super) names: Names,
    /// The agents that made the latest proofs, for people.
    makers: VecDeque<(TaskId, Uuid)>,
    /// The number of the next proof: they are given out in their order.
    next: u64,
}

/// A proof that is to be made.
#[derive(Debug)]
struct Proof {
    alias: Uuid,
    level: Level,
    number: u64,
    /// The time from which on an own worker makes it; absent if none could in time.
    own_from: Option<Timestamp>,
    /// The agent that has it.
    at: Option<Uuid>,
    /// The agents that have given it back: none of them is given it again.
    given_back: BTreeSet<Uuid>,
    /// Whether an own worker was told to make it. What an agent brings counts all the same.
    is_own: bool,
}

impl Roster {
    /// A roster of nobody, which knows these names.
    pub(super) fn new(names: Names) -> Self {
        Self { names, ..Self::default() }
    }

    /// Takes an agent up, or what it now says of itself.
    pub(super) fn register(&mut self, now: Timestamp, new: Registration) -> Result<(), AgentError> {
        let levels: BTreeSet<Level> = new.levels.into_iter().collect();
        if levels.is_empty() {
            return Err(AgentError::NoLevels);
        }
        if new.capacity == 0 || new.capacity > AGENT_CAPACITY_MAX {
            return Err(AgentError::Capacity { got: new.capacity, max: AGENT_CAPACITY_MAX });
        }
        let known = self.agents.get(&new.prover);
        known.map_or(Ok(()), |agent| agent.admit(new.prover, new.key.as_ref()))?;
        if known.is_none() && !self.names.admits(new.prover, new.key.as_ref()) {
            return Err(AgentError::WrongKey(new.prover));
        }
        if known.is_none() && self.agents.len() >= AGENTS_MAX {
            let oldest = self.agents.iter().min_by_key(|(id, agent)| (agent.seen, **id)).map(|(id, _)| *id);
            let gone = oldest.filter(|id| self.agents.get(id).is_some_and(|agent| !agent.is_live(now)));
            self.agents.remove(&gone.ok_or(AgentError::Full { max: AGENTS_MAX })?);
        }
        // Whoever registers anew has begun anew: what it had is for whoever asks next, and counts if it brings it all the same.
        for proof in self.proofs.values_mut() {
            proof.at = proof.at.filter(|at| *at != new.prover);
            proof.given_back.remove(&new.prover);
        }
        let known = self.agents.remove(&new.prover);
        let (made, refused) = known.as_ref().map_or((0, 0), |agent| (agent.made, agent.refused));
        let key = new.key.as_ref().map(|key| key.hash(new.prover));
        if let Some(key) = &key {
            let agents = &self.agents;
            self.names.keep(now, new.prover, key.clone(), |name| agents.contains_key(&name));
        }
        let agent = Agent {
            levels,
            capacity: new.capacity,
            rows_per_second: new.rows_per_second.filter(|rows| *rows > 0),
            reward_address: new.reward_address,
            key,
            registered: known.as_ref().map_or(now, |agent| agent.registered),
            seen: now,
            has_left: false,
            asks_until: known.as_ref().map_or(Timestamp::default(), |agent| agent.asks_until),
            made,
            refused,
            // A name that was barred stays barred.
            faults: known.map_or(Faults::default(), |agent| agent.faults),
        };
        self.agents.insert(new.prover, agent);
        Ok(())
    }

    /// Hears that an agent is there, and tells it which proofs it still has to make, by the requesters' names.
    pub(super) fn heard(
        &mut self,
        now: Timestamp,
        prover: Uuid,
        key: Option<&KeyShown>,
    ) -> Result<Vec<Uuid>, AgentError> {
        let agent = self.agents.get_mut(&prover).ok_or(AgentError::Unknown(prover))?;
        agent.admit(prover, key)?;
        (agent.seen, agent.has_left) = (now, false);
        self.names.touch(now, prover);
        Ok(self.proofs.values().filter(|proof| proof.at == Some(prover)).map(|proof| proof.alias).collect())
    }

    /// Hears that an agent asks for work, and will wait for it for so long.
    pub(super) fn asks(
        &mut self,
        now: Timestamp,
        prover: Uuid,
        key: Option<&KeyShown>,
        wait: Millis,
    ) -> Result<(), AgentError> {
        self.heard(now, prover, key)?;
        self.trusts(now, prover)?;
        if let Some(agent) = self.agents.get_mut(&prover) {
            agent.asks_until = agent.asks_until.max(now.after(wait).after(COMES_BACK));
        }
        Ok(())
    }

    /// Refuses an agent that has brought too many false proofs of late.
    pub(super) fn trusts(&self, now: Timestamp, prover: Uuid) -> Result<(), AgentError> {
        match self.agents.get(&prover).and_then(|agent| agent.faults.barred_until(now)) {
            Some(until) => {
                let seconds = until.since(now).get().div_ceil(1_000);
                Err(AgentError::Barred { prover, seconds })
            }
            None => Ok(()),
        }
    }

    /// Takes back all that an agent has, which asks for no more: it leaves.
    pub(super) fn leave(&mut self, now: Timestamp, prover: Uuid, key: Option<&KeyShown>) -> Result<(), AgentError> {
        for alias in self.heard(now, prover, key)? {
            self.release(now, prover, alias, key)?;
        }
        if let Some(agent) = self.agents.get_mut(&prover) {
            (agent.has_left, agent.asks_until) = (true, now);
        }
        Ok(())
    }

    /// Takes a proof back that an agent will not make: whoever asks next is given it. Returns what the agent still has, by the
    /// requesters' names.
    pub(super) fn release(
        &mut self,
        now: Timestamp,
        prover: Uuid,
        alias: Uuid,
        key: Option<&KeyShown>,
    ) -> Result<Vec<Uuid>, AgentError> {
        self.heard(now, prover, key)?;
        let held = self.proofs.values_mut().find(|proof| proof.at == Some(prover) && proof.alias == alias);
        if let Some(proof) = held {
            proof.at = None;
            proof.given_back.insert(prover);
            if proof.given_back.len() >= GIVEN_BACK_MAX {
                proof.own_from = Some(Timestamp::default());
            }
        }
        self.heard(now, prover, key)
    }

    /// Gives an agent the first proof that it can make, if it has a hand free. One that asks with all hands full has lost what it
    /// was given first, and is given that again.
    pub(super) fn assign(&mut self, now: Timestamp, prover: Uuid) -> Option<TaskId> {
        let agent = self.agents.get(&prover).filter(|agent| !agent.is_barred(now))?;
        let held = || self.proofs.iter().filter(|(_, proof)| proof.at == Some(prover));
        if held().count() >= usize::from(agent.capacity) {
            return held().map(|(task, proof)| (proof.number, *task)).min().map(|(_, task)| task);
        }
        // An agent knows its tasks by the requesters' names alone: no two of them at once.
        let is_free = |alias| held().all(|(_, proof)| proof.alias != alias);
        let waits = |proof: &Proof| {
            proof.at.is_none() && proof.is_for_agents() && proof.suits(prover, agent) && is_free(proof.alias)
        };
        let (_, task) =
            self.proofs.iter().filter(|(_, p)| waits(p)).map(|(task, proof)| (proof.number, *task)).min()?;
        self.proofs.get_mut(&task)?.at = Some(prover);
        Some(task)
    }

    /// Takes back what an agent was given and did not get.
    pub(super) fn take_back(&mut self, task: TaskId) {
        if let Some(proof) = self.proofs.get_mut(&task) {
            proof.at = None;
        }
    }

    /// Leaves a proof to the own workers: no agent can make it.
    pub(super) fn give_up(&mut self, task: TaskId) {
        if let Some(proof) = self.proofs.get_mut(&task) {
            (proof.at, proof.own_from) = (None, Some(Timestamp::default()));
        }
    }

    /// Whether an agent that is there is at work on a proof.
    pub(super) fn is_held(&self, now: Timestamp, task: TaskId) -> bool {
        let holder = self.proofs.get(&task).and_then(|proof| proof.at);
        holder.and_then(|prover| self.agents.get(&prover)).is_some_and(|agent| agent.is_live(now))
    }

    /// Takes up a proof that is to be made.
    pub(super) fn offer(
        &mut self,
        now: Timestamp,
        task: TaskId,
        alias: Uuid,
        level: Level,
        own_from: Option<Timestamp>,
    ) {
        let number = self.next;
        self.next += 1;
        let own_from = own_from.filter(|from| *from > now);
        let given_back = BTreeSet::new();
        self.proofs.insert(task, Proof { alias, level, number, own_from, at: None, given_back, is_own: false });
    }

    /// Forgets a proof: it is made, or its award has ended.
    pub(super) fn forget(&mut self, task: TaskId) {
        self.proofs.remove(&task);
    }

    /// The proofs that an agent may speak of by a requester's name: its own first, and no more than a few.
    pub(super) fn find(&self, prover: Uuid, alias: Uuid) -> Vec<TaskId> {
        let named = self.proofs.iter().filter(|(_, proof)| proof.alias == alias);
        let mut named: Vec<_> = named.map(|(task, proof)| (proof.at != Some(prover), proof.number, *task)).collect();
        named.sort_unstable();
        named.into_iter().take(NAMESAKES_MAX).map(|(_, _, task)| task).collect()
    }

    /// An agent brought a proof that holds.
    pub(super) fn passed(&mut self, now: Timestamp, prover: Uuid, task: TaskId) {
        self.names.earn(now, prover);
        self.makers.push_front((task, prover));
        self.makers.truncate(MAKERS_MAX);
        if let Some(agent) = self.agents.get_mut(&prover) {
            agent.made = agent.made.saturating_add(1);
            agent.faults.passed();
        }
    }

    /// An agent brought a proof that does not hold. If it is barred for that, what it has is for whoever asks next.
    pub(super) fn failed(&mut self, now: Timestamp, prover: Uuid) {
        let Some(agent) = self.agents.get_mut(&prover) else { return };
        agent.refused = agent.refused.saturating_add(1);
        agent.faults.failed(now);
        if agent.is_barred(now) {
            self.proofs.values_mut().filter(|proof| proof.at == Some(prover)).for_each(|proof| proof.at = None);
        }
    }

    /// The proofs that own workers must make from now on: nobody can who is there, or time is short. Each is named once.
    pub(super) fn left(&mut self, now: Timestamp) -> Vec<TaskId> {
        let mut left = Vec::new();
        for (task, proof) in &mut self.proofs {
            let is_able = match proof.at {
                Some(prover) => self.agents.get(&prover).is_some_and(|agent| agent.is_live(now)),
                None => self.agents.iter().any(|(id, agent)| agent.asks(now) && proof.suits(*id, agent)),
            };
            if !is_able && proof.own_from.is_none() {
                // Whoever comes next may be in time, as an own worker is not.
                proof.at = None;
            }
            if !proof.is_own && (!is_able || proof.own_from.is_some_and(|from| now >= from)) {
                proof.is_own = true;
                left.push(*task);
            }
        }
        left
    }

    /// Whether there is anything that time changes.
    pub(super) fn is_at_rest(&self, now: Timestamp) -> bool {
        self.proofs.is_empty() && !self.agents.values().any(|agent| agent.is_live(now))
    }

    /// What agents make in place of this node's own workers; none if no agent is there.
    pub(super) fn workforce(&self, now: Timestamp) -> Option<Workforce> {
        let is_there = |id, agent: &Agent| agent.is_at_hand(now) || (agent.is_live(now) && self.held_by(id) > 0);
        let live = || self.agents.iter().filter(|(id, agent)| is_there(**id, agent));
        live().next()?;
        let hands = |(id, agent): (&Uuid, &Agent)| match agent.asks(now) {
            true => agent.capacity,
            false => u16::try_from(self.held_by(*id)).unwrap_or(u16::MAX),
        };
        let lanes = live().map(hands).fold(0, u16::saturating_add);
        // One that is at work will ask again: its levels stay in the ask, which has no room beyond what it holds.
        let asking = || live().filter(|(id, agent)| agent.asks(now) || self.held_by(**id) > 0).map(|(_, agent)| agent);
        let levels: BTreeSet<Level> = asking().flat_map(|agent| agent.levels.iter().copied()).collect();
        let speed = |level: Level| {
            let able = asking().filter(|agent| agent.levels.contains(&level));
            Speed { level, slowest: able.filter_map(|agent| agent.rows_per_second).min() }
        };
        Some(Workforce { lanes, speeds: levels.into_iter().map(speed).collect() })
    }

    /// All agents, for people.
    pub(super) fn list(&self, now: Timestamp) -> Vec<AgentView> {
        let view = |(id, agent): (&Uuid, &Agent)| AgentView {
            prover: *id,
            levels: agent.levels.iter().copied().collect(),
            capacity: agent.capacity,
            held: self.proofs.values().filter(|proof| proof.at == Some(*id)).map(|proof| proof.alias).collect(),
            is_live: agent.is_live(now),
            asks: agent.asks(now),
            made: agent.made,
            refused: agent.refused,
            barred_until: agent.faults.barred_until(now),
            rows_per_second: agent.rows_per_second,
            reward_address: agent.reward_address.clone(),
            registered: agent.registered,
            seen: agent.seen,
        };
        self.agents.iter().map(view).collect()
    }

    /// All agents together, for whoever looks after the node.
    pub(super) fn status(&self, now: Timestamp) -> AgentsStatus {
        let live = || self.agents.values().filter(|agent| agent.is_live(now));
        let held = self.proofs.values().filter(|proof| proof.at.is_some()).count();
        let own = self.proofs.values().filter(|proof| proof.at.is_none() && proof.is_own).count();
        AgentsStatus {
            live: live().count(),
            asking: live().filter(|agent| agent.asks(now)).count(),
            barred: live().filter(|agent| agent.is_barred(now)).count(),
            lanes: self.workforce(now).map_or(0, |workforce| workforce.lanes),
            held,
            waiting: self.proofs.len() - held - own,
            own,
        }
    }

    /// The agent that makes a proof, or has made it lately.
    pub(super) fn maker(&self, task: TaskId) -> Option<Uuid> {
        match self.proofs.get(&task) {
            Some(proof) => proof.at,
            None => self.makers.iter().find(|(made, _)| *made == task).map(|(_, prover)| *prover),
        }
    }

    /// The proofs that an agent may make at once; none if nobody knows it.
    pub(super) fn hands(&self, prover: Uuid) -> usize {
        self.agents.get(&prover).map_or(0, |agent| agent.capacity.into())
    }

    fn held_by(&self, prover: Uuid) -> usize {
        self.proofs.values().filter(|proof| proof.at == Some(prover)).count()
    }
}

impl Proof {
    /// Whether agents are given it: an own worker that was told to make it may be too slow for it, and then they still are.
    fn is_for_agents(&self) -> bool {
        !self.is_own || self.own_from.is_none()
    }

    /// Whether an agent can make it, and has not given it back.
    fn suits(&self, prover: Uuid, agent: &Agent) -> bool {
        agent.levels.contains(&self.level) && !self.given_back.contains(&prover)
    }
}

#[cfg(test)]
mod tests;
