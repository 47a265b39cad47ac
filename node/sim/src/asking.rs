//! Questions between nodes, and their answers.

use crate::{
    check::Checker,
    event::{At, Blob, BlobAsked, BlobKind, Event, PeerAsked, Stimulus},
    world::World,
};
use dpgn_node::{
    driver::BlobQuestion,
    engine::{Call, CallError, Input, JobError},
};
use dpgn_protocol::wire::{Request, Response};

/// The time after which an unanswered question counts as lost.
const PATIENCE_MS: u64 = 3_000;

impl World {
    pub(crate) fn requested(&mut self, to: usize, asker: At, call: Call, request: Request) {
        let (from, asked) = (self.account(asker.node), PeerAsked { at: asker, call });
        if self.nodes[to].driver.is_none() {
            return self.unanswered(asked);
        }
        self.drive(to, Stimulus::Asked(from, request, asked));
    }

    pub(crate) fn blob_requested(&mut self, to: usize, asker: At, blob: Blob, kind: BlobKind, deadline: u64) {
        let from = self.account(asker.node);
        let Some(engine) = self.nodes[to].engine() else {
            return self.after(1, Event::Input(asker, blob.done(Err(JobError::Unreachable))));
        };
        let (question, forbidden) = match kind {
            BlobKind::Recipe(recipe) => (BlobQuestion::Recipe(recipe), None),
            BlobKind::Inputs(task, start) => {
                let forbidden = Checker::forbids(from, task, &start, engine.ledger());
                (BlobQuestion::Inputs(task, start), forbidden)
            }
        };
        self.drive(to, Stimulus::BlobAsked(from, question, BlobAsked { at: asker, blob, deadline, forbidden }));
    }

    /// The asker learns late that there will be no answer.
    pub(crate) fn unanswered(&mut self, asked: PeerAsked) {
        let input = Input::Answered { call: asked.call, result: Err(CallError::Unreachable) };
        self.after(PATIENCE_MS, Event::Input(asked.at, input));
    }

    /// The asker gets an answer, if it isn't lost.
    pub(crate) fn answered(&mut self, asked: PeerAsked, response: Response) {
        if self.strikes(self.faults.lost) {
            return self.unanswered(asked);
        }
        let result = match response {
            Response::Refused(refusal) => Err(CallError::Refused(refusal)),
            response @ (Response::Head { .. }
            | Response::Blocks(_)
            | Response::Accepted
            | Response::Proof(_)
            | Response::Snapshot(_)
            | Response::Handovers(_)
            | Response::Chunk(_)
            | Response::Pruned { .. }) => Ok(response),
        };
        let delay = self.delay();
        self.after(delay, Event::Input(asked.at, Input::Answered { call: asked.call, result }));
    }
}
