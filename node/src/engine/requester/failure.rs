//! Failures: why an own task has failed, in words for its owner, who sees neither ledger nor log.
//!
//! Each sentence says what is known, what became of the credits, and what to do next.

use dpgn_market::{Fault, Refused};
use dpgn_protocol::{finding::Finding, ids::ProofHash};

/// Tries to make a proof here that may fail by this machine's fault before a purchase is given up.
pub(super) const TRIES_MAX: u8 = 3;

/// The reasons why an own task fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// Several provers gave the award back and named the requester.
    #[error(
        "several provers said they did not get the circuit or the inputs that the bid promises; what was locked has \
         gone back, less fees: keep this node running and reachable until the proof is here, and buy it again"
    )]
    Unserved,
    /// All awards that the bid allows have ended without a proof.
    #[error(
        "every prover that it was awarded to has failed, and it may be awarded to no other; what was locked has gone \
         back, less fees: buy it again, and let it be shown to more provers"
    )]
    Exhausted,
    /// The deadline has passed without an award.
    #[error(
        "no prover took it before the deadline; what was locked has gone back, less fees: buy it again for a higher \
         reward or with more time"
    )]
    NotTaken,
    /// Every prover that had the award said that it was not served, and none of them has a name yet.
    #[error(
        "provers without a name gave it back and said that they were not served, which nobody can check; what was \
         locked has gone back, less fees and what their word has cost: make sure that this node can be reached, and \
         buy it again"
    )]
    Unclear,
    /// The table of open bids was full, and a bid that pays more for its time took this one's place.
    #[error(
        "the market was full, and a bid that pays more for its time has taken its place; what was locked has gone \
         back, less fees: buy it again for a higher reward or with less time"
    )]
    Displaced,
    /// The owner, or the node for want of provers that may see the inputs, took the bid back.
    #[error(
        "cancelled; what was locked has gone back, less fees and what a prover had earned: buy it again if it is still \
         wanted"
    )]
    Cancelled,
    /// The task ended in blocks that this node has not seen, and the ledger has forgotten it.
    #[error(
        "it ended while this node was away, in blocks that it has not seen, and the ledger no longer tells how: the \
         account's credits do, and a node with `archive = true`; buy it again if it is still wanted"
    )]
    Unseen,
    /// The ledger refuses the bid for good.
    #[error("the ledger did not take the bid up, and nothing was charged for it: {0}; mend that, and buy it again")]
    Refused(Refused),
    /// The committee has paid for a proof that this node finds bad.
    #[error(
        "the committee paid proof {proof}, but this node finds it {finding:?}: do not rely on it, and show this \
         message and the task's id to whoever runs the network"
    )]
    Disputed {
        /// The proof that was paid.
        proof: ProofHash,
        /// The finding of this node.
        finding: Finding,
    },
    /// The owner took it back while the proof was to be made here.
    #[error(
        "taken back before this node had made the proof itself; what was locked has gone back, less fees: buy it again if it is still wanted"
    )]
    TakenBack,
    /// The own workers have failed at the proof that was to be made here.
    #[error(
        "no prover made it, and the workers of this node have failed at it {TRIES_MAX} times, as its log tells; what was \
         locked has gone back, less fees: buy it again from a node with more memory, or for a higher reward"
    )]
    WorkerFailed,
    /// The inputs of a proof that was to be made here are not what the bid said.
    #[error(
        "no prover made it, and its inputs are no longer on this node's disk as they were bought; what was locked has gone \
         back, less fees: buy it again"
    )]
    InputsGone,
}

impl Failure {
    /// Whether it is certain that nobody has been paid for a proof and nobody will be, and its owner has not taken it back.
    pub(super) fn leaves_it_unpaid(&self) -> bool {
        match self {
            Self::Unserved
            | Self::Exhausted
            | Self::NotTaken
            | Self::Unclear
            | Self::Displaced
            | Self::Cancelled
            | Self::Refused(_) => true,
            Self::Unseen | Self::Disputed { .. } | Self::TakenBack | Self::WorkerFailed | Self::InputsGone => false,
        }
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Requester => Self::Unserved,
            Fault::Prover => Self::Exhausted,
            Fault::Network => Self::NotTaken,
            Fault::Unclear => Self::Unclear,
            Fault::Displaced => Self::Displaced,
        }
    }
}

