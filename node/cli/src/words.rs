//! Words for what the ledger says in codes: how awards end, whose fault it is, what credits went for.

use crate::amounts::{credits, seconds, share};
use dpgn_market::{AwardEnd, Candidacy, Cause, Fault, Ineligible, NoPay, Obstacle, OpKind, Refusals, Window};
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
        Fault::Requester => {
            "the requester's: several provers with an earned reputation did not get what the bid promises"
        }
        Fault::Prover => "the provers': all that were allowed to try have failed",
        Fault::Network => "nobody's: no prover delivered before the deadline",
        Fault::Unclear => "nobody's, as far as the ledger can see: what was said, only two can know",
        Fault::Displaced => "nobody's: the market was full, and a bid that pays more took the place",
    }
}

/// How many asks cannot take a bid, and why.
pub(crate) fn refusals(refusals: &Refusals) -> String {
    let many = refusals.asks != 1;
    let passes = if refusals.is_lasting { "" } else { "; that may pass" };
    format!("{} {}{passes}", refusals.asks, obstacle(refusals.obstacle, many))
}

fn obstacle(obstacle: Obstacle, many: bool) -> &'static str {
    let (one, more) = match obstacle {
        Obstacle::Level => ("that does not sell the level", "that do not sell the level"),
        Obstacle::Degree => ("that takes only smaller circuits", "that take only smaller circuits"),
        Obstacle::Builder => ("that cannot build the circuit", "that cannot build the circuit"),
        Obstacle::Price => ("that asks more than the reward", "that ask more than the reward"),
        Obstacle::Rising => ("that asks more than the reward is yet", "that ask more than the reward is yet"),
        Obstacle::Excluded => ("that the bid's lists exclude", "that the bid's lists exclude"),
        Obstacle::Failed => ("that had it and did not prove it", "that had it and did not prove it"),
        Obstacle::Reputation => ("whose reputation is too low", "whose reputations are too low"),
        Obstacle::TooSlow => ("that is too slow for the deadline", "that are too slow for the deadline"),
        Obstacle::Capacity => ("that holds all the awards it can", "that hold all the awards they can"),
        Obstacle::Share => ("that has had its share of this block", "that have had their share of this block"),
        Obstacle::New => ("that counts from the next block", "that count from the next block"),
        Obstacle::CollateralMax => ("that puts up less collateral than it takes", "that put up less collateral"),
        Obstacle::Collateral => ("whose guarantor is short of collateral", "whose guarantors are short of collateral"),
    };
    if many { more } else { one }
}

/// Why an ask cannot be awarded a bid, with its numbers.
pub(crate) fn ineligible(reason: Ineligible) -> String {
    match reason {
        Ineligible::Price { price, reward } => format!("asks {}, at most {} are paid", credits(price), credits(reward)),
        Ineligible::Reputation { has, required } => {
            format!("has a reputation of {}, {} is required", share(has), share(required))
        }
        Ineligible::TooSlow { needed, left } => format!("needs {}, {} are left", seconds(needed), seconds(left)),
        Ineligible::CollateralMax { max, required } => {
            format!("puts up a collateral of at most {}, {} are required", credits(max), credits(required))
        }
        Ineligible::Collateral { available, required } => {
            format!("has {} for a collateral of {}", credits(available), credits(required))
        }
        Ineligible::Level(_)
        | Ineligible::Degree { .. }
        | Ineligible::Builder
        | Ineligible::Excluded
        | Ineligible::Failed
        | Ineligible::Capacity { .. }
        | Ineligible::Share(_)
        | Ineligible::New => reason.to_string(),
    }
}

/// Why no proof of an award was paid.
pub(crate) fn no_pay(why: NoPay) -> String {
    match why {
        NoPay::Ended(end) => award_end(end),
        NoPay::Cancelled => "the requester took the task back".to_owned(),
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
        Cause::Sealed => "deposit of a sealed ask".to_owned(),
        Cause::DepositReturned => "deposit returned".to_owned(),
        Cause::DepositLost => "deposit lost".to_owned(),
        Cause::Ticketed => "ticket for a draw of challenges".to_owned(),
        Cause::TicketReturned => "ticket returned".to_owned(),
        Cause::Failed { .. } => "task failed".to_owned(),
        Cause::Cancelled => "task cancelled".to_owned(),
        Cause::Bonded => "bond as a candidate".to_owned(),
        Cause::Voted => "stake on a candidate".to_owned(),
        Cause::Unlocked => "bond or stake is free again".to_owned(),
        Cause::Slashed => "bond burned: evidence of two words".to_owned(),
        Cause::Committee => "committee's share of fees".to_owned(),
        Cause::Forgotten => "account forgotten".to_owned(),
        Cause::Other => "other".to_owned(),
    }
}

/// Whether a candidate may be elected, and if not why not.
pub(crate) fn candidacy(candidacy: Candidacy) -> &'static str {
    match candidacy {
        Candidacy::Eligible => "yes",
        Candidacy::Silent => "no: it has not said yet in this epoch that it stands",
        Candidacy::NoBond => "no: its bond is too small",
        Candidacy::Absent => "no: it is in office and was absent in this epoch",
        Candidacy::Slashed => "no: its bond was burned in this epoch",
    }
}

fn op_kind(op: OpKind) -> String {
    format!("{op:?}").to_lowercase()
}
