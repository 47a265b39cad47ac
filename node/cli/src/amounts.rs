//! Amounts as people read them; programs get the integers.

use dpgn_protocol::units::{Credits, Ppm};

/// Micro-credits in a credit.
const MICRO: u64 = 1_000_000;
/// Millionths in a thousandth.
const THOUSANDTH: u32 = 1_000;

/// Credits with all their decimals and the unit: `0.010100 credits`.
pub(crate) fn credits(amount: Credits) -> String {
    format!("{} credits", decimal(amount))
}

/// Credits with all their decimals, for a column whose head names the unit.
pub(crate) fn decimal(amount: Credits) -> String {
    format!("{}.{:06}", amount.get() / MICRO, amount.get() % MICRO)
}

/// A share of one in thousandths, rounded down: a reputation, a quality.
pub(crate) fn share(share: Ppm) -> String {
    let thousandths = share.get() / THOUSANDTH;
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_rounded_away_that_is_money() {
        assert_eq!(credits(Credits::new(99_896_346)), "99.896346 credits");
        assert_eq!(decimal(Credits::new(1)), "0.000001");
        assert_eq!(decimal(Credits::new(u64::MAX)), "18446744073709.551615");
        assert_eq!((share(Ppm::ONE), share(Ppm::ratio(1, 5))), ("1.000".to_owned(), "0.200".to_owned()));
    }
}
