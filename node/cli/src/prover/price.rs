//! Prices from what a machine costs: in integers, and rounded up, so that no proof is sold below its cost.
//!
//! The time of a proof is taken as a fixed part and a part for each row. An hour of the machine is shared by as many proofs
//! as are made at once.

use dpgn_protocol::units::{Credits, Degree, Millis};
use std::str::FromStr;

/// Milliseconds in an hour.
const HOUR_MS: u128 = 3_600_000;
/// Rows in a kilorow, the unit of prices.
const KILOROW: u128 = 1_024;
/// Decimals of a micro-amount.
const DECIMALS: usize = 6;

/// An amount as people type it, with up to six decimals: `0.35`. In millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Amount(pub(super) u64);

impl FromStr for Amount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text}: write a number with at most {DECIMALS} decimals, such as 0.35");
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > DECIMALS {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let decimals: u64 = format!("{decimals:0<DECIMALS$}").parse().map_err(|_| wrong())?;
        whole.checked_mul(1_000_000).and_then(|whole| whole.checked_add(decimals)).map(Self).ok_or_else(wrong)
    }
}

/// What an hour costs in credits, from a cost in a currency and what a credit is worth in it; rounded up.
pub(super) fn in_credits(cost: Amount, credit_price: Option<Amount>) -> Option<Credits> {
    match credit_price {
        None => Some(Credits::new(cost.0)),
        Some(Amount(price)) => {
            let micro =
                (u128::from(cost.0) * 1_000_000).checked_add(u128::from(price).checked_sub(1)?)? / u128::from(price);
            u64::try_from(micro).ok().map(Credits::new)
        }
    }
}

/// The terms that every price follows from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Costs {
    /// What an hour of the machine costs.
    pub(super) an_hour: Credits,
    /// What is asked beyond that, in hundredths.
    pub(super) margin_percent: u32,
    /// Proofs that share the machine.
    pub(super) proofs_at_once: u16,
}

impl Costs {
    /// The price, margin included, of a part of a proof's time: `ms` milliseconds for each `of`, rounded up. `None` if it
    /// is no number of 64 bits.
    fn of_time(&self, ms: u128, of: u128) -> Option<Credits> {
        let asked = 100 + u128::from(self.margin_percent);
        let whole = u128::from(self.an_hour.get()).checked_mul(ms)?.checked_mul(asked)?;
        let parts = HOUR_MS * 100 * u128::from(self.proofs_at_once.max(1));
        u64::try_from(whole.div_ceil(parts.checked_mul(of.max(1))?)).ok().map(Credits::new)
    }

    /// The flat part of every price; at least one micro-credit.
    pub(super) fn flat(&self, fixed: Millis) -> Option<Credits> {
        self.of_time(u128::from(fixed.get()), 1).map(|flat| flat.max(Credits::new(1)))
    }

    /// The price of 1,024 rows; at least one micro-credit.
    pub(super) fn per_kilorow(&self, pace: Pace) -> Option<Credits> {
        let price = self.of_time(u128::from(pace.ms).checked_mul(KILOROW)?, u128::from(pace.rows))?;
        Some(price.max(Credits::new(1)))
    }

    /// What an hour earns if the machine proves without a pause and each proof takes so long and pays so much.
    pub(super) fn earned_an_hour(&self, price: Credits, took: Millis) -> Credits {
        let proofs = u128::from(self.proofs_at_once.max(1)) * HOUR_MS;
        let earned = u128::from(price.get()).saturating_mul(proofs) / u128::from(took.get().max(1));
        Credits::new(u64::try_from(earned).unwrap_or(u64::MAX))
    }
}

/// The price of a proof, as the ledger counts it; `None` if it is no number of 64 bits.
pub(super) fn of_proof(flat: Credits, per_kilorow: Credits, degree: Degree) -> Option<Credits> {
    let work = (u128::from(per_kilorow.get()) * u128::from(degree.rows())).div_ceil(KILOROW);
    u64::try_from(work).ok().and_then(|work| flat.checked_add(Credits::new(work)))
}

/// The time that rows take: so many milliseconds for so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pace {
    ms: u64,
    rows: u64,
}

/// The fixed part of a proof's time, from the smallest and the largest size that were measured; `None` unless the
/// larger one took longer.
pub(super) fn fixed(points: &[(Degree, Millis)]) -> Option<Millis> {
    let Pace { ms, rows } = between(points)?;
    let (degree, took) = points.iter().copied().min_by_key(|(degree, _)| *degree)?;
    let for_rows = u128::from(degree.rows()) * u128::from(ms) / u128::from(rows.max(1));
    Some(Millis::new(took.get().saturating_sub(u64::try_from(for_rows).unwrap_or(u64::MAX))))
}

