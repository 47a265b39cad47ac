//! What committees decide, and how soon: coordinators as processes of one machine, and one peer that signs transfers.
//!
//! ```text
//! cargo bench -p dpgn-node --bench council                        # committees of 1, 4 and 7
//! cargo bench -p dpgn-node --bench council -- --members 4 --seconds 30 --rate 8000 --format json
//! ```
//!
//! *Idle*: one transfer at a time, each after a quiet time; from its publication to the decided block that the peer hears.
//! *Loaded*: transfers of many accounts at a rate, for some seconds; those that blocks hold are counted. *Bare*: the
//! consensus core alone, as many cores in one thread, without disk, network or blocks. Bytes are those of the loopback
//! interface, so nothing else should speak over it.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench prints, and stops where it cannot go on"
)]

mod council {
    pub mod bare;
    pub mod feeder;
    pub mod processes;
}

use council::{bare, feeder::Feeder, processes::Processes};
use std::time::Duration;

/// Transfers whose time is measured, one by one.
const IDLE_OPS: usize = 100;

/// What was measured of one committee.
struct Figures {
    members: usize,
    idle: Vec<Duration>,
    loaded: Vec<Duration>,
    ops_per_s: f64,
    heights_per_s: f64,
    bytes_per_op: f64,
    bytes_per_height: f64,
    bare_heights_per_s: f64,
    /// Ops sent again, which no block held for long.
    again: u64,
}

/// The value behind a flag.
fn flag(name: &str) -> Option<String> {
    let args: Vec<String> = std::env::args().collect();
    args.iter().position(|a| a == name).and_then(|at| args.get(at + 1)).cloned()
}

fn main() {
    if let Some(dir) = flag("--node") {
        return council::processes::run_node(dir.as_ref());
    }
    let members = flag("--members").unwrap_or_else(|| "1,4,7".to_owned());
    let seconds: u64 = flag("--seconds").map_or(10, |n| n.parse().expect("a number"));
    let rate: usize = flag("--rate").map_or(8_000, |n| n.parse().expect("a number"));
    let json = flag("--format").as_deref() == Some("json");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for members in members.split(',').map(|n| n.parse().expect("a number")) {
        let figures = runtime.block_on(measure(members, Duration::from_secs(seconds), rate));
        show(&figures, json);
    }
}

async fn measure(members: usize, span: Duration, rate: usize) -> Figures {
    let dir = tempfile::tempdir().expect("a directory");
    let nodes = Processes::start(dir.path(), members);
    let mut feeder = Feeder::join(&nodes).await;
    let idle = feeder.one_by_one(IDLE_OPS).await;
    let load = feeder.load(span, rate).await;
    feeder.leave().await;
    drop(nodes);
    let seconds = load.took.as_secs_f64();
    let (ops, heights, bytes) = (load.times.len() as f64, load.heights as f64, load.bytes as f64);
    Figures {
        members,
        idle,
        loaded: load.times,
        ops_per_s: ops / seconds,
        heights_per_s: heights / seconds,
        bytes_per_op: bytes / ops,
        bytes_per_height: bytes / heights,
        bare_heights_per_s: bare::heights_per_s(members),
        again: load.again,
    }
}

/// A time that so many of a hundred did not exceed, in milliseconds.
fn percentile(times: &mut [Duration], percent: usize) -> f64 {
    times.sort_unstable();
    let at = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(at).copied().unwrap_or_default().as_secs_f64() * 1_000.0
}

fn show(figures: &Figures, json: bool) {
    let Figures {
        members, ops_per_s, heights_per_s, bytes_per_op, bytes_per_height, bare_heights_per_s, again, ..
    } = figures;
    let (mut idle, mut loaded) = (figures.idle.clone(), figures.loaded.clone());
    let (idle, loaded) = (
        [50, 99].map(|percent| percentile(&mut idle, percent)),
        [50, 99].map(|percent| percentile(&mut loaded, percent)),
    );
    if json {
        let line = serde_json::json!({
            "members": members, "idle_ms": idle, "loaded_ms": loaded, "ops_per_s": ops_per_s,
            "heights_per_s": heights_per_s, "bytes_per_op": bytes_per_op, "bytes_per_height": bytes_per_height,
            "bare_heights_per_s": bare_heights_per_s, "sent_again": again,
        });
        return println!("{line}");
    }
    println!("{members} coordinators");
    println!("  idle: decided after {:.1} ms at p50, {:.1} ms at p99", idle[0], idle[1]);
    println!(
        "  loaded: {ops_per_s:.0} ops/s in {heights_per_s:.1} heights/s; {:.0} ms at p50, {:.0} ms at p99; {again} sent again",
        loaded[0], loaded[1]
    );
    println!("  on the wire: {bytes_per_op:.0} bytes an op, {:.1} KiB a height", bytes_per_height / 1_024.0);
    println!("  bare cores: {bare_heights_per_s:.0} heights/s in one thread");
}
