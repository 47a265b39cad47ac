//! Binding: when a signed `Start` entitles its signer to the inputs.
//!
//! Whoever has seen the inputs must be bound by its collateral, and the bid's disclosures must count it: so the
//! `Start` that is shown has to be one that a block will hold. Today it is an op with a nonce and an expiry; what
//! makes it binding is asked here alone, and changes here when it becomes a statement of its own.

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
}

/// Whether this `Start` binds whoever asks for the inputs.
pub(super) fn binds(
    ledger: &Ledger,
    now: Timestamp,
    task: TaskId,
    from: AccountId,
    start: &SignedOp,
) -> Result<(), Unbound> {
    let view = ledger.task(task).map(|view| view.task).filter(|view| view.stage.delivery().is_none());
    let (Some(view), Some(award)) = (view, view.and_then(|view| view.stage.award())) else {
        return Err(Unbound::NotAwarded);
    };
    if award.prover != from {
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
    ledger.check(start, now).map_err(Unbound::Void)
}

/// How long a `Start` must live to be decided for sure.
fn life_min(params: &Params) -> Millis {
    params.block_interval.saturating_mul(BLOCKS).saturating_add(MARGIN)
}
