//! Words for what the ledger says in codes: how awards end, whose fault it is, what credits went for.

use dpgn_market::{AwardEnd, Cause, Fault, OpKind, Window};
use dpgn_protocol::{finding::Finding, ops::DeclineReason};

/// How an award came to nothing.
pub(crate) fn award_end(end: AwardEnd) -> String {
    match end {
        AwardEnd::Missed(Window::Start) => "the prover did not start in time".to_owned(),
        AwardEnd::Missed(Window::Alive) => "the prover gave no sign of life".to_owned(),
        AwardEnd::Missed(Window::Due) => "the proof did not come in time".to_owned(),
        AwardEnd::Missed(Window::Verdict) => "the committee did not agree on the proof".to_owned(),
        AwardEnd::Declined(reason) => format!("given back: {}", declined(reason)),
        AwardEnd::BadProof(Finding::Absent) => "the proof did not reach the committee".to_owned(),
        AwardEnd::BadProof(finding) => format!("the committee found the proof {finding:?}").to_lowercase(),
    }
}

fn declined(reason: DeclineReason) -> &'static str {
    match reason {
        DeclineReason::Unable => "the prover was unable",
        DeclineReason::NoRecipe => "the requester did not serve the circuit",
        DeclineReason::WrongRecipe => "what was served did not build the circuit",
        DeclineReason::NoInputs => "the requester did not serve the inputs",
        DeclineReason::WrongInputs => "the inputs were not those of the bid",
        DeclineReason::Unsatisfied => "the inputs did not satisfy the circuit",
    }
}

/// The party at fault if a task failed.
pub(crate) fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::Requester => "the requester's: several provers with a name did not get what the bid promises",
        Fault::Prover => "the provers': all that were allowed to try have failed",
        Fault::Network => "nobody's: no prover delivered before the deadline",
        Fault::Unclear => "nobody's, as far as the ledger can see: what was said, only two can know",
        Fault::Displaced => "nobody's: the market was full, and a bid that pays more took the place",
    }
}

/// What credits moved for, in few words.
pub(crate) fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Fee { op } => format!("fee: {}", op_kind(*op)),
        Cause::Sent => "sent".to_owned(),
        Cause::Received => "received".to_owned(),
        Cause::Opened => "bid".to_owned(),
        Cause::Awarded => "collateral".to_owned(),
        Cause::Paid => "proof bought".to_owned(),
        Cause::Earned => "proof sold".to_owned(),
        Cause::AwardEnded { end } => format!("award ended: {}", award_end(*end)),
        Cause::KeptLate => "collateral of a late proof".to_owned(),
        Cause::Returned => "another's proof was paid".to_owned(),
        Cause::LateStart => "start came late".to_owned(),
        Cause::Failed { .. } => "task failed".to_owned(),
        Cause::Cancelled => "task cancelled".to_owned(),
        Cause::Committee => "committee's share of fees".to_owned(),
        Cause::Forgotten => "account forgotten".to_owned(),
        Cause::Other => "other".to_owned(),
    }
}

fn op_kind(op: OpKind) -> String {
    format!("{op:?}").to_lowercase()
}
