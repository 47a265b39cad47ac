//! Contest: who takes the seats, from what is locked on candidates and who is in office. A pure function.
//!
//! The candidates with most stake win, and their power is their stake. From one border to the next no more than a third of
//! the power moves: those who were in office and were there could decide alone, whatever becomes of the newcomers, and
//! whoever buys the whole committee is seen coming. Members that were absent or slashed do not count in that: their power is
//! the others' already.

use dpgn_protocol::{
    committee::{Committee, Member, POWER_MAX},
    ids::AccountId,
    limits::COMMITTEE_MAX,
    units::{Credits, Power},
};
use std::collections::{BTreeMap, BTreeSet};

/// All power of a committee, in shares.
const WHOLE: u128 = 1 << 60;
/// The most shares that move at one border: a third, less a millionth, so that what stays is more than two thirds.
const MOVED_MAX: u128 = WHOLE / 3 - (WHOLE >> 20);

/// A candidate that may be elected, with the stake that counts for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Runner {
    pub(crate) account: AccountId,
    pub(crate) counted: Credits,
}

/// What an election is made of.
pub(crate) struct Contest<'a> {
    /// The committee in office.
    pub(crate) office: &'a Committee,
    /// Members of it that were absent or slashed.
    pub(crate) lost: BTreeSet<AccountId>,
    /// All candidates that may be elected.
    pub(crate) runners: Vec<Runner>,
    /// The number of seats.
    pub(crate) seats: usize,
    /// With fewer winners than this the incumbents stay.
    pub(crate) committee_min: usize,
}

type Shares = BTreeMap<AccountId, u128>;

impl Contest<'_> {
    /// The winners: those with most stake, the first by account among equals. Whoever has too little for a single vote beside
    /// the first is none.
    pub(crate) fn winners(&self) -> Vec<Runner> {
        let mut winners = self.runners.clone();
        winners.sort_by_key(|runner| (std::cmp::Reverse(runner.counted), runner.account));
        winners.truncate(self.seats.min(COMMITTEE_MAX));
        let largest = winners.first().map_or(0, |first| u128::from(first.counted.get()));
        winners.retain(|runner| power(u128::from(runner.counted.get()), largest) > 0);
        winners
    }

    /// The committee that takes office; `None` if the one in office stays as it is.
    pub(crate) fn decide(&self) -> Option<Committee> {
        let winners = self.winners();
        if winners.len() < self.committee_min.max(1) {
            return None;
        }
        let incumbents = self.incumbents();
        let wanted = shares(winners.iter().map(|w| (w.account, u128::from(w.counted.get()))));
        if incumbents.is_empty() || gains(&incumbents, &wanted).values().sum::<u128>() <= MOVED_MAX {
            let stakes = winners.iter().map(|w| (w.account, u128::from(w.counted.get())));
            return committee(&stakes.collect());
        }
        committee(&self.step_by_step(&incumbents, &winners))
    }

    /// The shares of those who were in office and were there.
    fn incumbents(&self) -> Shares {
        let there = self.office.members().iter().filter(|member| !self.lost.contains(&member.account));
        shares(there.map(|member| (member.account, u128::from(member.power.get()))))
    }

    /// Moves a third of the power towards what the winners have. Members that have not won leave first, the weakest of them
    /// first; the others lose in proportion to what they are to lose, and all that gain share what is moved.
    fn step_by_step(&self, incumbents: &Shares, winners: &[Runner]) -> Shares {
        let has_won: BTreeSet<AccountId> = winners.iter().map(|winner| winner.account).collect();
        let mut losers: Vec<_> = incumbents.iter().filter(|(account, _)| !has_won.contains(account)).collect();
        losers.sort_by_key(|&(account, share)| (*share, *account));
        let (mut dropped, mut kept) = (0, incumbents.clone());
        for (account, share) in losers {
            if dropped + share <= MOVED_MAX {
                dropped += share;
                kept.remove(account);
            }
        }
        // A member too strong to be dropped at once must not keep everybody out: there is room for one at least.
        let room = self.seats.saturating_sub(kept.len()).max(1).min(COMMITTEE_MAX.saturating_sub(kept.len()));
        let newcomers = winners.iter().filter(|winner| !incumbents.contains_key(&winner.account)).take(room);
        let stays = winners.iter().filter(|winner| kept.contains_key(&winner.account));
        let seated = newcomers.chain(stays).map(|winner| (winner.account, u128::from(winner.counted.get())));
        let wanted = shares(seated);
        let gains = gains(incumbents, &wanted);
        let losses: Shares = self::gains(&wanted, &kept);
        let (gained, lost): (u128, u128) = (gains.values().sum(), losses.values().sum());
        let moved = MOVED_MAX.min(gained);
        let mut next = kept;
        for (account, loss) in losses {
            let share = next.entry(account).or_default();
            *share = share.saturating_sub(part(loss, moved.saturating_sub(dropped), lost));
        }
        for (account, gain) in gains {
            *next.entry(account).or_default() += part(gain, moved, gained);
        }
        next
    }
}

