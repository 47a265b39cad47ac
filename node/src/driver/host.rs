//! The host: whoever carries out effects and gives the time. The runtime is one, the simulation another.

use crate::engine::{Accepted, Answer, BlobAnswer, DiskEffect, Notice, PeerEffect, Rejected, WorkEffect};
use dpgn_protocol::{
    block::{Block, Vote},
    units::{Height, Timestamp},
};

/// The world around a driver: the clock, the disk, the peers, the workers and the owner.
///
/// Every method may fail, and the first error ends the node: a simulated power cut is such an error. Methods that
/// change the disk return when the change is durable; no other one may wait.
#[expect(async_fn_in_trait, reason = "a host is driven in one task, whose future is Send if the host's are")]
pub trait Host {
    /// Why the node cannot go on.
    type Error: std::error::Error;
    /// The place where a peer's request is answered.
    type Peer;
    /// The place where a peer's request for a blob is answered.
    type Blob;
    /// The place where the owner's command is answered.
    type Owner;

    /// The time, for the next input.
    fn now(&self) -> Timestamp;

    /// Changes the disk; durable when it returns.
    async fn change(&mut self, effect: DiskEffect) -> Result<(), Self::Error>;

    /// The vote of this node at a height, as found on disk; none if it has not voted there.
    async fn vote(&mut self, height: Height) -> Result<Option<(Vote, Block)>, Self::Error>;

    /// Writes a vote and the body it is for; durable when it returns.
    async fn record_vote(&mut self, vote: Vote, body: Box<Block>) -> Result<(), Self::Error>;

    /// Says something to peers, or asks one.
    fn say(&mut self, effect: PeerEffect) -> Result<(), Self::Error>;

    /// Answers a peer's request.
    fn answer(&mut self, to: Self::Peer, answer: Answer) -> Result<(), Self::Error>;

    /// Answers a peer's request for a blob.
    fn stream(&mut self, to: Self::Blob, answer: BlobAnswer) -> Result<(), Self::Error>;

    /// Starts or stops work outside the loop.
    fn work(&mut self, effect: WorkEffect) -> Result<(), Self::Error>;

    /// Answers the owner's command.
    fn reply(&mut self, to: Self::Owner, result: Result<Accepted, Rejected>) -> Result<(), Self::Error>;

    /// Tells whoever listens what happened.
    fn notify(&mut self, notice: Notice) -> Result<(), Self::Error>;
}