/// The time of each row beyond the fixed part; `None` if nothing was measured.
pub(super) fn pace(points: &[(Degree, Millis)], fixed: Millis) -> Option<Pace> {
    between(points).or_else(|| {
        let (degree, took) = points.iter().copied().max_by_key(|(degree, _)| *degree)?;
        Some(Pace { ms: took.get().saturating_sub(fixed.get()).max(1), rows: degree.rows() })
    })
}

fn between(points: &[(Degree, Millis)]) -> Option<Pace> {
    let small = points.iter().min_by_key(|(degree, _)| *degree)?;
    let large = points.iter().max_by_key(|(degree, _)| *degree)?;
    let ms = large.1.get().checked_sub(small.1.get()).filter(|ms| *ms > 0)?;
    Some(Pace { ms, rows: large.0.rows() - small.0.rows() }).filter(|pace| pace.rows > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(degree: u8, ms: u64) -> (Degree, Millis) {
        (Degree::new(degree).unwrap(), Millis::new(ms))
    }

    #[test]
    fn amounts_are_read_to_the_millionth() {
        let read = |text: &str| text.parse::<Amount>().map(|amount| amount.0).ok();
        assert_eq!([read("0.35"), read("2"), read("1.000001")], [Some(350_000), Some(2_000_000), Some(1_000_001)]);
        for wrong in ["", ".", "1.", ".5", "-1", "1.0000001", "1,5", "1e3", "99999999999999999999", "+1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_currency_is_converted_and_never_in_the_owner_s_disfavour() {
        let credits = |cost, price| in_credits(Amount(cost), price).map(Credits::get);
        assert_eq!(credits(350_000, None), Some(350_000));
        // 0.35 an hour at 0.01 a credit are 35 credits; at 0.03 they are 11.666667, rounded up.
        assert_eq!(credits(350_000, Some(Amount(10_000))), Some(35_000_000));
        assert_eq!(credits(350_000, Some(Amount(30_000))), Some(11_666_667));
        assert_eq!((credits(1, Some(Amount(0))), credits(u64::MAX, Some(Amount(1)))), (None, None));
    }

    #[test]
    fn an_hour_of_proofs_pays_the_machine_and_the_margin() {
        let costs = Costs { an_hour: Credits::new(36_000_000), margin_percent: 20, proofs_at_once: 2 };
        // 100 ms are fixed, each 1,024 rows take 200 ms more.
        let points = [point(12, 900), point(14, 3_300)];
        let fixed = fixed(&points).unwrap();
        assert_eq!((fixed, pace(&points, fixed)), (Millis::new(100), Some(Pace { ms: 2_400, rows: 12_288 })));
        let (flat, per) = (costs.flat(fixed).unwrap(), costs.per_kilorow(pace(&points, fixed).unwrap()).unwrap());
        // A lane costs 18 credits an hour: 5 micro-credits a millisecond, 6 with the margin.
        assert_eq!((flat, per), (Credits::new(600), Credits::new(1_200)));
        let price = of_proof(flat, per, Degree::new(14).unwrap()).unwrap();
        assert_eq!(
            (price, costs.earned_an_hour(price, Millis::new(3_300))),
            (Credits::new(19_800), Credits::new(43_200_000))
        );
    }

    #[test]
    fn every_price_covers_its_cost_whatever_was_measured() {
        let costs = Costs { an_hour: Credits::new(7), margin_percent: 0, proofs_at_once: 3 };
        for points in
            [vec![point(15, 4_000)], vec![point(12, 500), point(14, 400)], vec![point(12, 1), point(14, 9_999)]]
        {
            let fixed = fixed(&points).unwrap_or(Millis::new(0));
            let (flat, per) = (costs.flat(fixed).unwrap(), costs.per_kilorow(pace(&points, fixed).unwrap()).unwrap());
            let (degree, took) = points[points.len() - 1];
            let price = of_proof(flat, per, degree).unwrap();
            assert!(costs.earned_an_hour(price, took) >= costs.an_hour, "{points:?}: {price:?}");
        }
        assert_eq!(pace(&[], Millis::new(0)), None);
        let huge = Costs { an_hour: Credits::new(u64::MAX), margin_percent: u32::MAX, proofs_at_once: 1 };
        assert_eq!(huge.flat(Millis::new(u64::MAX)), None, "no number of 64 bits, and no panic");
    }
}