/// The end of the sentence: to how many provers this node has shown the inputs of the task.
pub(super) fn seen_by(provers: usize) -> String {
    match provers {
        0 => "this node showed its inputs to nobody".to_owned(),
        1 => "this node showed its inputs to one prover".to_owned(),
        _ => format!("this node showed its inputs to {provers} provers"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Words that tell the owner to do something.
    const NEXT: [&str; 2] = ["buy it again", "show this message"];

    /// The failures; a new variant does not compile until it is one of them.
    fn all() -> Vec<Failure> {
        let proof = ProofHash::from_bytes([1; 32]);
        let faults = [Fault::Requester, Fault::Prover, Fault::Network, Fault::Unclear, Fault::Displaced];
        let faults = faults.map(Failure::from);
        let refused = Refused::NotActive { what: "sealing" };
        let more =
            [Failure::Cancelled, Failure::Refused(refused), Failure::Disputed { proof, finding: Finding::False }];
        let here = [Failure::TakenBack, Failure::WorkerFailed, Failure::InputsGone];
        let more = more.into_iter().chain([Failure::Unseen]).chain(here);
        let all: Vec<_> = faults.into_iter().chain(more).collect();
        let places = all.iter().map(|failure| match failure {
            Failure::Unserved => 0,
            Failure::Exhausted => 1,
            Failure::NotTaken => 2,
            Failure::Unclear => 3,
            Failure::Displaced => 4,
            Failure::Cancelled => 5,
            Failure::Refused(_) => 6,
            Failure::Disputed { .. } => 7,
            Failure::Unseen => 8,
            Failure::TakenBack => 9,
            Failure::WorkerFailed => 10,
            Failure::InputsGone => 11,
        });
        assert!(places.eq(0..all.len()));
        all
    }

    #[test]
    fn every_failure_says_why_and_what_to_do_next() {
        let told: Vec<String> = all().iter().map(Failure::to_string).collect();
        let distinct: BTreeSet<&str> = told.iter().filter_map(|why| why.split([';', ':']).next()).collect();
        let helpful = told.iter().filter(|why| NEXT.iter().any(|next| why.contains(next))).count();
        println!("{} failures: {} different reasons, {helpful} say what to do next", told.len(), distinct.len());
        assert_eq!((distinct.len(), helpful), (told.len(), told.len()));
        assert!(distinct.iter().all(|reason| reason.len() >= "cancelled".len()));
    }

    #[test]
    fn what_became_of_the_credits_is_told_as_it_is() {
        for failure in all() {
            let (why, came_back) = (failure.to_string(), "what was locked has gone back");
            match failure {
                Failure::Unserved
                | Failure::Exhausted
                | Failure::NotTaken
                | Failure::Unclear
                | Failure::Displaced
                | Failure::Cancelled
                | Failure::TakenBack
                | Failure::WorkerFailed
                | Failure::InputsGone => {
                    assert!(why.contains(came_back), "{why}");
                }
                // Nothing was ever locked, or all of it was paid.
                Failure::Refused(_) => {
                    assert!(why.contains("nothing was charged") && !why.contains(came_back), "{why}")
                }
                // Nobody here knows: the account does.
                Failure::Unseen => assert!(why.contains("credits") && !why.contains(came_back), "{why}"),
                Failure::Disputed { .. } => assert!(why.contains("paid") && !why.contains(came_back), "{why}"),
            }
        }
    }

    #[test]
    fn who_saw_the_inputs_is_told_by_number() {
        let told = [0, 1, 2, 3].map(seen_by);
        assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), 4);
        assert!(told[0].contains("nobody") && told[1].contains("one prover") && told[3].contains("3 provers"));
    }
}
