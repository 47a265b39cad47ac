//! A job: one award of this node's own, and how far the work for it is.

use super::super::input::JobError;
use dpgn_protocol::{
    award::AwardId,
    ids::{AccountId, ProofHash},
    ops::DeclineReason,
    units::{Millis, Timestamp},
    wire::ProofStage,
};
use std::collections::BTreeMap;

/// The pause between two tries for the same bytes.
pub(super) const RETRY: Millis = Millis::from_secs(1);
/// Tries for the same bytes before the award is given back.
const TRIES_MAX: u32 = 8;
/// Tries of a worker that fails: what killed one is likely to kill the next.
const WORKER_TRIES_MAX: u32 = 2;
/// The time for which a coordinator that did not take a proof is left alone.
const PUSH_AGAIN: Millis = Millis::from_secs(3);

/// One award and the work for it.
pub(super) struct Job {
    /// The award that the work is for.
    pub(super) award: AwardId,
    pub(super) stage: JobStage,
    /// Failed tries of this stage.
    pub(super) tries: u32,
    /// Earliest time for the next try.
    pub(super) next: Timestamp,
    /// Number of the last progress report.
    pub(super) sequence: u32,
    /// The time of that report.
    pub(super) reported: Timestamp,
    /// The stage and the thousandths that are known last; absent before the first.
    pub(super) said: Option<(ProofStage, u16)>,
    /// The time by which the inputs must be here, however often they are asked for; absent before they are. The
    /// ledger's time.
    pub(super) inputs_by: Option<Timestamp>,
    /// Whether what was waited for last is not to be held against the requester: a busy or broken worker, a suspended
    /// machine, another version.
    pub(super) is_own_doing: bool,
}

/// The stage of the work for an award.
pub(super) enum JobStage {
    /// The prover gets the recipe.
    Recipe {
        /// Whether it has been asked for.
        asked: bool,
    },
    /// A worker builds the circuit.
    Building,
    /// The circuit is built; `Start` and the inputs are next.
    Built {
        /// Whether the inputs have been asked for.
        asked: bool,
    },
    /// The inputs are here; the job waits for its turn.
    Ready,
    /// The circuit is proved, since then: the ledger's time.
    Proving(Timestamp),
    /// The proof is on disk.
    Proved {
        /// The proof, by its hash.
        proof: ProofHash,
        /// The length of the proof, in bytes.
        len: u32,
        /// The pushes of the proof to the coordinators.
        pushes: Pushes,
    },
    /// Given back; waiting for the ledger to take note.
    Declined(DeclineReason),
}

impl JobStage {
    /// Whether `Start` has been sent and stands.
    pub(super) fn is_bound(&self) -> bool {
        matches!(self, Self::Built { asked: true } | Self::Ready | Self::Proving(_) | Self::Proved { .. })
    }

    /// Whether a worker is or will be needed for a proof.
    pub(super) fn needs_worker(&self) -> bool {
        match self {
            Self::Recipe { .. } | Self::Building | Self::Built { .. } | Self::Ready | Self::Proving(_) => true,
            Self::Proved { .. } | Self::Declined(_) => false,
        }
    }
}

/// The next thing to do after a failed try.
pub(super) enum Next {
    /// Try again later.
    Again,
    /// Give the award back.
    GiveBack,
}

impl Job {
    pub(super) fn new(now: Timestamp, award: AwardId, stage: JobStage) -> Self {
        Self {
            award,
            stage,
            tries: 0,
            next: now,
            sequence: 0,
            reported: now,
            said: None,
            inputs_by: None,
            is_own_doing: false,
        }
    }

