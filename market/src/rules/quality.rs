//! The quality of a delivery, in parts per million. Integers only; every term can be shown.
//!
//! ```text
//! margin      = (deadline − delivered) / (deadline − awarded)      0 if late
//! size        = nominal bytes / bytes                              1 if not larger
//! punctuality = (queued + grace) / (delivered − started)           1 if as fast as declared
//! quality     = 0.4 margin + 0.2 size + 0.4 punctuality            0 if the proof does not verify
//!
//! time        = nominal / (nominal + taken)                        faster is always better
//! ```
//! `grace` is one idle block interval: nobody can be faster than blocks come. `nominal` time is what the
//! network's nominal speed takes for the rows, plus that grace; no prover declares it.

use crate::state::{
    award::{Award, Delivery},
    task::Task,
};
use dpgn_protocol::{
    genesis::Params,
    proof_layout::nominal_proof_len,
    units::{Degree, Millis, Ppm, Timestamp},
};

/// The quality of one delivery, by its terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quality {
    /// The time that was left to the deadline, as a share of the time at the award.
    pub margin: Ppm,
    /// The nominal size of a proof as a share of this proof's, at most one.
    pub size: Ppm,
    /// The time that the prover declared as a share of the time it took, at most one.
    pub punctuality: Ppm,
    /// The score of the time alone.
    pub time: Ppm,
}

const MARGIN_WEIGHT: u64 = 400_000;
const SIZE_WEIGHT: u64 = 200_000;
const PUNCTUALITY_WEIGHT: u64 = 400_000;

impl Quality {
    /// The quality in one number: the weighted sum of margin, size and punctuality.
    pub fn value(&self) -> Ppm {
        let sum = u64::from(self.margin.get()) * MARGIN_WEIGHT
            + u64::from(self.size.get()) * SIZE_WEIGHT
            + u64::from(self.punctuality.get()) * PUNCTUALITY_WEIGHT;
        Ppm::ratio(sum / u64::from(Ppm::ONE.get()), u64::from(Ppm::ONE.get()))
    }

    /// The quality of a delivery under an award.
    pub(crate) fn of(award: &Award, delivery: &Delivery, task: &Facts, params: &Params) -> Self {
        let started = award.started.unwrap_or(award.at);
        let taken = delivery.at.since(started);
        let grace = params.idle_interval;
        let nominal = nominal_time(task.degree, params);
        // Times that no longer fit 64 bits of milliseconds count as the longest time; the ratios stay at most one.
        Self {
            margin: Ppm::ratio(task.deadline.since(delivery.at).get(), task.deadline.since(award.at).get()),
            size: Ppm::ratio(task.nominal_len, u64::from(delivery.len)),
            punctuality: Ppm::ratio(award.terms.queued.saturating_add(grace).get(), taken.get()),
            time: Ppm::ratio(nominal.get(), nominal.saturating_add(taken).get()),
        }
    }
}

/// The facts about a task that a delivery is held against.
pub(crate) struct Facts {
    deadline: Timestamp,
    degree: Degree,
    /// The length in bytes of a usual proof of the level and degree.
    nominal_len: u64,
}

impl Facts {
    /// The facts about this task.
    pub(crate) fn of(task: &Task) -> Self {
        let nominal_len = nominal_proof_len(task.bid.level, task.degree) as u64;
        Self { deadline: task.bid.deadline, degree: task.degree, nominal_len }
    }
}

fn nominal_time(degree: Degree, params: &Params) -> Millis {
    // At most 2^24 rows, so only a boundless idle interval could saturate.
    nominal_work(degree, params).saturating_add(params.idle_interval)
}

/// The time that a proof of so many rows takes at the network's nominal speed.
pub(crate) fn nominal_work(degree: Degree, params: &Params) -> Millis {
    Millis::new(degree.rows().saturating_mul(1_000).div_ceil(params.nominal_rows_per_second.max(1)))
}
