//! Which nodes are connected, and what they notice when a network is parted: often nothing, until words get through again.

use crate::{event::Event, parting::Parting, world::World};
use dpgn_node::engine::Input;

impl World {
    /// Between these times nothing passes between the nodes of this side and the others; no node is told so.
    pub fn part(&mut self, side: impl IntoIterator<Item = usize>, from_ms: u64, until_ms: u64) {
        let nth = self.partings.all.len();
        self.partings.all.push(Parting { side: side.into_iter().collect(), from_ms, until_ms });
        self.at(until_ms, Event::Meet(nth));
    }

    /// The same, and every node sees its connections close: those that it had in the other part.
    pub fn part_seen(&mut self, side: impl IntoIterator<Item = usize>, from_ms: u64, until_ms: u64) {
        let nth = self.partings.all.len();
        self.part(side, from_ms, until_ms);
        self.at(from_ms, Event::Part(nth));
    }

    /// Whether nothing passes between two nodes now.
    pub(crate) fn are_parted(&self, one: usize, other: usize) -> bool {
        let now = self.now_ms();
        let going_on = |parting: &&Parting| (parting.from_ms..parting.until_ms).contains(&now);
        self.partings.all.iter().filter(going_on).any(|parting| parting.parts(one, other))
    }

    /// Two nodes that reach each other connect; if they don't, they will once the parting ends.
    pub(crate) fn link(&mut self, one: usize, other: usize, after_ms: u64) {
        let pair = (one.min(other), one.max(other));
        if self.are_parted(one, other) {
            self.partings.unlinked.insert(pair);
            return;
        }
        self.partings.unlinked.remove(&pair);
        for (node, peer) in [(one, other), (other, one)] {
            self.after(after_ms, Event::Input(self.this(node), Input::PeerUp(self.account(peer))));
        }
    }

    /// Every connection between the two parts is seen to close.
    pub(crate) fn parts(&mut self, nth: usize) {
        for (one, other) in self.across(nth) {
            self.partings.unlinked.insert((one, other));
            for (node, peer) in [(one, other), (other, one)] {
                self.after(50, Event::Input(self.this(node), Input::PeerDown(self.account(peer))));
            }
        }
    }

    /// A parting has ended: who knows that it isn't connected connects.
    pub(crate) fn meets(&mut self, nth: usize) {
        for pair in self.across(nth) {
            if self.partings.unlinked.contains(&pair) {
                self.link(pair.0, pair.1, 60);
            }
        }
    }

    /// The pairs of running nodes that a parting has on different sides, the lower first.
    fn across(&self, nth: usize) -> Vec<(usize, usize)> {
        let runs = |node: &usize| self.nodes[*node].driver.is_some();
        let all = || (0..self.nodes.len()).filter(runs);
        let pairs = all().flat_map(|one| all().filter(move |other| one < *other).map(move |other| (one, other)));
        pairs.filter(|(one, other)| self.partings.all[nth].parts(*one, *other)).collect()
    }
}
