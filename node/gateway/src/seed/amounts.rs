//! Amounts of the seven endpoints: whole thousandths of a credit.

use crate::problem::{Code, Problem};
use dpgn_protocol::units::Credits;

/// Micro-credits of a thousandth.
const MICROS: u64 = 1_000;

/// The credits of so many thousandths.
pub(super) fn credits(thousandths: u64) -> Result<Credits, Problem> {
    let micros = thousandths.checked_mul(MICROS);
    micros.map(Credits::new).ok_or_else(|| Problem::new(Code::Malformed, "the amount is no number of credits"))
}

/// The whole thousandths of an amount; what is less than one is left out.
pub(super) fn thousandths(credits: Credits) -> u64 {
    credits.get() / MICROS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousandths_go_there_and_back() {
        assert_eq!(credits(100).unwrap(), Credits::new(100_000));
        assert_eq!(thousandths(Credits::new(100_999)), 100);
        assert_eq!(credits(u64::MAX).unwrap_err().code(), Code::Malformed);
    }
}