/// `amount × of / whole`, rounded down; nothing if there is no whole. Amounts are shares, below 2^61: no product overflows.
fn part(amount: u128, of: u128, whole: u128) -> u128 {
    (amount * of).checked_div(whole).unwrap_or(0)
}

/// Amounts as shares of their sum. Amounts are below 2^64, and so few that no sum overflows.
fn shares(amounts: impl Iterator<Item = (AccountId, u128)>) -> Shares {
    let amounts: Shares = amounts.collect();
    let all = amounts.values().sum();
    amounts.into_iter().map(|(account, amount)| (account, part(amount, WHOLE, all))).collect()
}

/// What each has more than before.
fn gains(before: &Shares, after: &Shares) -> Shares {
    let gain = |(account, share): (&AccountId, &u128)| {
        let gain = share.saturating_sub(before.get(account).copied().unwrap_or(0));
        (*account, gain)
    };
    after.iter().map(gain).filter(|(_, gain)| *gain > 0).collect()
}

/// The power of an amount beside the largest one.
fn power(amount: u128, largest: u128) -> u64 {
    u64::try_from(part(amount, u128::from(POWER_MAX), largest)).unwrap_or(POWER_MAX)
}

/// The committee of these amounts; `None` if it would be empty.
fn committee(amounts: &Shares) -> Option<Committee> {
    let largest = amounts.values().max().copied()?;
    let members =
        amounts.iter().map(|(&account, &amount)| Member { account, power: Power::new(power(amount, largest)) });
    Committee::new(members.filter(|member| member.power.get() > 0).collect()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(n: u8) -> AccountId {
        AccountId::from_bytes([n; 32])
    }

    fn office(powers: &[(u8, u64)]) -> Committee {
        let member = |&(n, power): &(u8, u64)| Member { account: account(n), power: Power::new(power) };
        Committee::new(powers.iter().map(member).collect()).unwrap()
    }

    fn runners(stakes: &[(u8, u64)]) -> Vec<Runner> {
        stakes.iter().map(|&(n, counted)| Runner { account: account(n), counted: Credits::new(counted) }).collect()
    }

    fn contest<'a>(office: &'a Committee, stakes: &[(u8, u64)]) -> Contest<'a> {
        Contest { office, lost: BTreeSet::new(), runners: runners(stakes), seats: 4, committee_min: 4 }
    }

    fn share_of(committee: &Committee, who: impl Fn(AccountId) -> bool) -> f64 {
        let of = committee.members().iter().filter(|member| who(member.account)).map(|member| member.power.get());
        of.sum::<u64>() as f64 / committee.total() as f64
    }

    #[test]
    fn power_is_stake_and_zero_is_no_seat() {
        let four = office(&[(1, 1), (2, 1), (3, 1), (4, 1)]);
        let next =
            Contest { committee_min: 1, ..contest(&four, &[(1, 1 << 40), (2, 1 << 40), (3, 3 << 38), (4, 255)]) };
        let next = next.decide().unwrap();
        let powers: Vec<_> = next.members().iter().map(|m| m.power.get()).collect();
        assert_eq!(powers, [1 << 32, 1 << 32, 3 << 30], "255 of 2^40 is not one of 2^32");
        let next = contest(&four, &[(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]).decide().unwrap();
        assert_eq!(next.position(account(5)), None, "of equals the first by account");
    }

    #[test]
    fn fewer_than_the_least_change_nothing() {
        let four = office(&[(1, 1), (2, 1), (3, 1), (4, 1)]);
        assert_eq!(contest(&four, &[(9, u64::MAX), (1, 1), (2, 1)]).decide(), None);
        assert_eq!(contest(&four, &[]).decide(), None);
    }

    /// Whoever has all the stake comes to power by a third of it at each border.
    #[test]
    fn a_third_moves_at_one_border() {
        let mut now = office(&[(1, 7), (2, 1), (3, 1), (4, 1)]);
        let stakes = [(5, 1 << 60), (6, 1 << 60), (7, 1 << 60), (8, 1 << 60)];
        let is_new = |who: AccountId| who.as_bytes()[0] > 4;
        let mut told = Vec::new();
        for _ in 0..6 {
            let before = now.clone();
            now = contest(&before, &stakes).decide().unwrap();
            let moved: f64 = now
                .members()
                .iter()
                .map(|m| m.account)
                .map(|who| (share_of(&now, |a| a == who) - share_of(&before, |a| a == who)).max(0.0))
                .sum();
            assert!(moved < 1.0 / 3.0, "{moved}");
            let stayed = now.members().iter().map(|m| m.account).filter(|who| before.power(*who).is_some());
            assert!(now.is_quorum(stayed), "those who were there decide alone");
            told.push((share_of(&now, is_new) * 1_000.0) as u32);
        }
        println!("newcomers with all the stake have {told:?} thousandths of the power after each border");
        assert_eq!(told, [333, 666, 999, 1_000, 1_000, 1_000]);
        assert_eq!(now, office(&[(5, 1 << 32), (6, 1 << 32), (7, 1 << 32), (8, 1 << 32)]));
    }

    #[test]
    fn who_is_lost_makes_room_at_once() {
        let four = office(&[(1, 1), (2, 1), (3, 1), (4, 1)]);
        let lost = BTreeSet::from([account(3), account(4)]);
        let stakes = [(1, 6), (2, 6), (5, 3), (6, 2)];
        let next = Contest { lost, ..contest(&four, &stakes) }.decide().unwrap();
        assert!(share_of(&next, |who| who.as_bytes()[0] > 4) < 1.0 / 3.0);
        assert_eq!(next.power(account(3)), None);
        let all = four.members().iter().map(|m| m.account).collect();
        let next = Contest { lost: all, ..contest(&four, &[(5, 9), (6, 8), (7, 7), (8, 6)]) }.decide().unwrap();
        assert_eq!(next.members().len(), 4, "with nobody left there is nothing to wait for");
    }

    /// Extremes and random sizes: a committee within its bounds, and never more than a third moved.
    #[test]
    fn no_stake_breaks_an_election() {
        let mut seed = 7_u64;
        let mut draw = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % below
        };
        let mut largest = 0;
        for _ in 0..400 {
            let mut now = office(&[(1, 1), (2, POWER_MAX), (3, 5), (4, 1 << 20)]);
            for _ in 0..12 {
                let amounts = [1, 1 << 20, 1 << 40, 1 << 62, u64::MAX];
                let stakes: Vec<_> = (1..=draw(70) as u8).map(|n| (n, amounts[draw(5) as usize])).collect();
                let seats = 1 + draw(22) as usize;
                let next =
                    Contest { seats, committee_min: 1, ..contest(&now, &stakes) }.decide().unwrap_or(now.clone());
                largest = largest.max(next.members().len());
                assert!(!next.members().is_empty() && next.members().len() <= COMMITTEE_MAX);
                let stayed = next.members().iter().map(|m| m.account).filter(|who| now.power(*who).is_some());
                assert!(next.is_quorum(stayed));
                now = next;
            }
        }
        println!("the largest committee had {largest} members");
    }
}
