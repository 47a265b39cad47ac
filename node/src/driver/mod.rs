//! The driver: feeds engine and consensus one input at a time and hands their effects to a [`Host`].
//!
//! There is one queue of inputs. The next input is fed only when every effect of the last one is carried out, and
//! an effect that must be durable is, before the next one begins: so a node never says what it could forget. The
//! runtime and the simulation share this code; they differ in their [`Host`] alone.

#![warn(clippy::wildcard_enum_match_arm)]

mod host;
mod replay;
mod restore;

pub use host::Host;
pub(crate) use replay::Replay;
pub use replay::ReplayError;
pub use restore::{Archive, RestoreError, head_of, inputs_needed, restore, verify_ops};

use crate::{
    consensus::{self, ConsensusError, Solo},
    engine::{Command, ConsensusEffect, Effect, Engine, HaltReason, Input, PeerEffect, Token},
};
use dpgn_protocol::{
    award::StartStatement,
    ids::{AccountId, NetworkId, TaskId},
    ops::OpError,
    sign::{SignError, Signed},
    wire::{BlobRequest, Request},
};
use std::collections::{BTreeMap, VecDeque};

/// Why a node ends by itself.
#[derive(Debug, thiserror::Error)]
pub enum DriveError<E: std::error::Error> {
    /// The host could not carry an effect out.
    #[error(transparent)]
    Host(E),
    /// The replica cannot go on.
    #[error(transparent)]
    Halt(HaltReason),
    /// Consensus was fed what it does not expect: a fault in this program.
    #[error("consensus: {0}")]
    Consensus(#[from] ConsensusError),
    /// An op of a block that this node itself decided is badly signed: a fault in this program.
    #[error("an op of a block that this node decided: {0}")]
    OwnOp(#[from] OpError),
}

/// The place where the answer to a question goes.
enum ReplyTo<H: Host> {
    Peer(H::Peer),
    Blob(H::Blob),
    Owner(H::Owner),
}

/// An input that waits: for the engine, or for consensus.
enum Queued {
    Engine(Input),
    Consensus(consensus::Input),
}

/// Engine and consensus of one node, and what belongs to neither: the queue of inputs and the open questions.
pub struct Driver<H: Host> {
    engine: Engine,
    consensus: Solo,
    queue: VecDeque<Queued>,
    waiting: BTreeMap<Token, ReplyTo<H>>,
    next_token: Token,
}

impl<H: Host> Driver<H> {
    /// A driver at rest: the first [`Input::Tick`] starts it.
    pub fn new(engine: Engine, consensus: Solo) -> Self {
        Self { engine, consensus, queue: VecDeque::new(), waiting: BTreeMap::new(), next_token: 1 }
    }

    /// The engine, for reading.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Ends the driver; where peers wait for answers, first to requests, then to requests for blobs.
    pub fn into_open_questions(self) -> (Vec<H::Peer>, Vec<H::Blob>) {
        let (mut requests, mut blobs) = (Vec::new(), Vec::new());
        for reply_to in self.waiting.into_values() {
            match reply_to {
                ReplyTo::Peer(to) => requests.push(to),
                ReplyTo::Blob(to) => blobs.push(to),
                ReplyTo::Owner(_) => {}
            }
        }
        (requests, blobs)
    }

    /// A peer asks something; the answer goes where `reply_to` says.
    pub async fn asked(
        &mut self,
        host: &mut H,
        from: AccountId,
        request: Request,
        reply_to: H::Peer,
    ) -> Result<(), DriveError<H::Error>> {
        let token = self.token(ReplyTo::Peer(reply_to));
        self.feed(host, Input::Asked { from, token, request }).await
    }

    /// A peer asks for a blob; the answer goes where `reply_to` says. A statement in the question must be well signed.
    pub async fn blob_asked(
        &mut self,
        host: &mut H,
        from: AccountId,
        question: BlobQuestion,
        reply_to: H::Blob,
    ) -> Result<(), DriveError<H::Error>> {
        let token = self.token(ReplyTo::Blob(reply_to));
        let input = match question {
            BlobQuestion::Recipe(recipe) => Input::RecipeAsked { token, recipe },
            BlobQuestion::Inputs(task, start) => Input::InputsAsked { from, token, task, start },
        };
        self.feed(host, input).await
    }

    /// The owner wants something; the answer goes where `reply_to` says.
    pub async fn command(
        &mut self,
        host: &mut H,
        command: Command,
        reply_to: H::Owner,
    ) -> Result<(), DriveError<H::Error>> {
        let token = self.token(ReplyTo::Owner(reply_to));
        self.feed(host, Input::Command { token, command }).await
    }

    /// Feeds one input, and then all that it brings about in the node itself.
    pub async fn feed(&mut self, host: &mut H, input: Input) -> Result<(), DriveError<H::Error>> {
        self.queue.push_back(Queued::Engine(input));
        while let Some(next) = self.queue.pop_front() {
            match next {
                Queued::Engine(input) => {
                    for effect in self.engine.step(host.now(), input) {
                        self.execute(host, effect).await?;
                    }
                }
                Queued::Consensus(input) => {
                    for output in self.consensus.step(input)? {
                        self.decide(host, output).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Carries one effect of the engine out.
    async fn execute(&mut self, host: &mut H, effect: Effect) -> Result<(), DriveError<H::Error>> {
        match effect {
            Effect::Disk(effect) => host.change(effect).await,
            Effect::Consensus(effect) => {
                let input = match effect {
                    ConsensusEffect::StartHeight(height, committee) => {
                        let voted = host.vote(height).await.map_err(DriveError::Host)?.map(Box::new);
                        consensus::Input::Start { height, committee, voted }
                    }
                    ConsensusEffect::Propose(block) => consensus::Input::Value(block),
                };
                self.queue.push_back(Queued::Consensus(input));
                Ok(())
            }
            Effect::Peer(effect) => {
                if let PeerEffect::GossipProgress(progress) = &effect {
                    // Nobody gossips to itself, and the owner of this node wants to see it too.
                    self.queue.push_back(Queued::Engine(Input::Progress((**progress).clone())));
                }
                host.say(effect)
            }
            Effect::Answer(token, answer) => match self.waiting.remove(&token) {
                Some(ReplyTo::Peer(to)) => host.answer(to, answer),
                Some(ReplyTo::Blob(_) | ReplyTo::Owner(_)) | None => Ok(()),
            },
            Effect::Stream(token, answer) => match self.waiting.remove(&token) {
                Some(ReplyTo::Blob(to)) => host.stream(to, answer),
                Some(ReplyTo::Peer(_) | ReplyTo::Owner(_)) | None => Ok(()),
            },
            Effect::Work(effect) => host.work(effect),
            Effect::Reply(token, result) => match self.waiting.remove(&token) {
                Some(ReplyTo::Owner(to)) => host.reply(to, result),
                Some(ReplyTo::Peer(_) | ReplyTo::Blob(_)) | None => Ok(()),
            },
            Effect::Notify(notice) => host.notify(notice),
            Effect::Halt(why) => return Err(DriveError::Halt(why)),
        }
        .map_err(DriveError::Host)
    }

    /// Carries one output of consensus out.
    async fn decide(&mut self, host: &mut H, output: consensus::Output) -> Result<(), DriveError<H::Error>> {
        let next = match output {
            consensus::Output::GetValue { height, .. } => Queued::Engine(Input::Turn(height)),
            consensus::Output::Store(vote, block) => {
                host.record_vote(vote, block).await.map_err(DriveError::Host)?;
                Queued::Consensus(consensus::Input::Stored(vote))
            }
            consensus::Output::Decided(decided) => {
                let ops = verify_ops(&decided, self.engine.ledger().network())?;
                Queued::Engine(Input::Decided { from: None, decided, ops })
            }
        };
        self.queue.push_back(next);
        Ok(())
    }

    fn token(&mut self, reply_to: ReplyTo<H>) -> Token {
        let token = self.next_token;
        self.next_token += 1;
        self.waiting.insert(token, reply_to);
        token
    }
}

/// A peer's request for a blob, with signatures checked.
#[derive(Clone, Debug)]
pub enum BlobQuestion {
    /// A recipe, by its digest.
    Recipe(dpgn_protocol::ids::RecipeDigest),
    /// The inputs of a task, for whoever shows this signed `Start`.
    Inputs(TaskId, Box<Signed<StartStatement>>),
}

impl BlobQuestion {
    /// Checks the signature in a request, if there is one.
    pub fn verify(request: BlobRequest, network: NetworkId) -> Result<Self, SignError> {
        Ok(match request {
            BlobRequest::Recipe { recipe } => Self::Recipe(recipe),
            BlobRequest::Inputs { task, start } => Self::Inputs(task, Box::new(start.verify(network)?)),
        })
    }
}
