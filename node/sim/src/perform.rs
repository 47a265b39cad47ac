//! What a node has done reaches others: messages travel, workers work, and the owner listens.

use crate::{
    adversary::Adversary,
    event::{At, Blob, BlobAsked, BlobKind, Errand, Event, PeerAsked},
    host::Out,
    lie::Lie,
    setup,
    world::World,
};
use dpgn_node::{
    driver::verify_ops,
    engine::{Call, Check, CheckOrder, CouncilInput, Done, Input, JobError, PeerEffect, WorkEffect},
};
use dpgn_protocol::{
    block::Decided,
    bounded::{Bytes, List},
    council::Said,
    finding::Finding,
    ids::{AccountId, TaskId, proof_hash},
    units::Timestamp,
    wire::{ProofStage, Request, Response},
};

impl World {
    pub(crate) fn perform(&mut self, node: usize, out: Out) {
        match out {
            Out::Committed(height, block) => self.checker.committed(node, height, block),
            Out::HandedOver(handover) => {
                let trusted = self.genesis.checkpoint().unwrap();
                self.checker.handed_over(node, &trusted, &handover);
            }
            Out::Say(effect) => self.say(node, effect),
            // Of what its twin has said, or it has itself before it forgot, its log knows nothing; it hears it from others.
            Out::Unlogged(_) if matches!(self.nodes[node].host.lie, Some(Lie::Twin | Lie::LosesLog)) => {}
            Out::Unlogged(word) => self.checker.unlogged(node, self.account(node), &word),
            Out::LogsDecided(height) => {
                self.checker.violated(format!("node {node} goes on deciding height {height}, which is decided"));
            }
            Out::SetAlarm(height, alarm, after) => self.set_alarm(node, height, alarm, after.get()),
            Out::StopAlarm(Some(alarm)) => drop(self.nodes[node].alarms.remove(&alarm)),
            Out::StopAlarm(None) => self.nodes[node].alarms.clear(),
            Out::Answer(asked, _) if self.nodes[node].host.lie == Some(Lie::Silent) => self.unanswered(asked),
            Out::Answer(asked, response) => self.answer(asked, response),
            Out::Stream(asked, is_there) => self.stream(node, asked, is_there),
            Out::Work(effect) => {
                self.begins(node, &effect);
                if self.nodes[node].host.adversary.works(&effect) {
                    self.work(node, effect);
                }
            }
            Out::Reply(Errand::Buy(number), Ok(_)) => self.checker.bought(number),
            // Whoever wants a bond looks at the ledger, and asks again.
            Out::Reply(Errand::Bond, _) => {}
            Out::Reply(Errand::Buy(number), Err(_)) => {
                self.nodes[node].host.disk.inputs.remove(&setup::inputs(number));
                self.after(1_000, Event::Buy(node, number));
            }
            Out::Notice(notice) => {
                self.checker.notice(&notice);
                self.overhears(node, &notice);
            }
        }
    }

    fn say(&mut self, node: usize, effect: PeerEffect) {
        let network = self.genesis.network().unwrap();
        match effect {
            PeerEffect::GossipOps(ops) => {
                let ops = ops.into_iter().map(|op| op.verify(network).unwrap());
                let ops: Vec<_> = ops.filter(|op| self.lets_say(node, op)).collect();
                ops.iter().for_each(|op| self.accuses(node, op));
                self.checker.tells(&ops);
                self.gossip(node, &Input::Ops(ops));
            }
            PeerEffect::GossipDecided(decided) => {
                let ops = verify_ops(&decided, network).unwrap();
                self.gossip(node, &Input::Decided { from: self.account(node), decided, ops });
            }
            PeerEffect::GossipProgress(progress) => self.gossip(node, &Input::Progress(*progress)),
            PeerEffect::Say(to, said) => {
                if let (Said::Word(word), false) = (&*said, self.nodes[node].host.is_liar()) {
                    self.checker.said(node, self.account(node), word);
                }
                self.tell(node, to, *said);
            }
            PeerEffect::SendDecided { to, height } => {
                if let Some(decided) = self.nodes[node].host.disk.blocks.get(&height).cloned() {
                    self.tell(node, Some(to), Said::Decided(Box::new(decided)));
                }
            }
            PeerEffect::Ask { to, call, request } => self.ask(node, to, call, request),
            PeerEffect::PushProof { to, task, proof } => {
                if let Some(bytes) = self.nodes[node].host.disk.proofs.get(&proof).cloned() {
                    let request = Request::PushProof { task, proof: Bytes::new(bytes).unwrap() };
                    self.ask(node, to, Call::Push { task, to }, request);
                }
            }
            PeerEffect::Penalise(peer, _) if self.checker.is_distrusted(peer) => {}
            PeerEffect::Penalise(peer, why) => self.checker.violated(format!("node {node} blames {peer}: {why}")),
        }
    }

