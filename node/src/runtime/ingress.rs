//! Ingress: peers' bytes are bounded, decoded, verified and judged here; then, and only then, they are an input.
//!
//! Every gossiped message gets one verdict. Unknown is not guilty: only what the sender could have checked
//! itself is held against it.

#![warn(clippy::wildcard_enum_match_arm)]

use super::{Runtime, Stopped, ask::respond};
use crate::{
    clock::now,
    driver::{BlobQuestion, verify_ops},
    engine::Input,
    network::{self, Acceptance, Network, Topic},
};
use dpgn_protocol::{
    block::Decided,
    bounded::List,
    codec::DecodeError,
    committee::Committee,
    ids::{AccountId, NetworkId},
    limits::{BLOCK_OPS_MAX, GOSSIP_BYTES_MAX},
    ops::{OpError, RawOp, SignedOp},
    sign::{SignError, Signed, Unverified},
    units::{Height, Millis, Timestamp},
    verdict::Verdict,
    wire::{BlobRequest, OpBatch, Progress, Refusal, Request, Response, Wire},
};

/// What a message turned out to be.
enum Found {
    Ops(Vec<SignedOp>),
    Decided(Box<Decided>, Vec<SignedOp>, Certified),
    Verdict(Signed<Verdict>),
    Progress(Signed<Progress>),
}

/// What is known about a block's certificate before the engine looks at it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Certified {
    Yes,
    /// Another committee may be in office up there.
    Unknown,
}

/// Why a message is not passed to the engine.
enum Unusable {
    /// The sender could have known that it is false or malformed.
    Guilty,
    /// The sender could not have known, or the message is merely of no use here.
    Harmless,
}

impl From<DecodeError> for Unusable {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::UnknownVersion(_) => Self::Harmless,
            DecodeError::TooLarge { .. }
            | DecodeError::Empty
            | DecodeError::Malformed(_)
            | DecodeError::Trailing(_)
            | DecodeError::NotCanonical => Self::Guilty,
        }
    }
}

impl From<SignError> for Unusable {
    fn from(error: SignError) -> Self {
        match error {
            SignError::Decode(error) => error.into(),
            SignError::BadKey(_) | SignError::BadSignature(_) => Self::Guilty,
        }
    }
}

impl From<OpError> for Unusable {
    fn from(error: OpError) -> Self {
        match error {
            OpError::Sign(error) => error.into(),
            OpError::Endorsement => Self::Guilty,
        }
    }
}

/// What must be known to judge a message.
#[derive(Clone)]
struct Known {
    network: NetworkId,
    committee: Committee,
    height: Height,
    now: Timestamp,
}

/// An op that expired longer ago than clocks may differ is not passed on.
const CLOCKS_DIFFER_MAX: Millis = Millis::from_secs(60);

impl Runtime {
    pub(super) async fn event(&mut self, event: network::Event) -> Result<(), Stopped> {
        match event {
            network::Event::Gossip { topic, from, data, token } => self.gossip(topic, from, data, token),
            network::Event::Request { from, data, token } => {
                let Ok(request) = Request::from_bytes(&data) else {
                    self.network.penalise(from, network::Offence::Malformed);
                    respond(&self.network, token, Response::Refused(Refusal::Malformed).to_bytes());
                    return Ok(());
                };
                self.driver.asked(&mut self.host, from, request, token).await?;
            }
            network::Event::BlobRequest { from, request, token } => self.blob_asked(from, &request, token).await?,
            network::Event::PeerConnected { peer, .. } => self.feed(Input::PeerUp(peer)).await?,
            network::Event::PeerDisconnected { peer } => self.feed(Input::PeerDown(peer)).await?,
            // The network has logged it.
            network::Event::Listening { .. } => {}
        }
        Ok(())
    }

    /// Checks a message off the loop; refuses it unchecked if too many are being checked.
    fn gossip(&mut self, topic: Topic, from: AccountId, data: Vec<u8>, token: network::MessageToken) {
        let Ok(permit) = self.state.checks.clone().try_acquire_owned() else {
            return self.network.judge(token, Acceptance::Ignore);
        };
        let ledger = self.engine().ledger();
        let known = Known {
            network: self.id,
            committee: ledger.committee().clone(),
            height: self.engine().head().height,
            now: now(),
        };
        let (network, inputs) = (self.network.clone(), self.inputs.clone());
        self.state.tasks.spawn(async move {
            let found = tokio::task::spawn_blocking(move || check(topic, &data, &known)).await;
            let (acceptance, input) = match found {
                Ok(Ok(Found::Ops(ops))) => (Acceptance::Accept, Some(Input::Ops(ops))),
                Ok(Ok(Found::Decided(decided, ops, certified))) => {
                    let acceptance = if certified == Certified::Yes { Acceptance::Accept } else { Acceptance::Ignore };
                    (acceptance, Some(Input::Decided { from: Some(from), decided, ops }))
                }
                Ok(Ok(Found::Verdict(verdict))) => (Acceptance::Accept, Some(Input::Verdict(verdict))),
                Ok(Ok(Found::Progress(progress))) => (Acceptance::Accept, Some(Input::Progress(progress))),
                Ok(Err(Unusable::Guilty)) => (Acceptance::Reject, None),
                Ok(Err(Unusable::Harmless)) | Err(_) => (Acceptance::Ignore, None),
            };
            network.judge(token, acceptance);
            if let Some(input) = input {
                let _ = inputs.send(input).await;
            }
            drop(permit);
        });
    }

