//! Applying blocks: which ops may stand in one, what each does, what ends, what is awarded. The only writer.
//!
//! An op goes through two phases: `plan` validates it and changes nothing, `perform` commits the plan.

pub(crate) mod admission;
pub(crate) mod awarding;
pub(crate) mod block;
pub(crate) mod calls;
pub(crate) mod challenges;
pub(crate) mod ending;
pub(crate) mod epoch;
pub(crate) mod event;
pub(crate) mod judging;
pub(crate) mod overdue;
pub(crate) mod perform;
pub(crate) mod plan;
pub(crate) mod propose;
pub(crate) mod refused;
pub(crate) mod rising;
pub(crate) mod sealing;
pub(crate) mod staking;
pub(crate) mod starting;
pub(crate) mod watch;
