//! The runtime as a host: carries effects out on a real disk, a real network and real workers.

use super::{
    RuntimeError,
    answers::{blocks_from, handovers_above, proof_of},
    ask::{self, respond},
    deciders::Deciders,
    disk::Disk,
    gather::Gather,
    ingress::publish,
    on_disk,
    words::Words,
    work,
};
use crate::{
    agents::Desk,
    build_gate::BuildGate,
    clock::now,
    driver::{Alarm, Host, Log},
    engine::{Accepted, Answer, BlobAnswer, DiskEffect, Input, Kept, Notice, PeerEffect, Rejected, WorkEffect},
    network::{BlobToken, Network, Offence, Portion, Quota, ResponseToken, Topic},
    store::{BlobId, SetAside},
};
use dpgn_protocol::{
    codec::{self, EncodeError},
    committee::Committee,
    ids::{AccountId, NetworkId, TaskId},
    units::{Height, Millis, Timestamp},
    wire::{Refusal, Response, Wire},
};
use dpgn_prover::Prover;
use std::{collections::BTreeMap, time::Duration};
use tokio::{
    sync::{broadcast, mpsc, oneshot},
    task::AbortHandle,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

/// Answers to peers that are read from disk at once; half of these places are kept for favoured peers.
const READS_MAX: usize = 8;
/// Answers that are read from disk at once for one peer.
const READS_PER_PEER_MAX: usize = 2;

/// Disk, network and workers of a node.
pub(crate) struct NodeHost {
    pub(crate) network_id: NetworkId,
    pub(crate) disk: Disk,
    pub(crate) network: Network,
    pub(crate) prover: Prover,
    /// Lets awards' circuits be built first.
    gate: BuildGate,
    /// Where agents get proofs to make; absent if this node sells nothing.
    agents: Option<Desk>,
    pub(crate) notices: broadcast::Sender<Notice>,
    /// The channel on which work outside the loop reports its results.
    pub(crate) inputs: mpsc::Sender<Input>,
    pub(crate) tasks: TaskTracker,
    /// The committee that decides the next block.
    pub(super) committee: Committee,
    /// Places for answers that are read from disk.
    reads: Quota<AccountId>,
    /// Ops that wait to be gossiped together.
    pub(super) gathered: Gather,
    /// The tokens that stop the work for each award.
    pub(super) working: BTreeMap<TaskId, CancellationToken>,
    /// Stops the proof that is made for this node itself.
    pub(super) own_proof: CancellationToken,
    /// The alarms of consensus that run; one that has gone off may still be among them.
    pub(super) alarms: BTreeMap<Alarm, AbortHandle>,
    /// The words that were said at this height.
    pub(super) words: Words,
    /// The channel on which they go off.
    pub(super) rings: mpsc::Sender<(Height, Alarm)>,
}

/// Where circuits are built and proofs made.
pub(crate) struct Workshop {
    /// The own workers.
    pub(crate) prover: Prover,
    /// Lets awards' circuits be built first.
    pub(crate) gate: BuildGate,
    /// Where agents get proofs to make; absent if this node sells nothing.
    pub(crate) agents: Option<Desk>,
}

/// The ways from work outside the loop back into it.
pub(crate) struct Ways {
    /// The results of work.
    pub(crate) inputs: mpsc::Sender<Input>,
    /// Alarms of consensus that have gone off.
    pub(crate) alarms: mpsc::Sender<(Height, Alarm)>,
}

impl NodeHost {
    pub(crate) fn new(
        deciders: Deciders,
        disk: Disk,
        network: Network,
        workshop: Workshop,
        notices: broadcast::Sender<Notice>,
        ways: Ways,
    ) -> Self {
        let Workshop { prover, gate, agents } = workshop;
        let Ways { inputs, alarms: rings } = ways;
        let Deciders { network: network_id, committee } = deciders;
        let (tasks, reads) = (TaskTracker::new(), Quota::new(READS_MAX, READS_PER_PEER_MAX));
        Self {
            network_id,
            disk,
            network,
            prover,
            gate,
            agents,
            notices,
            inputs,
            tasks,
            committee,
            reads,
            gathered: Gather::default(),
            working: BTreeMap::new(),
            own_proof: CancellationToken::new(),
            alarms: BTreeMap::new(),
            words: Words::default(),
            rings,
        }
    }
}

impl NodeHost {
    /// Overwrites and removes files, off the loop.
    fn wipe<I: BlobId + Send + 'static>(&self, aside: SetAside<I>) {
        self.tasks.spawn_blocking(move || {
            if let Err(error) = aside.wipe() {
                tracing::error!(%error, "inputs could not be wiped; the next start tries again");
            }
        });
    }

    /// The limits of a stream for an award.
    fn limit(&mut self, task: TaskId, deadline: Timestamp, rate_min: u64) -> work::Limit {
        let cancel = self.working.entry(task).or_default().clone();
        work::Limit { cancel, within: Duration::from_millis(deadline.since(now()).get()), rate_min }
    }

    /// Starts work for a task off the loop; every line that it logs names the task.
    fn spawn_for(&self, task: TaskId, work: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(work.instrument(tracing::info_span!("task", %task)));
    }
}

