//! How a height is decided: a pure core that turns inputs into outputs, hosted by the runtime.
//!
//! The core says what must be stored, signed and sent; it does none of it. What it asks to be stored must be
//! durable before any later output is carried out: a vote that is not on disk was never given. Nothing here knows what
//! a block means: validity is the ledger's, and comes in as a verdict on a value.
//!
//! [`Solo`] decides for a committee of one, [`bft`] for several, some of which may lie. They take the same inputs and give
//! the same outputs; [`Consensus`] is one or the other, as the committee of each height wants it.

pub mod bft;
mod solo;
mod timeouts;

pub use solo::Solo;
pub use timeouts::{SHOW_AFTER, Timeouts};

use bft::{Bft, BftError, Input, Output};
use dpgn_protocol::{
    block::Certificate,
    ids::{AccountId, NetworkId},
    sign::Keypair,
};

/// The core of one node, which fits the committee of each height.
pub struct Consensus {
    account: AccountId,
    solo: Solo,
    bft: Bft,
    deciding: Deciding,
}

/// Which core decides the height.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Deciding {
    /// This node is no member.
    Nobody,
    Alone,
    Together,
}

impl Consensus {
    /// Makes a core that decides nothing yet.
    pub fn new(keys: Keypair, network: NetworkId) -> Self {
        let (account, bft) = (keys.account(), Bft::new(keys.clone(), network));
        Self { account, solo: Solo::new(keys, network), bft, deciding: Deciding::Nobody }
    }

    /// Takes one input. The same inputs always give the same outputs; after an error there are none any more.
    pub fn step(&mut self, input: Input) -> Result<Vec<Output>, BftError> {
        if let Input::Start { committee, .. } = &input {
            self.deciding = match committee.members() {
                [alone] if alone.account == self.account => Deciding::Alone,
                _ if committee.power(self.account).is_some() => Deciding::Together,
                _ => Deciding::Nobody,
            };
        }
        match self.deciding {
            Deciding::Nobody => Ok(Vec::new()),
            Deciding::Alone => self.solo.step(input),
            Deciding::Together => self.bft.step(input),
        }
    }

    /// The number of votes in that certificate; it grows as late ones come.
    pub fn parent_votes(&self) -> usize {
        match self.deciding {
            Deciding::Nobody | Deciding::Alone => 0,
            Deciding::Together => self.bft.parent_votes(),
        }
    }

    /// The certificate of the block below, with the votes that have come since it was decided; none if it was not
    /// decided together, or before this node started.
    pub fn parent_certificate(&self) -> Option<Certificate> {
        match self.deciding {
            Deciding::Nobody | Deciding::Alone => None,
            Deciding::Together => self.bft.parent_certificate(),
        }
    }
}
