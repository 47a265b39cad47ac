//! Carries out effects, as `runtime/execute.rs` does on real machines.

use crate::{
    disk::ops_of,
    faults::Manner,
    node::{Asker, Blob},
    setup,
    world::{BlobKind, Event, World},
};
use dpgn_node::{
    consensus,
    engine::{
        Accepted, Answer, BlobAnswer, Call, CheckOrder, ConsensusEffect, DiskEffect, Done, Effect, Input, JobError,
        PeerEffect, Token, WorkEffect,
    },
};
use dpgn_protocol::{
    block::Decided,
    bounded::{Bytes, List},
    ids::{AccountId, TaskId, proof_hash},
    limits::SYNC_BLOCKS_MAX,
    verdict::Finding,
    wire::{Refusal, Request, Response, Step},
};
use std::collections::VecDeque;

impl World {
    pub fn carry_out(&mut self, node: usize, effect: Effect) {
        if !self.is_willing(node, &effect) {
            return;
        }
        match effect {
            Effect::Disk(effect) => self.change(node, effect),
            Effect::Consensus(ConsensusEffect::StartHeight(height, committee)) => {
                let voted = self.nodes[node].disk.votes.get(&height).cloned().map(Box::new);
                self.decide(node, consensus::Input::Start { height, committee, voted });
            }
            Effect::Consensus(ConsensusEffect::Propose(block)) => self.decide(node, consensus::Input::Value(block)),
            Effect::Peer(effect) => self.say(node, effect),
            Effect::Answer(token, answer) => self.answer_with(node, token, answer),
            Effect::Stream(token, answer) => self.stream(node, token, answer),
            Effect::Work(effect) => self.work(node, effect),
            Effect::Reply(token, result) => {
                let Some(Asker::Owner(number)) = self.take(node, token) else { return };
                if let Ok(Accepted::Submitted(task)) = result {
                    return self.checker.bought(number, task);
                }
                self.nodes[node].disk.inputs.remove(&setup::inputs(number));
                self.after(1_000, Event::Buy(node, number));
            }
            Effect::Notify(notice) => self.checker.notice(&notice),
            Effect::Halt(why) => self.checker.violated(format!("node {node} halts: {why}")),
        }
    }

    fn change(&mut self, node: usize, effect: DiskEffect) {
        let disk = &mut self.nodes[node].disk;
        match effect {
            DiskEffect::Commit { decided, snapshot, tasks } => {
                let block = decided.certificate.block;
                disk.commit(*decided, snapshot, tasks);
                if let Some(live) = &self.nodes[node].live {
                    self.checker.applied(node, live.engine.ledger(), block);
                }
            }
            DiskEffect::SaveTask(record) => drop(disk.tasks.insert(record.task, *record)),
            DiskEffect::SaveJob(record) => drop(disk.jobs.insert(record.task, *record)),
            DiskEffect::ForgetJob(task) => {
                disk.jobs.remove(&task);
                disk.awards.remove(&task);
                self.nodes[node].sated.remove(&task);
            }
            DiskEffect::ForgetInputs(inputs) => drop(disk.inputs.remove(&inputs)),
            // What has come within the hour stays, and no run here is that long.
            DiskEffect::Sweep { .. } => {}
        }
    }

    fn say(&mut self, node: usize, effect: PeerEffect) {
        match effect {
            PeerEffect::GossipOps(ops) => {
                let network = self.genesis.network().unwrap();
                let ops = ops.into_iter().map(|op| op.verify(network).unwrap()).collect();
                self.gossip(node, &Input::Ops(ops));
            }
            PeerEffect::GossipDecided(decided) => {
                let Some(live) = &self.nodes[node].live else { return };
                let ops = ops_of(&decided, live.engine.ledger());
                self.gossip(node, &Input::Decided { from: Some(self.account(node)), decided, ops });
            }
            PeerEffect::GossipVerdict(verdict) => self.gossip(node, &Input::Verdict(*verdict)),
            PeerEffect::GossipProgress(progress) => {
                self.gossip(node, &Input::Progress((*progress).clone()));
                self.own(node, Input::Progress(*progress));
            }
            PeerEffect::Ask { to, call, request } => self.ask(node, to, call, request),
            PeerEffect::PushProof { to, task, proof } => {
                if let Some(bytes) = self.nodes[node].disk.proofs.get(&proof).cloned() {
                    let request = Request::PushProof { task, proof: Bytes::new(bytes).unwrap() };
                    self.ask(node, to, Call::Push { task, to }, request);
                }
            }
            PeerEffect::Penalise(peer, why) => self.checker.violated(format!("node {node} blames {peer}: {why}")),
        }
    }

