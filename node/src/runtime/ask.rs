//! Questions to peers, each a task of its own that ends in one input; and answers to theirs.

use crate::{
    driver::verify_ops,
    engine::{Call, CallError, Input, JobError},
    network::{FetchError, Network, Offence, Portion, RequestError, ResponseToken},
    store::Blobs,
};
use dpgn_protocol::{
    block::Decided,
    bounded::{Bytes, List},
    codec::{DecodeError, EncodeError},
    ids::{AccountId, NetworkId, ProofHash, TaskId},
    limits::SYNC_BLOCKS_MAX,
    wire::{Refusal, Request, Response, Wire},
};
use tokio::sync::mpsc;

/// Asks a peer. Blocks in the answer are fed one by one before the answer itself is.
pub(super) async fn ask(
    network: Network,
    id: NetworkId,
    inputs: mpsc::Sender<Input>,
    to: AccountId,
    call: Call,
    request: Request,
) {
    let (mut result, _held) = send(&network, to, &request).await;
    if let (Call::Blocks(from), Ok(Response::Blocks(blocks))) = (&call, &mut result) {
        let blocks = std::mem::take(blocks);
        // The engine needs to know only whether there were any.
        result = Ok(Response::Blocks(feed_blocks(&inputs, *from, id, blocks).await));
    }
    let _ = inputs.send(Input::Answered { call, result }).await;
}

/// Sends the bytes of a proof that is on disk to a coordinator.
pub(super) async fn push_proof(
    network: Network,
    inputs: mpsc::Sender<Input>,
    blobs: Blobs,
    to: AccountId,
    task: TaskId,
    proof: ProofHash,
) {
    let read = tokio::task::spawn_blocking(move || blobs.read(&proof)).await;
    let result = match read {
        Ok(Ok(Some(bytes))) => match Bytes::new(bytes.to_vec()) {
            Ok(proof) => send(&network, to, &Request::PushProof { task, proof }).await.0,
            Err(_) => Err(CallError::Malformed),
        },
        Ok(Ok(None) | Err(_)) | Err(_) => {
            tracing::error!(%task, %proof, "a proof of ours is not on disk");
            Err(CallError::Malformed)
        }
    };
    let _ = inputs.send(Input::Answered { call: Call::Push { task, to }, result }).await;
}

/// Sends an answer to a peer that asked.
pub(super) fn respond(network: &Network, to: ResponseToken, response: Result<Vec<u8>, EncodeError>) {
    match response {
        Ok(bytes) => {
            if let Err(error) = network.respond(to, bytes) {
                tracing::debug!(%error, "an answer was not sent");
            }
        }
        Err(error) => tracing::error!(%error, "an answer could not be encoded"),
    }
}

/// Asks; what was decoded counts among the answers in memory for as long as the portion is held.
async fn send(network: &Network, to: AccountId, request: &Request) -> (Result<Response, CallError>, Portion) {
    let Ok(bytes) = request.to_bytes() else { return (Err(CallError::Malformed), Portion::default()) };
    match network.request_held(to, bytes).await {
        Ok((answer, held)) => (read(network, to, &answer), held),
        Err(error) => (Err(call_error(to, &error)), Portion::default()),
    }
}

fn call_error(to: AccountId, error: &RequestError) -> CallError {
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
}

fn read(network: &Network, from: AccountId, answer: &[u8]) -> Result<Response, CallError> {
    match Response::from_bytes(answer) {
        Ok(Response::Refused(refusal)) => Err(CallError::Refused(refusal)),
        Ok(response) => Ok(response),
        // No offence, and others may speak this node's version.
        Err(DecodeError::UnknownVersion(version)) => {
            tracing::debug!(peer = %from, version, "an answer of a later version");
            Err(CallError::Unreachable)
        }
        Err(error) => {
            tracing::debug!(peer = %from, %error, "a malformed answer");
            network.penalise(from, Offence::Malformed);
            Err(CallError::Malformed)
        }
    }
}

/// Feeds synced blocks in order and leaves the last as a sign that there were some; stops at the first bad one.
async fn feed_blocks(
    inputs: &mpsc::Sender<Input>,
    from: AccountId,
    network: NetworkId,
    blocks: List<Decided, SYNC_BLOCKS_MAX>,
) -> List<Decided, SYNC_BLOCKS_MAX> {
    let mut last = None;
    for decided in blocks.into_vec() {
        let checked = tokio::task::spawn_blocking(move || {
            let ops = verify_ops(&decided, network);
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

impl From<FetchError> for JobError {
    fn from(error: FetchError) -> Self {
        use FetchError as E;
        match error {
            E::Refused(Refusal::Busy) => Self::RequesterBusy,
            E::Refused(_) => Self::Refused,
            E::TooLong { .. } | E::WrongDigest => Self::Wrong,
            // What failed is on this machine.
            E::Disk { .. } | E::RequestTooLarge { .. } | E::Stopped => Self::Worker,
            // Our own network has too much to do.
            E::Busy | E::InUse { .. } => Self::Busy,
            E::Connect(_) | E::Stalled { .. } | E::Broken { .. } => Self::Unreachable,
            E::Unsupported | E::UnknownStatus { .. } => Self::OtherVersion,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::ops::DeclineReason;

    /// A requester of a later version says what a prover of this one cannot read, or nothing that it understands: it
    /// was declined as if it had neither recipe nor inputs, and paid for that.
    #[test]
    fn a_requester_of_a_later_version_is_not_blamed() {
        let later = (5..=u8::MAX).map(|status| FetchError::UnknownStatus { status }).chain([FetchError::Unsupported]);
        let reasons: Vec<_> =
            later.map(JobError::from).flat_map(|error| [error.at_recipe(), error.at_inputs()]).collect();
        let blamed = reasons.iter().filter(|reason| reason.is_unattributable()).count();
        println!("of {} answers of a later version {blamed} cost the requester a fee", reasons.len());
        assert!(reasons.iter().all(|reason| *reason == DeclineReason::Unable));
    }
    #[test]
    fn a_requester_that_is_busy_has_not_refused() {
        let error = |refusal| JobError::from(FetchError::Refused(refusal));
        assert_eq!(error(Refusal::Busy), JobError::RequesterBusy);
        for refusal in [Refusal::NotFound, Refusal::NotAllowed, Refusal::Malformed] {
            assert_eq!(error(refusal), JobError::Refused);
        }
    }
}