impl Host for NodeHost {
    type Error = RuntimeError;
    type Peer = ResponseToken;
    type Blob = BlobToken;
    type Owner = oneshot::Sender<Result<Accepted, Rejected>>;

    fn now(&self) -> Timestamp {
        now()
    }

    async fn change(&mut self, effect: DiskEffect) -> Result<(), RuntimeError> {
        let disk = self.disk.clone();
        match effect {
            DiskEffect::Commit(commit) => on_disk(move || disk.commit(&commit)).await,
            DiskEffect::Jump(jump) => on_disk(move || disk.jump(&jump)).await,
            DiskEffect::SaveTrail(handovers) => on_disk(move || Ok(disk.store.put_trail(&handovers)?)).await,
            DiskEffect::SaveTask(record) => on_disk(move || disk.put_task(&record)).await,
            DiskEffect::SaveJob(record) => on_disk(move || disk.put_job(&record)).await,
            DiskEffect::SaveSeal(record) => on_disk(move || disk.put_seal(&record)).await,
            DiskEffect::ForgetSeal(task) => on_disk(move || disk.forget_seal(task)).await,
            // Out of everybody's reach at once; to overwrite them takes its time.
            DiskEffect::ForgetJob(task) => {
                let aside = on_disk(move || disk.forget_job(task)).await?;
                self.wipe(aside);
                Ok(())
            }
            DiskEffect::ForgetInputs(inputs) => {
                let aside = on_disk(move || Ok(disk.blobs.set_aside(&inputs)?)).await?;
                self.wipe(aside);
                Ok(())
            }
            DiskEffect::Sweep { proofs, recipes } => {
                self.tasks.spawn_blocking(move || {
                    if let Err(error) = disk.forget_but(&proofs, &recipes) {
                        tracing::warn!(%error, "what nobody needs could not be removed");
                    }
                });
                Ok(())
            }
        }
    }

    async fn log(&mut self, height: Height) -> Result<Log, RuntimeError> {
        let disk = self.disk.clone();
        on_disk(move || disk.log(height)).await
    }

    async fn append(&mut self, height: Height, more: Log) -> Result<(), RuntimeError> {
        let (disk, own) = (self.disk.clone(), self.network.local_peer());
        on_disk(move || disk.append(height, own, &more)).await
    }

    fn set_alarm(&mut self, height: Height, alarm: Alarm, after: Millis) -> Result<(), RuntimeError> {
        self.ring_later(height, alarm, Duration::from_millis(after.get()));
        Ok(())
    }

    fn stop_alarm(&mut self, alarm: Option<Alarm>) -> Result<(), RuntimeError> {
        match alarm {
            Some(alarm) => {
                if let Some(running) = self.alarms.remove(&alarm) {
                    running.abort();
                }
            }
            None => std::mem::take(&mut self.alarms).into_values().for_each(|running| running.abort()),
        }
        Ok(())
    }

    fn say(&mut self, effect: PeerEffect) -> Result<(), RuntimeError> {
        match effect {
            PeerEffect::GossipOps(ops) => {
                self.gathered.add(ops);
            }
            PeerEffect::GossipDecided(decided) => publish(&self.network, Topic::Blocks, decided.to_bytes()),
            PeerEffect::GossipProgress(progress) => {
                publish(&self.network, Topic::Progress, codec::encode(progress.raw()));
            }
            PeerEffect::Say(to, said) => self.say_to(to, &said),
            PeerEffect::SendDecided { to, height } => self.send_decided(to, height),
            PeerEffect::Ask { to, call, request } => {
                let about = call.task();
                let deciders = Deciders { network: self.network_id, committee: self.committee.clone() };
                let asking = ask::ask(self.network.clone(), deciders, self.inputs.clone(), to, call, request);
                match about {
                    Some(task) => self.spawn_for(task, asking),
                    None => {
                        self.tasks.spawn(asking);
                    }
                }
            }
            PeerEffect::PushProof { to, task, proof } => {
                let blobs = self.disk.blobs.clone();
                let pushing = ask::push_proof(self.network.clone(), self.inputs.clone(), blobs, to, task, proof);
                self.spawn_for(task, pushing);
            }
            PeerEffect::Penalise(peer, why) => {
                tracing::warn!(%peer, why, "a peer broke the rules");
                self.network.penalise(peer, Offence::Lied);
            }
        }
        Ok(())
    }

