//! Shares of one: what the ledger counts in millionths, as numbers.

use dpgn_protocol::units::Ppm;

/// Millionths as a number from 0 to 1.
pub(crate) fn share(part: Ppm) -> f64 {
    f64::from(part.get()) / f64::from(Ppm::ONE.get())
}

/// Millionths that may be negative or more than a whole, as a number. Those of a score are far from where a number of this
/// kind is inexact.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53, and shown to people beyond")]
pub(crate) fn signed(part: i64) -> f64 {
    part as f64 / f64::from(Ppm::ONE.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn millionths_are_told_as_shares() {
        assert_eq!((share(Ppm::ONE), share(Ppm::new(250_000)), share(Ppm::new(0))), (1.0, 0.25, 0.0));
        assert_eq!((signed(-1_500_000), signed(1)), (-1.5, 0.000_001));
    }
}