    fn answer_with(&mut self, node: usize, token: Token, answer: Answer) {
        let response = match answer {
            Answer::Response(response) => response,
            Answer::Blocks(from) => {
                let blocks = self.nodes[node].disk.blocks.range(from..).take(SYNC_BLOCKS_MAX.min(16));
                Response::Blocks(List::new(blocks.map(|(_, b)| b.clone()).collect()).unwrap())
            }
            Answer::Proof(proof) => {
                let bytes = self.nodes[node].disk.proofs.get(&proof).cloned();
                bytes.map_or(Response::Refused(Refusal::NotFound), |b| Response::Proof(Bytes::new(b).unwrap()))
            }
        };
        self.answer(node, token, response);
    }

    fn stream(&mut self, node: usize, token: Token, answer: BlobAnswer) {
        let disk = &self.nodes[node].disk;
        let is_there = match answer {
            BlobAnswer::Recipe(recipe) => disk.recipes.contains(&recipe),
            BlobAnswer::Inputs(inputs) => {
                self.checker.served(node, token);
                disk.inputs.contains(&inputs)
            }
            BlobAnswer::Refuse(_) => false,
        };
        self.serve(node, token, is_there);
    }

    fn work(&mut self, node: usize, effect: WorkEffect) {
        let is_broken = self.strikes(self.faults.broken);
        match effect {
            WorkEffect::GetRecipe { task, from, recipe, .. } => {
                if self.nodes[node].disk.recipes.contains(&recipe) {
                    return self.later(node, 2, Blob::Recipe(task).done(Ok(())));
                }
                self.ask_blob(node, from, Blob::Recipe(task), BlobKind::Recipe(recipe));
            }
            WorkEffect::GetInputs { task, from, start, .. } => {
                if self.nodes[node].disk.awards.contains(&task) {
                    return self.later(node, 2, Blob::Inputs(task).done(Ok(())));
                }
                self.ask_blob(node, from, Blob::Inputs(task), BlobKind::Inputs(task, start));
            }
            WorkEffect::Build { task, .. } => {
                let delay = self.chance.between(50, 800);
                let result = if is_broken { Err(JobError::Worker) } else { Ok(setup::shape().circuit) };
                self.later(node, delay, Input::Done(Done::Built(task, result)));
            }
            WorkEffect::Prove(order) => self.start_proof(node, order.task, is_broken),
            WorkEffect::StopProving(task) => {
                let proving = self.nodes[node].live.as_mut().and_then(|live| live.proving.remove(&task));
                if proving.is_some() {
                    self.later(node, 5, Input::Done(Done::Proved(task, Err(JobError::Cancelled))));
                }
            }
            WorkEffect::Keep { token, from, task, proof: bytes } => {
                let proof = proof_hash(&bytes);
                self.nodes[node].disk.proofs.insert(proof, bytes);
                self.later(node, 5, Input::Done(Done::Kept { task, from, proof, token, is_on_disk: true }));
            }
            WorkEffect::Judge(order) => {
                let finding = if is_broken { None } else { self.find(node, &order) };
                let (task, proof) = (order.task, order.proof);
                self.later(node, 100, Input::Done(Done::Judged { task, proof, finding }));
            }
            WorkEffect::Collect { order, proof } => {
                if let Some(bytes) = proof {
                    self.nodes[node].disk.proofs.insert(order.proof, bytes);
                }
                let finding = if is_broken { None } else { self.find(node, &order) };
                self.later(node, 100, Input::Done(Done::Collected { task: order.task, finding }));
            }
        }
    }

    fn start_proof(&mut self, node: usize, task: TaskId, is_broken: bool) {
        let (delay, run) = (self.chance.between(300, 5_000), self.chance.between(0, u64::MAX));
        if is_broken {
            return self.later(node, delay, Input::Done(Done::Proved(task, Err(JobError::Worker))));
        }
        let proving = Done::Proving { task, step: Step::Wires, permille: 500 };
        self.later(node, delay / 2, Input::Done(proving));
        let this = self.this(node);
        if let Some(live) = &mut self.nodes[node].live {
            live.proving.insert(task, run);
        }
        self.after(delay, Event::Proved(this, task, run));
    }

    /// A worker has made a proof, if nobody stopped it.
    pub fn proved(&mut self, node: usize, task: TaskId, run: u64) {
        let (prover, is_true) = (self.account(node), self.nodes[node].manner != Manner::False);
        let Some(live) = &mut self.nodes[node].live else { return };
        if live.proving.get(&task) != Some(&run) {
            return;
        }
        live.proving.remove(&task);
        let bytes = setup::proof(task, prover, run, is_true);
        let (proof, len) = (proof_hash(&bytes), u32::try_from(bytes.len()).unwrap());
        self.nodes[node].disk.proofs.insert(proof, bytes);
        self.feed(node, Input::Done(Done::Proved(task, Ok((proof, len)))));
    }

    fn find(&self, node: usize, order: &CheckOrder) -> Option<Finding> {
        let bytes = self.nodes[node].disk.proofs.get(&order.proof)?;
        Some(setup::find(bytes, order.task, order.prover))
    }

