//! Trail: the committees from one that is believed to the one in office, each shown by the one before.
//!
//! Whoever goes along it keeps the last committee alone, so it may be as long as the chain is old. The rules are those of a
//! receipt's history: a committee is good for the heights of its epoch, and hands over at every border.

use crate::{
    block::{Certificate, Header},
    committee::Committee,
    ids::NetworkId,
    receipt::{Handover, Office, ReceiptError},
    units::Height,
};

/// The place that has been reached on a trail: a committee, and the height above which it decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trail {
    network: NetworkId,
    epoch_blocks: u64,
    committee: Committee,
    above: Height,
}

impl Trail {
    /// Begins with a committee that is believed to decide the heights above this one, until their epoch ends.
    pub const fn new(network: NetworkId, epoch_blocks: u64, committee: Committee, above: Height) -> Self {
        Self { network, epoch_blocks, committee, above }
    }

    /// The height above which the committee decides.
    pub const fn above(&self) -> Height {
        self.above
    }

    /// The committee that has been reached.
    pub const fn committee(&self) -> &Committee {
        &self.committee
    }

    /// The last height that the committee decides.
    pub fn border(&self) -> Height {
        self.office().border()
    }

    /// Goes on to the committee that a handover names. One that does not hold changes nothing.
    pub fn hand_over(&mut self, handover: &Handover) -> Result<(), ReceiptError> {
        let Office { above, .. } = self.office().hand_over(handover)?;
        (self.above, self.committee) = (above, handover.committee.clone());
        Ok(())
    }

    /// Checks that the committee has decided this header, and that it was its turn.
    pub fn decided(&self, header: &Header, certificate: &Certificate) -> Result<(), ReceiptError> {
        self.office().decided(header, certificate)
    }

    fn office(&self) -> Office<'_> {
        let Self { network, epoch_blocks, ref committee, above } = *self;
        Office { network, epoch_blocks, committee, above }
    }
}
