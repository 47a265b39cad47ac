//! `dpgn prover benchmark`: how fast this machine proves, by level and size, with as many proofs at once as it sells.

use super::{compare, peak};
use crate::{
    amounts::seconds,
    bar::Bar,
    globals::Globals,
    output::{Output, Row},
    table,
    user_error::UserError,
};
use clap::Args;
use dpgn_node::{
    benchmark::{self, Measured},
    config::ProverSection,
    control::Client,
};
use dpgn_protocol::units::{Degree, Level, Millis};
use dpgn_prover::{ArithmeticName, Prover, ProverError, ProverOptions};
use serde::Serialize;
use std::{collections::BTreeSet, path::Path};

const EXAMPLES: &str = "\
Examples:
  dpgn prover benchmark
  dpgn prover benchmark --level 3 --degree 14 --degree 16
  dpgn prover benchmark --format json
  dpgn prover benchmark --compare --write

As many proofs are made at once as the configuration sells (prover.max_concurrent_proofs), each in a worker of its own, \
of a circuit that is built before. Level 3 and 4 begin at 2^14 padded rows, level 5 at 2^15: sizes that a level has not \
are left out. With --compare, ways to share the cores are measured instead: one proof on all of them, two on half of them \
each, and so on, as far as memory goes. Let nothing else work on the machine meanwhile, no node either.";

/// The sizes that are measured unless others are named, as base-2 logarithms of padded rows.
const DEGREES: [u8; 2] = [12, 14];
/// The size that is measured at a level that has none of these.
const DEGREE_OF_LEVEL_5: u8 = 15;

/// Measure how fast this machine proves
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Benchmark {
    /// A privacy level to measure, 1 to 5; may be repeated [default: those that the configuration sells]
    #[arg(long, value_name = "LEVEL")]
    pub(super) level: Vec<u8>,
    /// A size to measure, as the base-2 logarithm of padded rows, 17 at most; may be repeated [default: 12 and 14]
    #[arg(long, value_name = "N")]
    pub(super) degree: Vec<u8>,
    /// Compare one proof on all cores with several at once on a share of them each, and say how many make most in an hour
    #[arg(long)]
    compare: bool,
    /// Write that number into the configuration file, and what follows from it; all else in it stays, comments too
    #[arg(long, requires = "compare")]
    pub(super) write: bool,
}

/// The speed of this machine.
#[derive(Debug, Serialize)]
struct Speeds {
    /// Proofs that were made at once.
    proofs_at_once: u16,
    /// What the workers have proved with, such as `stock` or `ifma`.
    arithmetic: ArithmeticName,
    /// What a node with rows_per_second = 0 would declare, from its own short measurement at level 1.
    declared: Vec<Declared>,
    measured: Vec<Line>,
    /// Lines for the configuration that declare what was measured.
    config: String,
}

#[derive(Debug, Serialize)]
struct Declared {
    level: Level,
    rows_per_second: u32,
}

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
        let peak = self.peak_mib.map_or_else(|| "-".to_owned(), |mib| mib.to_string());
        vec![self.level.to_string(), rows, seconds(self.proof_ms), self.rows_per_second.to_string(), peak]
    }
}

/// Runs the command.
pub(super) async fn run(command: Benchmark, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let config = globals.config(Vec::new())?;
    warn_of_node(&config.data_dir, output).await;
    if command.compare {
        return compare::run(&command, &config, globals, output).await;
    }
    let level = |level: &u8| Level::new(*level).map_err(UserError::input);
    let mut levels = command.level.iter().map(level).collect::<Result<BTreeSet<_>, _>>()?;
    if levels.is_empty() {
        levels = config.prover.offers.iter().map(|offer| offer.level).collect();
    }
    let mut bench = Bench::new(&config.prover, output.bar())?;
    let measured = match command.degree.as_slice() {
        [] => bench.measure_usual(&levels).await?,
        named => bench.measure_all(&levels, &degrees(named)?).await?,
    };
    if measured.is_empty() {
        return Err(UserError::input("none of these levels has a circuit of such a size")
            .hint("level 3 and 4 begin at --degree 14, level 5 at --degree 15; 17 is the most that is measured"));
    }
    let (level_1, arithmetic) = bench.level_1().await?;
    bench.bar.finish("measured");
    let declared =
        levels.iter().map(|level| Declared { level: *level, rows_per_second: benchmark::at(*level, level_1) });
    let speeds = Speeds {
        proofs_at_once: config.prover.max_concurrent_proofs,
        arithmetic,
        declared: declared.collect(),
        config: lines(&config.prover, &measured),
        measured,
    };
    output.report(&speeds, || text(&speeds))
}

