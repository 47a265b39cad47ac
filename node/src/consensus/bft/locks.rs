//! Locks are shown: whoever precommits a block says why.
//!
//! A lock that only one member knows of holds up a height until that member's turn, which with unequal power can be dozens
//! of rounds away. So a member that precommits a block after round 0 sends the prevotes, the proposal and the body with it.
//! In round 0, which nearly always decides, it does so only if nothing is decided some tens of milliseconds later. From
//! round 10 on the engine shows locks by itself.

use super::{
    BftError, Output,
    context::{Ctx, Value},
    convert,
};
use arc_malachitebft_core_consensus::State;
use dpgn_protocol::{ids::BlockHash, units::Height};

/// The round from which the engine shows locks by itself.
const ENGINE_SHOWS_FROM: u32 = 10;

/// A precommit for a block that is among the outputs of a step.
pub(super) struct Lock {
    /// The place of the precommit among the outputs.
    pub(super) at: usize,
    pub(super) round: u32,
    pub(super) block: BlockHash,
}

/// Puts beside each precommit what shows its lock.
pub(super) fn show_all(
    state: &State<Ctx>,
    height: Height,
    locks: Vec<Lock>,
    outputs: &mut Vec<Output>,
) -> Result<(), BftError> {
    // From the back, so that places hold.
    for Lock { at, round, block } in locks.into_iter().rev() {
        match round {
            0 => outputs.insert(outputs.len().min(at.saturating_add(1)), Output::ShowLater { height, round }),
            1..ENGINE_SHOWS_FROM => {
                let at = at.min(outputs.len());
                outputs.splice(at..at, show(state, height, round, block)?);
            }
            ENGINE_SHOWS_FROM.. => {}
        }
    }
    Ok(())
}

/// Shows the lock of this round, if it still is the current one.
pub(super) fn show_now(state: &State<Ctx>, height: Height, round: u32) -> Result<Vec<Output>, BftError> {
    match state.driver.valid_value() {
        Some(valid) if state.round() == convert::round(round) && valid.round == state.round() => {
            show(state, height, round, valid.value.0)
        }
        Some(_) | None => Ok(Vec::new()),
    }
}

fn show(state: &State<Ctx>, height: Height, round: u32, block: BlockHash) -> Result<Vec<Output>, BftError> {
    let (in_round, value) = (convert::round(round), Value(block));
    let Some(polka) = state.polka_certificate(in_round, &value) else { return Ok(Vec::new()) };
    let mut outputs = vec![Output::Send(convert::polka_out(polka)?)];
    if let Some((proposal, _)) = state.driver.proposal_and_validity_for_round_and_value(in_round, value) {
        outputs.push(Output::SendBody { height, block });
        outputs.push(Output::Send(convert::proposal_out(proposal)?));
    }
    Ok(outputs)
}
