//! Effects, carried out in order.

use super::{Asker, Runtime, RuntimeError, ingress::publish, on_disk, publish_later, work};
use crate::{
    consensus,
    engine::{Call, CallError, Done, Effect, Input, JobError},
    network::{RequestError, Topic},
};
use dpgn_protocol::{
    block::Decided,
    bounded::{Bytes, List},
    ids::{AccountId, ProofHash, TaskId, proof_hash},
    limits::{RESPONSE_BYTES_MAX, SYNC_BLOCKS_MAX},
    units::Height,
    wire::{Refusal, Request, Response, Wire},
};
use tokio_util::sync::CancellationToken;

impl Runtime {
    pub(super) async fn execute(&mut self, effect: Effect) -> Result<(), RuntimeError> {
        match effect {
            Effect::Commit { decided, snapshot, tasks } => {
                let disk = self.disk.clone();
                on_disk(move || disk.commit(&decided, snapshot.as_deref(), &tasks)).await?;
            }
            Effect::SaveTask(record) => {
                let disk = self.disk.clone();
                on_disk(move || disk.put_task(&record)).await?;
            }
            Effect::SaveJob(record) => {
                let disk = self.disk.clone();
                on_disk(move || disk.put_job(&record)).await?;
            }
            Effect::ForgetJob(task) => {
                let disk = self.disk.clone();
                on_disk(move || disk.forget_job(task)).await?;
            }
            Effect::ForgetInputs(inputs) => {
                let blobs = self.disk.blobs.clone();
                on_disk(move || Ok(blobs.remove(&inputs)?)).await?;
            }
            Effect::Sweep { proofs, recipes } => {
                let disk = self.disk.clone();
                self.state.tasks.spawn_blocking(move || {
                    if let Err(error) = disk.forget_but(&proofs, &recipes) {
                        tracing::warn!(%error, "what nobody needs could not be removed");
                    }
                });
            }
            Effect::StartHeight(height, committee) => {
                let disk = self.disk.clone();
                let voted = on_disk(move || Ok(disk.store.vote(height)?)).await?.map(Box::new);
                self.decide(consensus::Input::Start { height, committee, voted }).await?;
            }
            Effect::Propose(block) => self.decide(consensus::Input::Value(block)).await?,
            Effect::Reply(token, result) => {
                if let Some(Asker::Owner(reply)) = self.state.askers.remove(&token) {
                    let _ = reply.send(result);
                }
            }
            Effect::Notify(notice) => {
                let _ = self.notices.send(notice);
            }
            Effect::Halt(why) => return Err(RuntimeError::Halt(why)),
            other => self.reach_out(other),
        }
        Ok(())
    }

    /// Effects on peers and workers: nothing here is waited for.
    fn reach_out(&mut self, effect: Effect) {
        match effect {
            Effect::GossipOps(ops) => {
                self.state.gathered.extend(ops);
                publish_later(&mut self.state.gathered_since);
            }
            Effect::GossipDecided(decided) => publish(&self.network, Topic::Blocks, decided.to_bytes()),
            Effect::GossipVerdict(verdict) => {
                publish(&self.network, Topic::Verdicts, dpgn_protocol::codec::encode(verdict.raw()));
            }
            Effect::GossipProgress(progress) => {
                publish(&self.network, Topic::Progress, dpgn_protocol::codec::encode(progress.raw()));
                self.state.own.push_back(Input::Progress(*progress));
            }
            Effect::Ask { to, call, request } => self.ask_peer(to, call, request),
            Effect::PushProof { to, task, proof } => self.push_proof(to, task, proof),
            Effect::Answer(token, response) => self.answer(token, response),
            Effect::AnswerBlocks(token, from) => self.answer_blocks(token, from),
            Effect::AnswerProof(token, proof) => self.answer_proof(token, proof),
            Effect::KeepProof { token, from, task, proof } => self.keep_proof(token, from, task, proof),
            Effect::ServeRecipe(token, recipe) => {
                let path = self.disk.blobs.path(&recipe);
                self.serve(token, path);
            }
            Effect::ServeInputs(token, inputs) => {
                let path = self.disk.blobs.path(&inputs);
                self.serve(token, path);
            }
            Effect::RefuseBlob(token, refusal) => {
                if let Some(Asker::Blob(token)) = self.state.askers.remove(&token) {
                    self.network.refuse(token, refusal);
                }
            }
            Effect::Penalise(peer, why) => {
                tracing::warn!(%peer, why, "a peer broke the rules");
                self.network.penalise(peer, crate::network::Offence::Lied);
            }
            other => self.work(other),
        }
    }

