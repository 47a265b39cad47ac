//! How good a delivery was, in parts per million. Integers only; every term can be shown.
//!
//! ```text
//! margin  = (deadline − delivered) / (deadline − awarded)      0 if late
//! size    = nominal bytes / bytes                              1 if not larger
//! word    = (declared + grace) / (delivered − started)         1 if as fast as declared
//! quality = 0.4 margin + 0.2 size + 0.4 word                   0 if the proof does not verify
//!
//! time    = nominal / (nominal + taken)                        faster is always better
//! ```
//! `grace` is one idle block interval: nobody can be faster than blocks come. `nominal` time is what the
//! network's nominal speed takes for the rows, plus that grace; it is nobody's own word.

use crate::task::{Award, Delivery};
use dpgn_protocol::{
    genesis::Params,
    units::{Degree, Millis, Ppm, Timestamp},
};

/// The terms of one delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// What was left to the deadline.
    pub margin: Ppm,
    /// The proof's size against the nominal.
    pub size: Ppm,
    /// The time taken against the declared.
    pub word: Ppm,
    /// The score of the time alone.
    pub time: Ppm,
}

const MARGIN_WEIGHT: u64 = 400_000;
const SIZE_WEIGHT: u64 = 200_000;
const WORD_WEIGHT: u64 = 400_000;

impl Quality {
    /// The quality itself.
    pub fn value(&self) -> Ppm {
        let sum = u64::from(self.margin.get()) * MARGIN_WEIGHT
            + u64::from(self.size.get()) * SIZE_WEIGHT
            + u64::from(self.word.get()) * WORD_WEIGHT;
        Ppm::ratio(sum / u64::from(Ppm::ONE.get()), u64::from(Ppm::ONE.get()))
    }

    pub(crate) fn of(award: &Award, delivery: &Delivery, task: &Facts, params: &Params) -> Self {
        let started = award.started.unwrap_or(award.at);
        let taken = delivery.at.since(started);
        let grace = params.idle_interval;
        let nominal = nominal_time(task.degree, params);
        Self {
            margin: Ppm::ratio(task.deadline.since(delivery.at).get(), task.deadline.since(award.at).get()),
            size: Ppm::ratio(task.nominal_len, u64::from(delivery.len)),
            word: Ppm::ratio(award.terms.declared.saturating_add(grace).get(), taken.get()),
            time: Ppm::ratio(nominal.get(), nominal.saturating_add(taken).get()),
        }
    }
}

/// What a delivery is held against.
pub(crate) struct Facts {
    pub(crate) deadline: Timestamp,
    pub(crate) degree: Degree,
    /// What a usual proof of the level and degree has in bytes.
    pub(crate) nominal_len: u64,
}

fn nominal_time(degree: Degree, params: &Params) -> Millis {
    let rows = degree.rows().saturating_mul(1_000).div_ceil(params.nominal_rows_per_second.max(1));
    Millis::new(rows).saturating_add(params.idle_interval)
}
