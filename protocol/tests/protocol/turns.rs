//! Turns: as often as power says, spread out, and the same for everybody.

use crate::samples::*;
use dpgn_protocol::{
    committee::{Committee, Member},
    ids::AccountId,
    turns::Turns,
    units::{Height, Power},
};
use proptest::prelude::*;

fn account(n: usize) -> AccountId {
    AccountId::from_bytes([u8::try_from(n).unwrap(); 32])
}

fn turns(powers: &[u64]) -> Turns {
    let member = |(n, power): (usize, &u64)| Member { account: account(n), power: Power::new(*power) };
    Turns::new(&Committee::new(powers.iter().enumerate().map(member).collect()).unwrap())
}

fn at_round_0(turns: &Turns, heights: std::ops::Range<u64>) -> Vec<AccountId> {
    heights.map(|height| turns.proposer(Height::new(height), 0)).collect()
}

#[test]
fn equal_members_take_turns() {
    let order = at_round_0(&turns(&[5; 4]), 0..8);
    assert_eq!(order, [0, 1, 2, 3, 0, 1, 2, 3].map(account));
}

#[test]
fn a_turn_comes_as_often_as_power_and_in_between_come_others() {
    let order = at_round_0(&turns(&[4, 2, 2]), 0..64);
    let count = |n| order.iter().filter(|a| **a == account(n)).count();
    assert_eq!([0, 1, 2].map(count), [32, 16, 16]);
    assert!(order.windows(3).all(|three| three.iter().any(|a| *a != account(0))), "smooth: {order:?}");
}

#[test]
fn a_round_more_is_a_height_more() {
    let turns = turns(&[3, 1, 7, 2]);
    for height in 0..100 {
        assert_eq!(turns.proposer(Height::new(height), 5), turns.proposer(Height::new(height + 5), 0));
    }
    turns.proposer(Height::new(u64::MAX), u32::MAX);
}

#[test]
fn turns_are_frozen() {
    // Another order is another protocol: members would wait for different proposers.
    let turns = turns(&[1, 5, 2, 9]);
    let order: Vec<_> = at_round_0(&turns, 0..17).iter().map(|a| a.as_bytes()[0]).collect();
    assert_eq!(order, [3, 1, 3, 2, 3, 1, 3, 0, 3, 1, 3, 1, 3, 2, 3, 1, 3]);
    let sample = Turns::new(&committee());
    assert!(committee().power(sample.proposer(Height::new(7), 1)).is_some());
}

proptest! {
    /// Whoever has a slot's worth of power has a turn in the table, and about as many as it has power.
    #[test]
    fn shares_are_those_of_power(powers in prop::collection::vec(1u64..=1 << 32, 1..=64)) {
        let slots = (powers.len() * 8).max(64);
        let order = at_round_0(&turns(&powers), 0..slots as u64);
        let total: u64 = powers.iter().sum();
        for (n, power) in powers.iter().enumerate() {
            let got = order.iter().filter(|a| **a == account(n)).count() as i128;
            let off = got * i128::from(total) - i128::from(*power) * slots as i128;
            prop_assert!(off.abs() <= i128::from(total) * powers.len() as i128, "{n}: {got} of {slots}");
        }
    }
}
