//! The quality of a delivery, in parts per million. Integers only; every term can be shown.
//!
//! ```text
//! margin      = (deadline − delivered) / (deadline − awarded)      0 if late
//! size        = nominal bytes / bytes                              1 if not larger
//! taken       = delivered − awarded
//! punctuality = (queued + bytes' time + grace) / taken             1 if as fast as declared
//! quality     = 0.4 margin + 0.2 size + 0.4 punctuality            0 if the proof does not verify
//!
//! time        = nominal / (nominal + taken)                        faster is always better
//! ```
//! All time from the award on counts, so nobody hides before `Start` that an award waits for a lane: `queued` is the
//! time that the ask promised by the lanes it declared and the awards it held. The bytes' time is what fetching recipe
//! and inputs and building take at the least rates. `grace` is one idle block interval: nobody can be faster than blocks
//! come. `nominal` time is what the network's nominal speed takes for the rows, plus that grace; no prover declares it.

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
    /// The time that the prover promised as a share of the time it took from the award on, at most one.
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
        let taken = delivery.at.since(award.at);
        let promised = award.terms.queued.saturating_add(task.bytes_time).saturating_add(params.idle_interval);
        let nominal = nominal_time(task.degree, params);
        // Times that no longer fit 64 bits of milliseconds count as the longest time; the ratios stay at most one.
        Self {
            margin: Ppm::ratio(task.deadline.since(delivery.at).get(), task.deadline.since(award.at).get()),
            size: Ppm::ratio(task.nominal_len, u64::from(delivery.len)),
            punctuality: Ppm::ratio(promised.get(), taken.get()),
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
    /// The time for the bytes of recipe and inputs and for building, at the least rates.
    bytes_time: Millis,
}

impl Facts {
    /// The facts about this task.
    pub(crate) fn of(task: &Task, params: &Params) -> Self {
        let nominal_len = nominal_proof_len(task.bid.level, task.degree) as u64;
        let bytes_time = task.recipe_allowance(params).saturating_add(task.inputs_allowance(params));
        Self { deadline: task.bid.deadline, degree: task.degree, nominal_len, bytes_time }
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
