//! The runtime as a host: carries effects out on a real disk, a real network and real workers.

use super::{
    RuntimeError,
    ask::{self, respond},
    disk::Disk,
    ingress::publish,
    on_disk, work,
};
use crate::{
    clock::now,
    driver::Host,
    engine::{Accepted, Answer, BlobAnswer, DiskEffect, Input, Notice, PeerEffect, Rejected, WorkEffect},
    network::{BlobToken, Network, Offence, ResponseToken, Topic},
};
use dpgn_protocol::{
    block::{Block, Vote},
    bounded::{Bytes, List},
    codec,
    ids::{NetworkId, TaskId},
    limits::RESPONSE_BYTES_MAX,
    ops::RawOp,
    units::{Height, Timestamp},
    wire::{Refusal, Response, Wire},
};
use dpgn_prover::Prover;
use std::collections::BTreeMap;
use tokio::{
    sync::{broadcast, mpsc, oneshot},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::Instrument;

/// Disk, network and workers of a node.
pub(crate) struct NodeHost {
    pub(crate) network_id: NetworkId,
    pub(crate) disk: Disk,
    pub(crate) network: Network,
    pub(crate) prover: Prover,
    pub(crate) notices: broadcast::Sender<Notice>,
    /// Where work outside the loop says what it came to.
    pub(crate) inputs: mpsc::Sender<Input>,
    pub(crate) tasks: TaskTracker,
    /// Ops that wait to be gossiped together.
    pub(super) gathered: Vec<RawOp>,
    /// When the first of them came; absent if there are none.
    pub(super) gathered_since: Option<Instant>,
    /// What stops the work for each award.
    pub(super) working: BTreeMap<TaskId, CancellationToken>,
}

impl NodeHost {
    pub(crate) fn new(
        network_id: NetworkId,
        disk: Disk,
        network: Network,
        prover: Prover,
        notices: broadcast::Sender<Notice>,
        inputs: mpsc::Sender<Input>,
    ) -> Self {
        let (gathered, working) = (Vec::new(), BTreeMap::new());
        let tasks = TaskTracker::new();
        Self { network_id, disk, network, prover, notices, inputs, tasks, gathered, gathered_since: None, working }
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
            DiskEffect::SaveTask(record) => on_disk(move || disk.put_task(&record)).await,
            DiskEffect::SaveJob(record) => on_disk(move || disk.put_job(&record)).await,
            DiskEffect::ForgetJob(task) => on_disk(move || disk.forget_job(task)).await,
            DiskEffect::ForgetInputs(inputs) => on_disk(move || Ok(disk.blobs.remove(&inputs)?)).await,
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

    async fn vote(&mut self, height: Height) -> Result<Option<(Vote, Block)>, RuntimeError> {
        let disk = self.disk.clone();
        on_disk(move || Ok(disk.store.vote(height)?)).await
    }

    async fn record_vote(&mut self, vote: Vote, body: Box<Block>) -> Result<(), RuntimeError> {
        let disk = self.disk.clone();
        on_disk(move || disk.record_vote(vote, &body)).await
    }

    fn say(&mut self, effect: PeerEffect) -> Result<(), RuntimeError> {
        match effect {
            PeerEffect::GossipOps(ops) => {
                self.gathered.extend(ops);
                self.gathered_since.get_or_insert_with(Instant::now);
            }
            PeerEffect::GossipDecided(decided) => publish(&self.network, Topic::Blocks, decided.to_bytes()),
            PeerEffect::GossipVerdict(verdict) => {
                publish(&self.network, Topic::Verdicts, codec::encode(verdict.raw()));
            }
            PeerEffect::GossipProgress(progress) => {
                publish(&self.network, Topic::Progress, codec::encode(progress.raw()));
            }
            PeerEffect::Ask { to, call, request } => {
                let about = call.task();
                let asking = ask::ask(self.network.clone(), self.network_id, self.inputs.clone(), to, call, request);
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

    /// What lies on disk is read and sent off the loop.
    fn answer(&mut self, to: ResponseToken, answer: Answer) -> Result<(), RuntimeError> {
        let (disk, network) = (self.disk.clone(), self.network.clone());
        match answer {
            Answer::Response(response) => respond(&network, to, &response),
            Answer::Blocks(from) => {
                self.tasks.spawn_blocking(move || respond(&network, to, &blocks_from(&disk, from)));
            }
            Answer::Proof(proof) => {
                self.tasks.spawn_blocking(move || {
                    let bytes = disk.blobs.read(&proof).ok().flatten().map(|bytes| Bytes::new(bytes.to_vec()));
                    let response = match bytes {
                        Some(Ok(bytes)) => Response::Proof(bytes),
                        Some(Err(_)) | None => Response::Refused(Refusal::NotFound),
                    };
                    respond(&network, to, &response);
                });
            }
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
            network: self.network.clone(),
            prover: self.prover.clone(),
            inputs: self.inputs.clone(),
        };
        match effect {
            WorkEffect::GetRecipe { task, from, recipe, len } => {
                self.spawn_for(task, async move { tools.get_recipe(task, from, recipe, len).await });
            }
            WorkEffect::Build { task, recipe, level, degree_max } => {
                let cancel = self.working.entry(task).or_default().clone();
                self.spawn_for(task, async move { tools.build(task, recipe, level, degree_max, cancel).await });
            }
            WorkEffect::GetInputs { task, from, start, inputs, len } => {
                self.spawn_for(task, async move { tools.get_inputs(task, from, start.to_raw(), inputs, len).await });
            }
            WorkEffect::Prove(order) => {
                let cancel = CancellationToken::new();
                self.working.insert(order.task, cancel.clone());
                self.spawn_for(order.task, async move { tools.prove(*order, cancel).await });
            }
            WorkEffect::StopProving(task) => {
                if let Some(cancel) = self.working.remove(&task) {
                    cancel.cancel();
                }
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

fn blocks_from(disk: &Disk, from: Height) -> Response {
    // Room for what is around the blocks.
    let room = RESPONSE_BYTES_MAX - 1_024;
    match disk.store.blocks_from(from, room).map(List::new) {
        Ok(Ok(blocks)) => Response::Blocks(blocks),
        Ok(Err(_)) | Err(_) => Response::Refused(Refusal::Busy),
    }
}