    /// Effects that are work for others.
    fn work(&mut self, effect: Effect) {
        let tools = work::Tools {
            blobs: self.disk.blobs.clone(),
            network: self.network.clone(),
            prover: self.prover.clone(),
            inputs: self.inputs.clone(),
        };
        let tasks = &self.state.tasks;
        match effect {
            Effect::GetRecipe { task, from, recipe, len } => {
                tasks.spawn(async move { tools.get_recipe(task, from, recipe, len).await });
            }
            Effect::Build { task, recipe, level, degree_max } => {
                let cancel = self.state.proving.entry(task).or_default().clone();
                tasks.spawn(async move { tools.build(task, recipe, level, degree_max, cancel).await });
            }
            Effect::GetInputs { task, from, start, inputs, len } => {
                tasks.spawn(async move { tools.get_inputs(task, from, start.to_raw(), inputs, len).await });
            }
            Effect::Prove(order) => {
                let cancel = CancellationToken::new();
                self.state.proving.insert(order.task, cancel.clone());
                tasks.spawn(async move { tools.prove(*order, cancel).await });
            }
            Effect::StopProving(task) => {
                if let Some(cancel) = self.state.proving.remove(&task) {
                    cancel.cancel();
                }
            }
            Effect::Judge(order) => {
                tasks.spawn(async move { tools.judge(*order).await });
            }
            Effect::Collect { order, proof } => {
                tasks.spawn(async move { tools.collect(*order, proof).await });
            }
            other => tracing::error!(effect = ?std::mem::discriminant(&other), "an effect nobody carries out"),
        }
    }

    fn ask_peer(&mut self, to: AccountId, call: Call, request: Request) {
        if to == self.account {
            let token = self.token(Asker::Own(call));
            return self.state.own.push_back(Input::Asked { from: to, token, request });
        }
        let (network, inputs, id) = (self.network.clone(), self.inputs.clone(), self.id);
        self.state.tasks.spawn(async move {
            let mut result = send(&network, to, &request).await;
            if let (Call::Blocks(from), Ok(Response::Blocks(blocks))) = (&call, &mut result) {
                let blocks = std::mem::take(blocks);
                // The engine needs to know only whether there were any.
                result = Ok(Response::Blocks(feed_blocks(&inputs, *from, id, blocks).await));
            }
            let _ = inputs.send(Input::Answered { call, result }).await;
        });
    }

    fn push_proof(&mut self, to: AccountId, task: TaskId, proof: ProofHash) {
        if to == self.account {
            return self.state.own.push_back(Input::Done(Done::Kept { task, from: to, proof }));
        }
        let (network, inputs, blobs) = (self.network.clone(), self.inputs.clone(), self.disk.blobs.clone());
        self.state.tasks.spawn(async move {
            let read = tokio::task::spawn_blocking(move || blobs.read(&proof)).await;
            let result = match read {
                Ok(Ok(Some(bytes))) => match Bytes::new(bytes.to_vec()) {
                    Ok(proof) => send(&network, to, &Request::PushProof { task, proof }).await,
                    Err(_) => Err(CallError::Malformed),
                },
                _ => {
                    tracing::error!(%task, %proof, "a proof of ours is not on disk");
                    Err(CallError::Malformed)
                }
            };
            let _ = inputs.send(Input::Answered { call: Call::Push { task, to }, result }).await;
        });
    }

    fn answer(&mut self, token: u64, response: Response) {
        match self.state.askers.remove(&token) {
            Some(Asker::Peer(token)) => self.respond(token, &response),
            Some(Asker::Own(call)) => self.state.own.push_back(Input::Answered { call, result: Ok(response) }),
            _ => {}
        }
    }

    /// Answers from disk, off the loop.
    fn answer_with(&mut self, token: u64, read: impl FnOnce() -> Response + Send + 'static) {
        match self.state.askers.remove(&token) {
            Some(Asker::Peer(token)) => {
                let network = self.network.clone();
                self.state.tasks.spawn_blocking(move || {
                    let response = read();
                    let sent = response.to_bytes().map(|bytes| network.respond(token, bytes));
                    if !matches!(sent, Ok(Ok(()))) {
                        tracing::debug!("an answer from disk was not sent");
                    }
                });
            }
            Some(Asker::Own(call)) => {
                let inputs = self.inputs.clone();
                self.state.tasks.spawn(async move {
                    let read = tokio::task::spawn_blocking(read).await;
                    let result = read.map_err(|_| CallError::Malformed);
                    let _ = inputs.send(Input::Answered { call, result }).await;
                });
            }
            _ => {}
        }
    }