    pub(crate) fn gossip(&mut self, node: usize, input: &Input) {
        for other in self.others(node) {
            let times = if self.strikes(self.faults.doubled) { 2 } else { 1 };
            for _ in 0..times {
                if !self.strikes(self.faults.lost) && !self.are_parted(node, other) {
                    let delay = self.delay();
                    self.after(delay, Event::Gossip(other, input.clone()));
                }
            }
        }
    }

    fn ask(&mut self, node: usize, to: AccountId, call: Call, request: Request) {
        let asked = PeerAsked { at: self.this(node), call };
        let Some(other) = self.node_of(to).filter(|_| !self.strikes(self.faults.lost)) else {
            return self.unanswered(asked);
        };
        if self.account(other) == self.account(node) && self.nodes[node].host.is_liar() {
            return self.unanswered(asked);
        }
        if other == node {
            return self.checker.violated(format!("node {node} asks itself: {request:?}"));
        }
        if self.are_parted(node, other) {
            return self.unanswered(asked);
        }
        let delay = self.delay();
        self.after(delay, Event::Request(other, asked.at, asked.call, request));
    }

    fn answer(&mut self, asked: PeerAsked, response: Response) {
        if let (Call::Blocks(from), Response::Blocks(blocks)) = (&asked.call, &response) {
            return self.send_blocks(asked.at, *from, blocks.iter().cloned().collect());
        }
        self.answered(asked, response);
    }

    /// Blocks are fed in order; the answer itself then says only whether there were any.
    fn send_blocks(&mut self, at: At, from: AccountId, blocks: Vec<Decided>) {
        let (call, last) = (Call::Blocks(from), blocks.last().cloned());
        if self.strikes(self.faults.lost) {
            return self.unanswered(PeerAsked { at, call });
        }
        let (delay, network) = (self.delay(), self.genesis.network().unwrap());
        for decided in blocks {
            let ops = verify_ops(&decided, network).unwrap();
            let input = Input::Decided { from, decided: Box::new(decided), ops };
            self.after(delay, Event::Input(at, input));
        }
        let response = Response::Blocks(List::new(last.into_iter().collect()).unwrap());
        self.after(delay, Event::Input(at, Input::Answered { call, result: Ok(response) }));
    }

    fn stream(&mut self, node: usize, asked: BlobAsked, is_there: bool) {
        let BlobAsked { at, blob, deadline, forbidden } = asked;
        if is_there && self.nodes[node].host.adversary.holds(blob) {
            // Not a byte comes until the asker gives up.
            return self.at(deadline.max(self.now_ms() + 1), Event::Input(at, blob.done(Err(JobError::Unreachable))));
        }
        if is_there && matches!(blob, Blob::Inputs(_) | Blob::Loot) {
            self.checker.served(node, forbidden);
        }
        let delay = self.delay();
        match is_there {
            true if self.strikes(self.faults.lost) || self.are_parted(node, at.node) => {
                self.after(delay, Event::Input(at, blob.done(Err(JobError::Unreachable))));
            }
            true => self.after(delay, Event::Streamed(at, blob)),
            false => self.after(delay, Event::Input(at, blob.done(Err(JobError::Refused)))),
        }
    }

    /// A blob has come whole.
    pub(crate) fn streamed(&mut self, node: usize, blob: Blob) {
        let host = &mut self.nodes[node].host;
        match blob {
            Blob::Recipe(_) => drop(host.disk.recipes.insert(setup::RECIPE)),
            Blob::Inputs(task) => {
                host.disk.awards.insert(task);
                if host.adversary == Adversary::Silent {
                    host.sated.insert(task);
                }
            }
            Blob::Loot => {}
        }
        self.feed(node, blob.done(Ok(())));
    }

