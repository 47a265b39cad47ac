//! Requests in the loop: ours that wait for others, and those of others that wait for us.

use super::Service;
use crate::network::{
    codec::{FrameError, Reply, Request},
    error::RequestError,
    event::{Event, ResponseToken},
    identity::account_of,
    standing::Fault,
};
use libp2p::{
    PeerId,
    request_response::{self, Message, OutboundFailure, OutboundRequestId, ResponseChannel},
};
use std::{io, time::Instant};
use tokio::sync::oneshot;

/// Who waits for the answer to a request.
pub(super) struct PendingRequest {
    reply: oneshot::Sender<Result<Vec<u8>, RequestError>>,
}

impl Service {
    pub(super) fn send_request(
        &mut self,
        peer: PeerId,
        data: Vec<u8>,
        reply: oneshot::Sender<Result<Vec<u8>, RequestError>>,
    ) {
        if self.sent.len() >= self.config.limits.requests_out_max {
            reply.send(Err(RequestError::Busy)).ok();
            return;
        }
        self.ends.counters.requests_sent.one();
        let id = self.swarm.behaviour_mut().requests.send_request(&peer, Request::Ours(data));
        self.sent.insert(id, PendingRequest { reply });
    }

    /// An answer, or none: the token was dropped.
    pub(super) fn send_response(&mut self, peer: PeerId, channel: ResponseChannel<Reply>, reply: Option<Reply>) {
        if let Some(open) = self.open_requests.get_mut(&peer) {
            *open -= 1;
            if *open == 0 {
                self.open_requests.remove(&peer);
            }
        }
        let reply = reply.unwrap_or(Reply::Busy);
        if self.swarm.behaviour_mut().requests.send_response(channel, reply).is_err() {
            tracing::debug!(%peer, "the asker did not wait for its answer");
        }
    }

    pub(super) fn on_request_event(&mut self, event: request_response::Event<Request, Reply>) {
        match event {
            request_response::Event::Message { peer, message, .. } => match message {
                Message::Request { request, channel, .. } => self.on_request(peer, request, channel),
                Message::Response { request_id, response } => {
                    let result = match response {
                        Reply::Answer(bytes) => Ok(bytes),
                        Reply::Busy => Err(RequestError::Refused),
                    };
                    self.end_request(request_id, result);
                }
            },
            request_response::Event::OutboundFailure { peer, request_id, error, .. } => {
                let error = self.request_error(peer, error);
                self.end_request(request_id, Err(error));
            }
            request_response::Event::InboundFailure { peer, error, .. } => {
                tracing::debug!(%peer, %error, "a request was not answered");
            }
            request_response::Event::ResponseSent { .. } => {}
        }
    }

    fn on_request(&mut self, peer: PeerId, request: Request, channel: ResponseChannel<Reply>) {
        let (data, permit) = match request {
            Request::Theirs(data, permit) => (data, permit),
            Request::Ours(data) => (data, None),
            Request::Unread(error) => return self.on_unread(peer, &error, channel),
        };
        self.ends.counters.requests_received.one();
        self.ends.counters.requests_received_bytes.add(data.len());
        let Ok(from) = account_of(&peer) else { return self.refuse(channel) };
        if !self.request_limiter.allow(peer, data.len(), Instant::now()) {
            self.ends.counters.overrun.one();
            self.refuse(channel);
            return self.fault(peer, Fault::Flooded);
        }
        let limits = &self.config.limits;
        let open_in_all: usize = self.open_requests.values().sum();
        let open = self.open_requests.get(&peer).copied().unwrap_or(0);
        if open >= limits.requests_in_per_peer_max || open_in_all >= limits.requests_in_max {
            return self.refuse(channel);
        }
        self.open_requests.insert(peer, open + 1);
        let token = ResponseToken::new(peer, permit, channel, self.settle.clone());
        if !self.ends.outlet.offer(Event::Request { from, data, token }) {
            // The token has gone with the event, and says "busy".
            self.ends.counters.overloaded.one();
        }
    }

    fn on_unread(&mut self, peer: PeerId, error: &FrameError, channel: ResponseChannel<Reply>) {
        tracing::debug!(%peer, %error, "a request was not read");
        self.refuse(channel);
        match error {
            FrameError::OverBudget => self.ends.counters.overloaded.one(),
            FrameError::TooLarge { .. } | FrameError::UnknownStatus(_) => self.fault(peer, Fault::Malformed),
        }
    }

    fn refuse(&mut self, channel: ResponseChannel<Reply>) {
        self.ends.counters.requests_refused.one();
        self.swarm.behaviour_mut().requests.send_response(channel, Reply::Busy).ok();
    }

    fn end_request(&mut self, id: OutboundRequestId, result: Result<Vec<u8>, RequestError>) {
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
                self.fault(peer, Fault::Unresponsive);
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
                self.fault(peer, Fault::Malformed);
                RequestError::TooLarge { what: "response", got, limit }
            }
            Some(FrameError::UnknownStatus(_)) => {
                self.fault(peer, Fault::Malformed);
                RequestError::Broken { reason: error.to_string() }
            }
            _ => RequestError::Broken { reason: error.to_string() },
        }
    }
}
