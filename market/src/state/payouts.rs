//! Payouts: what every account has earned, and the Merkle tree over it as of the end of the last epoch.
//!
//! Leaves have numbers, from 0 without a gap, and keep them; a node that has no sibling is handed up as it is. So the
//! end of an epoch hashes the ways up from what was earned in it, log₂ of the leaves each, and looks through nothing.
//! Full means that the least gives way: who has earned more takes the leaf of who has earned least.
//!
//! What must never happen: an amount that shrinks while its leaf is kept; a proof that does not lead to the root.

use super::tree_map::{Key, TreeMap};
use dpgn_protocol::{
    bounded::List,
    ids::AccountId,
    payout::{self, PayeeAddress, PayoutHash, PayoutProof},
    units::{Credits, Epoch},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What accounts have earned, and the tree over it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub(crate) struct Payouts {
    /// What was earned since the last epoch ended; zero for an account that has only named another address.
    earned: TreeMap<AccountId, Credits>,
    /// What had been earned by the end of the last epoch.
    leaves: TreeMap<AccountId, Leaf>,
    /// The epoch that ended last; `None` before the first end.
    epoch: Option<Epoch>,
    /// The hashes of the tree over the leaves. They follow from the leaves.
    #[serde(skip)]
    nodes: TreeMap<Place, PayoutHash>,
    /// The leaves by amount. They follow from the leaves.
    #[serde(skip)]
    by_amount: TreeMap<(Credits, AccountId), ()>,
}

/// What one account had earned by the end of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Leaf {
    /// The number of the leaf, from 0.
    number: u32,
    payee: PayeeAddress,
    amount: Credits,
}

/// The place of a node: its level, from 0 for the leaves, and its number on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    level: u8,
    number: u32,
}

impl Key for Place {
    type Bytes = [u8; 5];

    fn bytes(&self) -> [u8; 5] {
        let [a, b, c, d] = self.number.to_be_bytes();
        [self.level, a, b, c, d]
    }
}

/// Payouts as they are written.
#[derive(Deserialize)]
struct Stored {
    earned: TreeMap<AccountId, Credits>,
    leaves: TreeMap<AccountId, Leaf>,
    epoch: Option<Epoch>,
}

impl From<Stored> for Payouts {
    fn from(Stored { earned, leaves, epoch }: Stored) -> Self {
        let by_amount = leaves.iter().map(|(&account, leaf)| ((leaf.amount, account), ())).collect();
        let mut payouts = Self { earned, leaves, epoch, nodes: TreeMap::default(), by_amount };
        let all: Vec<_> = payouts.leaves.iter().map(|(&account, &leaf)| (account, leaf)).collect();
        payouts.hash_up(&all);
        payouts
    }
}

impl Payouts {
    /// Notes that an account has earned so much, or, with nothing, that it has named another address.
    pub(super) fn earn(&mut self, account: AccountId, amount: Credits) {
        let earned = self.earned.get_or_insert_with(account, || Credits::ZERO);
        *earned = earned.saturating_add(amount);
    }

    /// Ends an epoch: what was earned in it is in the tree from now on. Returns the number of nodes that were hashed.
    pub(super) fn end(&mut self, epoch: Epoch, max: u32, payee: impl Fn(AccountId) -> PayeeAddress) -> usize {
        let earned = std::mem::take(&mut self.earned);
        let mut changed = Vec::new();
        for (&account, &more) in earned.iter() {
            let Some(last) = self.place_for(account, more, max) else { continue };
            let leaf = Leaf { payee: payee(account), amount: last.amount.saturating_add(more), ..last };
            self.by_amount.remove(&(last.amount, account));
            self.by_amount.insert((leaf.amount, account), ());
            self.leaves.insert(account, leaf);
            changed.push((account, leaf));
        }
        // One that was entered may have given way to one after it.
        changed.retain(|(account, leaf)| self.leaves.get(account) == Some(leaf));
        self.epoch = Some(epoch);
        self.hash_up(&changed)
    }

    /// The leaf of an account as it is, or a new one of nothing; `None` if there is no room for what it has earned.
    fn place_for(&mut self, account: AccountId, more: Credits, max: u32) -> Option<Leaf> {
        if let Some(leaf) = self.leaves.get(&account) {
            return Some(*leaf);
        }
        if more == Credits::ZERO {
            return None;
        }
        let new = |number| Leaf { number, payee: PayeeAddress::NONE, amount: Credits::ZERO };
        let count = u32::try_from(self.leaves.len()).unwrap_or(u32::MAX);
        if count < max {
            return Some(new(count));
        }
        let &(least, poorest) = self.by_amount.keys().next().filter(|(least, _)| *least < more)?;
        self.by_amount.remove(&(least, poorest));
        self.leaves.remove(&poorest).map(|leaf| new(leaf.number))
    }

    /// Hashes these leaves, and all that is above them.
    fn hash_up(&mut self, changed: &[(AccountId, Leaf)]) -> usize {
        let (mut hashed, mut dirty) = (0, BTreeSet::new());
        for (account, leaf) in changed {
            let hash = payout::leaf(*account, leaf.payee, leaf.amount);
            self.nodes.insert(Place { level: 0, number: leaf.number }, hash);
            dirty.insert(leaf.number);
        }
        for (level, width) in (0_u8..).zip(widths(self.leaves.len())) {
            hashed += dirty.len();
            if width <= 1 {
                break;
            }
            dirty = dirty.into_iter().map(|number| number / 2).collect();
            for &number in &dirty {
                let below = |side| self.nodes.get(&Place { level, number: 2 * number + side }).copied();
                let Some(left) = below(0) else { continue };
                let above = below(1).map_or(left, |right| payout::node(&left, &right));
                self.nodes.insert(Place { level: level + 1, number }, above);
            }
        }
        hashed
    }

