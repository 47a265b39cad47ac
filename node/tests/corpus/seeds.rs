//! The inputs that fuzzing starts from: one good input of every kind that a decoder takes, and those of `near`.

use crate::{bodies, near, samples};
use dpgn_node::config::NodeConfig;
use dpgn_protocol::{
    codec,
    finding::Finding,
    ids::{CircuitId, RecipeDigest},
    units::{Degree, Level},
    wire::ProofStage,
};
use dpgn_prover::{
    Built, Checked, JobRefused, JobUnable, Proved, Sandbox,
    circuit::{CircuitLimits, Envelope, R1cs, Recipe},
    prove::Progress,
};
use std::{fs, path::Path};

/// The target of a seed, its name, and its bytes.
type Seed = (&'static str, String, Vec<u8>);

fn file(path: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

pub fn all() -> Vec<Seed> {
    let (r1cs, wtns) = (file("prover/samples/range.r1cs"), file("prover/samples/range.wtns"));
    let limits = CircuitLimits::default();
    let recipe = |recipe: &Recipe| [vec![1], recipe.encode()].concat();
    let known = Envelope::Known { circuit: CircuitId::from_bytes([7; 32]), inputs: &[1, 2, 3] };
    let custom = Envelope::Custom { builder: b"a/b@1", params: &[1, 2], inputs: &[1, 2, 3] };
    let envelope = |envelope: Envelope<'_>| [vec![0], envelope.encode().unwrap()].concat();
    let mut seeds: Vec<Seed> = vec![
        ("verifier_data", "lookups".into(), file("../protocol/src/verifier_data/sample.bin")),
        ("r1cs", "range".into(), r1cs.clone()),
        ("wtns", "range".into(), [vec![102, 0], wtns.clone()].concat()),
        ("sym", "range".into(), file("prover/samples/range.sym")),
        ("circuit", "recipe-r1cs".into(), recipe(&Recipe::r1cs(&R1cs::parse(&r1cs, &limits).unwrap()))),
        ("circuit", "recipe-preimage".into(), recipe(&Recipe::preimage(3, &limits).unwrap())),
        ("circuit", "envelope-r1cs".into(), envelope(Envelope::R1cs { r1cs: &r1cs, wtns: &wtns })),
        ("circuit", "envelope-preimage".into(), envelope(Envelope::Preimage(b"secret"))),
        ("circuit", "envelope-known".into(), envelope(known)),
        ("circuit", "recipe-custom".into(), recipe(&Recipe::named("a/b@1".into(), vec![1, 2], &limits).unwrap())),
        ("circuit", "envelope-custom".into(), envelope(custom)),
        ("genesis", "sample".into(), toml::to_string(&samples::genesis()).unwrap().into_bytes()),
        ("config", "example".into(), NodeConfig::example().into()),
        ("ledger", "a-sale".into(), sale()),
    ];
    seeds.extend(encodings());
    seeds.extend(near::all());
    seeds.extend(frames().into_iter().map(|(name, bytes)| ("worker_frames", name.to_owned(), bytes)));
    seeds
}

/// Every sample of the protocol, after the byte that names its type.
fn encodings() -> Vec<Seed> {
    let actions =
        samples::actions().into_iter().map(|(name, action)| ("op", name, codec::encode(&samples::op(action))));
    let outcomes = samples::outcomes().into_iter().map(|(name, outcome)| ("outcome", name, codec::encode(&outcome)));
    let mut seeds: Vec<Seed> = Vec::new();
    for (of, name, bytes) in actions.chain(outcomes) {
        seeds.push(("codec", format!("{of}-{name}"), tagged(of, bytes.unwrap())));
    }
    for sample in samples::all() {
        if let Some((of, _)) = bodies::TYPES.iter().rev().find(|(of, _)| sample.name.starts_with(of)) {
            seeds.push(("codec", sample.name.to_owned(), tagged(of, sample.bytes)));
        }
    }
    seeds
}

fn tagged(of: &str, bytes: Vec<u8>) -> Vec<u8> {
    let tag = bodies::TYPES.iter().position(|(name, _)| *name == of).unwrap();
    [vec![u8::try_from(tag).unwrap()], bytes].concat()
}

fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], u32::try_from(body.len()).unwrap().to_le_bytes().as_slice(), body].concat()
}