    fn work(&mut self, node: usize, effect: WorkEffect) {
        let is_broken = self.strikes(self.faults.broken);
        match effect {
            WorkEffect::GetRecipe { task, from, recipe, deadline, .. } => {
                if self.nodes[node].host.disk.recipes.contains(&recipe) {
                    return self.later(node, 2, Blob::Recipe(task).done(Ok(())));
                }
                self.ask_blob(node, from, Blob::Recipe(task), BlobKind::Recipe(recipe), deadline);
            }
            WorkEffect::GetInputs { task, from, start, deadline, .. } => {
                if self.nodes[node].host.disk.awards.contains(&task) {
                    return self.later(node, 2, Blob::Inputs(task).done(Ok(())));
                }
                let start = start.verify(self.genesis.network().unwrap()).unwrap();
                self.ask_blob(node, from, Blob::Inputs(task), BlobKind::Inputs(task, Box::new(start)), deadline);
            }
            WorkEffect::Build { task, .. } => {
                let (least, most) = self.nodes[node].machine.build_ms;
                let delay = self.chance.between(least, most);
                let result = if is_broken { Err(JobError::Worker) } else { Ok(setup::shape().circuit) };
                self.later(node, delay, Input::Done(Done::Built(task, result)));
            }
            WorkEffect::CheckBlock(order) => {
                let block = order.hash;
                let result = order.check().map(Box::new).map_err(Box::new);
                self.later(node, 3, Input::Council(CouncilInput::Checked { block, result }));
            }
            WorkEffect::Snapshot(order) => self.later(node, 5, Input::Snapshot(Box::new(order.check()))),
            WorkEffect::Prove(order) => self.prove(node, order.task, is_broken),
            WorkEffect::StopProving(task) => {
                if self.nodes[node].proving.remove(&task).is_some() {
                    self.later(node, 5, Input::Done(Done::Proved(task, Err(JobError::Cancelled))));
                }
            }
            WorkEffect::ProveLocally(order) => {
                let salt = self.chance.between(0, u64::MAX);
                let bytes = setup::proof(order.task, order.prover, salt, true);
                let made = if is_broken { Err(JobError::Worker) } else { Ok(proof_hash(&bytes)) };
                self.nodes[node].host.disk.proofs.extend(made.ok().map(|proof| (proof, bytes)));
                self.later(
                    node,
                    self.nodes[node].machine.prove_ms.1,
                    Input::Done(Done::ProvedLocally(order.task, made)),
                );
            }
            // It is too quick to be stopped.
            WorkEffect::StopLocal => {}
            WorkEffect::Keep { token, from, task, proof: bytes } => {
                let proof = proof_hash(&bytes);
                self.nodes[node].host.disk.proofs.insert(proof, bytes);
                self.later(node, 5, Input::Done(Done::Kept { task, from, proof, token, is_on_disk: true }));
            }
            WorkEffect::Judge(order) => {
                let check = if is_broken { Check::Unfinished } else { self.find(node, &order) };
                let (task, proof) = (order.task, order.proof);
                self.later(node, 100, Input::Done(Done::Judged { task, proof, check }));
            }
            WorkEffect::Collect { order, proof } => {
                if let Some(bytes) = proof {
                    self.nodes[node].host.disk.proofs.insert(order.proof, bytes);
                }
                let check = if is_broken { Check::Unfinished } else { self.find(node, &order) };
                self.later(node, 100, Input::Done(Done::Collected { task: order.task, check }));
            }
        }
    }

    /// A proof is begun as soon as a worker is free.
    fn prove(&mut self, node: usize, task: TaskId, is_broken: bool) {
        let (least, most) = self.nodes[node].machine.prove_ms;
        let (took, run) = (self.chance.between(least, most), self.chance.between(0, u64::MAX));
        let now = self.now_ms();
        let this = &mut self.nodes[node];
        this.workers.resize(this.machine.workers - this.machine.busy_workers, 0);
        let Some(worker) = this.workers.iter_mut().min() else { return };
        *worker = took + now.max(*worker);
        let delay = *worker - now;
        if is_broken {
            return self.later(node, delay, Input::Done(Done::Proved(task, Err(JobError::Worker))));
        }
        this.proving.insert(task, run);
        let proving = Done::Proving { task, proof_stage: ProofStage::Wires, permille: 500 };
        self.later(node, delay - took / 2, Input::Done(proving));
        let at = self.this(node);
        self.after(delay, Event::Proved(at, task, run));
    }

    /// A worker has made a proof, if nobody stopped it.
    pub(crate) fn proved(&mut self, node: usize, task: TaskId, run: u64) {
        let (prover, is_true) = (self.account(node), self.nodes[node].host.adversary != Adversary::False);
        if self.nodes[node].proving.get(&task) != Some(&run) {
            return;
        }
        self.nodes[node].proving.remove(&task);
        let bytes = setup::proof(task, prover, run, is_true);
        let (proof, len) = (proof_hash(&bytes), u32::try_from(bytes.len()).unwrap());
        self.nodes[node].host.disk.proofs.insert(proof, bytes);
        self.feed(node, Input::Done(Done::Proved(task, Ok((proof, len)))));
    }

    fn find(&self, node: usize, order: &CheckOrder) -> Check {
        let bytes = self.nodes[node].host.disk.proofs.get(&order.proof);
        let Some(bytes) = bytes else { return Check::Absent };
        match setup::find(bytes, order.task, order.prover) {
            Finding::Valid if self.nodes[node].host.lie == Some(Lie::FalseFindings) => Check::Found(Finding::False),
            found => Check::Found(found),
        }
    }

    fn ask_blob(&mut self, node: usize, from: AccountId, blob: Blob, kind: BlobKind, deadline: Timestamp) {
        let deadline = deadline.since(setup::BEGIN).get();
        let this = self.this(node);
        let other = self.node_of(from).filter(|other| !self.are_parted(node, *other));
        match other.filter(|_| !self.strikes(self.faults.lost)) {
            // A requester that proves for itself reads its own file.
            Some(other) if other == node => self.after(2, Event::Streamed(this, blob)),
            Some(other) => {
                let delay = self.delay();
                self.after(delay, Event::BlobRequest(other, this, blob, kind, deadline));
            }
            None => self.later(node, 500, blob.done(Err(JobError::Unreachable))),
        }
    }

    /// Queues the result of work outside the loop, to come after a while.
    fn later(&mut self, node: usize, ms: u64, input: Input) {
        let this = self.this(node);
        self.after(ms, Event::Input(this, input));
    }
}
