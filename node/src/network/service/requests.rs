//! Requests in the loop: ours that wait for others, and those of others that wait for us.

use super::Service;
use crate::network::{
    codec::{FrameError, HeldAnswer, Reply, Request},
    config::NetworkLimits,
    error::RequestError,
    event::{Asker, Event, ResponseToken},
    identity::account_of,
    peer_score::Offence,
    quota::{Portion, Quota},
};
use libp2p::{
    PeerId,
    request_response::{
        self, InboundFailure, InboundRequestId, Message, OutboundFailure, OutboundRequestId, ResponseChannel,
    },
};
use std::{
    collections::{HashMap, HashSet},
    io,
    time::Instant,
};
use tokio::sync::oneshot;

/// A request of this node's that waits for its answer.
pub(super) struct PendingRequest {
    reply: oneshot::Sender<Result<HeldAnswer, RequestError>>,
}

/// The requests of others, each until its answer has left this node: an asker that doesn't read keeps its place.
pub(super) struct Asked {
    by: HashMap<InboundRequestId, (PeerId, Portion)>,
    answers: Quota<PeerId>,
}

impl Asked {
    pub(super) fn new(limits: &NetworkLimits) -> Self {
        Self { by: HashMap::new(), answers: limits.answers_quota(limits.response_bytes_open_max) }
    }

    fn by_peer(&self, peer: &PeerId) -> usize {
        self.by.values().filter(|(asker, _)| asker == peer).count()
    }

    fn begin(&mut self, id: InboundRequestId, peer: PeerId) {
        self.by.insert(id, (peer, Portion::default()));
    }

    /// Whether an answer of so many bytes may be sent.
    fn answer(&mut self, id: InboundRequestId, bytes: usize, favoured: &HashSet<PeerId>) -> bool {
        let Some((peer, held)) = self.by.get_mut(&id) else { return false };
        self.answers.share(*peer).take(held, bytes, favoured.contains(peer))
    }

    fn end(&mut self, id: InboundRequestId) {
        self.by.remove(&id);
    }
}

impl Service {
    pub(super) fn send_request(
        &mut self,
        peer: PeerId,
        data: Vec<u8>,
        reply: oneshot::Sender<Result<HeldAnswer, RequestError>>,
    ) {
        if self.sent.len() >= self.config.limits.requests_out_max {
            reply.send(Err(RequestError::Busy)).ok();
            return;
        }
        self.ends.counters.requests_sent.one();
        let id = self.swarm.behaviour_mut().requests.requests.send_request(&peer, Request::Ours(data));
        self.sent.insert(id, PendingRequest { reply });
    }

    /// An answer, or none: the token was dropped.
    pub(super) fn send_response(
        &mut self,
        id: InboundRequestId,
        channel: ResponseChannel<Reply>,
        reply: Option<Reply>,
    ) {
        match reply {
            Some(Reply::Answer(bytes, held)) if self.asked.answer(id, bytes.len(), &self.favoured) => {
                let answer = Reply::Answer(bytes, held);
                if self.swarm.behaviour_mut().requests.requests.send_response(channel, answer).is_err() {
                    tracing::debug!(%id, "the asker did not wait for its answer");
                }
            }
            _ => self.refuse(channel),
        }
    }

    pub(super) fn on_request_event(&mut self, event: request_response::Event<Request, Reply>) {
        match event {
            request_response::Event::Message { peer, message, .. } => match message {
                Message::Request { request_id, request, channel } => {
                    self.on_request(peer, request_id, request, channel);
                }
                Message::Response { request_id, response } => {
                    // Of use is who gives; to ask costs nothing, and kept a stranger's place for ever.
                    self.swarm.behaviour_mut().places.used(&peer, Instant::now());
                    let result = match response {
                        Reply::Answer(bytes, held) => Ok((bytes, held)),
                        Reply::Busy => Err(RequestError::Refused),
                    };
                    self.end_request(request_id, result);
                }
            },
            request_response::Event::OutboundFailure { peer, request_id, error, .. } => {
                let error = self.request_error(peer, error);
                self.end_request(request_id, Err(error));
            }
            request_response::Event::InboundFailure { peer, request_id, error, .. } => {
                tracing::debug!(%peer, %error, "a request was not answered");
                self.asked.end(request_id);
                if let InboundFailure::Io(error) = error
                    && let Some(FrameError::Stalled { .. }) = FrameError::inside(&error)
                {
                    self.offence(peer, Offence::Stalled);
                }
            }
            request_response::Event::ResponseSent { request_id, .. } => self.asked.end(request_id),
        }
    }

