//! Stalled: an open task that no standing ask can take, and why.
//!
//! Whether it waits in vain is the ledger's to say: the rule is that of `dpgn task explain`.

use dpgn_market::{Event, Ledger, Obstacle, StandsAt};
use dpgn_protocol::ids::TaskId;
use std::fmt::Write;

/// Why no standing ask can take a task; none if one can, now or as soon as its prover has room or the reward has risen.
pub(super) fn why(ledger: &Ledger, task: TaskId) -> Option<String> {
    let told = ledger.explain_task(task, None, 0)?;
    match told.standing {
        StandsAt::NoAsks => return Some("no prover has an ask standing".to_owned()),
        StandsAt::NoneCan => {}
        StandsAt::Rises
        | StandsAt::NoneCanNow
        | StandsAt::NextAuction
        | StandsAt::SealedRound
        | StandsAt::Start
        | StandsAt::Proof
        | StandsAt::Findings { .. }
        | StandsAt::Paid { .. }
        | StandsAt::Failed
        | StandsAt::Cancelled { .. } => return None,
    }
    let mut why = "no standing ask can take it:".to_owned();
    for refusals in told.answers?.refused {
        let _ = write!(why, " {} {};", refusals.asks, in_words(refusals.obstacle));
    }
    why.pop();
    Some(why)
}

/// What asks do that meet this obstacle.
fn in_words(obstacle: Obstacle) -> &'static str {
    match obstacle {
        Obstacle::Level => "do not sell its level",
        Obstacle::Degree => "take only smaller circuits",
        Obstacle::Builder => "cannot build its circuit",
        Obstacle::Price => "ask more than its reward",
        Obstacle::Rising => "ask more than its reward is yet",
        Obstacle::Excluded => "are excluded by its lists",
        Obstacle::Failed => "have had it and did not prove it",
        Obstacle::TooSlow => "are too slow for its deadline",
        Obstacle::Reputation => "have too low a reputation",
        Obstacle::CollateralMax => "put up less collateral than it takes",
        Obstacle::Capacity => "hold all the awards they can",
        Obstacle::Share => "have had their share of the block",
        Obstacle::New => "count from the next block",
        Obstacle::Collateral => "are short of collateral",
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
        | Event::Ticketed { .. }
        | Event::TicketReturned { .. }
        | Event::Stake(_)
        | Event::EpochEnded { .. } => false,
    }
}
