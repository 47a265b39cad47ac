//! Forecast, plonky2 and blinding agree: at every private level, around every border of the plain rows.
//!
//! A border is a number of plain rows from which on something changes: the degree, or whether plonky2 alone
//! would have padded to another one. Borders are searched, not listed. The arithmetic is checked for every
//! number of plain rows; what plonky2 really builds, at the borders up to 2^13 plain rows, and up to 2^15 by
//! `just borders`.

use super::*;
use crate::level::{C, CommonData, ProverOnlyData, profile};
use dpgn_protocol::{statement::TAG_LEN, units::Level};

/// Plain rows that are always there: the public inputs' hash, the row that compares it, and the constant zero.
const LEAST: u64 = 3;

/// What plonky2 makes of plain rows by its own rules, as `CircuitBuilder::blinding_counts` and `blind_and_pad`
/// have it: the estimate whose openings it blinds, and the degree it pads to.
fn plonky2s_way(profile: Profile, plain: u64) -> (u8, u8) {
    let log2_ceil = |rows: u64| rows.next_power_of_two().trailing_zeros() as u8;
    let mut estimate = log2_ceil(plain);
    while plain + profile.blinding_rows(estimate) > 1 << estimate {
        estimate += 1;
    }
    (estimate, log2_ceil(plain + profile.blinding_rows(estimate)))
}

fn rows(plain: u64) -> Rows {
    Rows { gates: plain - LEAST, constants: 1, public: TAG_LEN as u64 }
}

fn private_levels() -> impl Iterator<Item = (Level, Profile)> {
    Level::all().map(|level| (level, Profile::of(level))).filter(|(_, profile)| profile.zero_knowledge)
}

/// A circuit of so many plain rows, with or without the rows that fill it up.
fn built(level: Level, plain: u64, fillers: u64) -> (CommonData, ProverOnlyData) {
    let mut builder = CircuitBuilder::<F, D>::new(profile(level));
    let tag = builder.add_virtual_public_input_arr::<TAG_LEN>();
    // Makes use of zero, as every circuit of ours does.
    let zero = builder.zero();
    builder.connect(zero, zero);
    assert_eq!((tag.len(), builder.num_gates()), (TAG_LEN, 0));
    fill(&mut builder, plain - LEAST + fillers);
    // All that plonky2 does but the commitment.
    let data = builder.mock_build::<C>();
    (data.common, data.prover_only)
}

/// The rows that plonky2 fills with random values: for the wires whole rows, for the permutation pairs of rows
/// of routed wires.
fn blinding_rows_of(common: &CommonData, prover: &ProverOnlyData) -> u64 {
    let random: Vec<_> = prover.generators.iter().filter(|g| g.0.id() == "RandomValueGenerator").collect();
    // One row for the public inputs has random values that blind nothing: its first four wires hold the hash.
    let config = &common.config;
    let values = random.len() - (config.num_wires - 4);
    // `x` rows and `x + D` pairs, D more openings for the permutation's polynomials.
    let x = (values - D * config.num_routed_wires) / (config.num_wires + config.num_routed_wires);
    assert_eq!(values, x * config.num_wires + (x + D) * config.num_routed_wires);
    (x + 2 * (x + D)) as u64
}

/// What proofs of a built circuit open, from plonky2's own parameters for it.
fn opened_of(common: &CommonData) -> u64 {
    let fri = &common.fri_params;
    let folding: usize = fri.reduction_arity_bits.iter().map(|bits| (1 << bits) - 1).sum();
    let queries = fri.config.num_query_rounds * (1 + D * folding + D * fri.final_poly_len());
    ((D + queries) + 2 * (2 * D + queries)) as u64
}

/// Numbers of plain rows at which the forecast or plonky2's own way changes, both sides of each.
fn borders(profile: Profile, max: u64) -> Vec<u64> {
    let at = |plain| (plonky2s_way(profile, plain), rows(plain).degree(profile, Degree::MAX).ok());
    let changes = (LEAST..max).filter(|&plain| at(plain) != at(plain + 1));
    let mut borders: Vec<u64> = changes.flat_map(|plain| [plain, plain + 1]).collect();
    borders.insert(0, LEAST);
    borders
}

#[test]
fn blinding_covers_what_is_opened_for_every_number_of_plain_rows() {
    for (level, profile) in private_levels() {
        let mut short = 0;
        for plain in LEAST..=1 << 18 {
            let rows = rows(plain);
            let forecast = rows.degree(profile, Degree::MAX).unwrap();
            let (estimate, built) = plonky2s_way(profile, plain + rows.fillers(profile, forecast));
            assert_eq!((estimate, built), (forecast.get(), forecast.get()), "level {level}, {plain} plain rows");
            assert!(profile.can_hide(built), "level {level}, {plain} plain rows: degree {built}");
            let (estimate, alone) = plonky2s_way(profile, plain);
            short += u64::from(profile.blinding_rows(alone) > profile.blinding_rows(estimate));
        }
        println!("level {level}: plonky2 alone blinds too little for {short} of 2^18 numbers of plain rows");
        assert!(short > 1_000, "what is mended here must show");
    }
}

#[test]
fn plonky2_builds_what_is_forecast_at_the_borders() {
    let max = 1 << std::env::var("DPGN_BORDERS").ok().and_then(|bits| bits.parse().ok()).unwrap_or(13_u32).min(18);
    println!("level  plain rows  fillers  estimate  blinding rows  built  opened | plonky2 alone: built  opened");
    let (mut checked, mut short) = (0, 0);
    for (level, profile) in private_levels() {
        for plain in borders(profile, max) {
            let forecast = rows(plain).degree(profile, Degree::MAX).unwrap();
            let fillers = rows(plain).fillers(profile, forecast);
            let (common, prover) = built(level, plain, fillers);
            let (blinding, opened) = (blinding_rows_of(&common, &prover), opened_of(&common));
            let (alone, prover) = if fillers == 0 { (common.clone(), prover) } else { built(level, plain, 0) };
            let (blinding_alone, opened_alone) = (blinding_rows_of(&alone, &prover), opened_of(&alone));
            println!(
                "{level:>5}  {plain:>10}  {fillers:>7}      2^{forecast:<2}  {blinding:>13}   2^{:<2}  {opened:>6} | {:>20}^{:<2}  {opened_alone:>6}",
                common.degree_bits(),
                2,
                alone.degree_bits(),
            );
            assert_eq!(common.degree_bits(), usize::from(forecast.get()));
            assert_eq!(blinding, profile.blinding_rows(forecast.get()));
            assert!(blinding >= opened, "level {level}, {plain} plain rows: {blinding} blind {opened}");
            checked += 1;
            short += u32::from(blinding_alone < opened_alone);
        }
    }
    println!("{checked} circuits built; plonky2 alone would have blinded too little in {short} of them");
    assert!(short > 0, "what is mended here must show");
}
