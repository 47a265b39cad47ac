//! Progress: which stage, how far the whole. It only rises, and every report is a chance to stop.

use super::{Backend, Batch, CommitError, CommitPlan, Polynomials, ProveError};
use std::ops::ControlFlow;

/// What a prover is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Filling in and checking the witness.
    Witness,
    /// Committing to the wires: more than half of all.
    Wires,
    /// The permutation and lookup arguments.
    Permutation,
    /// Evaluating the quotient and committing to it.
    Quotient,
    /// Opening at a random point, FRI, and the last check.
    Openings,
}

impl Stage {
    /// From where to where this stage goes, in thousandths of the whole. Measured at 2^16 rows.
    const fn span(self) -> (u16, u16) {
        match self {
            Self::Witness => (0, 60),
            Self::Wires => (60, 640),
            Self::Permutation => (640, 760),
            Self::Quotient => (760, 970),
            Self::Openings => (970, 1_000),
        }
    }
}

/// How far a proof is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: Stage,
    /// How much of the whole is done, in thousandths.
    pub permille: u16,
}

/// Reports to whoever watches, and turns its `Break` into an error.
pub(super) struct Meter<'a> {
    watch: &'a mut dyn FnMut(Progress) -> ControlFlow<()>,
    permille: u16,
}

impl<'a> Meter<'a> {
    pub(super) fn new(watch: &'a mut dyn FnMut(Progress) -> ControlFlow<()>) -> Self {
        Self { watch, permille: 0 }
    }

    /// `done` of `all` parts of a stage are done.
    pub(super) fn at(&mut self, stage: Stage, done: usize, all: usize) -> Result<(), ProveError> {
        let (from, to) = stage.span();
        let share = usize::from(to - from) * done.min(all) / all.max(1);
        let now = from.saturating_add(u16::try_from(share).unwrap_or(0));
        self.permille = self.permille.max(now);
        let permille = self.permille;
        match (self.watch)(Progress { stage, permille }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(ProveError::Cancelled { permille }),
        }
    }

    /// Lets `backend` commit. In the quotient's stage the evaluation comes first and takes half.
    pub(super) fn commit(
        &mut self,
        stage: Stage,
        backend: &dyn Backend,
        polynomials: Polynomials,
        plan: &CommitPlan<'_>,
    ) -> Result<Batch, ProveError> {
        let before = if stage == Stage::Quotient { 1_000 } else { 0 };
        let mut stopped = None;
        let committed = backend.commit(polynomials, plan, &mut |permille| match self.at(
            stage,
            before + usize::from(permille),
            before + 1_000,
        ) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                stopped = Some(error);
                ControlFlow::Break(())
            }
        });
        match (committed, stopped) {
            (Ok(batch), _) => Ok(batch),
            (Err(CommitError::Cancelled), Some(error)) => Err(error),
            (Err(source), _) => Err(ProveError::Commit { stage, source }),
        }
    }
}