/// Says that a node which runs takes part of the machine.
pub(super) async fn warn_of_node(data_dir: &Path, output: &Output) {
    if let Ok(Some(_)) = Client::connect(data_dir).await {
        output.warn("a node runs on this data directory: what it proves meanwhile makes this machine look slower");
    }
}

/// The sizes to measure, the smallest first.
fn degrees(named: &[u8]) -> Result<BTreeSet<Degree>, UserError> {
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
    async fn measure_all(
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
    async fn level_1(&mut self) -> Result<(u32, ArithmeticName), UserError> {
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

/// The lines of a configuration that declare, for each level, the least speed that was measured.
fn lines(section: &ProverSection, measured: &[Line]) -> String {
    let mut text = String::new();
    for offer in &section.offers {
        let speeds = measured.iter().filter(|line| line.level == offer.level).map(|line| line.rows_per_second);
        if let Some(speed) = speeds.min() {
            let (level, price) = (offer.level, offer.per_kilorow);
            text.push_str(&format!(
                "[[prover.offers]]\nlevel = {level}\nper_kilorow = {price}\nrows_per_second = {speed}\n"
            ));
        }
    }
    text
}

fn text(speeds: &Speeds) -> String {
    let mut text = format!("proofs at once: {}, with {}\n", speeds.proofs_at_once, speeds.arithmetic);
    text.push_str(&table::columns(Line::head(), speeds.measured.iter().map(Row::cells)));
    let declared = speeds.declared.iter().map(|d| format!("{} at level {}", d.rows_per_second, d.level));
    let declared: Vec<String> = declared.collect();
    text.push_str(&format!("\na node that measures for itself declares, in rows a second: {}\n", declared.join(", ")));
    text.push_str("\nto declare the least of what was measured, write into config.toml:\n\n");
    text.push_str(&speeds.config);
    text
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::prover) fn line(level: u8, degree: u8, proof_ms: u64) -> Line {
        let (level, degree) = (Level::new(level).unwrap(), Degree::new(degree).unwrap());
        Line::new(Measured { level, degree, at_once: 1, took: Millis::new(proof_ms) }, Some(600))
    }

    #[test]
    fn the_slowest_size_is_what_is_declared_and_the_configuration_reads_it() {
        let section = ProverSection::default();
        let text = lines(&section, &[line(1, 12, 1_000), line(1, 14, 8_000), line(3, 14, 4_000)]);
        let read = dpgn_node::config::NodeConfig::from_toml(&text).unwrap().prover.offers;
        let told: Vec<_> = read.iter().map(|offer| (offer.level.get(), offer.rows_per_second)).collect();
        assert_eq!(told, [(1, 2_048), (3, 4_096)]);
        assert_eq!(read[1].per_kilorow, section.offers[2].per_kilorow, "prices stay");
    }

    #[test]
    fn sizes_are_measured_once_each_and_in_order() {
        let read = |named: &[u8]| degrees(named).map(|set| set.iter().map(|d| d.get()).collect::<Vec<_>>());
        assert_eq!((read(&DEGREES), read(&[16, 13, 16])), (Ok(vec![12, 14]), Ok(vec![13, 16])));
        assert!(read(&[40]).is_err());
    }
}
