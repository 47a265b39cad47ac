//! Binding: when a signed `Start` entitles its signer to the inputs.
//!
//! Whoever has seen the inputs must be bound by its collateral, and the bid's disclosures must count it: so the
//! `Start` that is shown has to be one that a block will hold. Today it is an op with a nonce and an expiry; what
//! makes it binding is asked here alone, and changes here when it becomes a statement of its own.
//!
//! This node counts for itself whom it has shown the inputs to: whatever becomes of a `Start`, no more provers see
//! them than the bid allows.

use super::super::record::{Disclosure, TaskRecord};
use dpgn_market::{Ledger, Refused, Stage};
use dpgn_protocol::{
    genesis::Params,
    ids::{AccountId, TaskId},
    ops::{Action, SignedOp},
    units::{Millis, Timestamp},
};

/// Blocks that a `Start` must live to see.
const BLOCKS: u64 = 8;
/// Time for it to reach the coordinators, whatever the interval between blocks.
const MARGIN: Millis = Millis::from_secs(3);

/// Why inputs are not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unbound {
    #[error("the asker does not hold the live award")]
    NotAwarded,
    #[error("what it shows is no Start of its own for this task")]
    NoStart,
    #[error("its Start lives until {expires}, a block may take until {needed}")]
    TooShort { expires: Timestamp, needed: Timestamp },
    #[error("no block can hold its Start: {0}")]
    Void(Refused),
    #[error("the window for its Start closes at {closes}, a block may take until {needed}")]
    TooLate { closes: Timestamp, needed: Timestamp },
    #[error("it was shown the inputs for another Start, which is undecided")]
    OtherStart,
    #[error("{shown} provers have been shown the inputs, as many as the bid allows")]
    TooMany { shown: usize },
}

/// Whether whoever asks with this `Start` may see the inputs; what is to be written down before it does, if it has
/// not seen them before.
pub(super) fn discloses(
    ledger: &Ledger,
    now: Timestamp,
    record: &TaskRecord,
    from: AccountId,
    start: &SignedOp,
) -> Result<Option<Disclosure>, Unbound> {
    binds(ledger, now, record.task, from, start)?;
    let Some(view) = ledger.task(record.task) else { return Err(Unbound::NotAwarded) };
    let is_undecided = matches!(view.task.stage, Stage::Assigned(_));
    let shown = record.shown.len();
    match record.shown.iter().find(|shown| shown.prover == from) {
        Some(earlier) if is_undecided && earlier.start != start.id() => Err(Unbound::OtherStart),
        Some(_) => Ok(None),
        None if shown >= usize::from(view.task.bid.disclosures_max) => Err(Unbound::TooMany { shown }),
        None => Ok(Some(Disclosure { prover: from, start: start.id() })),
    }
}

/// Whether the ledger would have more provers see the inputs than this node shows them to: a `Start` that was shown
/// was never decided. Nobody can complete the task any more.
pub(super) fn is_used_up(ledger: &Ledger, record: &TaskRecord) -> bool {
    let Some(task) = ledger.task(record.task).map(|view| view.task) else { return false };
    let is_full = record.shown.len() >= usize::from(task.bid.disclosures_max);
    match &task.stage {
        Stage::Pending => is_full && task.late.is_none(),
        Stage::Assigned(award) => is_full && !record.shown.iter().any(|shown| shown.prover == award.prover),
        Stage::InProgress(_)
        | Stage::Delivered(..)
        | Stage::Completed { .. }
        | Stage::Failed { .. }
        | Stage::Cancelled { .. } => false,
    }
}

/// Whether this `Start` binds whoever asks for the inputs.
pub(super) fn binds(
    ledger: &Ledger,
    now: Timestamp,
    task: TaskId,
    from: AccountId,
    start: &SignedOp,
) -> Result<(), Unbound> {
    let view = ledger.task(task).filter(|view| view.task.stage.delivery().is_none());
    let Some((view, award)) = view.and_then(|view| Some((view.task, view.award?))) else {
        return Err(Unbound::NotAwarded);
    };
    if award.award.prover != from {
        return Err(Unbound::NotAwarded);
    }
    if start.signer() != from || !matches!(start.op().action, Action::Start { task: named } if named == task) {
        return Err(Unbound::NoStart);
    }
    if matches!(view.stage, Stage::InProgress(_)) {
        // A block holds one already.
        return Ok(());
    }
    let (expires, needed) = (start.op().expires, now.after(life_min(ledger.params())));
    if expires < needed {
        return Err(Unbound::TooShort { expires, needed });
    }
    // By the ledger's own clock: it alone closes the window. Who is honest and late asks again once it is decided.
    let params = ledger.params();
    let soonest = params.block_interval.saturating_mul(3).saturating_add(params.idle_interval);
    let (closes, needed) = (award.start_by, ledger.time().after(soonest));
    if closes < needed {
        return Err(Unbound::TooLate { closes, needed });
    }
    ledger.check(start, now).map_err(Unbound::Void)
}

/// The least life of a `Start` that is decided for sure.
fn life_min(params: &Params) -> Millis {
    params.block_interval.saturating_mul(BLOCKS).saturating_add(MARGIN)
}
