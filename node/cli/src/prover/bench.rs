//! A series of measurements: levels and sizes, with so many proofs at once, in workers that have done nothing before.

use super::peak;
use crate::{
    amounts::seconds,
    bar::Bar,
    output::{Output, Row},
    user_error::UserError,
};
use dpgn_node::{
    benchmark::{self, Measured},
    config::ProverSection,
    control::Client,
};
use dpgn_protocol::units::{Degree, Level, Millis};
use dpgn_prover::{ArithmeticName, Prover, ProverError, ProverOptions};
use serde::Serialize;
use std::{collections::BTreeSet, path::Path};

/// The sizes that are measured unless others are named, as base-2 logarithms of padded rows.
const DEGREES: [u8; 2] = [12, DEGREE];
/// The larger of them, and the smallest size of level 5, which has none of them.
const DEGREE: u8 = 14;
const DEGREE_OF_LEVEL_5: u8 = 15;
/// The advice for a size that a level does not have, or that is not measured.
pub(super) const SIZES: &str =
    "levels 3 and 4 begin at --degree 14, level 5 at --degree 15; 17 is the most that is measured";

/// The speed at one level and size.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Line {
    pub(super) level: Level,
    /// The base-2 logarithm of padded rows.
    pub(super) degree: Degree,
    /// The time of a proof in milliseconds, while as many are made as are sold at once.
    pub(super) proof_ms: Millis,
    /// Padded rows per second of each proof.
    pub(super) rows_per_second: u32,
    /// The memory of the largest worker at its peak, in MiB; absent if the kernel does not tell.
    pub(super) peak_mib: Option<u64>,
}

impl Line {
    fn new(measured: Measured, peak_mib: Option<u64>) -> Self {
        let Measured { level, degree, took, .. } = measured;
        Self { level, degree, proof_ms: took, rows_per_second: measured.rows_per_second(), peak_mib }
    }
}

impl Row for Line {
    fn head() -> &'static [&'static str] {
        &["LEVEL", "ROWS", "PROOF", "ROWS_PER_SECOND", "WORKER_PEAK_MIB"]
    }

    fn cells(&self) -> Vec<String> {
        let rows = format!("2^{}", self.degree);
        let (speed, peak) = (self.rows_per_second.to_string(), peak::cell(self.peak_mib));
        vec![self.level.to_string(), rows, seconds(self.proof_ms), speed, peak]
    }
}

/// Says that a node which runs takes part of the machine.
pub(super) async fn warn_of_node(data_dir: &Path, output: &Output) {
    if let Ok(Some(_)) = Client::connect(data_dir).await {
        output.warn("a node runs on this data directory: what it proves meanwhile makes this machine look slower");
    }
}

/// The size that is measured of a level alone, as the base-2 logarithm of padded rows.
pub(super) fn usual(level: Level) -> u8 {
    if level == Level::MAX { DEGREE_OF_LEVEL_5 } else { DEGREE }
}

/// The sizes to measure, the smallest first.
pub(super) fn degrees(named: &[u8]) -> Result<BTreeSet<Degree>, UserError> {
    named.iter().map(|degree| Degree::new(*degree).map_err(UserError::input)).collect()
}

/// A series of measurements under way.
pub(super) struct Bench {
    options: ProverOptions,
    /// The number of proofs that are made at once.
    pub(super) at_once: u16,
    pub(super) bar: Bar,
    /// The directory of built circuits, which goes with the benchmark.
    _cache: tempfile::TempDir,
}

impl Bench {
    /// Makes ready to measure by the limits of a configuration.
    pub(super) fn new(section: &ProverSection, bar: Bar) -> Result<Self, UserError> {
        let cache = tempfile::tempdir().map_err(|e| UserError::network(format!("a temporary directory: {e}")))?;
        let options = ProverOptions { cache_dir: Some(cache.path().to_owned()), ..section.options() };
        Ok(Self { options, at_once: section.max_concurrent_proofs, bar, _cache: cache })
    }

    /// Measures the default sizes; of a level that has none of them the smallest that it has.
    pub(super) async fn measure_usual(&mut self, levels: &BTreeSet<Level>) -> Result<Vec<Line>, UserError> {
        let mut lines = self.measure_all(levels, &degrees(&DEGREES)?).await?;
        let without = levels.iter().copied().filter(|level| lines.iter().all(|line| line.level != *level));
        let without: BTreeSet<Level> = without.collect();
        lines.extend(self.measure_all(&without, &degrees(&[DEGREE_OF_LEVEL_5])?).await?);
        Ok(lines)
    }

    /// Measures each level at each size that it has.
    pub(super) async fn measure_all(
        &mut self,
        levels: &BTreeSet<Level>,
        degrees: &BTreeSet<Degree>,
    ) -> Result<Vec<Line>, UserError> {
        let (mut lines, steps) = (Vec::new(), levels.len() * degrees.len());
        let all = levels.iter().flat_map(|level| degrees.iter().map(move |degree| (*level, *degree)));
        for (done, (level, degree)) in all.enumerate() {
            let permille = u16::try_from(done * 1_000 / steps).unwrap_or(1_000);
            self.bar.update(Some(permille), &format!("level {level}, 2^{degree} rows"));
            lines.extend(self.measure(level, degree).await?);
        }
        Ok(lines)
    }

    /// The threads of each worker.
    pub(super) fn threads(&self) -> u32 {
        self.options.room().threads
    }

    /// Measures one level and size, in workers that have done nothing before.
    pub(super) async fn measure(&self, level: Level, degree: Degree) -> Result<Option<Line>, UserError> {
        let prover = self.prover()?;
        let (measured, peak) = peak::watch(benchmark::measure_at(&prover, level, degree, self.at_once)).await;
        prover.shutdown().await;
        Ok(measured.map_err(|error| failed(&error))?.map(|measured| Line::new(measured, peak)))
    }

    /// What a node measures at its start, and what its workers prove with.
    pub(super) async fn level_1(&mut self) -> Result<(u32, ArithmeticName), UserError> {
        self.bar.update(Some(1_000), "level 1, as a node measures at its start");
        let prover = self.prover()?;
        let measured = benchmark::measure(&prover, self.at_once).await;
        let arithmetic = prover.known_arithmetic().unwrap_or_default();
        prover.shutdown().await;
        Ok((measured.map_err(|error| failed(&error))?, arithmetic))
    }

    fn prover(&self) -> Result<Prover, UserError> {
        Prover::new(self.options.clone()).map_err(UserError::input)
    }
}

fn failed(error: &ProverError) -> UserError {
    UserError::network(format!("measuring: {error}"))
        .hint("`dpgn doctor` looks at memory and sandbox; prover.memory_mib_max is what each worker may take")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::prover) fn line(level: u8, degree: u8, proof_ms: u64) -> Line {
        let (level, degree) = (Level::new(level).unwrap(), Degree::new(degree).unwrap());
        Line::new(Measured { level, degree, at_once: 1, took: Millis::new(proof_ms) }, Some(600))
    }

    #[test]
    fn sizes_are_measured_once_each_and_in_order() {
        let read = |named: &[u8]| degrees(named).map(|set| set.iter().map(|d| d.get()).collect::<Vec<_>>());
        assert_eq!((read(&DEGREES), read(&[16, 13, 16])), (Ok(vec![12, 14]), Ok(vec![13, 16])));
        assert!(read(&[40]).is_err());
    }
}
