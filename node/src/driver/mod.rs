//! The driver: feeds engine and consensus one input at a time and hands their effects to a [`Host`].
//!
//! There is one queue of inputs. The next input is fed only when every effect of the last one is carried out, and
//! an effect that must be durable is, before the next one begins: so a node never says what it could forget. The
//! runtime and the simulation share this code; they differ in their [`Host`] alone.

#![warn(clippy::wildcard_enum_match_arm)]

mod host;
mod replay;
mod restore;

pub use host::{Alarm, Host, Log};
pub(crate) use replay::Replay;
pub use replay::ReplayError;
pub use restore::{Archive, RestoreError, Restored, head_of, inputs_needed, restore, verify_ops};

use crate::{
    consensus::{
        Consensus, SHOW_AFTER, Timeouts,
        bft::{self, BftError, Output, Record},
    },
    engine::{Command, ConsensusEffect, CouncilInput, Effect, Engine, HaltReason, Input, PeerEffect, Token},
};
use dpgn_protocol::{
    award::StartStatement,
    council::{Checked, Said},
    ids::{AccountId, NetworkId, TaskId},
    sign::{SignError, Signed},
    units::Height,
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
    /// Consensus has stopped: a fault of this program or of the disk. To go on could be to sign two words where one is allowed.
    #[error("consensus: {0}")]
    Consensus(#[from] BftError),
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
    Consensus(bft::Input),
}

/// Engine and consensus of one node, and what belongs to neither: the queue of inputs and the open questions.
pub struct Driver<H: Host> {
    engine: Engine,
    consensus: Consensus,
    timeouts: Timeouts,
    /// The height that consensus was started for last.
    deciding: Height,
    queue: VecDeque<Queued>,
    waiting: BTreeMap<Token, ReplyTo<H>>,
    next_token: Token,
}

impl<H: Host> Driver<H> {
    /// A driver at rest: the first [`Input::Tick`] starts it.
    pub fn new(engine: Engine, consensus: Consensus) -> Self {
        let (queue, waiting) = (VecDeque::new(), BTreeMap::new());
        let (timeouts, deciding) = (Timeouts::default(), Height::new(0));
        Self { engine, consensus, timeouts, deciding, queue, waiting, next_token: 1 }
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

    /// A member's word, its signatures checked.
    pub async fn heard(&mut self, host: &mut H, word: Checked) -> Result<(), DriveError<H::Error>> {
        self.queue.push_back(Queued::Consensus(bft::Input::Heard(word)));
        self.run(host).await
    }

    /// An alarm has gone off.
    pub async fn alarm(&mut self, host: &mut H, height: Height, alarm: Alarm) -> Result<(), DriveError<H::Error>> {
        let input = match alarm {
            Alarm::Timer(timer) => bft::Input::Elapsed { height, timer },
            Alarm::Show { round } => bft::Input::Show { height, round },
        };
        self.queue.push_back(Queued::Consensus(input));
        self.run(host).await
    }

    /// Feeds one input, and then all that it brings about in the node itself.
    pub async fn feed(&mut self, host: &mut H, input: Input) -> Result<(), DriveError<H::Error>> {
        self.queue.push_back(Queued::Engine(input));
        self.run(host).await
    }

    async fn run(&mut self, host: &mut H) -> Result<(), DriveError<H::Error>> {
        while let Some(next) = self.queue.pop_front() {
            match next {
                Queued::Engine(input) => {
                    for effect in self.engine.step(host.now(), input) {
                        self.execute(host, effect).await?;
                    }
                }
                Queued::Consensus(input) if self.is_over(&input) => {}
                Queued::Consensus(input) => {
                    let votes = self.consensus.parent_votes();
                    for output in self.consensus.step(input)? {
                        self.decide(host, output).await?;
                    }
                    // The next block shows by them who was present.
                    if self.consensus.parent_votes() > votes
                        && let Some(later) = self.consensus.parent_certificate()
                    {
                        self.tell(CouncilInput::LateVotes(later));
                    }
                }
            }
        }
        Ok(())
    }

    /// Whether an input is for a height that consensus still decides, though peers have sent its block: what it would say
    /// there has no place in the log any more, and nobody needs it.
    fn is_over(&self, input: &bft::Input) -> bool {
        let height = match input {
            bft::Input::Start { .. } => return false,
            bft::Input::Heard(word) => word.height(),
            bft::Input::Propose { height, .. }
            | bft::Input::Judged { height, .. }
            | bft::Input::Elapsed { height, .. }
            | bft::Input::Show { height, .. }
            | bft::Input::Arm { height } => *height,
        };
        height == self.deciding && self.engine.head().height >= height
    }

    /// Carries one effect of the engine out.
    async fn execute(&mut self, host: &mut H, effect: Effect) -> Result<(), DriveError<H::Error>> {
        match effect {
            Effect::Disk(effect) => host.change(effect).await,
            Effect::Consensus(effect) => return self.consult(host, effect).await,
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

    /// Hands the engine's word to consensus.
    async fn consult(&mut self, host: &mut H, effect: ConsensusEffect) -> Result<(), DriveError<H::Error>> {
        let input = match effect {
            ConsensusEffect::StartHeight(height, committee) => {
                host.stop_alarm(None).map_err(DriveError::Host)?;
                let Log { records: log, bodies } = host.log(height).await.map_err(DriveError::Host)?;
                self.deciding = height;
                // The engine has the bodies before consensus asks for a verdict on one.
                for (hash, block) in bodies {
                    self.tell(CouncilInput::Recalled { hash, block: Box::new(block) });
                }
                bft::Input::Start { height, committee, log }
            }
            ConsensusEffect::Propose { height, round, block } => bft::Input::Propose { height, round, block },
            ConsensusEffect::Judged { height, round, block, by, valid } => {
                bft::Input::Judged { height, round, block, by, valid }
            }
            ConsensusEffect::Arm(height) => bft::Input::Arm { height },
        };
        self.queue.push_back(Queued::Consensus(input));
        Ok(())
    }

    /// Carries one output of consensus out.
    async fn decide(&mut self, host: &mut H, output: Output) -> Result<(), DriveError<H::Error>> {
        match output {
            Output::Persist(records) => {
                let more = self.with_bodies(records);
                host.append(self.deciding, more).await
            }
            Output::Send(word) => host.say(PeerEffect::Say(None, Box::new(Said::Word(word)))),
            Output::Schedule { height, timer } => host.set_alarm(height, Alarm::Timer(timer), self.timeouts.of(timer)),
            Output::ShowLater { height, round } => host.set_alarm(height, Alarm::Show { round }, SHOW_AFTER),
            Output::Cancel(timer) => host.stop_alarm(Some(Alarm::Timer(timer))),
            Output::CancelAll => host.stop_alarm(None),
            Output::GetValue { height, round } => {
                let last_commit = self.consensus.parent_certificate();
                self.tell(CouncilInput::Turn { height, round, last_commit });
                Ok(())
            }
            Output::Judge { height, round, block, by } => {
                self.tell(CouncilInput::Proposed { height, round, block, by });
                Ok(())
            }
            Output::Polka { height, block } => {
                self.tell(CouncilInput::Polka { height, block });
                Ok(())
            }
            Output::SendBody { block, .. } => {
                self.tell(CouncilInput::SendBody { block });
                Ok(())
            }
            Output::Arm { height } => {
                self.tell(CouncilInput::Called { height });
                Ok(())
            }
            Output::Behind { peer, height } => {
                self.tell(CouncilInput::Behind { peer, height });
                Ok(())
            }
            Output::Ahead { peer, height } => {
                self.tell(CouncilInput::Ahead { peer, height });
                Ok(())
            }
            Output::Evidence(found) => {
                for bft::Evidence { kind, first, second } in found {
                    self.tell(CouncilInput::Equivocated { kind, first, second });
                }
                Ok(())
            }
            Output::Decided(certificate) => {
                self.tell(CouncilInput::Agreed(certificate));
                Ok(())
            }
        }
        .map_err(DriveError::Host)
    }

    fn tell(&mut self, input: CouncilInput) {
        self.queue.push_back(Queued::Engine(Input::Council(input)));
    }

    /// Records, and the bodies of those blocks that they hold valid.
    fn with_bodies(&self, records: Vec<Record>) -> Log {
        let valid = records.iter().filter_map(|record| match record {
            Record::Value { block, valid: true, .. } => Some(*block),
            Record::Value { .. } | Record::Word(_) | Record::Elapsed(_) => None,
        });
        let bodies = valid.filter_map(|block| Some((block, self.engine.candidate(block)?.clone()))).collect();
        Log { records, bodies }
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
