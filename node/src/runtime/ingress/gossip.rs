//! Gossip, checked by one thread: each message gets one acceptance, and what is of use becomes an input.
//!
//! One thread owns all that must be remembered, and takes at most one core, whatever comes; what waits for it waits
//! in the network's queues, in fair turns of its senders. It sees the ledger as of the last block, without copying it.

use super::{
    checked_ops::CheckedOps,
    ops::{OpGate, Travels},
    publish::publish,
    told::Told,
    unusable::Unusable,
    votes::VoteGate,
};
use crate::{
    clock::now,
    engine::{Call, Input},
    network::{Acceptance, Event, Limiter, Network, Rate, Topic},
    runtime::deciders::Deciders,
};
use dpgn_market::Ledger;
use dpgn_protocol::{
    block::Decided,
    codec::{self, DecodeError},
    council::Checked,
    ids::{AccountId, NetworkId, TaskId},
    sign::{Message, Signed, Unverified},
    units::{Height, Timestamp},
    wire::{OpBatch, Progress, Response, Wire},
};
use std::{collections::BTreeMap, sync::Arc, time::Instant};
use tokio::sync::{mpsc, watch};

/// Bytes of a signed message that is no op.
const SIGNED_BYTES_MAX: usize = 1_024;
/// The rate at which progress of one task is passed on.
const PROGRESS_RATE: Rate = Rate { per_s: 10, burst: 40, bytes_per_s: 8 << 10, bytes_burst: 32 << 10 };
/// The rate at which a peer may say by its blocks that it is higher than this node.
const HINT_RATE: Rate = Rate { per_s: 1, burst: 2, bytes_per_s: 0, bytes_burst: 0 };
/// Tasks whose last progress is remembered; above it, those without a live award are forgotten.
const PROGRESS_MAX: usize = 8_192;

/// The ledger as of the last applied block.
#[derive(Clone)]
pub(in crate::runtime) struct View {
    pub(in crate::runtime) ledger: Arc<Ledger>,
    pub(in crate::runtime) height: Height,
}

/// The decision about a gossiped message.
struct Decision {
    acceptance: Acceptance,
    input: Option<Input>,
    /// A member's word for consensus.
    word: Option<Box<Checked>>,
    /// Ops that travel on although the message that brought them doesn't.
    relay: Option<OpBatch>,
}

impl Decision {
    fn accept(input: Input) -> Self {
        Self { acceptance: Acceptance::Accept, input: Some(input), word: None, relay: None }
    }

    fn ignore(input: Option<Input>) -> Self {
        Self { acceptance: Acceptance::Ignore, input, word: None, relay: None }
    }
}

/// The thread that checks gossip.
pub(in crate::runtime) struct GossipCheck {
    id: NetworkId,
    network: Network,
    view: watch::Receiver<View>,
    inputs: mpsc::Sender<Input>,
    told: mpsc::Sender<Told>,
    ops: OpGate,
    checked: CheckedOps,
    votes: VoteGate,
    progress: BTreeMap<TaskId, (AccountId, u32)>,
    progress_rate: Limiter<TaskId>,
    hints: Limiter<AccountId>,
}

impl GossipCheck {
    pub(in crate::runtime) fn new(
        id: NetworkId,
        network: Network,
        view: watch::Receiver<View>,
        inputs: mpsc::Sender<Input>,
        told: mpsc::Sender<Told>,
    ) -> Self {
        let votes = VoteGate::new(view.borrow().ledger.committee());
        Self {
            id,
            network,
            view,
            inputs,
            told,
            ops: OpGate::new(id),
            checked: CheckedOps::default(),
            votes,
            progress: BTreeMap::new(),
            progress_rate: Limiter::new(PROGRESS_RATE),
            hints: Limiter::new(HINT_RATE),
        }
    }

    /// Runs until the network or the loop has ended.
    pub(in crate::runtime) fn run(mut self, mut gossip: mpsc::Receiver<Event>) {
        while let Some(event) = gossip.blocking_recv() {
            let Event::Gossip { topic, from, data, token } = event else { continue };
            let view = self.view.borrow().clone();
            let decision = match self.check(topic, from, &data, &view, now()) {
                Ok(decision) => decision,
                Err(Unusable::Guilty) => Decision { acceptance: Acceptance::Reject, ..Decision::ignore(None) },
                Err(Unusable::Harmless) => Decision::ignore(None),
            };
            self.network.judge(token, decision.acceptance);
            if let Some(batch) = decision.relay {
                publish(&self.network, Topic::Ops, batch.to_bytes());
            }
            if let Some(word) = decision.word
                && self.told.blocking_send(Told::Word(word)).is_err()
            {
                return;
            }
            if let Some(input) = decision.input
                && self.inputs.blocking_send(input).is_err()
            {
                return;
            }
        }
    }

    fn check(
        &mut self,
        topic: Topic,
        from: AccountId,
        data: &[u8],
        view: &View,
        now: Timestamp,
    ) -> Result<Decision, Unusable> {
        match topic {
            Topic::Ops => self.check_ops(from, data, view, now),
            Topic::Blocks => self.check_block(from, data, view),
            Topic::Progress => self.check_progress(data, view),
            Topic::Votes => {
                let next = view.height.next();
                let word = self.votes.check(data, self.id, &view.ledger, next, Instant::now())?;
                let decision = Decision::ignore(None);
                Ok(Decision { acceptance: Acceptance::Accept, word: Some(Box::new(word)), ..decision })
            }
        }
    }

