//! `dpgn prover calibrate`: prices for this machine, from what it costs and how fast it proves.

use super::{
    bench::{Bench, Line, warn_of_node},
    price::{Amount, Costs, fixed, in_credits, of_proof, pace},
};
use crate::{
    amounts::{credits, decimal, seconds},
    ask,
    config_file::ConfigFile,
    globals::Globals,
    output::{Output, Row},
    session::Session,
    table,
    user_error::UserError,
};
use clap::Args;
use dpgn_node::{
    config::{CONFIG_FILE, NodeConfig, ProverSection},
    engine::Prices,
};
use dpgn_protocol::{
    ops::Offer,
    profile::Profile,
    units::{Credits, Degree, Level, Millis},
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const EXAMPLES: &str = "\
Examples:
  dpgn prover calibrate --cost-per-hour 12                          12 credits an hour
  dpgn prover calibrate --cost-per-hour 0.35 --credit-price 0.02    0.35 dollars, at 0.02 dollars a credit
  dpgn prover calibrate --cost-per-hour 12 --margin 35 --write --apply

The machine is measured first, at the levels that the configuration sells. A price has a flat part, for what a proof \
takes whatever its size, and a part for each 1,024 padded rows; both cover their share of the hour and the margin if the \
machine proves without a pause. Look at `dpgn task quote` for what others ask.";

/// The sizes for which prices are shown, as base-2 logarithms of padded rows.
const SHOWN: [u8; 3] = [12, 14, 16];

/// Find prices from what an hour of this machine costs
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Calibrate {
    /// What an hour of this machine costs, in credits, or in the currency of --credit-price
    #[arg(long, value_name = "AMOUNT")]
    cost_per_hour: Amount,
    /// What a credit is worth in the currency of --cost-per-hour
    #[arg(long, value_name = "AMOUNT")]
    credit_price: Option<Amount>,
    /// What is asked beyond the cost, in per cent
    #[arg(long, value_name = "PERCENT", default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    margin: u32,
    /// Write the prices into the configuration file; all else in it stays, comments too
    #[arg(long)]
    write: bool,
    /// Have the node that runs on this data directory sell at these prices from now on
    #[arg(long)]
    apply: bool,
}

/// Prices, and what follows from them. Amounts are micro-credits.
#[derive(Clone, Debug, Serialize)]
struct Calibrated {
    cost_per_hour: Credits,
    margin_percent: u32,
    proofs_at_once: u16,
    flat: Credits,
    offers: Vec<Priced>,
    /// The prices as lines of a configuration.
    config: String,
}

/// The price of one level.
#[derive(Clone, Debug, Serialize)]
struct Priced {
    level: Level,
    per_kilorow: Credits,
    /// What proofs cost then, by the base-2 logarithm of padded rows; sizes that the level has not are left out.
    proofs: BTreeMap<u8, Credits>,
    /// The largest size that was measured, as the base-2 logarithm of padded rows.
    measured_degree: Degree,
    /// The time of a proof of that size, in milliseconds.
    measured_ms: Millis,
    /// What an hour earns that is full of proofs of that size.
    earned_an_hour: Credits,
}

impl Row for Priced {
    fn head() -> &'static [&'static str] {
        &["LEVEL", "PRICE_OF_1024_ROWS", "PROOF_OF_2^12", "2^14", "2^16", "MEASURED", "EARNED_AN_HOUR"]
    }

    fn cells(&self) -> Vec<String> {
        let proof = |degree| self.proofs.get(&degree).copied().map_or_else(|| "-".to_owned(), decimal);
        let [small, middle, large] = SHOWN.map(proof);
        let measured = format!("2^{} in {}", self.measured_degree, seconds(self.measured_ms));
        let earned = decimal(self.earned_an_hour);
        vec![self.level.to_string(), decimal(self.per_kilorow), small, middle, large, measured, earned]
    }
}

/// Runs the command.
pub(super) async fn run(command: Calibrate, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let config = globals.config(Vec::new())?;
    let an_hour = in_credits(command.cost_per_hour, command.credit_price)
        .ok_or_else(|| UserError::input("--credit-price is 0, or so small that the cost is no number of 64 bits"))?;
    let proofs_at_once = config.prover.max_concurrent_proofs;
    let costs = Costs { an_hour, margin_percent: command.margin, proofs_at_once };
    if command.apply {
        // Known before minutes are spent.
        Session::attach(&config.data_dir).await?.close().await;
    }
    warn_of_node(&config.data_dir, output).await;
    let levels: BTreeSet<Level> = config.prover.offers.iter().map(|offer| offer.level).collect();
    let mut bench = Bench::new(&config.prover, output.bar())?;
    let lines = bench.measure_usual(&levels).await?;
    bench.bar.finish("measured");
    let calibrated = calibrate(costs, &lines)
        .ok_or_else(|| UserError::input("such prices are no numbers of 64 bits").hint("lower --cost-per-hour"))?;
    if command.write {
        write(&calibrated, globals, &config, output)?;
    }
    if command.apply {
        ask::sell_at(prices(&calibrated, &config.prover), globals, output).await?;
    }
    output.report(&calibrated, || text(&calibrated))
}