    fn decide(&mut self, node: usize, input: consensus::Input) {
        let network = self.genesis.network().unwrap();
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let Some(live) = &mut self.nodes[node].live else { return };
            for output in live.solo.step(input).unwrap() {
                match output {
                    consensus::Output::GetValue { height, .. } => live.own.push_back(Input::Turn(height)),
                    consensus::Output::Store(vote, block) => {
                        self.nodes[node].disk.votes.insert(vote.height, (vote, *block));
                        inputs.push_back(consensus::Input::Stored(vote));
                        break;
                    }
                    consensus::Output::Decided(decided) => {
                        let ops = decided.block.ops.iter().map(|op| op.clone().verify(network).unwrap()).collect();
                        live.own.push_back(Input::Decided { from: None, decided, ops });
                    }
                }
            }
        }
    }

    fn gossip(&mut self, node: usize, input: &Input) {
        for other in self.others(node) {
            let times = if self.strikes(self.faults.doubled) { 2 } else { 1 };
            for _ in 0..times {
                if !self.strikes(self.faults.lost) {
                    let delay = self.delay();
                    self.after(delay, Event::Gossip(other, input.clone()));
                }
            }
        }
    }

    fn ask(&mut self, node: usize, to: AccountId, call: Call, request: Request) {
        let this = self.this(node);
        let Some(other) = self.node_of(to) else { return self.unanswered(this, call) };
        if other == node {
            let Some(live) = &mut self.nodes[node].live else { return };
            let token = live.token(Asker::Own(call));
            return self.own(node, Input::Asked { from: to, token, request });
        }
        if self.strikes(self.faults.lost) {
            return self.unanswered(this, call);
        }
        let delay = self.delay();
        self.after(delay, Event::Request(other, this, call, request));
    }

    fn ask_blob(&mut self, node: usize, from: AccountId, blob: Blob, kind: BlobKind) {
        let this = self.this(node);
        match self.node_of(from).filter(|_| !self.strikes(self.faults.lost)) {
            Some(other) => {
                let delay = self.delay();
                self.after(delay, Event::BlobRequest(other, this, blob, kind));
            }
            None => self.later(node, 500, blob.done(Err(JobError::Unreachable))),
        }
    }

    fn answer(&mut self, node: usize, token: Token, response: Response) {
        match self.take(node, token) {
            Some(Asker::Peer(at, call)) => {
                if let (Call::Blocks(from), Response::Blocks(blocks)) = (&call, &response) {
                    return self.send_blocks(at, *from, blocks.iter().cloned().collect());
                }
                self.answered(at, call, response);
            }
            Some(Asker::Own(call)) => self.own(node, Input::Answered { call, result: Ok(response) }),
            _ => {}
        }
    }

    /// Blocks are fed in order; the answer itself then says only whether there were any.
    fn send_blocks(&mut self, at: crate::node::At, from: AccountId, blocks: Vec<Decided>) {
        let (call, last) = (Call::Blocks(from), blocks.last().cloned());
        if self.strikes(self.faults.lost) {
            return self.unanswered(at, call);
        }
        let (delay, network) = (self.delay(), self.genesis.network().unwrap());
        for decided in blocks {
            let ops = decided.block.ops.iter().map(|op| op.clone().verify(network).unwrap()).collect();
            let input = Input::Decided { from: Some(from), decided: Box::new(decided), ops };
            self.after(delay, Event::Input(at, input));
        }
        let response = Response::Blocks(List::new(last.into_iter().collect()).unwrap());
        self.after(delay, Event::Input(at, Input::Answered { call, result: Ok(response) }));
    }

    fn serve(&mut self, node: usize, token: Token, is_there: bool) {
        let Some(Asker::Blob(at, blob)) = self.take(node, token) else { return };
        let delay = self.delay();
        match is_there {
            true if self.strikes(self.faults.lost) => {
                self.after(delay, Event::Input(at, blob.done(Err(JobError::Unreachable))));
            }
            true => self.after(delay, Event::Streamed(at, blob)),
            false => self.after(delay, Event::Input(at, blob.done(Err(JobError::Refused)))),
        }
    }

    /// A blob has come whole.
    pub fn streamed(&mut self, node: usize, blob: Blob) {
        let this = &mut self.nodes[node];
        match blob {
            Blob::Recipe(_) => drop(this.disk.recipes.insert(setup::RECIPE)),
            Blob::Inputs(task) => {
                this.disk.awards.insert(task);
                if this.manner == Manner::Silent {
                    this.sated.insert(task);
                }
            }
            Blob::Loot => {}
        }
        self.feed(node, blob.done(Ok(())));
    }

    fn take(&mut self, node: usize, token: Token) -> Option<Asker> {
        self.nodes[node].live.as_mut()?.askers.remove(&token)
    }

    fn own(&mut self, node: usize, input: Input) {
        self.nodes[node].live.iter_mut().for_each(|live| live.own.push_back(input.clone()));
    }

    /// What work outside the loop comes to, after a while.
    fn later(&mut self, node: usize, ms: u64, input: Input) {
        let this = self.this(node);
        self.after(ms, Event::Input(this, input));
    }
}
