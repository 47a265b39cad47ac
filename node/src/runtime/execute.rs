//! Effects, carried out in order.

use super::{ReplyTo, Runtime, RuntimeError, ingress::publish, on_disk, publish_later, work};
use crate::{
    consensus,
    engine::{
        Answer, BlobAnswer, Call, CallError, ConsensusEffect, DiskEffect, Done, Effect, Input, JobError, PeerEffect,
        Token, WorkEffect,
    },
    network::{RequestError, Topic},
};
use dpgn_protocol::{
    block::Decided,
    bounded::{Bytes, List},
    ids::{AccountId, ProofHash, TaskId},
    limits::{RESPONSE_BYTES_MAX, SYNC_BLOCKS_MAX},
    units::Height,
    wire::{Refusal, Request, Response, Wire},
};
use tokio_util::sync::CancellationToken;

impl Runtime {
    pub(super) async fn execute(&mut self, effect: Effect) -> Result<(), RuntimeError> {
        match effect {
            Effect::Disk(effect) => self.change(effect).await?,
            Effect::Consensus(ConsensusEffect::StartHeight(height, committee)) => {
                let disk = self.disk.clone();
                let voted = on_disk(move || Ok(disk.store.vote(height)?)).await?.map(Box::new);
                self.decide(consensus::Input::Start { height, committee, voted }).await?;
            }
            Effect::Consensus(ConsensusEffect::Propose(block)) => self.decide(consensus::Input::Value(block)).await?,
            Effect::Peer(effect) => self.say(effect),
            Effect::Answer(token, answer) => self.answer(token, answer),
            Effect::Stream(token, answer) => self.stream(token, answer),
            Effect::Work(effect) => self.work(effect),
            Effect::Reply(token, result) => {
                if let Some(ReplyTo::Owner(reply)) = self.state.waiting.remove(&token) {
                    let _ = reply.send(result);
                }
            }
            Effect::Notify(notice) => {
                let _ = self.notices.send(notice);
            }
            Effect::Halt(why) => return Err(why.into()),
        }
        Ok(())
    }

    /// Changes what is on disk; durable when it returns.
    async fn change(&self, effect: DiskEffect) -> Result<(), RuntimeError> {
        let disk = self.disk.clone();
        match effect {
            DiskEffect::Commit { decided, snapshot, tasks } => {
                on_disk(move || disk.commit(&decided, snapshot.as_deref(), &tasks)).await
            }
            DiskEffect::SaveTask(record) => on_disk(move || disk.put_task(&record)).await,
            DiskEffect::SaveJob(record) => on_disk(move || disk.put_job(&record)).await,
            DiskEffect::ForgetJob(task) => on_disk(move || disk.forget_job(task)).await,
            DiskEffect::ForgetInputs(inputs) => on_disk(move || Ok(disk.blobs.remove(&inputs)?)).await,
            DiskEffect::Sweep { proofs, recipes } => {
                self.state.tasks.spawn_blocking(move || {
                    if let Err(error) = disk.forget_but(&proofs, &recipes) {
                        tracing::warn!(%error, "what nobody needs could not be removed");
                    }
                });
                Ok(())
            }
        }
    }

    /// Speaks to peers; nothing here is waited for.
    fn say(&mut self, effect: PeerEffect) {
        match effect {
            PeerEffect::GossipOps(ops) => {
                self.state.gathered.extend(ops);
                publish_later(&mut self.state.gathered_since);
            }
            PeerEffect::GossipDecided(decided) => publish(&self.network, Topic::Blocks, decided.to_bytes()),
            PeerEffect::GossipVerdict(verdict) => {
                publish(&self.network, Topic::Verdicts, dpgn_protocol::codec::encode(verdict.raw()));
            }
            PeerEffect::GossipProgress(progress) => {
                publish(&self.network, Topic::Progress, dpgn_protocol::codec::encode(progress.raw()));
                self.state.own.push_back(Input::Progress(*progress));
            }
            PeerEffect::Ask { to, call, request } => self.ask_peer(to, call, request),
            PeerEffect::PushProof { to, task, proof } => self.push_proof(to, task, proof),
            PeerEffect::Penalise(peer, why) => {
                tracing::warn!(%peer, why, "a peer broke the rules");
                self.network.penalise(peer, crate::network::Offence::Lied);
            }
        }
    }