    /// A try has failed. What may only need time is tried again; the award's windows are the limit.
    pub(super) fn failed(&mut self, now: Timestamp, error: JobError) -> Next {
        let (tries_max, is_own_doing) = match error {
            JobError::Busy => (u32::MAX, true),
            JobError::RequesterBusy => (u32::MAX, false),
            JobError::Unreachable | JobError::Refused => (TRIES_MAX, false),
            JobError::Worker => (WORKER_TRIES_MAX, true),
            JobError::Wrong | JobError::Unsatisfied => (0, false),
            // Time mends none of these.
            JobError::OtherVersion | JobError::NoRoom | JobError::Cancelled => (0, true),
        };
        self.is_own_doing = is_own_doing;
        self.tries = self.tries.saturating_add(1);
        self.next = now.after(RETRY);
        if self.tries < tries_max { Next::Again } else { Next::GiveBack }
    }

    /// The next stage is reached.
    pub(super) fn enters(&mut self, stage: JobStage) {
        (self.stage, self.tries, self.is_own_doing) = (stage, 0, false);
    }

    /// The reason to tell the ledger when the job has waited for too long.
    pub(super) fn waited_for(&self) -> DeclineReason {
        match self.stage {
            JobStage::Recipe { .. } if !self.is_own_doing => DeclineReason::NoRecipe,
            JobStage::Built { asked } if !self.is_own_doing && (asked || self.tries > 0) => DeclineReason::NoInputs,
            JobStage::Recipe { .. }
            | JobStage::Building
            | JobStage::Built { .. }
            | JobStage::Ready
            | JobStage::Proving(_)
            | JobStage::Proved { .. }
            | JobStage::Declined(_) => DeclineReason::Unable,
        }
    }
}

/// The pushes of a proof's bytes to the coordinators. At most one push to each is under way.
#[derive(Default)]
pub(super) struct Pushes(BTreeMap<AccountId, Push>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Push {
    UnderWay,
    /// The push came to nothing at this time.
    Failed(Timestamp),
    Accepted,
}

impl Pushes {
    /// Whether to push to a coordinator now; if so, the push is under way.
    pub(super) fn begin(&mut self, now: Timestamp, to: AccountId) -> bool {
        let is_due = match self.0.get(&to) {
            None => true,
            Some(Push::Failed(at)) => now >= at.after(PUSH_AGAIN),
            Some(Push::UnderWay | Push::Accepted) => false,
        };
        if is_due {
            self.0.insert(to, Push::UnderWay);
        }
        is_due
    }

    /// Takes note that a push has ended.
    pub(super) fn end(&mut self, now: Timestamp, to: AccountId, is_accepted: bool) {
        self.0.insert(to, if is_accepted { Push::Accepted } else { Push::Failed(now) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_push_to_a_member_is_under_way_however_long_it_takes() {
        let (mut pushes, member, now) = (Pushes::default(), AccountId::from_bytes([1; 32]), Timestamp::new(1_000));
        let begun = (0..1_200).filter(|n| pushes.begin(now.after(Millis::new(50 * n)), member)).count();
        assert_eq!(begun, 1, "in a minute of ticks");
        let end = now.after(Millis::from_secs(60));
        pushes.end(end, member, false);
        assert!(!pushes.begin(end, member), "it is left alone for a while");
        assert!(pushes.begin(end.after(PUSH_AGAIN), member));
        pushes.end(end, member, true);
        assert!(!pushes.begin(end.after(Millis::from_secs(600)), member));
    }
    /// The time to wait for inputs is bounded by their window. A requester whose places others had taken was given up
    /// after eight seconds, at the cost of a decline for both.
    #[test]
    fn a_requester_that_is_busy_is_asked_as_long_as_its_window_is_open() {
        let tries = |error| {
            let award = AwardId { task: dpgn_protocol::ids::TaskId::from_bytes([1; 32]), number: 1 };
            let mut job = Job::new(Timestamp::new(0), award, JobStage::Built { asked: true });
            let again = |n: &u64| matches!(job.failed(Timestamp::new(n * 1_000), error), Next::Again);
            (0..600).take_while(again).count()
        };
        let (refused, busy) = (tries(JobError::Refused), tries(JobError::RequesterBusy));
        println!("asked again after a refusal {refused} times; while it is busy {busy} times in 600 s");
        assert_eq!((refused, busy), (7, 600));
    }
}
