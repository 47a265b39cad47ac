//! The ledger's time, the block that it stands on, and the cutoff before which windows are final.
//!
//! Time is the block's and strictly rising. Windows are kept in [`Moment`]s: time without the gaps in which
//! the network stood still, so that nobody misses a window while nothing could be decided.
//!
//! No single proposer may let a window close by leaving an op out: a window is closed once at least two
//! blocks, by proposers with more than a third of the power, have been decided after its time.

use dpgn_protocol::{
    committee::Committee,
    ids::{AccountId, BlockHash},
    units::{Height, Millis, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A point in time, less all standstill before it, in milliseconds. Moments compare only with moments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moment(u64);

impl Moment {
    /// The end of time.
    pub(crate) const LAST: Self = Self(u64::MAX);

    /// The moment in milliseconds.
    pub(crate) const fn get(self) -> u64 {
        self.0
    }

    /// The moment later by this much; stays at the end of time instead of wrapping.
    pub fn after(self, span: Millis) -> Self {
        // A window that would close beyond the end of time never closes.
        Self(self.0.saturating_add(span.get()))
    }

    /// The moment earlier by this much; stays at the beginning of time instead of wrapping.
    pub fn before(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(span.get()))
    }

    /// The time since `earlier`; zero if that is still to come.
    pub fn since(self, earlier: Self) -> Millis {
        // An `earlier` that is still to come is zero milliseconds ago.
        Millis::new(self.0.saturating_sub(earlier.0))
    }
}

/// The last time that a committee member took part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Presence {
    /// The moment of its last proposal that was decided; `None` before the first.
    proposed: Option<Moment>,
    /// The last height at which it is known to have voted.
    voted: Height,
}

/// The clock: height and time of the last block, and when each member last took part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Clock {
    height: Height,
    /// The hash of the block below the last; all zero below the first. So a block on another parent leaves another state.
    parent: BlockHash,
    time: Timestamp,
    /// The time that the network has stood still in all.
    stalled: Millis,
    /// The moment of the block before the last.
    previous: Moment,
    presence: BTreeMap<AccountId, Presence>,
}

impl Clock {
    /// The clock before the first block.
    pub(crate) fn new(time: Timestamp) -> Self {
        Self {
            height: Height::new(0),
            parent: BlockHash::from_bytes([0; 32]),
            time,
            stalled: Millis::new(0),
            previous: Moment(time.get()),
            presence: BTreeMap::new(),
        }
    }

    /// The last block's height.
    pub(crate) fn height(&self) -> Height {
        self.height
    }

    /// The last block's time.
    pub(crate) fn time(&self) -> Timestamp {
        self.time
    }

    /// The hash of the block below the last. Nobody knew it before that was decided.
    pub(crate) fn parent(&self) -> BlockHash {
        self.parent
    }

    /// Notes the block that the last one stands on.
    pub(crate) fn stands_on(&mut self, parent: BlockHash) {
        self.parent = parent;
    }

    /// The last block's moment.
    pub(crate) fn now(&self) -> Moment {
        self.moment(self.time)
    }

    /// The moment of a time, as far as standstill is known.
    pub(crate) fn moment(&self, time: Timestamp) -> Moment {
        // Standstill is made of gaps between block times, so it is less than any time that is asked for.
        Moment(time.get().saturating_sub(self.stalled.get()))
    }

    /// The time of a moment, if nothing stands still from here on.
    pub(crate) fn wall(&self, moment: Moment) -> Timestamp {
        Timestamp::new(moment.0).after(self.stalled)
    }

    /// Enters the next block. The part of its distance from the last one that is longer than `idle` is standstill.
    pub(crate) fn advance(
        &mut self,
        time: Timestamp,
        proposer: AccountId,
        voters: impl Iterator<Item = AccountId>,
        idle: Millis,
    ) {
        self.previous = self.now();
        let gap = time.since(self.time);
        // A gap shorter than `idle` adds nothing; all gaps together are less than the block's time, so the sum fits.
        self.stalled = self.stalled.saturating_add(Millis::new(gap.get().saturating_sub(idle.get())));
        for account in voters {
            self.presence.entry(account).or_default().voted = self.height;
        }
        self.time = time;
        self.height = self.height.next();
        let now = self.now();
        self.presence.entry(proposer).or_default().proposed = Some(now);
    }

    /// Forgets those who are not in the committee.
    pub(crate) fn keep(&mut self, committee: &Committee) {
        self.presence.retain(|&account, _| committee.power(account).is_some());
    }

    /// The last height at which this member is known to have voted.
    pub(crate) fn voted(&self, account: AccountId) -> Option<Height> {
        self.presence.get(&account).map(|p| p.voted)
    }

    /// Cutoff: windows that closed before it are final; `None` until enough proposers have had a block.
    pub(crate) fn cutoff(&self, committee: &Committee) -> Option<Moment> {
        let mut last: Vec<_> = self.presence.iter().filter_map(|(&a, p)| Some((p.proposed?, a))).collect();
        last.sort_unstable_by(|a, b| b.cmp(a));
        let third = (1..=last.len()).find(|&n| committee.is_third(last.iter().take(n).map(|&(_, a)| a)))?;
        let (oldest, _) = *last.get(third - 1)?;
        Some(oldest.min(self.previous))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{committee::Member, units::Power};

    fn none() -> impl Iterator<Item = AccountId> {
        std::iter::empty()
    }

    fn account(n: u8) -> AccountId {
        AccountId::from_bytes([n; 32])
    }

    fn committee(n: u8) -> Committee {
        let member = |i| Member { account: account(i), power: Power::new(1) };
        Committee::new((1..=n).map(member).collect()).unwrap()
    }

    #[test]
    fn a_committee_of_one_needs_two_blocks() {
        let (mut clock, alone) = (Clock::new(Timestamp::new(0)), committee(1));
        assert_eq!(clock.cutoff(&alone), None);
        clock.advance(Timestamp::new(100), account(1), none(), Millis::new(1_000));
        assert_eq!(clock.cutoff(&alone), Some(Moment(0)));
        clock.advance(Timestamp::new(200), account(1), none(), Millis::new(1_000));
        assert_eq!(clock.cutoff(&alone), Some(Moment(100)));
    }

    #[test]
    fn one_of_four_cannot_close_a_window_alone() {
        let (mut clock, four) = (Clock::new(Timestamp::new(0)), committee(4));
        for height in 1..=10 {
            clock.advance(Timestamp::new(height * 100), account(1), none(), Millis::new(1_000));
        }
        assert_eq!(clock.cutoff(&four), None, "one of four has a quarter of the power");
        clock.advance(Timestamp::new(1_100), account(2), none(), Millis::new(1_000));
        assert_eq!(clock.cutoff(&four), Some(Moment(1_000)));
        clock.advance(Timestamp::new(1_200), account(2), none(), Millis::new(1_000));
        assert_eq!(clock.cutoff(&four), Some(Moment(1_000)), "the second of two is still the first's last block");
    }

    #[test]
    fn standstill_does_not_count() {
        let mut clock = Clock::new(Timestamp::new(0));
        clock.advance(Timestamp::new(500), account(1), none(), Millis::new(1_000));
        let closes = clock.now().after(Millis::new(700));
        clock.advance(Timestamp::new(100_000), account(1), none(), Millis::new(1_000));
        assert_eq!(clock.now(), Moment(1_500));
        assert_eq!(clock.wall(closes), Timestamp::new(99_700));
    }
}
