//! What members have said, by stream or by gossip, fit to be fed.

use crate::engine::Input;
use dpgn_protocol::council::Checked;

/// Something that a member has said.
#[derive(Debug)]
pub(in crate::runtime) enum Told {
    /// A word for consensus.
    Word(Box<Checked>),
    /// Something for the engine.
    Input(Box<Input>),
}