    fn answer_blocks(&mut self, token: u64, from: Height) {
        let disk = self.disk.clone();
        self.answer_with(token, move || {
            // Room for what is around the blocks.
            let room = RESPONSE_BYTES_MAX - 1_024;
            match disk.store.blocks_from(from, room).map(List::new) {
                Ok(Ok(blocks)) => Response::Blocks(blocks),
                _ => Response::Refused(Refusal::Busy),
            }
        });
    }

    fn answer_proof(&mut self, token: u64, proof: ProofHash) {
        let blobs = self.disk.blobs.clone();
        self.answer_with(token, move || match blobs.read(&proof).ok().flatten().map(|b| Bytes::new(b.to_vec())) {
            Some(Ok(bytes)) => Response::Proof(bytes),
            _ => Response::Refused(Refusal::NotFound),
        });
    }

    fn keep_proof(&mut self, token: u64, from: AccountId, task: TaskId, bytes: Vec<u8>) {
        let (blobs, inputs, network) = (self.disk.blobs.clone(), self.inputs.clone(), self.network.clone());
        let asker = self.state.askers.remove(&token);
        self.state.tasks.spawn(async move {
            let proof = proof_hash(&bytes);
            let kept = tokio::task::spawn_blocking(move || blobs.put(&proof, &bytes)).await;
            let response = match kept {
                Ok(Ok(_)) => {
                    let _ = inputs.send(Input::Done(Done::Kept { task, from, proof })).await;
                    Response::Accepted
                }
                _ => Response::Refused(Refusal::Busy),
            };
            if let (Some(Asker::Peer(token)), Ok(bytes)) = (asker, response.to_bytes()) {
                let _ = network.respond(token, bytes);
            }
        });
    }

    fn serve(&mut self, token: u64, path: std::path::PathBuf) {
        let Some(Asker::Blob(token)) = self.state.askers.remove(&token) else { return };
        if path.exists() {
            self.network.serve_blob(token, path);
        } else {
            self.network.refuse(token, Refusal::NotFound);
        }
    }
}

async fn send(network: &crate::network::Network, to: AccountId, request: &Request) -> Result<Response, CallError> {
    let bytes = request.to_bytes().map_err(|_| CallError::Malformed)?;
    let answer = network.request(to, bytes).await.map_err(|error| {
        tracing::debug!(peer = %to, %error, "no answer");
        match error {
            RequestError::Refused => CallError::Refused(Refusal::Busy),
            _ => CallError::Unreachable,
        }
    })?;
    match Response::from_bytes(&answer) {
        Ok(Response::Refused(refusal)) => Err(CallError::Refused(refusal)),
        Ok(response) => Ok(response),
        Err(error) => {
            tracing::debug!(peer = %to, %error, "a malformed answer");
            network.penalise(to, crate::network::Offence::Malformed);
            Err(CallError::Malformed)
        }
    }
}

/// Feeds synced blocks in order and leaves the last as a sign that there were some; stops at the first bad one.
async fn feed_blocks(
    inputs: &tokio::sync::mpsc::Sender<Input>,
    from: AccountId,
    network: dpgn_protocol::ids::NetworkId,
    blocks: List<Decided, SYNC_BLOCKS_MAX>,
) -> List<Decided, SYNC_BLOCKS_MAX> {
    let mut last = None;
    for decided in blocks.into_vec() {
        let checked = tokio::task::spawn_blocking(move || {
            let ops = super::ingress::verify_ops(&decided, network);
            (decided, ops)
        });
        let Ok((decided, Ok(ops))) = checked.await else { break };
        last = Some(decided.clone());
        let input = Input::Decided { from: Some(from), decided: Box::new(decided), ops };
        if inputs.send(input).await.is_err() {
            break;
        }
    }
    List::new(last.into_iter().collect()).unwrap_or_default()
}

impl From<crate::network::FetchError> for JobError {
    fn from(error: crate::network::FetchError) -> Self {
        use crate::network::FetchError as E;
        match error {
            E::Refused(_) => Self::Refused,
            E::TooLong { .. } | E::WrongDigest | E::Malformed { .. } => Self::Wrong,
            E::Disk { .. } => Self::Worker,
            _ => Self::Unreachable,
        }
    }
}