    /// Starts or stops work outside the loop.
    fn work(&mut self, effect: WorkEffect) {
        let tools = work::Tools {
            blobs: self.disk.blobs.clone(),
            network: self.network.clone(),
            prover: self.prover.clone(),
            inputs: self.inputs.clone(),
        };
        let tasks = &self.state.tasks;
        match effect {
            WorkEffect::GetRecipe { task, from, recipe, len } => {
                tasks.spawn(async move { tools.get_recipe(task, from, recipe, len).await });
            }
            WorkEffect::Build { task, recipe, level, degree_max } => {
                let cancel = self.state.proving.entry(task).or_default().clone();
                tasks.spawn(async move { tools.build(task, recipe, level, degree_max, cancel).await });
            }
            WorkEffect::GetInputs { task, from, start, inputs, len } => {
                tasks.spawn(async move { tools.get_inputs(task, from, start.to_raw(), inputs, len).await });
            }
            WorkEffect::Prove(order) => {
                let cancel = CancellationToken::new();
                self.state.proving.insert(order.task, cancel.clone());
                tasks.spawn(async move { tools.prove(*order, cancel).await });
            }
            WorkEffect::StopProving(task) => {
                if let Some(cancel) = self.state.proving.remove(&task) {
                    cancel.cancel();
                }
            }
            WorkEffect::Keep { token, from, task, proof } => {
                tasks.spawn(async move { tools.keep(token, from, task, proof).await });
            }
            WorkEffect::Judge(order) => {
                tasks.spawn(async move { tools.judge(*order).await });
            }
            WorkEffect::Collect { order, proof } => {
                tasks.spawn(async move { tools.collect(*order, proof).await });
            }
        }
    }

    fn ask_peer(&mut self, to: AccountId, call: Call, request: Request) {
        if to == self.account {
            let token = self.token(ReplyTo::Own(call));
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
            let kept = Done::Kept { task, from: to, proof, token: None, is_on_disk: true };
            return self.state.own.push_back(Input::Done(kept));
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

    fn answer(&mut self, token: Token, answer: Answer) {
        match answer {
            Answer::Response(response) => match self.state.waiting.remove(&token) {
                Some(ReplyTo::Peer(token)) => self.respond(token, &response),
                Some(ReplyTo::Own(call)) => self.state.own.push_back(Input::Answered { call, result: Ok(response) }),
                Some(ReplyTo::Blob(_) | ReplyTo::Owner(_)) | None => {}
            },
            Answer::Blocks(from) => self.answer_blocks(token, from),
            Answer::Proof(proof) => self.answer_proof(token, proof),
        }
    }

    fn stream(&mut self, token: Token, answer: BlobAnswer) {
        let Some(ReplyTo::Blob(token)) = self.state.waiting.remove(&token) else { return };
        let path = match answer {
            BlobAnswer::Recipe(recipe) => self.disk.blobs.path(&recipe),
            BlobAnswer::Inputs(inputs) => self.disk.blobs.path(&inputs),
            BlobAnswer::Refuse(refusal) => return self.network.refuse(token, refusal),
        };
        if path.exists() {
            self.network.serve_blob(token, path);
        } else {
            self.network.refuse(token, Refusal::NotFound);
        }
    }

    /// Answers from disk, off the loop.
    fn answer_with(&mut self, token: Token, read: impl FnOnce() -> Response + Send + 'static) {
        match self.state.waiting.remove(&token) {
            Some(ReplyTo::Peer(token)) => {
                let network = self.network.clone();
                self.state.tasks.spawn_blocking(move || {
                    let response = read();
                    let sent = response.to_bytes().map(|bytes| network.respond(token, bytes));
                    if !matches!(sent, Ok(Ok(()))) {
                        tracing::debug!("an answer from disk was not sent");
                    }
                });
            }
            Some(ReplyTo::Own(call)) => {
                let inputs = self.inputs.clone();
                self.state.tasks.spawn(async move {
                    let read = tokio::task::spawn_blocking(read).await;
                    let result = read.map_err(|_| CallError::Malformed);
                    let _ = inputs.send(Input::Answered { call, result }).await;
                });
            }
            Some(ReplyTo::Blob(_) | ReplyTo::Owner(_)) | None => {}
        }
    }

    fn answer_blocks(&mut self, token: Token, from: Height) {
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

    fn answer_proof(&mut self, token: Token, proof: ProofHash) {
        let blobs = self.disk.blobs.clone();
        self.answer_with(token, move || match blobs.read(&proof).ok().flatten().map(|b| Bytes::new(b.to_vec())) {
            Some(Ok(bytes)) => Response::Proof(bytes),
            _ => Response::Refused(Refusal::NotFound),
        });
    }
}

async fn send(network: &crate::network::Network, to: AccountId, request: &Request) -> Result<Response, CallError> {
    let bytes = request.to_bytes().map_err(|_| CallError::Malformed)?;
    let answer = network.request(to, bytes).await.map_err(|error| {
        tracing::debug!(peer = %to, %error, "no answer");
        match error {
            RequestError::Refused => CallError::Refused(Refusal::Busy),
            RequestError::Connect(_)
            | RequestError::TooLarge { .. }
            | RequestError::TimedOut { .. }
            | RequestError::Unsupported
            | RequestError::Broken { .. }
            | RequestError::Busy
            | RequestError::Stopped => CallError::Unreachable,
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
            E::Disk { .. } | E::RequestTooLarge { .. } => Self::Worker,
            // Our own network has too much to do.
            E::Busy | E::InUse { .. } => Self::Busy,
            E::Connect(_) | E::Stalled { .. } | E::Broken { .. } | E::Unsupported | E::Stopped => Self::Unreachable,
        }
    }
}
