//! Many nodes in one process and virtual time, with everything that can go wrong drawn from a seed.
//!
//! What runs here is what runs in a node: the driver, the engine, the consensus of one or of several and the ledger. Only the
//! host is simulated: a disk of maps, a network that loses, doubles and delays, workers that fail, and a power cut
//! between any two calls of the host. The verifier data are a real circuit's; a proof is a string of the right
//! length that says itself what a worker would find, so nothing here tests cryptography.
//!
//! ```
//! use dpgn_sim::{Adversary, Faults, World, buy, run};
//!
//! let mut world = World::new(7, &[Adversary::None], 1, |_| Faults::NONE);
//! buy(&mut world, 2..3, 1);
//! let outcome = run(&mut world).unwrap();
//! assert_eq!((outcome.completed, outcome.failed), (1, 0));
//! ```
//!
//! The same seed gives the same run, to the last effect. A failing test prints its seed and how to replay it.

#![expect(clippy::unwrap_used, reason = "equipment of tests: a simulation that cannot go on fails by panicking")]

mod adversary;
mod asking;
mod cast;
mod check;
mod council;
mod disk;
mod event;
mod faults;
mod forge;
mod host;
mod lie;
mod links;
mod lying;
mod node;
mod parting;
mod perform;
mod pry;
mod run;
pub mod setup;
mod trace;
mod world;

pub use adversary::Adversary;
pub use check::Checker;
pub use disk::{Disk, Forgets};
pub use faults::{Chance, Faults};
pub use host::{PowerCut, SimHost};
pub use lie::Lie;
pub use node::{Machine, Node};
pub use run::{Outcome, buy, each_of, each_seed, run};
pub use world::World;