    async fn blob_asked(&mut self, from: AccountId, request: &[u8], token: network::BlobToken) -> Result<(), Stopped> {
        let question = BlobRequest::from_bytes(request).map_err(Unusable::from);
        let question = question.and_then(|request| Ok(BlobQuestion::verify(request, self.id)?));
        match question {
            Ok(question) => self.driver.blob_asked(&mut self.host, from, question, token).await,
            Err(_) => {
                self.network.penalise(from, network::Offence::Malformed);
                self.network.refuse(token, Refusal::Malformed);
                Ok(())
            }
        }
    }
}

fn check(topic: Topic, data: &[u8], known: &Known) -> Result<Found, Unusable> {
    match topic {
        Topic::Ops => {
            let batch = OpBatch::from_bytes(data)?.ops;
            let ops: Result<Vec<_>, _> = batch.into_vec().into_iter().map(|op| op.verify(known.network)).collect();
            let mut ops = ops?;
            ops.retain(|op| op.op().expires.after(CLOCKS_DIFFER_MAX) > known.now);
            if ops.is_empty() { Err(Unusable::Harmless) } else { Ok(Found::Ops(ops)) }
        }
        Topic::Blocks => check_block(data, known),
        Topic::Verdicts => {
            let verdict = signed(data)?.verify::<Verdict>(known.network)?;
            // A member of a committee this node does not know of yet may have said it.
            let counts = known.committee.power(verdict.signer()).is_some();
            if counts { Ok(Found::Verdict(verdict)) } else { Err(Unusable::Harmless) }
        }
        Topic::Progress => Ok(Found::Progress(signed(data)?.verify::<Progress>(known.network)?)),
        // Nobody speaks here before there is more than one coordinator.
        Topic::Votes => Err(Unusable::Harmless),
    }
}

fn check_block(data: &[u8], known: &Known) -> Result<Found, Unusable> {
    let decided = Decided::from_bytes(data)?;
    let header = &decided.block.header;
    if header.height <= known.height {
        return Err(Unusable::Harmless);
    }
    let hash = header.hash().map_err(|_| Unusable::Guilty)?;
    let whole = decided.block.is_whole();
    if header.network != known.network || decided.certificate.block != hash || !whole {
        return Err(Unusable::Guilty);
    }
    let next = header.height == known.height.next();
    let certified = match decided.certificate.check(known.network, &known.committee) {
        Ok(()) => Certified::Yes,
        Err(_) if next => return Err(Unusable::Guilty),
        Err(_) => Certified::Unknown,
    };
    let ops = verify_ops(&decided, known.network)?;
    Ok(Found::Decided(Box::new(decided), ops, certified))
}

fn signed(data: &[u8]) -> Result<Unverified, DecodeError> {
    dpgn_protocol::codec::decode(data, 1_024)
}

/// Gossips ops in as few messages as they fit in.
pub(super) fn publish_ops(network: &Network, ops: Vec<RawOp>) {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for op in ops {
        // Fixed parts of an op and its endorsement take less than this.
        let len = op.op.body.len() + 512;
        if !batch.is_empty() && (bytes + len > GOSSIP_BYTES_MAX - 64 || batch.len() == BLOCK_OPS_MAX) {
            publish_batch(network, std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += len;
        batch.push(op);
    }
    publish_batch(network, batch);
}

fn publish_batch(network: &Network, batch: Vec<RawOp>) {
    let Ok(batch) = List::new(batch) else { return };
    if !batch.is_empty() {
        publish(network, Topic::Ops, OpBatch { sent: now(), ops: batch }.to_bytes());
    }
}

/// Gossips one message. What is lost here is sent again by whoever still needs it.
pub(super) fn publish(network: &Network, topic: Topic, bytes: Result<Vec<u8>, dpgn_protocol::codec::EncodeError>) {
    match bytes {
        Ok(bytes) => {
            if let Err(error) = network.publish(topic, bytes) {
                tracing::debug!(%error, ?topic, "not gossiped");
            }
        }
        Err(error) => tracing::error!(%error, ?topic, "could not be encoded"),
    }
}
