//! What is decided in DPGN: order book, auction, assignments, accounts, reputation. Pure.
//!
//! A [`Ledger`] is a state machine: [`Ledger::apply`] takes one block's ops and gives what they did. The same
//! blocks give the same state, and the same [root](Ledger::root), on every machine.
//!
//! What must never happen: a clock, a disk, a network, a random number, a float or an unordered map in here;
//! a call that fails and has changed something; a credit made or lost.
//!
//! ```
//! use dpgn_market::{Body, Ledger, Refused};
//! use dpgn_protocol::{
//!     bounded::{List, Text},
//!     committee::{Committee, Member},
//!     genesis::{Allocation, Genesis, Params},
//!     ids::BlockHash,
//!     ops::{Action, Op, SignedOp},
//!     sign::Keypair,
//!     units::{Credits, Millis, Power, Timestamp},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (alice, bob) = (Keypair::from_seed(&[1; 32]), Keypair::from_seed(&[2; 32]));
//! let mut ledger = Ledger::new(&Genesis {
//!     name: Text::new("example")?,
//!     time: Timestamp::new(1_700_000_000_000),
//!     committee: Committee::new(vec![Member { account: alice.account(), power: Power::new(1) }])?,
//!     accounts: List::new(vec![Allocation { account: alice.account(), credits: Credits::new(1_000_000) }])?,
//!     params: Params::default(),
//! })?;
//!
//! let time = ledger.time().after(Millis::new(200));
//! let nonce = ledger.free_nonces(alice.account())[0];
//! let action = Action::Transfer { to: bob.account(), amount: Credits::new(300_000) };
//! let op = Op { nonce, expires: time.after(Millis::from_secs(60)), sponsor: None, action };
//! let op = SignedOp::new(alice.sign(ledger.network(), op)?);
//! ledger.check(&op, time)?;
//!
//! let parent = BlockHash::from_bytes([0; 32]);
//! let body = Body { parent, time, proposer: alice.account(), last_commit: None, ops: &[op.clone()] };
//! let applied = ledger.apply(body)?;
//! assert_eq!(applied.state_root, ledger.root()?);
//! assert_eq!(ledger.account(bob.account()).map(|a| a.balance), Some(Credits::new(300_000)));
//! assert!(matches!(ledger.check(&op, time), Err(Refused::NonceOld { .. })), "good once");
//! # Ok(())
//! # }
//! ```
//!
//! The auction can be had without a ledger: the same shelves, score and reputation, for a book of plain orders. What it
//! leaves out is written down at [`OrderBook`], what each field of an order means at [`BidOrder`] and [`AskOrder`], and the
//! numbers of a reputation at [`ReputationConfig`].
//!
//! ```
//! use dpgn_market::{AskOrder, AuctionConfig, AuctionEngine, BidOrder, OrderBook, ReputationTracker, TrackedProof};
//! use dpgn_protocol::{
//!     ids::{AccountId, TaskId},
//!     units::{Credits, Degree, Level, Millis, Ppm, Priority},
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let [alice, bob, requester] = [1, 2, 3].map(|n| AccountId::from_bytes([n; 32]));
//! let (level, degree) = (Level::new(2)?, Degree::new(12)?);
//!
//! let mut order_book = OrderBook::new(1_000, 1_000);
//! let ask = |prover, price| {
//!     let (price, time) = (Credits::new(price), Millis::from_secs(4));
//!     AskOrder { prover, level, degree, price, time, capacity: 2 }
//! };
//! order_book.ask(ask(alice, 100))?;
//! order_book.ask(ask(bob, 110))?;
//! order_book.bid(BidOrder {
//!     task: TaskId::from_bytes([9; 32]),
//!     level,
//!     degree,
//!     reward: Credits::new(150),
//!     priority: Priority::new(10)?,
//!     reputation_min: Ppm::new(0),
//!     time_max: Millis::from_secs(60),
//! })?;
//!
//! let mut reputation_tracker = ReputationTracker::new(1_000);
//! let proof = TrackedProof { quality: Ppm::new(950_000), time: Ppm::new(800_000), punctuality: Ppm::ONE };
//! reputation_tracker.succeed(bob, requester, Credits::new(2_500), proof)?;
//!
//! let config = AuctionConfig {
//!     price_weight: Ppm::new(700_000),      // 70 % weight on price
//!     reputation_weight: Ppm::new(300_000), // 30 % weight on reputation
//! };
//! let engine = AuctionEngine::with_config(config)?;
//! let result = engine.run_auction_with_reputation(&order_book, &reputation_tracker, 10);
//! assert_eq!((result[0].prover, result[0].price, result[0].runner_up), (bob, Credits::new(110), Some(alice)));
//! # Ok(())
//! # }
//! ```
//!
//! Five rooms, each of which imports only those before it:
//!
//! | room | what it is about |
//! |---|---|
//! | `state` | who holds what: accounts, credit pools, tasks, circuits, the order book, bonds and stakes, the clock |
//! | `rules` | functions of the state: eligibility, auction, quality, reputation, windows, fees, blame, election |
//! | `apply` | what a block changes: admission, plan (validate), perform (commit), ending, propose |
//! | `standalone` | the auction alone: an order book, a reputation tracker, an engine; imports `state` and `rules` |
//! | `explain` | why, in plain data: the rules called once more, old blocks applied again while somebody looks on |
//!
//! `view` is what others may read. Start with `state/ledger.rs`, then [`Stage`] (the life of a task), then
//! `apply/block.rs`, which strings the rest together; [`Refused`] says why an op is not applied.

