//! Amounts as people read them; programs get the integers.

use dpgn_protocol::units::{Credits, Millis, Power, Ppm, Timestamp};

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

/// A power as a share of all power, in thousandths, rounded down.
pub(crate) fn power_share(power: Power, total: u64) -> String {
    share(Ppm::ratio(power.get(), total))
}

/// A time in seconds, with tenths.
pub(crate) fn seconds(time: Millis) -> String {
    format!("{}.{} s", time.get() / 1_000, time.get() % 1_000 / 100)
}

/// A long time in its two largest units: `3 d 2 h`, `5 min 7 s`.
pub(crate) fn span(time: Millis) -> String {
    let seconds = time.get() / 1_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

/// A time of a block, as people read it: `2023-11-14 22:13:20`.
pub(crate) fn utc(time: Timestamp) -> String {
    const DAY: u64 = 86_400;
    let seconds = time.get() / 1_000;
    let (days, rest) = (seconds / DAY, seconds % DAY);
    // Days count from the first of March of the year 0, so that a leap day is the last day of a year.
    let since = days + 719_468;
    let (era, of_era) = (since / 146_097, since % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let moved = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * moved + 2) / 5 + 1, if moved < 10 { moved + 3 } else { moved - 9 });
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_that_of_the_calendar() {
        let told = [0, 951_782_400_000, 1_700_000_000_999, 4_107_542_399_000].map(|ms| utc(Timestamp::new(ms)));
        assert_eq!(told, ["1970-01-01 00:00:00", "2000-02-29 00:00:00", "2023-11-14 22:13:20", "2100-02-28 23:59:59"]);
    }

    #[test]
    fn a_long_time_has_two_units() {
        let told = [0, 59_999, 61_000, 3_599_000, 7_260_000, 259_200_000].map(|ms| span(Millis::new(ms)));
        assert_eq!(told, ["0 s", "59 s", "1 min 1 s", "59 min 59 s", "2 h 1 min", "3 d 0 h"]);
    }

    #[test]
    fn nothing_is_rounded_away_that_is_money() {
        assert_eq!(credits(Credits::new(99_896_346)), "99.896346 credits");
        assert_eq!(decimal(Credits::new(1)), "0.000001");
        assert_eq!(decimal(Credits::new(u64::MAX)), "18446744073709.551615");
        assert_eq!((share(Ppm::ONE), share(Ppm::ratio(1, 5))), ("1.000".to_owned(), "0.200".to_owned()));
    }
}