    /// The root as of the end of an epoch, and that epoch; `None` before anything was earned in one that has ended.
    pub(crate) fn root(&self) -> Option<(Epoch, PayoutHash)> {
        let top = u8::try_from(widths(self.leaves.len()).count()).ok()?.checked_sub(1)?;
        Some((self.epoch?, *self.nodes.get(&Place { level: top, number: 0 })?))
    }

    /// Shows what an account had earned by the end of the last epoch; `None` if it has no leaf.
    pub(crate) fn proof(&self, account: AccountId) -> Option<PayoutProof> {
        let (leaf, (epoch, _)) = (self.leaves.get(&account)?, self.root()?);
        let mut path = Vec::new();
        let mut number = leaf.number;
        for (level, _) in (0_u8..).zip(widths(self.leaves.len())) {
            path.extend(self.nodes.get(&Place { level, number: number ^ 1 }).copied());
            number /= 2;
        }
        let path = List::new(path).ok()?;
        Some(PayoutProof { epoch, account, payee: leaf.payee, amount: leaf.amount, path })
    }

    /// Payouts of these maps, which a snapshot brings.
    pub(super) fn new(
        earned: TreeMap<AccountId, Credits>,
        leaves: TreeMap<AccountId, Leaf>,
        epoch: Option<Epoch>,
    ) -> Self {
        Stored { earned, leaves, epoch }.into()
    }

    /// The epoch that ended last; `None` before the first end.
    pub(super) fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// What was earned since then.
    pub(super) fn earned(&self) -> &TreeMap<AccountId, Credits> {
        &self.earned
    }

    /// What had been earned by then.
    pub(super) fn leaves(&self) -> &TreeMap<AccountId, Leaf> {
        &self.leaves
    }
}

/// The number of nodes on each level of a tree of so many leaves, from the leaves up to the root.
fn widths(leaves: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(leaves), |width| (*width > 1).then(|| width.div_ceil(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: u32 = 1 << 17;

    fn account(n: u32) -> AccountId {
        let mut bytes = [7; 32];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        AccountId::from_bytes(bytes)
    }

    fn nobody(_: AccountId) -> PayeeAddress {
        PayeeAddress::NONE
    }

    fn earn(payouts: &mut Payouts, accounts: impl Iterator<Item = u32>, amount: u64) {
        accounts.for_each(|n| payouts.earn(account(n), Credits::new(amount)));
    }

    /// The same, made anew from what is written.
    fn anew(payouts: &Payouts) -> Payouts {
        let Payouts { earned, leaves, epoch, .. } = payouts.clone();
        Stored { earned, leaves, epoch }.into()
    }

    #[test]
    fn a_tree_that_has_grown_is_the_one_that_is_made_anew_and_shows_every_leaf() {
        let mut payouts = Payouts::default();
        assert_eq!(payouts.root(), None);
        for n in 0..40_u32 {
            earn(&mut payouts, [n, n / 2, 7 * n % 40].into_iter(), u64::from(n) + 1);
            payouts.end(Epoch::new(u64::from(n)), MANY, nobody);
            assert_eq!(anew(&payouts), payouts);
            let (_, root) = payouts.root().unwrap();
            for account in payouts.leaves.keys() {
                assert_eq!(payouts.proof(*account).unwrap().root(), root);
            }
        }
        assert_eq!(payouts.proof(account(99)), None);
    }

    /// The end of an epoch looked through all accounts; now it hashes what was touched, and the ways up from there.
    #[test]
    fn the_end_of_an_epoch_costs_what_it_touches() {
        let hashed = |all: u32, touched: u32| {
            let mut payouts = Payouts::default();
            earn(&mut payouts, 0..all, 5);
            payouts.end(Epoch::new(0), MANY, nobody);
            earn(&mut payouts, (0..touched).map(|n| n * (all / touched)), 1);
            payouts.end(Epoch::new(1), MANY, nobody)
        };
        let few = [(64, 8), (1_024, 8), (16_384, 8)].map(|(all, touched)| hashed(all, touched));
        println!(
            "eight of 64, 1,024, 16,384 accounts have earned: {few:?} nodes are hashed; all of 1,024: {}",
            hashed(1_024, 1_024)
        );
        assert!(few.iter().zip([6, 10, 14]).all(|(hashed, height)| *hashed <= 8 * (height + 1)));
    }

    #[test]
    fn who_has_earned_least_gives_way_when_the_tree_is_full() {
        let mut payouts = Payouts::default();
        earn(&mut payouts, 0..3, 10);
        earn(&mut payouts, 1..2, 1);
        payouts.end(Epoch::new(0), 3, nobody);
        earn(&mut payouts, 5..6, 10);
        payouts.end(Epoch::new(1), 3, nobody);
        assert_eq!(payouts.proof(account(5)), None, "no more than the least has earned");
        earn(&mut payouts, 6..7, 11);
        payouts.end(Epoch::new(2), 3, nobody);
        let held: Vec<_> = (0..7).filter(|n| payouts.proof(account(*n)).is_some()).collect();
        assert_eq!(held, [1, 2, 6]);
        assert_eq!(anew(&payouts), payouts);
    }
}