#![warn(clippy::wildcard_enum_match_arm)]

/// README's example of this crate runs as a test.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

mod apply;
mod explain;
mod rules;
mod standalone;
mod state;
mod view;

pub use apply::{
    block::{Applied, BlockError, Body},
    event::{Event, RoundNews, StakeNews},
    plan::sealed::Sealable,
    propose::{BlockDraft, LeftOut},
    refused::Refused,
};
pub use explain::{
    answers::{Answers, AskAnswer, Refusals, ScoredTerms},
    ask::AskShown,
    auction::{AuctionReplayed, AuctionScope, Auditor, AwardLine, BidReplayed},
    books::{Bookkeeper, UNPAID_MAX},
    cost::{BidCost, UnbuiltBid},
    election::{CandidateTold, ElectionTold, StakesTold},
    history::{Chronicler, HistoryLine, TaskEvent, TaskHistory},
    quote::{Basis, Expected, Quote, RoundQuoted, Spread, Wanted},
    reputation::{Component, Counterparty, ReputationExplained},
    round::{RoundPhase, RoundTold},
    statement::{Cause, Held, NoPay, OpKind, Statement, StatementLine, Sum, Unpaid},
    task::{AttemptTold, AwardTold, ProverTold, StandsAt, TaskExplained, Verdict},
};
pub use rules::{
    election::Candidacy, eligibility::Ineligible, obstacle::Obstacle, quality::Quality, reputation::Reputation,
    sealed::SealedTurn,
};
pub use standalone::{
    AskOrder, AuctionAward, AuctionConfig, AuctionEngine, BidOrder, ConfigError, OpenAuction, OrderBook, OrderError,
    ReputationConfig, ReputationConfigError, ReputationTracker, TrackedProof, TrackerFull,
};
pub use state::{
    assembly::{Assembly, AssemblyError, FinishError, TakeError},
    award::{Attempt, Award, AwardEnd, Delivery, LateProof, Terms, Window},
    book::Standing,
    chunks::MakeChunkError,
    circuit::Registered,
    clock::Moment,
    coins::Short,
    fault::Fault,
    funds::Supply,
    genesis::GenesisError,
    inconsistent::Inconsistent,
    ledger::Ledger,
    rates::GoingRate,
    round::{Phase, Round, SealedAsk},
    status::Status,
    step::IllegalStep,
    task::{Stage, Task},
};
pub use view::{AccountView, AwardView, TaskView};
