//! The market's simulation: agents with strategies against the real ledger, in virtual time, from one seed.
//!
//! There is no model of the rules: every agent signs ops, every block is applied by
//! [`Ledger`](dpgn_market::Ledger). What is simulated are machines with true costs, requesters with true needs, and a
//! committee that tells the truth. A strategy is measured by pairs of runs that differ by nothing else.
//!
//! ```
//! use dpgn_market_sim::{scale::{Roles, Scale}, world::World};
//!
//! let scale = Scale { tasks: 20, ..Scale::small() };
//! let outcome = World::new(&scale, 7, Roles::HONEST).unwrap().run().unwrap();
//! assert_eq!(outcome.proved + outcome.failed, 20);
//! ```
//!
//! | file | what it is about |
//! |---|---|
//! | `draw`, `machine`, `circuits` | what is drawn: machines, needs, mishaps |
//! | `rules`, `lot` | how a bid finds its price and its winner: as here, or as rivals do it |
//! | `say`, `hear`, `chain` | the ledger's ops and events in a few words, and blocks |
//! | `agent`, `prover`, `requester`, `ticket` | who acts, by a conduct |
//! | `conduct`, `strategy` | how: each strategy is a conduct |
//! | `world`, `cast`, `scale`, `outcome` | one run |
//! | `measure`, `prices`, `newcomer`, `challenges` | what runs are compared by |
//! | `report`, `plot` | what people see |
//!
//! What must never happen: an agent that reads what its account could not know, or a measure that is tuned until it
//! shows what one hoped for.

pub mod agent;
pub mod cast;
pub mod chain;
pub mod challenges;
pub mod circuits;
pub mod conduct;
pub mod draw;
pub mod fail;
pub mod hear;
pub mod lot;
pub mod machine;
pub mod measure;
pub mod newcomer;
pub mod outcome;
pub mod plot;
pub mod prices;
pub mod prover;
pub mod report;
pub mod requester;
pub mod rules;
pub mod say;
pub mod scale;
pub mod strategy;
pub mod ticket;
pub mod world;
