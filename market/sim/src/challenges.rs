//! Challenges: what newcomers gain by them, what an owner of many names does, and what honest provers with a name lose.
//!
//! Runs of one seed under rules that differ by the share of the fees that pays for challenges: one with none, the others
//! with some. Epochs are short, so that there are as many draws in a run as there would be in days.

use crate::{
    circuits::{Circuit, kinds},
    conduct::ProverConduct,
    fail::Fail,
    measure::Baseline,
    newcomer::Newcomer,
    outcome::{Outcome, Role},
    say::challenge,
    scale::{Roles, Scale},
};
use dpgn_protocol::{bounded::List, genesis::Params, units::Ppm};

/// Blocks of an epoch in these runs.
const EPOCH_BLOCKS: u64 = 60;
/// The share of a weight that is left after such an epoch: as much in a time as usual.
const EPOCH_KEEP: Ppm = Ppm::new(999_400);
/// The names of the owner that is measured.
const NAMES: u16 = 8;

/// What was measured at one share.
#[derive(Clone, Debug)]
pub struct Challenges {
    /// The share of the committee's half of the fees that pays for challenges.
    pub share: Ppm,
    /// The challenges that were proved in the runs in which newcomers join.
    pub proved: u64,
    /// How newcomers fare.
    pub newcomer: Newcomer,
    /// The profit of newcomers, in micro-credits each.
    pub newcomers_gain: f64,
    /// The profit of all other provers, in micro-credits each, while newcomers join.
    pub others_gain: f64,
    /// What an owner gains by so many names that all take part in draws, over the same owner with one name, as a share.
    pub owner_gain: f64,
}

/// The rules with challenges of all kinds that are traded, at this share.
pub fn rules(share: Ppm) -> Result<Params, Fail> {
    let circuits = kinds().into_iter().map(Circuit::of).collect::<Result<Vec<_>, _>>()?;
    let listed = circuits.iter().map(challenge).collect::<Result<Vec<_>, _>>()?;
    Ok(Params {
        epoch_blocks: EPOCH_BLOCKS,
        epoch_keep: EPOCH_KEEP,
        challenge_share: share,
        challenge_circuits: List::new(listed)?,
        ..Params::default()
    })
}

impl Challenges {
    /// Measures at this share.
    pub fn measure(scale: &Scale, share: Ppm, seeds: &[u64]) -> Result<Self, Fail> {
        let scale = Scale { params: rules(share)?, ..scale.clone() };
        let known = Baseline::run(&scale, seeds)?;
        let newcomer = Newcomer::measure(&known)?;
        let late = Roles { provers: Newcomer::CONDUCT, ..Roles::HONEST };
        let many = ProverConduct { names: NAMES, ..ProverConduct::HONEST };
        let many = Roles { provers: many, ..Roles::HONEST };
        let (mut proved, mut gains, mut owner) = (0, [0.0; 2], [0.0; 2]);
        for (seed, honest) in known.runs() {
            let joined = known.again(*seed, late)?;
            proved += joined.challenges;
            gains[0] += profit(&joined, true) / seeds.len() as f64;
            gains[1] += profit(&joined, false) / seeds.len() as f64;
            owner[0] += profit(honest, true);
            owner[1] += profit(&known.again(*seed, many)?, true);
        }
        let [newcomers_gain, others_gain] = gains;
        Ok(Self { share, proved, newcomer, newcomers_gain, others_gain, owner_gain: owner[1] / owner[0] - 1.0 })
    }

    /// What was measured, in some lines.
    pub fn text(&self) -> String {
        let Self { share, proved, newcomer, newcomers_gain, others_gain, owner_gain } = self;
        format!(
            "share {share}: {proved} challenges proved. {} A newcomer gains {newcomers_gain:.0}, another prover \
             {others_gain:.0}. {NAMES} names in place of one gain {:+.1} %.",
            newcomer.text(),
            owner_gain * 100.0
        )
    }
}

/// The mean profit of the provers that are tested, or of those that are not.
fn profit(outcome: &Outcome, tested: bool) -> f64 {
    let is_meant = |role: &Role| *role == Role::Prover { tested };
    let count = outcome.agents.iter().filter(|(role, _)| is_meant(role)).count();
    outcome.sum(|role| is_meant(&role)).profit() / count.max(1) as f64
}
