//! Every privacy level, sold by one node to another: what buyer and seller see at the sizes people buy.
//!
//! ```text
//! cargo bench -p dpgn-node --bench levels                             # 2^14 to 2^16 rows
//! cargo bench -p dpgn-node --bench levels -- --degrees 13,14 --format json
//! ```
//!
//! A coordinator, a prover and a requester, real nodes on loopback in one process. The circuit squares a number
//! over and over, as often as fills three quarters of the rows that blinding leaves. Level 5 begins at 2^15.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a bench prints, and stops where it cannot go on")]

use dpgn_node::{
    Purchase, Source, TaskRef,
    local::{Local, LocalOptions},
};
use dpgn_protocol::{
    genesis::Params,
    profile::Profile,
    units::{Credits, Degree, Height, Level},
};
use dpgn_prover::{
    ProverOptions,
    circuit::{CircuitLimits, R1cs, inspect},
};
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

/// The order of the Goldilocks field.
const P: u64 = 0xffff_ffff_0000_0001;
/// Squarings that share one row of plonky2's arithmetic gate.
const PER_ROW: u64 = 20;

/// A file of circom's binary formats: magic, version, sections.
fn container(magic: &[u8; 4], version: u32, sections: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let mut out = magic.to_vec();
    out.extend(version.to_le_bytes());
    out.extend(u32::try_from(sections.len()).expect("few").to_le_bytes());
    for (kind, content) in sections {
        out.extend(kind.to_le_bytes());
        out.extend((content.len() as u64).to_le_bytes());
        out.extend(content);
    }
    out
}

/// `x1 = x0², x2 = x1², …`: the constraint system with its last value public, and a witness from `x0 = 3`.
fn squarings(count: u32) -> (Vec<u8>, Vec<u8>) {
    // Wire 0 is one, wire 1 the last value, wires 2 and up x0, x1, ….
    let wires = count + 2;
    let wire = |i: u32| if i == count { 1 } else { i + 2 };
    let mut r1cs_header = [8u32.to_le_bytes().as_slice(), &P.to_le_bytes()].concat();
    [wires, 1, 0, 1].iter().for_each(|n| r1cs_header.extend(n.to_le_bytes()));
    r1cs_header.extend(u64::from(wires).to_le_bytes());
    r1cs_header.extend(count.to_le_bytes());
    let mut constraints = Vec::new();
    let mut values = vec![0u64; wires as usize];
    let mut set = |at: u32, value: u64| *values.get_mut(at as usize).expect("a wire") = value;
    let mut x = 3u64;
    set(0, 1);
    set(wire(0), x);
    for i in 0..count {
        for w in [wire(i), wire(i), wire(i + 1)] {
            constraints.extend([1u32.to_le_bytes(), w.to_le_bytes()].concat());
            constraints.extend(1u64.to_le_bytes());
        }
        x = u64::try_from(u128::from(x) * u128::from(x) % u128::from(P)).expect("below P");
        set(wire(i + 1), x);
    }
    let map = (0..u64::from(wires)).flat_map(u64::to_le_bytes).collect();
    let r1cs = container(b"r1cs", 1, &[(1, r1cs_header), (2, constraints), (3, map)]);
    let mut wtns_header = [8u32.to_le_bytes().as_slice(), &P.to_le_bytes()].concat();
    wtns_header.extend(wires.to_le_bytes());
    let wtns = container(b"wtns", 2, &[(1, wtns_header), (2, values.into_iter().flat_map(u64::to_le_bytes).collect())]);
    (r1cs, wtns)
}

/// The circuit that fills three quarters of what blinding leaves, written below a directory; none where such a
/// circuit has a smaller degree.
fn circuit(dir: &Path, level: Level, degree: Degree) -> Option<(Source, u64)> {
    let blinding = Profile::of(level).blinding_rows(degree.get());
    let rows = degree.rows().checked_sub(blinding)? * 3 / 4;
    let (r1cs, wtns) = squarings(u32::try_from(rows * PER_ROW).ok()?);
    let seen = inspect(&R1cs::parse(&r1cs, &CircuitLimits::default()).ok()?, None).expect("a sound circuit");
    seen.degrees.contains(&(level, degree)).then_some(())?;
    let write = |name: &str, bytes: &[u8]| {
        let path = dir.join(name);
        std::fs::write(&path, bytes).expect("writable");
        path
    };
    let source = Source::R1cs { r1cs: write("job.r1cs", &r1cs), wtns: write("job.wtns", &wtns), sym: None };
    Some((source, seen.rows))
}

/// What one sale came to.
struct Sale {
    /// Seconds from submission to a proof that the requester has checked and holds a receipt for.
    seconds: f64,
    /// What the requester paid for the proof.
    price: Credits,
    /// Bytes of the proof.
    proof: u64,
}

/// Buys the proof and gets its receipt.
async fn buy(mesh: &Local, source: Source, level: Level) -> Sale {
    let begun = Instant::now();
    let purchase = Purchase { level, witness_is_public: true, ..Purchase::new(source, Credits::new(50_000_000)) };
    let task = TaskRef::Id(mesh.requester.submit(purchase).await.expect("accepted").task.task);
    let info = mesh.requester.wait(task).await.expect("the task ends");
    assert_eq!(info.why, None, "the task failed");
    mesh.requester.receipt(task, Height::new(0)).await.expect("a receipt");
    let seconds = begun.elapsed().as_secs_f64();
    let path = info.proof_path.expect("a checked proof");
    Sale { seconds, price: info.price.expect("a price"), proof: path.metadata().expect("a file").len() }
}

fn show(level: Level, degree: Degree, rows: u64, sale: &Sale, json: bool) {
    let (level, degree) = (level.get(), degree.get());
    let Sale { seconds, price, proof } = sale;
    if json {
        let line = serde_json::json!({
            "level": level, "degree": degree, "rows": rows, "seconds": seconds,
            "price_micro": price.get(), "proof_bytes": proof,
        });
        return println!("{line}");
    }
    println!("level {level}, 2^{degree}: {rows:>6} rows, {seconds:>6.1} s, {price} micro-credits, proof {proof} bytes");
}

/// The value behind a flag.
fn flag(name: &str) -> Option<String> {
    let args: Vec<String> = std::env::args().collect();
    args.iter().position(|a| a == name).and_then(|at| args.get(at + 1)).cloned()
}

#[tokio::main]
async fn main() {
    let degrees = flag("--degrees").unwrap_or_else(|| "14,15,16".to_owned());
    let json = flag("--format").as_deref() == Some("json");
    let dir = tempfile::tempdir().expect("a directory");
    let options = ProverOptions {
        program: Some(PathBuf::from(env!("CARGO_BIN_EXE_dpgn-node-worker"))),
        ..ProverOptions::default()
    };
    let what = LocalOptions { coordinators: 1, provers: 1, params: Params::default(), options };
    let mesh = Local::start(dir.path(), what).await.expect("the mesh starts");
    for degree in degrees.split(',') {
        let degree = Degree::new(degree.parse().expect("a number")).expect("a degree");
        for level in Level::all() {
            let Some((source, rows)) = circuit(dir.path(), level, degree) else {
                println!("level {}, 2^{}: no such circuit has this degree", level.get(), degree.get());
                continue;
            };
            let sale = buy(&mesh, source, level).await;
            show(level, degree, rows, &sale, json);
        }
    }
    mesh.shutdown().await;
}
