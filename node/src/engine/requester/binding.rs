//! Binding: when a signed `Start` entitles its signer to the inputs.
//!
//! Whoever has seen the inputs must be bound by its collateral, and the bid's disclosures must count it. So they are shown
//! once a block holds the prover's word, and not before: what is under way can be overtaken by a decline (ADR 11). This
//! node brings the word to the ledger as soon as it is shown it.
//!
//! This node counts for itself whom it has shown the inputs to: no more provers see them than the bid allows.

use super::super::record::{Disclosure, TaskRecord};
use dpgn_market::Ledger;
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    ids::AccountId,
    sign::Signed,
};

/// Why inputs are not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unbound {
    #[error("the asker does not hold the live award")]
    NotAwarded,
    #[error("what it shows is no Start of its own for this award")]
    NoStart,
    #[error("no block holds its Start yet")]
    Undecided(AwardId),
    #[error("{shown} provers have been shown the inputs, as many as the bid allows")]
    TooMany { shown: usize },
}

/// Whether whoever asks with this `Start` may see the inputs; what is to be written down before it does, if it has
/// not seen them before.
pub(super) fn discloses(
    ledger: &Ledger,
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
    if live.started.is_none() {
        return Err(Unbound::Undecided(award));
    }
    let shown = record.shown.len();
    if record.shown.iter().any(|shown| shown.prover == from) {
        return Ok(None);
    }
    if shown >= usize::from(task.bid.disclosures_max) {
        return Err(Unbound::TooMany { shown });
    }
    Ok(Some(Disclosure { prover: from, award }))
}
