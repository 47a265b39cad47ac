//! Machines and needs: what a run's provers and requesters are like, drawn from its seed.

use crate::{
    agent::Need,
    circuits::{Kind, kinds},
    draw::{Draws, Purpose},
};
use dpgn_protocol::units::Level;

/// The median cost of proving 1,024 rows of level 1, in micro-credits.
pub const COST_MEDIAN: f64 = 50_000.0;
/// The deviation of the costs' logarithm.
const COST_SIGMA: f64 = 0.4;
/// The median speed in rows per second.
pub const SPEED_MEDIAN: f64 = 800.0;
/// The deviation of the speeds' logarithm.
const SPEED_SIGMA: f64 = 0.4;
/// The most proofs that a machine makes at once.
const LANES_MAX: u64 = 2;
/// The chance that a machine gives up half way through a proof.
pub const CRASH_CHANCE: f64 = 0.01;
/// The largest part of the machines takes every degree; this part takes one less than the largest, and so on.
const SMALLER_CHANCE: f64 = 0.2;

/// What a proof of a level costs, as a multiple of level 1.
pub fn level_factor(level: Level) -> f64 {
    const FACTORS: [f64; 5] = [1.0, 1.2, 1.6, 1.8, 2.5];
    FACTORS[usize::from(level.get() - 1)]
}

/// A prover's machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Machine {
    /// The true cost of 1,024 rows of level 1, in micro-credits.
    pub cost: f64,
    /// The true speed in rows per second, of each lane.
    pub speed: f64,
    /// The proofs that it makes at once.
    pub lanes: u16,
    /// The largest circuit that it takes.
    pub kind_max: Kind,
}

impl Machine {
    /// The machine of this number.
    pub fn draw(draws: Draws, number: u64, kinds: &[Kind]) -> Self {
        let mut stream = draws.stream(Purpose::Machine, number);
        let (cost, speed) = (stream.log_normal(COST_MEDIAN, COST_SIGMA), stream.log_normal(SPEED_MEDIAN, SPEED_SIGMA));
        let lanes = if stream.below(LANES_MAX) == 0 { 1 } else { 2 };
        let mut place = kinds.len() - 1;
        while place > 0 && stream.happens(SMALLER_CHANCE) {
            place -= 1;
        }
        Self { cost, speed, lanes, kind_max: kinds[place] }
    }

    /// The true cost of a proof, in micro-credits.
    pub fn cost_of(&self, kind: Kind, hardness: f64) -> f64 {
        self.cost * kind.kilorows() * level_factor(kind.level) * hardness
    }

    /// The true time of a proof, in milliseconds.
    pub fn time_of(&self, kind: Kind, hardness: f64) -> u64 {
        (kind.degree.rows() as f64 / self.speed * hardness * 1_000.0) as u64
    }

    /// Whether the machine takes work of this kind.
    pub fn takes(&self, kind: Kind) -> bool {
        kind.degree <= self.kind_max.degree
    }
}

/// The median worth of a proof, as a multiple of what it costs on the median machine.
const WORTH_MEDIAN: f64 = 3.0;
/// The deviation of the worths' logarithm.
const WORTH_SIGMA: f64 = 0.4;
/// The deviation of the logarithm of how hard a proof is for its rows: small, since a proof's time follows from its
/// padded rows.
const HARDNESS_SIGMA: f64 = 0.1;
/// The reward that is offered, as a share of what the proof is worth: at least and at most.
const MULTIPLE: (f64, f64) = (0.6, 1.0);
/// The time that a requester has, as a multiple of what the median machine needs: at least and at most.
const PATIENCE: (f64, f64) = (4.0, 10.0);
/// The time that a requester has in any case: for the windows before work begins.
const PATIENCE_BASE_MS: f64 = 150_000.0;

/// The task of this number: the time after the last one, the number of its requester, and what is needed.
pub fn draw_need(draws: Draws, number: u64, requesters: u64, gap_ms: f64) -> (f64, u64, Need) {
    let mut stream = draws.stream(Purpose::Task, number);
    let gap = stream.exponential(gap_ms);
    let requester = stream.below(requesters);
    let all = kinds();
    // A chain of halves: small circuits are common, large ones rare.
    let place = (0..all.len() - 1).find(|_| stream.happens(0.25)).unwrap_or(all.len() - 1);
    let kind = all[place];
    let typical = COST_MEDIAN * kind.kilorows() * level_factor(kind.level);
    let seconds = kind.degree.rows() as f64 / SPEED_MEDIAN;
    let need = Need {
        number,
        kind,
        value: typical * stream.log_normal(WORTH_MEDIAN, WORTH_SIGMA),
        multiple: stream.between(MULTIPLE.0, MULTIPLE.1),
        hardness: stream.log_normal(1.0, HARDNESS_SIGMA),
        patience_ms: (PATIENCE_BASE_MS + seconds * 1_000.0 * stream.between(PATIENCE.0, PATIENCE.1)) as u64,
    };
    (gap, requester, need)
}