    fn on_request(&mut self, peer: PeerId, id: InboundRequestId, request: Request, channel: ResponseChannel<Reply>) {
        let (data, held) = match request {
            Request::Theirs(data, held) => (data, held),
            Request::Ours(data) => (data, Portion::default()),
            Request::Unread(error) => return self.on_unread(peer, &error, channel),
        };
        self.ends.counters.requests_received.one();
        self.ends.counters.requests_received_bytes.add(data.len());
        let Ok(from) = account_of(&peer) else { return self.refuse(channel) };
        if !self.request_limiter.allow(peer, data.len(), Instant::now()) {
            self.ends.counters.overrun.one();
            return self.refuse(channel);
        }
        let limits = &self.config.limits;
        // A token may outlive its request, and a request its token: both are counted.
        let is_favoured = self.favoured.contains(&peer);
        let kept = if is_favoured { 0 } else { limits.requests_in_max / 2 };
        let places = (limits.requests_in_max - kept).saturating_sub(self.open_answers.max(self.asked.by.len()));
        if places == 0 || self.asked.by_peer(&peer) >= limits.requests_in_per_peer_max {
            return self.refuse(channel);
        }
        self.asked.begin(id, peer);
        self.open_answers += 1;
        let token = ResponseToken::new(id, Asker { account: from, is_favoured }, held, channel, self.settle.clone());
        if !self.ends.outlet.request(Event::Request { from, data, token }) {
            // The token has gone with the event, and says "busy".
            self.ends.counters.overloaded.one();
        }
    }

    fn on_unread(&mut self, peer: PeerId, error: &FrameError, channel: ResponseChannel<Reply>) {
        tracing::debug!(%peer, %error, "a request was not read");
        self.refuse(channel);
        match error {
            FrameError::OverBudget => self.ends.counters.overloaded.one(),
            FrameError::Stalled { .. } => self.offence(peer, Offence::Stalled),
            FrameError::TooLarge { .. } | FrameError::UnknownStatus(_) => self.offence(peer, Offence::Malformed),
        }
    }

    fn refuse(&mut self, channel: ResponseChannel<Reply>) {
        self.ends.counters.requests_refused.one();
        self.swarm.behaviour_mut().requests.requests.send_response(channel, Reply::Busy).ok();
    }

    fn end_request(&mut self, id: OutboundRequestId, result: Result<HeldAnswer, RequestError>) {
        if result.is_err() {
            self.ends.counters.requests_failed.one();
        }
        if let Some(pending) = self.sent.remove(&id) {
            pending.reply.send(result).ok();
        }
    }

    fn request_error(&mut self, peer: PeerId, error: OutboundFailure) -> RequestError {
        match error {
            OutboundFailure::Timeout => {
                self.offence(peer, Offence::Unresponsive);
                RequestError::TimedOut { after_ms: self.config.timing.request_ms }
            }
            OutboundFailure::UnsupportedProtocols => RequestError::Unsupported,
            OutboundFailure::Io(error) => self.broken_request(peer, &error),
            OutboundFailure::DialFailure | OutboundFailure::ConnectionClosed => {
                RequestError::Broken { reason: error.to_string() }
            }
        }
    }

    fn broken_request(&mut self, peer: PeerId, error: &io::Error) -> RequestError {
        match FrameError::inside(error) {
            Some(&FrameError::TooLarge { got, limit }) => {
                self.offence(peer, Offence::Malformed);
                RequestError::TooLarge { what: "response", got, limit }
            }
            Some(&FrameError::Stalled { after_ms }) => {
                self.offence(peer, Offence::Stalled);
                RequestError::TimedOut { after_ms }
            }
            // Other answers are being read.
            Some(FrameError::OverBudget) => {
                self.ends.counters.overloaded.one();
                RequestError::Busy
            }
            // A later version may have more of them.
            Some(FrameError::UnknownStatus(_)) => RequestError::Unsupported,
            _ => RequestError::Broken { reason: error.to_string() },
        }
    }
}
