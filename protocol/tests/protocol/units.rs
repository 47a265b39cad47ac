//! Numbers that never wrap, and names of things.

use dpgn_protocol::{
    ids::{AccountId, TaskId},
    units::{Credits, Degree, Level, Millis, OutOfRange, Ppm, Priority, Timestamp},
};
use proptest::prelude::*;

#[test]
fn ranges_have_edges() {
    let what = "privacy level";
    assert_eq!(Level::new(0), Err(OutOfRange { what, got: 0, min: 1, max: 5 }));
    assert_eq!(Level::new(6).unwrap_err().to_string(), "privacy level is 1 to 5; got 6");
    assert_eq!(Level::all().map(Level::get).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    assert_eq!(Level::all().map(Level::is_private).collect::<Vec<_>>(), [false, false, true, true, true]);
    assert_eq!(Degree::new(24).unwrap().rows(), 1 << 24);
    assert!(Degree::new(25).is_err() && Priority::new(100).is_ok() && Priority::new(101).is_err());
}

#[test]
fn ids_are_64_digits() {
    let id = TaskId::from_bytes([0xab; 32]);
    assert_eq!(id.to_string(), "ab".repeat(32));
    assert_eq!(id.short(), "abababab");
    assert_eq!(id.to_string().parse(), Ok(id));
    let wrong = "zz".repeat(32).parse::<AccountId>().unwrap_err();
    assert_eq!((wrong.name, wrong.got), ("AccountId", 64));
    assert!("ab".parse::<TaskId>().is_err() && "".parse::<TaskId>().is_err());
    assert_eq!("\u{1f980}".parse::<TaskId>().unwrap_err().got, 1);
}

proptest! {
    #[test]
    fn credits_add_up_or_not_at_all(a in any::<u64>(), b in any::<u64>()) {
        let (x, y) = (Credits::new(a), Credits::new(b));
        prop_assert_eq!(x.checked_add(y).map(Credits::get), a.checked_add(b));
        prop_assert_eq!(x.checked_sub(y).map(Credits::get), a.checked_sub(b));
        if let Some(sum) = x.checked_add(y) {
            prop_assert_eq!(sum.checked_sub(y), Some(x));
        }
    }

    #[test]
    fn a_share_and_its_complement_lose_nothing(amount in any::<u64>(), part in 0u32..=1_000_000) {
        let (amount, part) = (Credits::new(amount), Ppm::new(part));
        let (share, rest) = (amount.share(part), amount.share(part.complement()));
        prop_assert!(share <= amount);
        let sum = u128::from(share.get()) + u128::from(rest.get());
        prop_assert!((u128::from(amount.get())..=u128::from(amount.get()) + 1).contains(&sum), "rounded up, once");
        prop_assert_eq!(amount.share(Ppm::ONE), amount);
    }

    #[test]
    fn a_ratio_is_at_most_one(part in any::<u64>(), whole in any::<u64>()) {
        let ratio = Ppm::ratio(part, whole);
        prop_assert!(ratio <= Ppm::ONE);
        prop_assert!(part < whole || ratio == Ppm::ONE);
        prop_assert!(part != 0 || whole == 0 || ratio.get() == 0);
    }

    #[test]
    fn time_stops_at_its_ends(at in any::<u64>(), span in any::<u64>()) {
        let (at, span) = (Timestamp::new(at), Millis::new(span));
        prop_assert!(at.after(span) >= at && at.before(span) <= at);
        prop_assert_eq!(at.since(at.after(span)), Millis::new(0));
    }
}
