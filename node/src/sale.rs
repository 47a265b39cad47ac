//! What a prover sells: from its configuration, and from what the machine can do, to the terms of an ask.

use crate::{
    benchmark,
    config::ProverSection,
    engine::{Holds, Selling},
};
use dpgn_protocol::{
    bounded::{List, Text, TooMany},
    limits::ASK_BUILDERS_MAX,
    ops::{Ask, Builder, Offer},
    units::{Degree, Level, Timestamp},
};
use dpgn_prover::{Prover, ProverError, circuit::Kind, memory::Room};
use std::fmt;

/// Why terms could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TermsError {
    /// The benchmark, from which undeclared speeds follow, did not run.
    #[error("measuring how fast this machine proves: {0}")]
    Benchmark(#[from] ProverError),
    /// The configuration has more offers than an ask holds.
    #[error("offers: {0}")]
    Offers(#[from] TooMany),
}

/// The terms on which a prover sells; expiry and warm circuits are filled in whenever an ask is sent.
pub(crate) enum Sale {
    /// Terms as whoever embeds the node states them.
    Stated(Box<Ask>),
    /// Terms as the configuration has them; what it leaves open follows from the benchmark.
    Configured(ProverSection),
}

impl Sale {
    /// What a prover sells that makes so many proofs at once, speeds measured where none are declared.
    pub(crate) async fn selling(self, prover: &Prover, workers: u16) -> Result<Selling, TermsError> {
        let room = prover.room();
        let terms = match self {
            Self::Stated(terms) => buildable(*terms, prover).await,
            Self::Configured(section) => {
                for shortfall in shortfalls(&section, room) {
                    tracing::warn!("{shortfall}");
                }
                configured(&section, prover).await?
            }
        };
        Ok(Selling { holds: Holds::new(|level| room.proves(level)), ..Selling::all(terms, workers) })
    }
}

/// A level that is offered up to a size that does not fit a worker's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// The level that is offered.
    pub level: Level,
    /// The largest circuit that is offered.
    pub degree_max: Degree,
    /// Bytes that a worker takes for it.
    pub needed: u64,
    /// Bytes that a worker may have.
    pub allowed: u64,
    /// The largest circuit of the level that a worker holds; absent if it holds none.
    pub holds: Option<Degree>,
}

impl Shortfall {
    /// The memory that a worker needs for it, in MiB: what `prover.memory_mib_max` must be at least.
    pub const fn needed_mib(&self) -> u64 {
        self.needed.div_ceil(1 << 20)
    }

    /// What is short, and what is not sold for it, without the advice on what to do.
    pub fn finding(&self) -> String {
        let Self { level, degree_max, allowed, holds, .. } = self;
        let (needed, allowed) = (self.needed_mib(), allowed >> 20);
        let unsold = match holds {
            Some(holds) => format!("no level is sold beyond 2^{holds} rows"),
            None => "the level is not sold".to_owned(),
        };
        format!(
            "level {level} of 2^{degree_max} rows takes {needed} MiB, and prover.memory_mib_max is {allowed}: {unsold}"
        )
    }
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (finding, needed) = (self.finding(), self.needed_mib());
        write!(f, "{finding}; raise prover.memory_mib_max to {needed} and restart, or remove this level's offer")
    }
}

/// Bytes that a worker takes for a proof of this size, its circuit's build included.
pub fn needed(room: Room, level: Level, degree: Degree) -> u64 {
    room.to_prove(level, degree).max(room.to_build(level, degree))
}

/// What a configuration offers and its workers do not hold.
pub fn shortfalls(section: &ProverSection, room: Room) -> Vec<Shortfall> {
    let (degree_max, allowed) = (section.degree_max, room.bytes);
    let of = |level: Level| {
        let (needed, holds) = (needed(room, level, degree_max), room.proves(level));
        Shortfall { level, degree_max, needed, allowed, holds }
    };
    section.offers.iter().map(|offer| of(offer.level)).filter(|shortfall| shortfall.needed > allowed).collect()
}

async fn configured(section: &ProverSection, prover: &Prover) -> Result<Ask, TermsError> {
    let measured = match section.offers.iter().any(|offer| offer.rows_per_second == 0) {
        true => benchmark::measure(prover, section.max_concurrent_proofs).await?,
        false => 0,
    };
    let offers = section.offers.iter().map(|offer| {
        let declared = offer.rows_per_second;
        let rows_per_second = if declared == 0 { benchmark::at(offer.level, measured) } else { declared };
        Offer { level: offer.level, per_kilorow: offer.per_kilorow, rows_per_second }
    });
    Ok(Ask {
        offers: List::new(offers.collect())?,
        flat: section.flat,
        degree_max: section.degree_max,
        capacity: capacity(section),
        lanes: section.max_concurrent_proofs,
        collateral_max: section.collateral_max,
        builders: known(prover).await,
        warm: List::default(),
        expires: Timestamp::default(),
    })
}

/// Awards held for each proof that is made at once, unless the owner says otherwise. Who holds none beyond those is
/// passed over while its lanes are busy (ADR 12, and 19 for how long an award may wait).
const AWARDS_PER_LANE: u16 = 4;

/// The awards to hold at once.
fn capacity(section: &ProverSection) -> u16 {
    // At most 64 proofs are made at once.
    if section.capacity == 0 { section.max_concurrent_proofs * AWARDS_PER_LANE } else { section.capacity }
}

/// The builders that the workers have. Workers that do not start have none but ours, as soon as they do.
async fn known(prover: &Prover) -> List<Builder, ASK_BUILDERS_MAX> {
    match prover.builders().await {
        Ok(builders) => builders,
        Err(error) => {
            tracing::warn!(%error, "which builders the workers have is not known: ours alone are sold");
            let ours = Kind::ALL.into_iter().filter_map(Kind::builder);
            List::new(ours.filter_map(|name| Text::new(name).ok()).collect()).unwrap_or_default()
        }
    }
}

/// The terms without the builders that the workers lack: an award that nobody here can build would be given back.
async fn buildable(terms: Ask, prover: &Prover) -> Ask {
    let is_ours = |builder: &Builder| Kind::ALL.into_iter().any(|kind| kind.builder() == Some(builder.as_str()));
    if terms.builders.iter().all(is_ours) {
        return terms;
    }
    let (known, stated) = (known(prover).await, terms.builders.into_vec());
    let (sold, lacking): (Vec<_>, Vec<_>) = stated.into_iter().partition(|builder| known.contains(builder));
    for builder in lacking {
        tracing::warn!(%builder, "the workers lack a builder that the terms name: it is not sold");
    }
    Ask { builders: List::new(sold).unwrap_or_default(), ..terms }
}