/// A frame of every kind, and every way a job ends. Jobs and replies are enums of the prover's own: a number and
/// what it says.
fn frames() -> Vec<(&'static str, Vec<u8>)> {
    let (level, degree) = (Level::new(1).unwrap(), Degree::new(14).unwrap());
    let digest = RecipeDigest::from_bytes([6; 32]);
    let circuit = CircuitId::from_bytes([5; 32]);
    let built = Built { circuit, verifier_data: vec![1, 2], degree, public_inputs: 3, cached: false };
    let proved = Proved { proof: vec![1, 2, 3], public_inputs: vec![4, 5] };
    let checked = Checked { finding: Finding::WrongTag, reason: "another's".into() };
    let refused = JobRefused::TooManyRows { rows_at_least: 1 << 15, limit: degree };
    let unable = JobUnable::Build { reason: "not today".into() };
    let builders = vec!["preimage@2".to_owned(), "a/b@1".to_owned()];
    let ready = (Sandbox { landlock: true, seccomp: true }, Some("ifma".to_owned()), builders);
    let progress = Progress { stage: ProofStage::Quotient, permille: 800 };
    let setup = (1_u64 << 30, 2_u32, 10_u8, Some(("cache".to_owned(), 1_u64 << 30, true)), 1_u64 << 20);
    let job = (1_u32, digest, false, level, degree, true);
    vec![
        ("setup", frame(0x01, &codec::encode(&setup).unwrap())),
        ("job-build", frame(0x02, &codec::encode(&job).unwrap())),
        ("job-public-inputs", frame(0x02, &codec::encode(&(0_u32, digest, true)).unwrap())),
        ("blob", frame(0x03, b"bytes")),
        ("ready", frame(0x81, &codec::encode(&ready).unwrap())),
        ("progress", frame(0x82, &codec::encode(&progress).unwrap())),
        ("reply-public-inputs", frame(0x83, &codec::encode(&(0_u32, vec![1_u64, 2])).unwrap())),
        ("reply-built", frame(0x83, &codec::encode(&(1_u32, built)).unwrap())),
        ("reply-proved", frame(0x83, &codec::encode(&(2_u32, proved)).unwrap())),
        ("reply-checked", frame(0x83, &codec::encode(&(3_u32, checked)).unwrap())),
        ("reply-refused", frame(0x83, &codec::encode(&(4_u32, refused)).unwrap())),
        ("reply-unable", frame(0x83, &codec::encode(&(5_u32, unable)).unwrap())),
    ]
}

/// A program for the ledger: two asks, a bid, its award, `Start`, `Deliver`, `Settle`; then another that is declined.
fn sale() -> Vec<u8> {
    let step = |who, what, small, low, high, wait, unit| [who, what, 0, small, low, high, wait, unit];
    [
        [1, 3, 63, 10, 0xff, 0x0f, 1, 0],
        [2, 3, 63, 10, 0xff, 0x0f, 1, 0],
        step(0, 1, 10, 0xff, 0xff, 1, 1),
        step(1, 5, 0, 0, 0, 0, 0),
        step(2, 5, 0, 0, 0, 4, 1),
        step(1, 9, 0, 0, 0, 0, 0),
        step(2, 9, 0, 0, 0, 1, 1),
        step(0, 10, 0, 0, 0, 8, 1),
        step(0, 11, 0, 0, 0, 1, 2),
        step(1, 7, 2, 0, 0, 1, 3),
    ]
    .concat()
}
