//! Binding: when a signed `Start` entitles its signer to the inputs, and how the ledger learns of it.
//!
//! Whoever has seen the inputs must be bound by its collateral, and the bid's disclosures must count it. The prover's
//! word is a statement about one award, good in the ledger whenever it comes: so it is enough that it is this award's,
//! and this node brings it to the ledger if the prover does not.
//!
//! This node counts for itself whom it has shown the inputs to: no more provers see them than the bid allows.

use super::super::record::{Disclosure, TaskRecord};
use dpgn_market::Ledger;
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    ids::AccountId,
    ops::Action,
    sign::Signed,
    units::{Millis, Timestamp},
};

/// The time that a prover is given to bring its `Start` itself.
const PROVER_FIRST: Millis = Millis::from_secs(2);

/// Why inputs are not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unbound {
    #[error("the asker does not hold the live award")]
    NotAwarded,
    #[error("what it shows is no Start of its own for this award")]
    NoStart,
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
    start: &Signed<StartStatement>,
) -> Result<Option<Disclosure>, Unbound> {
    let view = ledger.task(record.task).filter(|view| view.task.stage.delivery().is_none());
    let Some((task, live)) = view.and_then(|view| Some((view.task, view.award?.award))) else {
        return Err(Unbound::NotAwarded);
    };
    if live.prover != from {
        return Err(Unbound::NotAwarded);
    }
    let award = AwardId { task: record.task, number: live.number };
    if start.signer() != from || start.award != award {
        return Err(Unbound::NoStart);
    }
    let shown = record.shown.len();
    if record.shown.iter().any(|shown| shown.prover == from) {
        return Ok(None);
    }
    if shown >= usize::from(task.bid.disclosures_max) {
        return Err(Unbound::TooMany { shown });
    }
    Ok(Some(Disclosure { prover: from, award, start: start.raw().clone(), at: now }))
}

/// The words of provers that have seen the inputs and that the ledger has yet to hear: those whose award has ended, and
/// those that had their time to bring them.
pub(super) fn untold(ledger: &Ledger, now: Timestamp, record: &TaskRecord) -> Vec<Action> {
    let Some(task) = ledger.task(record.task).map(|view| view.task) else { return Vec::new() };
    let is_live = |shown: &Disclosure| task.stage.award().is_some_and(|live| live.number == shown.award.number);
    let is_told = |shown: &Disclosure| {
        // A task that has ended remembers no awards, and needs no word.
        task.award_by_number(shown.award.number).is_none_or(|award| award.started.is_some())
    };
    let is_due = |shown: &&Disclosure| !is_told(shown) && (!is_live(shown) || now >= shown.at.after(PROVER_FIRST));
    let due = record.shown.iter().filter(is_due);
    due.map(|shown| Action::Start { award: shown.award, statement: shown.start.clone() }).collect()
}
