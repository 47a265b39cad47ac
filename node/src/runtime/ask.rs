//! Questions to peers, each a task of its own that ends in one input; and answers to theirs.

use super::deciders::Deciders;
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
    ids::{AccountId, ProofHash, TaskId},
    limits::SYNC_BLOCKS_MAX,
    units::Height,
    wire::{Refusal, Request, Response, Wire},
};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Asks a peer. Blocks in the answer are fed one by one before the answer itself is.
pub(super) async fn ask(
    network: Network,
    deciders: Deciders,
    inputs: mpsc::Sender<Input>,
    to: AccountId,
    call: Call,
    request: Request,
) {
    let (mut result, _held) = send(&network, to, &request).await;
    if let (Call::Blocks(from), Request::Blocks { from: first }, Ok(Response::Blocks(blocks))) =
        (&call, &request, &mut result)
    {
        let synced = Synced { from: *from, first: *first, blocks: std::mem::take(blocks).into_vec() };
        // The engine needs to know only whether there were any.
        let (last, is_false) = feed_blocks(&inputs, Arc::new(deciders), synced).await;
        if is_false {
            network.penalise(*from, Offence::Lied);
        }
        result = Ok(Response::Blocks(last));
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

/// Blocks that a peer gave, from the height on that it was asked for.
struct Synced {
    from: AccountId,
    first: Height,
    blocks: Vec<Decided>,
}

/// Feeds synced blocks in order and leaves the last as a sign that there were some. It stops at the first bad one, and
/// says whether that one was never decided.
///
/// Height and certificate come before the ops' signatures. Where the committee changes it stops too: those who decide
/// from there on are known once the blocks before have been applied.
async fn feed_blocks(
    inputs: &mpsc::Sender<Input>,
    deciders: Arc<Deciders>,
    Synced { from, first, blocks }: Synced,
) -> (List<Decided, SYNC_BLOCKS_MAX>, bool) {
    let (mut last, mut is_false, mut height) = (None, false, first);
    for decided in blocks {
        let (asked, deciders) = (height, Arc::clone(&deciders));
        let checked = tokio::task::spawn_blocking(move || {
            if decided.block.header.height != asked || !deciders.have_decided(&decided) {
                return None;
            }
            let ops = verify_ops(&decided, deciders.network).ok()?;
            let is_last = deciders.committee.hash() != decided.block.header.next_committee;
            Some((decided, ops, is_last))
        });
        let Ok(checked) = checked.await else { break };
        let Some((decided, ops, is_last)) = checked else {
            is_false = true;
            break;
        };
        height = height.next();
        last = Some(decided.clone());
        let input = Input::Decided { from, decided: Box::new(decided), ops };
        if inputs.send(input).await.is_err() || is_last {
            break;
        }
    }
    (List::new(last.into_iter().collect()).unwrap_or_default(), is_false)
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
    use dpgn_protocol::{
        block::{Block, Certificate, Header},
        committee::{Committee, Member},
        ids::{BlockHash, CertificateHash, NetworkId, OpsRoot, StateRoot},
        ops::{Action, DeclineReason, Op, SignedOp},
        sign::Keypair,
        units::{Epoch, Power, Timestamp},
    };

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
    /// Blocks of well-signed ops that nobody has decided: their makers were free, each op cost a check, and the engine
    /// took the blocks for early ones.
    #[tokio::test]
    async fn blocks_that_nobody_decided_cost_no_check_of_their_ops() {
        let keys = Keypair::from_seed(&[1; 32]);
        let network = NetworkId::from_bytes([7; 32]);
        let committee = Committee::new(vec![Member { account: keys.account(), power: Power::new(1) }]).unwrap();
        let op = Op { nonce: 0, expires: Timestamp::new(1), sponsor: None, action: Action::Alive };
        let op = SignedOp::new(keys.sign(network, op).unwrap()).to_raw();
        let block = |height| {
            let ops = List::new(vec![op.clone(); 100]).unwrap();
            let header = Header {
                network,
                height: Height::new(height),
                parent: BlockHash::from_bytes([0; 32]),
                time: Timestamp::new(1),
                epoch: Epoch::new(0),
                proposer: keys.account(),
                last_commit: CertificateHash::from_bytes([0; 32]),
                body: Block::body_hash(None, &ops).unwrap(),
                ops: OpsRoot::from_bytes([0; 32]),
                state: StateRoot::from_bytes([0; 32]),
                next_committee: committee.hash(),
            };
            let (height, block) = (header.height, header.hash().unwrap());
            let certificate = Certificate { height, round: 0, block, votes: List::default() };
            Decided { block: Block { header, last_commit: None, ops }, certificate }
        };
        let fed = async |first, heights: std::ops::Range<u64>| {
            let deciders = Arc::new(Deciders { network, committee: committee.clone() });
            let (inputs, mut engine) = mpsc::channel(16);
            let synced =
                Synced { from: keys.account(), first: Height::new(first), blocks: heights.map(block).collect() };
            let (last, is_false) = feed_blocks(&inputs, deciders, synced).await;
            assert!(last.is_empty() && is_false);
            drop(inputs);
            engine.recv().await.into_iter().count()
        };
        let (undecided, elsewhere) = (fed(2, 2..10).await, fed(2, 3..11).await);
        println!("of 8 undecided blocks {undecided} were looked at, of 8 of other heights {elsewhere}");
        assert_eq!((undecided, elsewhere), (0, 0));
    }
}
