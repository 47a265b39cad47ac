//! The election as a text for people: what is decided at the border, and every candidate with its reasons.

use crate::{
    amounts::{decimal, power_share},
    table, words,
};
use dpgn_market::{CandidateTold, ElectionTold};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Power},
};

/// All candidates, below what holds for the election as a whole.
pub(crate) fn text(told: &ElectionTold) -> String {
    let mut text = table::pairs(&head(told));
    if told.candidates.is_empty() {
        return text;
    }
    let (now, then) = (total(told, |c| c.power), total(told, |c| c.expected));
    let share = |power: Option<Power>, total| power.map_or_else(|| "-".to_owned(), |power| power_share(power, total));
    let row = |c: &CandidateTold| {
        vec![
            c.account.to_string(),
            decimal(c.bond),
            decimal(c.stake),
            decimal(c.counted),
            share(c.power, now),
            share(c.expected, then),
            words::candidacy(c.candidacy).to_owned(),
        ]
    };
    let columns = ["ACCOUNT", "BOND", "STAKE", "COUNTED", "POWER", "EXPECTED", "MAY_BE_ELECTED"];
    text.push_str(&table::columns(&columns, told.candidates.iter().map(row)));
    text
}

fn head(told: &ElectionTold) -> Vec<(String, String)> {
    let outcome = if told.incumbents_stay {
        "the incumbents stay: too few may be elected".to_owned()
    } else {
        let seats = told.candidates.iter().filter(|candidate| candidate.expected.is_some()).count();
        format!("as it stands, {seats} have a seat after the border")
    };
    let locked =
        told.candidates.iter().fold(Credits::ZERO, |sum, c| sum.saturating_add(c.bond).saturating_add(c.stake));
    [
        ("epoch", told.epoch.to_string()),
        ("border", format!("block {}, after which the committee changes", told.border)),
        ("seats", told.seats.to_string()),
        ("may be elected", format!("{}, of {} that must be", told.eligible, told.committee_min)),
        ("outcome", outcome),
        ("can halt alone", alone(&told.halts, "a third")),
        ("rules alone", alone(&told.rules, "two thirds")),
        ("locked", format!("{} credits, bonds and stakes", decimal(locked))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// The members that each have more than a part of the power.
fn alone(members: &[AccountId], part: &str) -> String {
    if members.is_empty() {
        return format!("nobody: no member has more than {part} of the power");
    }
    let names: Vec<String> = members.iter().map(AccountId::short).collect();
    format!("{}, with more than {part} of the power", names.join(", "))
}

/// The sum of all powers, in office or expected.
fn total(told: &ElectionTold, power: impl Fn(&CandidateTold) -> Option<Power>) -> u64 {
    told.candidates.iter().filter_map(power).fold(0, |sum, power| sum.saturating_add(power.get()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_market::Candidacy;
    use dpgn_protocol::units::{Epoch, Height};

    fn candidate(n: u8, candidacy: Candidacy, power: Option<u64>, expected: Option<u64>) -> CandidateTold {
        CandidateTold {
            account: AccountId::from_bytes([n; 32]),
            bond: Credits::new(10_000_000),
            stake: Credits::new(500_000),
            counted: Credits::new(10_500_000),
            unbonding: Credits::ZERO,
            free_at: None,
            candidacy,
            power: power.map(Power::new),
            expected: expected.map(Power::new),
        }
    }

    fn election(candidates: Vec<CandidateTold>) -> ElectionTold {
        ElectionTold {
            epoch: Epoch::new(7),
            border: Height::new(8_000),
            seats: 22,
            committee_min: 4,
            eligible: 1,
            incumbents_stay: true,
            halts: candidates.iter().filter(|c| c.power.is_some()).map(|c| c.account).collect(),
            rules: Vec::new(),
            candidates,
        }
    }

    #[test]
    fn powers_are_shares_of_those_that_have_a_seat() {
        let some = |power: u64| Some(power << 32);
        let told = election(vec![
            candidate(1, Candidacy::Eligible, some(1), some(1)),
            candidate(2, Candidacy::Silent, some(3), None),
            candidate(3, Candidacy::Eligible, None, some(1)),
        ]);
        let text = text(&told);
        println!("{text}");
        let row = |n: u8| {
            let account = AccountId::from_bytes([n; 32]).to_string();
            let line = text.lines().find(|line| line.starts_with(&account)).unwrap();
            line.split_whitespace().skip(4).map(str::to_owned).take(3).collect::<Vec<_>>()
        };
        assert_eq!(row(1), ["0.250", "0.500", "yes"]);
        assert_eq!(row(2), ["0.750", "-", "no:"]);
        assert_eq!(row(3), ["-", "0.500", "yes"]);
    }

    #[test]
    fn a_head_says_who_stays_and_who_could_do_harm_alone() {
        let text = text(&election(vec![candidate(1, Candidacy::Absent, Some(1), Some(1))]));
        for told in ["1, of 4 that must be", "the incumbents stay", "no member has more than two thirds", "block 8000"]
        {
            assert!(text.contains(told), "{told}: {text}");
        }
        let halts = text.lines().find(|line| line.starts_with("can halt alone")).unwrap();
        assert!(halts.contains(&AccountId::from_bytes([1; 32]).short()), "{halts}");
    }
}
