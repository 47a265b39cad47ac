//! Attendance: which members the commits of an epoch show to have voted, by the proposers that brought these commits.
//!
//! A commit in a block shows who voted for the block below; its proposer chooses which votes it has. So no single commit
//! says that somebody was absent, and no proposer: absent is whoever is missing from all commits of proposers with more than
//! a third of the power. One of them at least is honest, if fewer than a third lie, and has waited for votes.

use dpgn_protocol::{committee::Committee, ids::AccountId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The number of commits from which on a proposer's commits say who was absent: an honest one may miss a slow vote once or
/// twice.
const COMMITS_MIN: u32 = 3;

/// What is known of one member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    /// The number of commits that it has brought as a proposer.
    brought: u32,
    /// The proposers in whose commits it was, a bit for each by its place in the committee.
    seen_by: u64,
}

/// Who was there in this epoch, a row for each member of the committee in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attendance(Vec<Row>);

impl Attendance {
    /// The attendance of a committee that takes office.
    pub(super) fn of(committee: &Committee) -> Self {
        Self(vec![Row::default(); committee.members().len()])
    }

    /// Notes a commit of this committee that one of its members has brought.
    pub(super) fn note(&mut self, committee: &Committee, proposer: AccountId, voters: &[AccountId]) {
        let Some(by) = committee.position(proposer) else { return };
        if let Some(row) = self.0.get_mut(by) {
            row.brought = row.brought.saturating_add(1);
        }
        for voter in voters.iter().filter_map(|voter| committee.position(*voter)) {
            if let Some(row) = self.0.get_mut(voter) {
                row.seen_by |= bit(by);
            }
        }
    }

    /// The members that were absent.
    ///
    /// They have less than a third of the power if nobody lies, since every commit has more than two thirds. If there seem to
    /// be more, somebody does; then only those count that no proposer has seen, who are fewer whatever anybody does.
    pub(super) fn absent(&self, committee: &Committee) -> BTreeSet<AccountId> {
        let members = || committee.members().iter().zip(&self.0).enumerate();
        let telling: Vec<_> = members().filter(|(_, (_, row))| row.brought >= COMMITS_MIN).collect();
        let missed = |row: &Row| -> bool {
            let by = telling.iter().filter(|(at, _)| row.seen_by & bit(*at) == 0);
            committee.is_third(by.map(|(_, (member, _))| member.account))
        };
        let all = |is_absent: &dyn Fn(&Row) -> bool| -> BTreeSet<AccountId> {
            members().filter(|(_, (_, row))| is_absent(row)).map(|(_, (member, _))| member.account).collect()
        };
        let absent = all(&missed);
        if committee.sum(absent.iter().copied()).saturating_mul(3) < committee.total() {
            return absent;
        }
        all(&|row| row.seen_by == 0 && missed(row))
    }
}

/// The bit of a place in the committee. No committee has more than 64.
fn bit(place: usize) -> u64 {
    u32::try_from(place).ok().and_then(|place| 1_u64.checked_shl(place)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{committee::Member, units::Power};

    fn account(n: u8) -> AccountId {
        AccountId::from_bytes([n; 32])
    }

    fn committee(n: u8) -> Committee {
        let member = |i| Member { account: account(i), power: Power::new(1) };
        Committee::new((1..=n).map(member).collect()).unwrap()
    }

    /// Commits of these proposers in turn, each with the voters that `votes` names.
    fn attended(committee: &Committee, turns: u8, votes: impl Fn(u8, u8) -> bool) -> Attendance {
        let mut attendance = Attendance::of(committee);
        let all = 1..=committee.members().len() as u8;
        for turn in 0..turns {
            let proposer = 1 + turn % all.end();
            let voters: Vec<_> = all.clone().filter(|voter| votes(proposer, *voter)).map(account).collect();
            attendance.note(committee, account(proposer), &voters);
        }
        attendance
    }

    #[test]
    fn a_silent_member_is_absent_and_a_slow_one_is_not() {
        let seven = committee(7);
        let silent = attended(&seven, 70, |_, voter| voter != 3);
        assert_eq!(silent.absent(&seven), BTreeSet::from([account(3)]));
        // Five of seven proposers never wait for it.
        let slow = attended(&seven, 70, |proposer, voter| voter != 3 || proposer >= 3);
        assert_eq!(slow.absent(&seven), BTreeSet::new(), "missing from two of seven");
    }

    #[test]
    fn a_third_that_leaves_votes_out_harms_nobody() {
        let seven = committee(7);
        for victims in [vec![5], vec![3, 4], vec![3, 4, 5, 6]] {
            let left_out = attended(&seven, 70, |proposer, voter| proposer > 2 || !victims.contains(&voter));
            println!("two of seven leave {} out: {} absent", victims.len(), left_out.absent(&seven).len());
            assert_eq!(left_out.absent(&seven), BTreeSet::new());
        }
    }

    #[test]
    fn even_a_majority_of_liars_drives_nobody_out_but_by_the_third() {
        let nine = committee(9);
        // Four of nine show the least that a quorum takes, and never the last two.
        let lied = attended(&nine, 90, |proposer, voter| proposer > 4 || voter <= 7);
        assert_eq!(lied.absent(&nine).len(), 2, "less than a third, as if they had been silent");
        // Twelve of 21 leave six of the other nine out each, by turns, so that eight leave each of them out.
        let many = committee(21);
        let is_left_out = |proposer: u8, voter: u8| voter > 12 && (voter - 13 + 9 - proposer * 6 % 9) % 9 < 6;
        let lied = attended(&many, 210, |proposer, voter| proposer > 12 || !is_left_out(proposer, voter));
        let absent = lied.absent(&many);
        println!("twelve of 21 leave out whom they can: {} absent", absent.len());
        assert_eq!(absent, BTreeSet::new(), "nine would be three sevenths of the power");
    }

    #[test]
    fn two_commits_say_nothing() {
        let four = committee(4);
        assert_eq!(attended(&four, 8, |_, voter| voter != 1).absent(&four), BTreeSet::new());
        assert_eq!(attended(&four, 12, |_, voter| voter != 1).absent(&four), BTreeSet::from([account(1)]));
    }
}
