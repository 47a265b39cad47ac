//! Work outside the loop: bytes from peers, circuits, proofs, checks. Each ends in one input.

use super::{
    job_fault::{at_build, at_proof, is_of_no_use, job_error},
    recipe_shelf::{RecipeShelf, ShelfError},
};
use crate::{
    agents::{Desk, News},
    build_gate::BuildGate,
    engine::{
        Check, CheckOrder, CouncilInput, Done, Input, InvalidBlock, JobError, ProveOrder, SnapshotChecked,
        SnapshotOrder, Token, Valid,
    },
    network::{BlobSink, Digest, Network},
    proof_check,
    store::{AwardRecipe, Blobs},
    witness,
};
use dpgn_protocol::{
    ids::{AccountId, BlockHash, InputsDigest, ProofHash, RecipeDigest, TaskId, proof_hash},
    sign::Unverified,
    statement::{public_inputs_digest, tag},
    units::{Degree, Level},
    wire::{BlobRequest, ProofStage, Wire},
};
use dpgn_prover::{
    ProveRequest, Prover, RecipeAt, RecipeSource,
    circuit::{HANDED_OUT_BYTES_MAX, INPUTS_DOMAIN, Inputs, Kind, RECIPE_DOMAIN},
    prove::Progress,
};
use std::{
    fs::File,
    io::{self, Read},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Words of progress between worker and loop.
const PROGRESS_MAX: usize = 16;

pub(super) struct Tools {
    pub(super) blobs: Blobs,
    pub(super) shelf: Arc<RecipeShelf>,
    pub(super) network: Network,
    pub(super) prover: Prover,
    pub(super) gate: BuildGate,
    /// Where agents get proofs to make; absent if this node sells nothing.
    pub(super) agents: Option<Desk>,
    pub(super) inputs: mpsc::Sender<Input>,
}

/// The limits that end a stream before its last byte.
pub(super) struct Limit {
    /// The award has ended, or was given back.
    pub(super) cancel: CancellationToken,
    /// The time that is left for it.
    pub(super) within: Duration,
    /// The least rate, bytes per second.
    pub(super) rate_min: u64,
}

impl Tools {
    pub(super) async fn done(&self, done: Done) {
        // The loop has ended: nobody is left to tell.
        let _ = self.inputs.send(Input::Done(done)).await;
    }

    pub(super) async fn get_recipe(&self, task: TaskId, from: AccountId, recipe: RecipeDigest, len: u64, limit: Limit) {
        let result = self.recipe(task, from, recipe, len, limit).await;
        self.done(Done::Recipe(task, result)).await;
    }

    async fn recipe(
        &self,
        task: TaskId,
        from: AccountId,
        recipe: RecipeDigest,
        len: u64,
        limit: Limit,
    ) -> Result<(), JobError> {
        if self.blobs.contains(&recipe) {
            // An own task's: it is no guest on this disk.
            return Ok(());
        }
        let (shelf, award) = (self.shelf.clone(), limit.cancel.clone());
        let claimed = tokio::task::spawn_blocking(move || shelf.claim(task, AwardRecipe(recipe), len, award)).await;
        claimed.unwrap_or(Err(ShelfError::Died))?;
        let digest = Digest::derived(RECIPE_DOMAIN, *recipe.as_bytes());
        let request = BlobRequest::Recipe { recipe };
        let sink = BlobSink {
            path: self.blobs.path(&AwardRecipe(recipe)),
            len_max: len,
            digest: Some(digest),
            cancel: limit.cancel.clone(),
        };
        self.fetch(from, &request, sink, limit).await
    }

    /// Gets a blob, unless it is there already. Whoever is too slow is left: the award has other uses for the time.
    async fn fetch(
        &self,
        from: AccountId,
        request: &BlobRequest,
        sink: BlobSink,
        limit: Limit,
    ) -> Result<(), JobError> {
        if sink.path.exists() {
            return Ok(());
        }
        let request = request.to_bytes().map_err(|_| JobError::Worker)?;
        // At the least rate all of it has come by then, after some seconds for its beginning.
        let at_least_rate = Duration::from_secs(5 + sink.len_max / limit.rate_min.max(1));
        let within = limit.within.min(at_least_rate);
        let fetched = tokio::select! {
            fetched = self.network.fetch_blob(from, request, sink, |_| {}) => fetched,
            () = limit.cancel.cancelled() => return Err(JobError::Cancelled),
            () = tokio::time::sleep(within) => {
                tracing::debug!(peer = %from, ?within, "a blob did not come in time");
                return Err(JobError::Unreachable);
            }
        };
        fetched.map(drop).map_err(|error| {
            tracing::debug!(peer = %from, %error, "a blob did not come");
            JobError::from(error)
        })
    }

    pub(super) async fn build(
        &self,
        task: TaskId,
        recipe: RecipeDigest,
        level: Level,
        degree_max: Degree,
        cancel: CancellationToken,
    ) {
        let _award = self.gate.award();
        let built = self.prover.build_to_prove(self.source(recipe), level, degree_max, cancel).await;
        if built.as_ref().err().is_some_and(is_of_no_use) {
            self.forget(recipe).await;
        }
        let result = built.map(|b| b.circuit).map_err(|error| job_error(&error, at_build));
        self.done(Done::Built(task, result)).await;
    }

    /// Removes a recipe that nobody can build from: the next try, if there is one, fetches it anew.
    async fn forget(&self, recipe: RecipeDigest) {
        let blobs = self.blobs.clone();
        let remove = move || blobs.remove(&recipe).and_then(|()| blobs.remove(&AwardRecipe(recipe)));
        let removed = tokio::task::spawn_blocking(remove).await;
        if !matches!(removed, Ok(Ok(()))) {
            tracing::error!(%recipe, "a recipe of no use could not be removed");
        }
    }

    pub(super) async fn get_inputs(
        &self,
        task: TaskId,
        from: AccountId,
        start: Unverified,
        inputs: InputsDigest,
        len: u64,
        limit: Limit,
    ) {
        let result = self.fetch_inputs(task, from, start, inputs, len, limit).await;
        self.done(Done::Inputs(task, result)).await;
    }

    async fn fetch_inputs(
        &self,
        task: TaskId,
        from: AccountId,
        start: Unverified,
        inputs: InputsDigest,
        len: u64,
        limit: Limit,
    ) -> Result<(), JobError> {
        if from == self.network.local_peer() {
            // Requester and prover in one: proving reads the requester's own file.
            return Ok(());
        }
        // The commitment is the hash of the very bytes: what is not committed to never gets a name here.
        let digest = Digest::derived(INPUTS_DOMAIN, *inputs.as_bytes());
        let request = BlobRequest::Inputs { task, start };
        let sink =
            BlobSink { path: self.blobs.path(&task), len_max: len, digest: Some(digest), cancel: limit.cancel.clone() };
        self.fetch(from, &request, sink, limit).await
    }

    pub(super) async fn prove(&self, order: ProveOrder, cancel: CancellationToken) {
        let task = order.task;
        let result = self.proof(order, cancel).await;
        self.done(Done::Proved(task, result)).await;
    }

    async fn proof(&self, order: ProveOrder, cancel: CancellationToken) -> Result<(ProofHash, u32), JobError> {
        let (own, blobs) = (order.clone(), self.blobs.clone());
        let read = tokio::task::spawn_blocking(move || witness::read(&blobs, &own)).await;
        let inputs = read.unwrap_or(Err(JobError::Worker))?;
        let values = self.prover.public_inputs(self.source(order.recipe), inputs.clone(), cancel.clone()).await;
        let values = values.map_err(|error| job_error(&error, at_proof))?;
        if order.challenge.is_none() && public_inputs_digest(&values) != order.statement {
            return Err(JobError::Unsatisfied);
        }
        let bytes = self.made(order, inputs, cancel).await?;
        let len = u32::try_from(bytes.len()).map_err(|_| JobError::Worker)?;
        let (proof, blobs) = (proof_hash(&bytes), self.blobs.clone());
        let kept = tokio::task::spawn_blocking(move || blobs.put(&proof, &bytes)).await;
        match kept {
            Ok(Ok(_)) => Ok((proof, len)),
            _ => Err(JobError::Worker),
        }
    }

    /// The bytes of a proof that holds: an agent's, or an own worker's if no agent makes it in time.
    async fn made(&self, order: ProveOrder, inputs: Inputs, cancel: CancellationToken) -> Result<Vec<u8>, JobError> {
        let is_for_agents = is_for_agents(&self.path_of(order.recipe), inputs.as_bytes().len() as u64).unwrap_or(false);
        let Some(agents) = self.agents.as_ref().filter(|_| is_for_agents) else {
            return self.own(order, inputs, cancel).await;
        };
        let mut offered = agents.offer(order.clone()).await;
        tokio::select! {
            () = cancel.cancelled() => return Err(JobError::Cancelled),
            news = offered.next() => match news {
                Some(News::Made(proof)) => return Ok(proof),
                Some(News::Left) | None => {}
            },
        }
        let own = tokio::select! {
            proof = offered.made() => return Ok(proof),
            own = self.own(order, inputs, cancel.clone()) => own,
        };
        // An own worker that fails takes nothing from the agent that is at work: the award's windows are the limit.
        match own {
            Err(error) if offered.is_held().await => tokio::select! {
                proof = offered.made() => Ok(proof),
                () = cancel.cancelled() => Err(error),
            },
            own => own,
        }
    }

    async fn own(&self, order: ProveOrder, inputs: Inputs, cancel: CancellationToken) -> Result<Vec<u8>, JobError> {
        let statement = order.challenge.is_none().then_some(order.statement);
        let request = ProveRequest {
            recipe: self.source(order.recipe),
            circuit: order.circuit,
            level: order.level,
            degree_max: order.degree,
            inputs,
            tag: tag(order.task, order.prover),
        };
        let task = order.task;
        let progress = self.pass_on(move |stage, permille| Done::Proving { task, proof_stage: stage, permille });
        let proved = self.prover.prove(request, progress, cancel).await;
        let proved = proved.map_err(|error| job_error(&error, at_proof))?;
        if statement.is_some_and(|statement| statement != public_inputs_digest(&proved.public_inputs)) {
            // An application's circuit that is not the same each time it is built. Delivered, it would cost the collateral.
            tracing::error!(task = %order.task, "the proof says other than what its inputs said: it is not delivered");
            return Err(JobError::Worker);
        }
        Ok(proved.proof)
    }

    /// The channel on which a worker reports its progress.
    pub(super) fn pass_on(&self, said: impl Fn(ProofStage, u16) -> Done + Send + 'static) -> mpsc::Sender<Progress> {
        let (sender, mut receiver) = mpsc::channel::<Progress>(PROGRESS_MAX);
        let inputs = self.inputs.clone();
        tokio::spawn(async move {
            while let Some(Progress { stage, permille }) = receiver.recv().await {
                // News that does not fit is old by the time it would.
                let _ = inputs.try_send(Input::Done(said(stage, permille)));
            }
        });
        sender
    }

    pub(super) async fn keep(&self, token: Option<Token>, from: AccountId, task: TaskId, bytes: Vec<u8>) {
        let (blobs, proof) = (self.blobs.clone(), proof_hash(&bytes));
        let kept = tokio::task::spawn_blocking(move || blobs.put(&proof, &bytes)).await;
        let is_on_disk = matches!(kept, Ok(Ok(_)));
        self.done(Done::Kept { task, from, proof, token, is_on_disk }).await;
    }

    pub(super) async fn judge(&self, order: CheckOrder) {
        let (task, proof) = (order.task, order.proof);
        let check = self.check(&order, None).await;
        self.done(Done::Judged { task, proof, check }).await;
    }

    pub(super) async fn collect(&self, order: CheckOrder, bytes: Option<Vec<u8>>) {
        let mut check = self.check(&order, bytes).await;
        if matches!(check, Check::Found(finding) if finding.is_valid()) {
            let (blobs, circuit, data) = (self.blobs.clone(), order.circuit, order.verifier_data.clone());
            let kept = tokio::task::spawn_blocking(move || blobs.put(&circuit, &data)).await;
            if !matches!(kept, Ok(Ok(_))) {
                tracing::error!("what checks the proof could not be written");
                check = Check::Unfinished;
            }
        }
        self.done(Done::Collected { task: order.task, check }).await;
    }

    /// Checks these bytes, once they are written, or those on disk.
    async fn check(&self, order: &CheckOrder, bytes: Option<Vec<u8>>) -> Check {
        let (blobs, proof) = (self.blobs.clone(), order.proof);
        let read = tokio::task::spawn_blocking(move || match bytes {
            Some(bytes) => blobs.put(&proof, &bytes).map(|_| Some(bytes)),
            None => blobs.read(&proof).map(|read| read.map(|bytes| bytes.to_vec())),
        });
        let bytes = match read.await {
            Ok(Ok(Some(bytes))) => bytes,
            Ok(Ok(None)) => return Check::Absent,
            Ok(Err(error)) => {
                tracing::warn!(%error, "a proof cannot be read or written");
                return Check::Unfinished;
            }
            Err(_) => return Check::Unfinished,
        };
        proof_check::check(&self.prover, order, bytes).await
    }

    pub(super) fn source(&self, recipe: RecipeDigest) -> RecipeSource {
        RecipeSource { digest: recipe, at: RecipeAt::File(self.path_of(recipe)) }
    }

    /// Where a recipe lies: among those of own tasks, or among others'.
    fn path_of(&self, recipe: RecipeDigest) -> PathBuf {
        if self.blobs.contains(&recipe) { self.blobs.path(&recipe) } else { self.blobs.path(&AwardRecipe(recipe)) }
    }
}

/// Whether agents may be asked for the proof of the recipe in this file. What is large is not copied for whoever asks, and which
/// builders of applications an agent has is not known: the own workers make those.
fn is_for_agents(recipe: &Path, inputs_len: u64) -> io::Result<bool> {
    let mut file = File::open(recipe)?;
    let mut kind = [0];
    file.read_exact(&mut kind)?;
    let is_small = file.metadata()?.len().saturating_add(inputs_len) <= HANDED_OUT_BYTES_MAX;
    Ok(is_small && kind != [Kind::Custom.number()])
}

/// Checks parts of a snapshot. Whoever waits for the result is told, too, if there will be none.
pub(super) fn check_snapshot(order: SnapshotOrder) -> SnapshotChecked {
    let unfinished = order.unfinished();
    finished_or(unfinished, || order.check())
}

/// Checks a block. A check that panics comes to no verdict, and says so: no block waits for one for ever.
pub(super) fn check_block(block: BlockHash, check: impl FnOnce() -> Result<Valid, InvalidBlock>) -> CouncilInput {
    finished_or(CouncilInput::Unchecked { block }, || {
        let result = check().map(Box::new).map_err(Box::new);
        CouncilInput::Checked { block, result }
    })
}

/// What some work comes to, or this if it panics; the hook for panics has told why.
fn finished_or<T>(unfinished: T, work: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(unfinished)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_panics_comes_to_a_result() {
        assert_eq!((finished_or(1, || 2), finished_or(1, || panic!("a fault of this program"))), (2, 1));
    }

    /// The thread was gone, and the engine waited for ever.
    #[test]
    fn a_check_of_a_block_that_panics_is_answered() {
        let block = BlockHash::from_bytes([1; 32]);
        let answer = check_block(block, || panic!("a fault of this program"));
        assert!(matches!(answer, CouncilInput::Unchecked { block: of } if of == block));
    }
}