    fn check_ops(&mut self, from: AccountId, data: &[u8], view: &View, now: Timestamp) -> Result<Decision, Unusable> {
        let heard = self.ops.check(from, OpBatch::from_bytes(data)?, &self.checked, (&view.ledger, now))?;
        tracing::trace!(signatures = heard.checked, ops = heard.ops.len(), paid = heard.is_paid, "a batch of ops");
        heard.ops.iter().for_each(|op| self.checked.insert(op));
        let input = (!heard.ops.is_empty()).then_some(Input::Ops(heard.ops));
        let dropped = if heard.is_paid { Acceptance::Duplicate } else { Acceptance::Ignore };
        Ok(match heard.travels {
            Travels::AsItIs => Decision { acceptance: Acceptance::Accept, ..Decision::ignore(input) },
            Travels::Only(part) => Decision { acceptance: dropped, relay: Some(part), ..Decision::ignore(input) },
            Travels::Not => Decision { acceptance: dropped, ..Decision::ignore(input) },
        })
    }

    /// Height and certificate come before the ops' signatures: a block that nobody decided costs one of them, and
    /// one that can't be applied yet is not even decoded.
    fn check_block(&mut self, from: AccountId, data: &[u8], view: &View) -> Result<Decision, Unusable> {
        let claimed = claimed_height(data)?;
        if claimed != view.height.next() {
            // Whether it is decided can't be seen from here, nor is it worth much to know: a peer that claims to be
            // higher is asked for the blocks in between.
            let is_hint = claimed > view.height && self.hints.allow(from, 0, Instant::now());
            let head = Response::Head { height: claimed, block: None };
            let higher = || Input::Answered { call: Call::Head(from), result: Ok(head) };
            return Ok(Decision::ignore(is_hint.then(higher)));
        }
        let decided = Decided::from_bytes(data)?;
        let deciders = Deciders { network: self.id, committee: view.ledger.committee().clone() };
        if !deciders.have_decided(&decided) {
            return Err(Unusable::Guilty);
        }
        let ops = self.checked.verify(&decided, self.id)?;
        Ok(Decision::accept(Input::Decided { from, decided: Box::new(decided), ops }))
    }

    /// Progress is passed on only of a live award's holder, only if it is newer, and at a bounded rate.
    fn check_progress(&mut self, data: &[u8], view: &View) -> Result<Decision, Unusable> {
        let (raw, now) = (signed(data)?, Instant::now());
        let said: Progress = codec::decode(&raw.body, Progress::MAX_BYTES)?;
        let holder = |task| view.ledger.task(task)?.task.stage.award().map(|award| award.prover);
        let newer = self.progress.get(&said.task).is_none_or(|(by, last)| *by != raw.signer || *last < said.sequence);
        if holder(said.task) != Some(raw.signer) || !newer || !self.progress_rate.has(said.task, data.len(), now) {
            return Err(Unusable::Harmless);
        }
        let progress: Signed<Progress> = raw.verify(self.id)?;
        self.progress_rate.allow(said.task, data.len(), now);
        if self.progress.len() >= PROGRESS_MAX {
            self.progress.retain(|task, (by, _)| holder(*task) == Some(*by));
        }
        self.progress.insert(said.task, (progress.signer(), said.sequence));
        Ok(Decision::accept(Input::Progress(progress)))
    }
}

/// The height that an encoded block claims: a [`Decided`] opens with its version, its network and its height.
fn claimed_height(data: &[u8]) -> Result<Height, DecodeError> {
    let (&version, rest) = data.split_first().ok_or(DecodeError::Empty)?;
    if version != codec::VERSION {
        return Err(DecodeError::UnknownVersion(version));
    }
    let height = rest.get(32..).and_then(|rest| rest.first_chunk::<8>());
    let height = height.ok_or_else(|| DecodeError::Malformed("no height".to_owned()))?;
    Ok(Height::new(u64::from_le_bytes(*height)))
}

fn signed(data: &[u8]) -> Result<Unverified, DecodeError> {
    codec::decode(data, SIGNED_BYTES_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        network::{NetworkConfig, spawn},
        runtime::ingress::scene::{PROVER, Scene, keys},
    };
    use dpgn_protocol::{ids::hash, wire::ProofStage};

    /// Badly signed progress: whoever looks at its signature finds its sender guilty, so the guilty are counted.
    #[tokio::test]
    async fn progress_of_unknown_tasks_costs_no_signature_check() {
        let mut scene = Scene::new();
        let held = scene.delivered(1);
        let (id, prover) = (scene.ledger.network(), keys(PROVER));
        let (network, _events) = spawn(&prover, NetworkConfig::new(id)).unwrap();
        let (_views, view) = watch::channel(View { ledger: Arc::new(scene.ledger), height: Height::new(1) });
        let mut check = GossipCheck::new(id, network.clone(), view.clone(), mpsc::channel(1).0, mpsc::channel(1).0);
        let view = view.borrow().clone();
        let elsewhere = NetworkId::from_bytes([9; 32]);
        let mut checked = |task: TaskId, sequence: u32| {
            let progress = Progress { task, stage: ProofStage::Fetch, permille: 0, sequence };
            let forged = codec::encode(&prover.sign(elsewhere, progress).unwrap().into_raw()).unwrap();
            let decision = check.check(Topic::Progress, prover.account(), &forged, &view, now());
            matches!(decision, Err(Unusable::Guilty))
        };
        let unknown = |n: u32| TaskId::from_bytes(hash("no task", &[&n.to_le_bytes()]));
        let of_unknown = (0..1_000).filter(|n| checked(unknown(*n), *n)).count();
        println!("1,000 messages of progress of unknown tasks: {of_unknown} signature checks");
        assert_eq!(of_unknown, 0);
        assert!(checked(held, 1), "of a task that its signer is said to hold");
        network.shutdown().await;
    }
}
