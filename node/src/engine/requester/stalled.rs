//! Stalled: an open task that no standing ask can take, and why.

use dpgn_market::{Event, Ineligible, Ledger, Stage};
use dpgn_protocol::ids::TaskId;
use std::{collections::BTreeMap, fmt::Write};

/// Why no standing ask can take a task; none if one can, now or as soon as its prover has room.
pub(super) fn why(ledger: &Ledger, task: TaskId) -> Option<String> {
    if ledger.task(task)?.task.stage != Stage::Pending {
        return None;
    }
    let standing = ledger.explain_award(task)?.standing;
    if standing.is_empty() {
        return Some("no prover has an ask standing".to_owned());
    }
    let mut reasons = BTreeMap::<&'static str, usize>::new();
    for considered in standing {
        match considered.terms {
            Ok(_) => return None,
            Err(reason) => *reasons.entry(lasting(reason)?).or_default() += 1,
        }
    }
    let mut why = "no standing ask can take it:".to_owned();
    for (reason, count) in reasons {
        let _ = write!(why, " {count} {reason};");
    }
    why.pop();
    Some(why)
}

/// The reason that keeps an ask from a task for good; none if it passes.
fn lasting(reason: Ineligible) -> Option<&'static str> {
    match reason {
        Ineligible::Level(_) => Some("do not sell its level"),
        Ineligible::Degree { .. } => Some("take only smaller circuits"),
        Ineligible::Builder => Some("cannot build its circuit"),
        Ineligible::Price { .. } => Some("ask more than its reward"),
        Ineligible::Excluded => Some("are excluded by its lists"),
        Ineligible::Failed => Some("have had it and did not prove it"),
        Ineligible::TooSlow { .. } => Some("are too slow for its deadline"),
        Ineligible::Reputation { .. } => Some("have too low a reputation"),
        Ineligible::CollateralMax { .. } => Some("put up less collateral than it takes"),
        Ineligible::Capacity { .. } | Ineligible::New | Ineligible::Share(_) | Ineligible::Collateral { .. } => None,
    }
}

/// Whether an event may change which asks there are.
pub(super) fn changes_book(event: &Event) -> bool {
    matches!(event, Event::Asked { .. } | Event::Withdrawn { .. })
}

/// Whether a task waits for an ask from this event on.
pub(super) fn opens(event: &Event, task: TaskId) -> bool {
    match event {
        Event::Opened { task: opened, .. } | Event::Reopened { task: opened } | Event::Raised { task: opened, .. } => {
            *opened == task
        }
        // It may be somebody else's, or have ended, as well.
        Event::Awarded { task: awarded, .. } | Event::AwardEnded { task: awarded, .. } => *awarded == task,
        Event::Registered { .. }
        | Event::Asked { .. }
        | Event::Withdrawn { .. }
        | Event::Started { .. }
        | Event::Delivered { .. }
        | Event::KeptLate { .. }
        | Event::Settled(_)
        | Event::Failed { .. }
        | Event::Cancelled { .. }
        | Event::Round { .. }
        | Event::EpochEnded { .. } => false,
    }
}
