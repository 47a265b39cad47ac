//! Plots, as SVG.

use crate::{fail::Fail, newcomer::Newcomer, report::GAIN_MAX, report::Report};
use plotters::prelude::*;
use std::path::Path;

/// The width of every plot, in pixels.
const WIDTH: u32 = 960;
/// The height of one row of bars, in pixels.
const ROW_HEIGHT: u32 = 18;
/// The height of a plot without its rows, in pixels.
const FRAME_HEIGHT: u32 = 90;
/// The height of a plot of lines, in pixels.
const LINES_HEIGHT: u32 = 420;
/// Gains beyond this share are cut, so that small ones can be seen.
const GAIN_SHOWN: f64 = 0.5;
/// The most that is shown of a price over the second-lowest cost.
const PRICE_SHOWN: f64 = 2.0;
/// The width that names of strategies take, in pixels.
const NAMES_WIDTH: u32 = 270;

impl<E: std::error::Error + Send + Sync + 'static> From<DrawingAreaErrorKind<E>> for Fail {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self::Other(error.into())
    }
}

/// Draws the gain of every strategy with its interval; the line is the target.
pub fn gains(report: &Report, path: &Path) -> Result<(), Fail> {
    let rows = report.rows.len() as u32;
    let area = SVGBackend::new(path, (WIDTH, FRAME_HEIGHT + rows * ROW_HEIGHT)).into_drawing_area();
    area.fill(&WHITE)?;
    let names: Vec<_> = report.rows.iter().map(|row| row.strategy.clone()).collect();
    let mut chart = ChartBuilder::on(&area)
        .caption("Gain over honesty, as a share of the honest profit (beyond ±50 % cut)", ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(NAMES_WIDTH)
        .build_cartesian_2d(-GAIN_SHOWN..GAIN_SHOWN, 0.0..f64::from(rows))?;
    let name = |y: &f64| names.get((f64::from(rows) - y).floor().max(0.0) as usize).cloned().unwrap_or_default();
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(names.len() * 2)
        .y_label_formatter(&|y| if (y.fract() - 0.5).abs() < 0.01 { name(y) } else { String::new() })
        .x_label_formatter(&|x| format!("{:.0} %", x * 100.0))
        .draw()?;
    chart.draw_series([PathElement::new([(GAIN_MAX, 0.0), (GAIN_MAX, f64::from(rows))], RED)])?;
    let cut = |x: f64| x.clamp(-GAIN_SHOWN, GAIN_SHOWN);
    for (row, place) in report.rows.iter().zip(0_u32..) {
        let y = f64::from(rows - place) - 0.5;
        let (mean, half) = (row.gain.mean, row.gain.half_width.min(GAIN_SHOWN * 2.0));
        chart.draw_series([Rectangle::new([(0.0, y - 0.3), (cut(mean), y + 0.3)], BLUE.mix(0.4).filled())])?;
        chart.draw_series([PathElement::new([(cut(mean - half), y), (cut(mean + half), y)], BLACK)])?;
    }
    Ok(area.present()?)
}

/// Draws the price of a proof over the second-lowest cost, under every strategy.
pub fn prices(report: &Report, path: &Path) -> Result<(), Fail> {
    let rows = report.rows.len() as u32;
    let area = SVGBackend::new(path, (WIDTH, FRAME_HEIGHT + rows * ROW_HEIGHT)).into_drawing_area();
    area.fill(&WHITE)?;
    let names: Vec<_> = report.rows.iter().map(|row| row.strategy.clone()).collect();
    let mut chart = ChartBuilder::on(&area)
        .caption(
            "Price over the second-lowest cost: with the strategy (bar), with honest agents (line)",
            ("sans-serif", 16),
        )
        .margin(10)
        .x_label_area_size(30)
        .y_label_area_size(NAMES_WIDTH)
        .build_cartesian_2d(0.0..PRICE_SHOWN, 0.0..f64::from(rows))?;
    let name = |y: &f64| names.get((f64::from(rows) - y).floor().max(0.0) as usize).cloned().unwrap_or_default();
    chart
        .configure_mesh()
        .disable_y_mesh()
        .y_labels(names.len() * 2)
        .y_label_formatter(&|y| if (y.fract() - 0.5).abs() < 0.01 { name(y) } else { String::new() })
        .draw()?;
    for (row, place) in report.rows.iter().zip(0_u32..) {
        let y = f64::from(rows - place) - 0.5;
        let [honest, played] = row.over_second_cost.map(|price| price.min(PRICE_SHOWN));
        chart.draw_series([Rectangle::new([(0.0, y - 0.3), (played, y + 0.3)], BLUE.mix(0.4).filled())])?;
        chart.draw_series([PathElement::new([(honest, y - 0.4), (honest, y + 0.4)], BLACK)])?;
    }
    Ok(area.present()?)
}

/// Draws a newcomer's share by the number of its own proofs.
pub fn newcomer(newcomer: &Newcomer, path: &Path) -> Result<(), Fail> {
    let area = SVGBackend::new(path, (WIDTH, LINES_HEIGHT)).into_drawing_area();
    area.fill(&WHITE)?;
    let most = newcomer.shares.last().map_or(1.0, |(proofs, _)| proofs.max(1.0));
    let highest = newcomer.shares.iter().map(|(_, share)| *share).fold(1.2, f64::max);
    let mut chart = ChartBuilder::on(&area)
        .caption("A newcomer's share of what a known prover is awarded", ("sans-serif", 16))
        .margin(10)
        .x_label_area_size(40)
        .y_label_area_size(60)
        .build_cartesian_2d(0.0..most, 0.0..highest)?;
    chart.configure_mesh().x_desc("proofs that it was paid for").y_desc("share").draw()?;
    chart.draw_series(LineSeries::new([(0.0, 1.0), (most, 1.0)], RED))?;
    chart.draw_series(LineSeries::new(newcomer.shares.iter().copied(), BLUE))?;
    Ok(area.present()?)
}