/// The prices that follow from what was measured; `None` if one is no number of 64 bits.
fn calibrate(costs: Costs, lines: &[Line]) -> Option<Calibrated> {
    let mut points: BTreeMap<Level, Vec<(Degree, Millis)>> = BTreeMap::new();
    for line in lines {
        points.entry(line.level).or_default().push((line.degree, line.proof_ms));
    }
    // There is one flat part for all levels: the one that is enough for each.
    let fixed = points.values().filter_map(|points| fixed(points)).max().unwrap_or_default();
    let flat = costs.flat(fixed)?;
    let mut offers = Vec::with_capacity(points.len());
    for (level, points) in &points {
        let per_kilorow = costs.per_kilorow(pace(points, fixed)?)?;
        let profile = Profile::of(*level);
        let proof = |degree: u8| {
            let degree = Degree::new(degree).ok().filter(|degree| profile.can_hide(degree.get()))?;
            Some((degree.get(), of_proof(flat, per_kilorow, degree)?))
        };
        let (degree, took) = points.iter().copied().max()?;
        offers.push(Priced {
            level: *level,
            per_kilorow,
            proofs: SHOWN.into_iter().filter_map(proof).collect(),
            measured_degree: degree,
            measured_ms: took,
            earned_an_hour: costs.earned_an_hour(of_proof(flat, per_kilorow, degree)?, took),
        });
    }
    let Costs { an_hour, margin_percent, proofs_at_once } = costs;
    let config = config(flat, &offers);
    Some(Calibrated { cost_per_hour: an_hour, margin_percent, proofs_at_once, flat, offers, config })
}

fn config(flat: Credits, offers: &[Priced]) -> String {
    let mut text = format!("[prover]\nflat = {flat}\n");
    for Priced { level, per_kilorow, .. } in offers {
        text.push_str(&format!("\n[[prover.offers]]\nlevel = {level}\nper_kilorow = {per_kilorow}\n"));
    }
    text
}

/// Puts the prices into the configuration file, which is made if there is none.
fn write(calibrated: &Calibrated, globals: &Globals, config: &NodeConfig, output: &Output) -> Result<(), UserError> {
    let path = globals.config_file()?.unwrap_or_else(|| config.data_dir.join(CONFIG_FILE));
    let mut file = ConfigFile::read_or_example(&path)?;
    let offers: Vec<_> = calibrated.offers.iter().map(|offer| (offer.level, offer.per_kilorow)).collect();
    file.set_prices(calibrated.flat, &offers)?;
    file.save(&path)?;
    output.say(&format!("wrote the prices into {}", path.display()));
    Ok(())
}

/// The prices for a node that runs; speeds stay as it declares them.
fn prices(calibrated: &Calibrated, section: &ProverSection) -> Prices {
    let offer = |offer: &Priced| {
        let configured = section.offers.iter().find(|configured| configured.level == offer.level);
        let rows_per_second = configured.map_or(0, |configured| configured.rows_per_second);
        Offer { level: offer.level, per_kilorow: offer.per_kilorow, rows_per_second }
    };
    Prices { flat: calibrated.flat, offers: calibrated.offers.iter().map(offer).collect(), ..ask::of_section(section) }
}

fn text(calibrated: &Calibrated) -> String {
    let Calibrated { cost_per_hour, margin_percent, proofs_at_once, flat, offers, config } = calibrated;
    let head = [
        ("cost of an hour", credits(*cost_per_hour)),
        ("margin", format!("{margin_percent} %")),
        ("proofs at once", proofs_at_once.to_string()),
        ("flat part of a price", credits(*flat)),
    ];
    let mut text = table::pairs(&head.map(|(name, value)| (name.to_owned(), value)));
    text.push_str(&table::columns(Priced::head(), offers.iter().map(Row::cells)));
    text.push_str("\nin config.toml, where --write puts it:\n\n");
    text.push_str(config);
    text
}

#[cfg(test)]
mod tests {
    use super::{super::bench::tests::line, *};

    const COSTS: Costs = Costs { an_hour: Credits::new(12_000_000), margin_percent: 20, proofs_at_once: 1 };

    #[test]
    fn a_full_hour_of_any_level_pays_at_least_cost_and_margin() {
        let lines = [line(1, 12, 900), line(1, 14, 3_300), line(3, 14, 6_000), line(5, 15, 9_000)];
        let calibrated = calibrate(COSTS, &lines).unwrap();
        for offer in &calibrated.offers {
            assert!(offer.earned_an_hour >= Credits::new(14_400_000), "{offer:?}");
            assert!(offer.earned_an_hour < Credits::new(14_600_000), "{offer:?}");
        }
        let sizes = |at: usize| calibrated.offers[at].proofs.keys().copied().collect::<Vec<_>>();
        assert_eq!((sizes(0), sizes(1), sizes(2)), (vec![12, 14, 16], vec![14, 16], vec![16]));
        println!("{}", text(&calibrated));
    }

    #[test]
    fn what_is_printed_is_a_configuration() {
        let calibrated = calibrate(COSTS, &[line(1, 12, 900), line(1, 14, 3_300), line(4, 14, 9_000)]).unwrap();
        let read = NodeConfig::from_toml(&calibrated.config).unwrap().prover;
        assert_eq!((read.flat, read.offers.len()), (calibrated.flat, 2));
        assert_eq!(ask::of_section(&read), prices(&calibrated, &read));
        assert_eq!(calibrate(Costs { an_hour: Credits::MAX, ..COSTS }, &[line(1, 12, u64::MAX)]).map(|c| c.flat), None);
    }
}
