//! Replays what fuzzing has found or started from: `fuzz/corpus` holds a directory of inputs for each target.
//!
//! The targets' bodies are those that cargo-fuzz runs. `BLESS=1` writes the seeds anew when an encoding has
//! changed; what fuzzing finds is added by hand and stays.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "../../../fuzz/src/bodies.rs"]
mod bodies;
#[path = "../../../fuzz/src/ledger.rs"]
mod ledger;
mod near;
#[expect(dead_code, reason = "protocol's own tests need all of it")]
#[path = "../../../protocol/tests/protocol/samples.rs"]
mod samples;
mod seeds;
#[path = "../../../fuzz/src/settings.rs"]
mod settings;

use bodies::Target;
use dpgn_market::Ledger;
use dpgn_node::config::NodeConfig;
use dpgn_prover::circuit::{CircuitLimits, R1cs, Sym};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Bytes of all corpora together.
const CORPORA_BYTES_MAX: u64 = 1 << 20;
/// The longest that one input may take, in a build without optimisation on a busy machine.
const INPUT_TIME_MAX: Duration = Duration::from_secs(20);
/// Changed inputs per target; `DPGN_CASES` sets another number.
const CASES: u32 = 300;

fn targets() -> Vec<Target> {
    bodies::TARGETS.into_iter().chain([("config", settings::config as fn(&[u8]))]).collect()
}

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("fuzz/corpus").join(target)
}

/// A target's inputs, by name.
fn inputs(target: &str) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(corpus(target)).unwrap().map(Result::unwrap);
    entries.map(|e| (e.file_name().into_string().unwrap(), fs::read(e.path()).unwrap())).collect()
}

#[test]
fn every_input_of_every_corpus_does_no_harm() {
    let mut bytes_in_all = 0;
    for (name, body) in targets() {
        let (inputs, started) = (inputs(name), Instant::now());
        let mut longest = Duration::ZERO;
        for (input, bytes) in &inputs {
            let one = Instant::now();
            body(bytes);
            longest = longest.max(one.elapsed());
            assert!(longest < INPUT_TIME_MAX, "{name}/{input} took {longest:?}");
            bytes_in_all += bytes.len() as u64;
        }
        println!("{name}: {} inputs in {:?}, the longest {longest:?}", inputs.len(), started.elapsed());
        assert!(!inputs.is_empty(), "{name} has no corpus");
    }
    println!("{bytes_in_all} bytes in all");
    assert!(bytes_in_all < CORPORA_BYTES_MAX);
}

#[test]
fn the_seeds_are_those_of_today_s_encodings() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut stale = Vec::new();
    for (target, name, bytes) in seeds::all() {
        let path = corpus(target).join(format!("seed-{}", name.replace(' ', "-")));
        if bless {
            fs::create_dir_all(corpus(target)).unwrap();
            fs::write(&path, &bytes).unwrap();
        }
        if fs::read(&path).ok().as_ref() != Some(&bytes) {
            stale.push(path.display().to_string());
        }
    }
    assert!(stale.is_empty(), "if an encoding was meant to change: BLESS=1\n{}", stale.join("\n"));
}

#[test]
fn seeds_get_past_their_decoder() {
    for (name, bytes) in inputs("worker_frames").iter().filter(|(name, _)| name.starts_with("seed-")) {
        assert_eq!(dpgn_prover::worker::read_frames(bytes), Ok(()), "{name}");
    }
    assert!(dpgn_prover::worker::read_frames(&[0x81, 1, 0, 0, 0]).is_err());
}

/// The longest seed among those that are good or bad by their names.
const NEAR_BYTES_MAX: usize = 4 << 10;

/// A target's name, and whether its decoder accepts these bytes.
type Accepts = (&'static str, fn(&[u8]) -> bool);

/// The decoders whose seeds are good or bad by their names.
const DECODERS: [Accepts; 4] = [
    ("r1cs", |bytes| R1cs::parse(bytes, &CircuitLimits::default()).is_ok()),
    ("sym", |bytes| Sym::parse(bytes, &CircuitLimits::default()).is_ok()),
    ("genesis", |bytes| {
        let genesis = std::str::from_utf8(bytes).ok().and_then(|text| toml::from_str(text).ok());
        genesis.is_some_and(|genesis| Ledger::new(&genesis).is_ok())
    }),
    ("config", |bytes| std::str::from_utf8(bytes).is_ok_and(|text| NodeConfig::from_toml(text).is_ok())),
];

#[test]
fn good_seeds_are_accepted_and_bad_ones_refused() {
    let (mut counts, mut wrong) = (BTreeMap::<_, [u32; 2]>::new(), Vec::new());
    for (target, name, bytes) in near::all() {
        let is_good = name.starts_with("good-");
        assert!(is_good || name.starts_with("bad-"), "{target}/{name}");
        assert!(bytes.len() < NEAR_BYTES_MAX, "{target}/{name} has {} bytes", bytes.len());
        counts.entry(target).or_default()[usize::from(is_good)] += 1;
        let (_, accepts) = DECODERS.iter().find(|(name, _)| *name == target).unwrap();
        if accepts(&bytes) != is_good {
            wrong.push(format!("{target}/{name}"));
        }
    }
    println!("bad and good seeds: {counts:?}");
    assert_eq!(wrong, [""; 0]);
    assert!(counts.len() == 4 && counts.values().all(|[bad, good]| *bad >= 9 && *good >= 5), "{counts:?}");
}

/// A sequence of numbers that looks random: xorshift64.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 8).unwrap() % limit.max(1)
    }

    /// An input with some bytes changed, cut out, doubled, or taken from another.
    fn change(&mut self, input: &[u8], other: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            let end = (at + 1 + self.below(16)).min(bytes.len());
            match self.below(6) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = [0, 1, 0x7f, 0x80, 0xff][self.below(5)],
                2 => drop(bytes.drain(at.min(end)..end)),
                3 => bytes.extend_from_within(at.min(end)..end),
                4 => {
                    let from = self.below(other.len());
                    let to = (from + self.below(64)).min(other.len());
                    drop(bytes.splice(at.min(end)..end, other[from.min(to)..to].iter().copied()));
                }
                _ => bytes.truncate(self.below(bytes.len() + 1)),
            }
        }
        bytes
    }
}

#[test]
fn changed_inputs_do_no_harm() {
    let cases = std::env::var("DPGN_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(CASES);
    for (name, body) in targets() {
        let inputs: Vec<_> = inputs(name).into_values().collect();
        let started = Instant::now();
        for seed in 1..=u64::from(cases) {
            let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let (one, other) = (&inputs[random.below(inputs.len())], &inputs[random.below(inputs.len())]);
            let changed = random.change(one, other);
            let outcome = std::panic::catch_unwind(|| body(&changed));
            assert!(outcome.is_ok(), "{name}, seed {seed}: {}", hex::encode(&changed));
        }
        println!("{name}: {cases} changed inputs in {:?}", started.elapsed());
    }
}