    /// Sends an answer; what lies on disk is read and sent off the loop, for a few peers at once.
    fn answer(&mut self, to: ResponseToken, answer: Answer) -> Result<(), RuntimeError> {
        let (disk, network) = (self.disk.clone(), self.network.clone());
        let read: Box<dyn FnOnce() -> Result<Vec<u8>, EncodeError> + Send> = match answer {
            Answer::Response(response) => {
                respond(&network, to, response.to_bytes());
                return Ok(());
            }
            Answer::Blocks(from) => Box::new(move || blocks_from(&disk, from)),
            Answer::Proof(proof) => Box::new(move || proof_of(&disk, proof).to_bytes()),
            Answer::Snapshot(kept) => Box::new(move || kept.head().to_bytes()),
            Answer::Handovers(above) => Box::new(move || handovers_above(&disk, above)),
            Answer::Chunk { among, manifest, index } => {
                Box::new(move || Kept::chunk(&among, manifest, index).to_bytes())
            }
        };
        let (asker, mut place) = (to.asker(), Portion::default());
        if self.reads.share(asker.account).take(&mut place, 1, asker.is_favoured) {
            self.tasks.spawn_blocking(move || {
                respond(&network, to, read());
                drop(place);
            });
        } else {
            respond(&network, to, Response::Refused(Refusal::Busy).to_bytes());
        }
        Ok(())
    }

    fn stream(&mut self, to: BlobToken, answer: BlobAnswer) -> Result<(), RuntimeError> {
        let path = match answer {
            BlobAnswer::Recipe(recipe) => self.disk.blobs.path(&recipe),
            BlobAnswer::Inputs(inputs) => self.disk.blobs.path(&inputs),
            BlobAnswer::Refuse(refusal) => {
                self.network.refuse(to, refusal);
                return Ok(());
            }
        };
        if path.exists() {
            self.network.serve_blob(to, path);
        } else {
            self.network.refuse(to, Refusal::NotFound);
        }
        Ok(())
    }

    fn work(&mut self, effect: WorkEffect) -> Result<(), RuntimeError> {
        let tools = work::Tools {
            blobs: self.disk.blobs.clone(),
            shelf: self.disk.shelf.clone(),
            network: self.network.clone(),
            prover: self.prover.clone(),
            gate: self.gate.clone(),
            agents: self.agents.clone(),
            inputs: self.inputs.clone(),
        };
        match effect {
            WorkEffect::GetRecipe { task, from, recipe, len, deadline, rate_min } => {
                let limit = self.limit(task, deadline, rate_min);
                self.spawn_for(task, async move { tools.get_recipe(task, from, recipe, len, limit).await });
            }
            WorkEffect::Build { task, recipe, level, degree_max } => {
                let cancel = self.working.entry(task).or_default().clone();
                self.spawn_for(task, async move { tools.build(task, recipe, level, degree_max, cancel).await });
            }
            WorkEffect::GetInputs { task, from, start, inputs, len, deadline, rate_min } => {
                let limit = self.limit(task, deadline, rate_min);
                self.spawn_for(task, async move { tools.get_inputs(task, from, *start, inputs, len, limit).await });
            }
            WorkEffect::Prove(order) => {
                let cancel = self.working.entry(order.task).or_default().clone();
                self.spawn_for(order.task, async move { tools.prove(*order, cancel).await });
            }
            WorkEffect::StopProving(task) => {
                if let Some(cancel) = self.working.remove(&task) {
                    cancel.cancel();
                }
            }
            WorkEffect::ProveLocally(order) => {
                self.own_proof = CancellationToken::new();
                let cancel = self.own_proof.clone();
                self.spawn_for(order.task, async move { tools.prove_locally(*order, cancel).await });
            }
            WorkEffect::StopLocal => self.own_proof.cancel(),
            WorkEffect::CheckBlock(order) => {
                let (inputs, block) = (self.inputs.clone(), order.hash);
                self.tasks.spawn_blocking(move || {
                    let checked = work::check_block(block, || order.check());
                    let _ = inputs.blocking_send(Input::Council(checked));
                });
            }
            WorkEffect::Snapshot(order) => {
                let inputs = self.inputs.clone();
                self.tasks.spawn_blocking(move || {
                    let _ = inputs.blocking_send(Input::Snapshot(Box::new(work::check_snapshot(*order))));
                });
            }
            WorkEffect::Keep { token, from, task, proof } => {
                self.spawn_for(task, async move { tools.keep(token, from, task, proof).await });
            }
            WorkEffect::Judge(order) => {
                self.spawn_for(order.task, async move { tools.judge(*order).await });
            }
            WorkEffect::Collect { order, proof } => {
                self.spawn_for(order.task, async move { tools.collect(*order, proof).await });
            }
        }
        Ok(())
    }

    fn reply(&mut self, to: Self::Owner, result: Result<Accepted, Rejected>) -> Result<(), RuntimeError> {
        // Who no longer waits for the answer does not need it.
        let _ = to.send(result);
        Ok(())
    }

    fn notify(&mut self, notice: Notice) -> Result<(), RuntimeError> {
        // Nobody may listen.
        let _ = self.notices.send(notice);
        Ok(())
    }
}
