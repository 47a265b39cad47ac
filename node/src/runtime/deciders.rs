//! Deciders: the committee whose certificates count for the blocks that come next, and whether it has decided one.
//!
//! What must never happen: a block that is taken for decided by the signatures of another committee, or of another
//! network.

use dpgn_protocol::{block::Decided, committee::Committee, ids::NetworkId};

/// Those whose certificates count for the blocks that come next.
pub(crate) struct Deciders {
    pub(crate) network: NetworkId,
    pub(crate) committee: Committee,
}

impl Deciders {
    /// Whether they have decided this block, which is whole. It costs their signatures, and none of its ops'.
    pub(super) fn have_decided(&self, decided: &Decided) -> bool {
        let (header, certificate) = (&decided.block.header, &decided.certificate);
        let belongs = header.hash() == Ok(certificate.block) && certificate.height == header.height;
        let is_here = header.network == self.network && belongs && decided.block.is_whole();
        is_here && certificate.check(self.network, &self.committee).is_ok()
    }
}
