//! The host: whoever carries out effects and gives the time. The runtime is one, the simulation another.

use crate::{
    consensus::bft::{Record, Timer},
    engine::{Accepted, Answer, BlobAnswer, DiskEffect, Notice, PeerEffect, Rejected, WorkEffect},
};
use dpgn_protocol::{
    block::Block,
    ids::BlockHash,
    units::{Height, Millis, Timestamp},
};
use std::collections::BTreeMap;

/// What consensus has logged at a height: its records in order, and the blocks that they hold valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    /// The records, in the order in which they were written.
    pub records: Vec<Record>,
    /// The blocks, by their hashes.
    pub bodies: BTreeMap<BlockHash, Block>,
}

/// Something that consensus waits for, in this node's own time, whatever the clock on the wall says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    /// A timer of consensus.
    Timer(Timer),
    /// The time to show a lock of this round.
    Show {
        /// The round that a block was locked in.
        round: u32,
    },
}

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

    /// What consensus has logged at a height, as found on disk; empty if it has said and heard nothing there.
    async fn log(&mut self, height: Height) -> Result<Log, Self::Error>;

    /// Adds to the log of a height; durable when it returns.
    async fn append(&mut self, height: Height, more: Log) -> Result<(), Self::Error>;

    /// Starts an alarm that ends in [`Driver::alarm`](super::Driver::alarm), in the place of the same one if it runs.
    fn set_alarm(&mut self, height: Height, alarm: Alarm, after: Millis) -> Result<(), Self::Error>;

    /// Stops an alarm if it runs, or all of them.
    fn stop_alarm(&mut self, alarm: Option<Alarm>) -> Result<(), Self::Error>;

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
