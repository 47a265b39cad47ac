//! Words that were said at one height: a repeated one was perhaps not heard.

use dpgn_protocol::ids::hash;
use std::collections::BTreeSet;

/// Words that this node has said at one height: one that is said again was perhaps not heard.
#[derive(Default)]
pub(super) struct Words(BTreeSet<[u8; 32]>);

impl Words {
    /// Notes a word, and says whether it was said before.
    pub(super) fn is_again(&mut self, word: &[u8]) -> bool {
        !self.0.insert(hash("dpgn said word v1", &[word]))
    }

    /// Forgets the words of a height that is decided.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
