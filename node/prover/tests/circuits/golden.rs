//! Circuit ids that must never change by accident: a change is a new version of the builder.
//!
//! The network lives on every honest builder getting the same circuit, so nothing of a machine may show in an
//! id: not its threads, not the order of a hash table, not the process.

use crate::samples::{build, recipe};
use dpgn_prover::circuit::{CircuitLimits, Recipe};
use std::process::Command;

/// Name, level, circuit id: circuits of few rows.
const SMALL: [(&str, u8, &str); 6] = [
    ("preimage", 1, "cb696bd793405eccce362ffc0a6a3e6caa60cb383b8835b9e5eaab7e4a361905"),
    ("preimage", 2, "c430d7d715b6db572202a5d3fcee235c4609e933798f97c780f08b6ed0ad55e5"),
    ("range", 1, "564d3e08b67608f56ad903096dd09c6d39c0af9c04c20562d952a300b87221f3"),
    ("range", 2, "aab1c62b5e4b4d27745e7f05cfec2371f242a0d8dc9e8fab2e9d9909c0f9e1e7"),
    ("adult", 1, "c8ab07effa9927ee8a152298bd7287d49eb978c8f94f6c70cf2d7626e4bb09ff"),
    ("adult", 2, "62934422a52c579c764f97c7b8387f5ac598624b4a08a06db09dd4d204a64b15"),
];

/// The same with zero-knowledge: blinding alone makes them 2^14 rows and more, seconds each.
const BLINDED: [(&str, u8, &str); 9] = [
    ("preimage", 3, "a9e8de86cbd17fe5514e729ba35beacddbe52c43ab2d21f24c0770463067f51d"),
    ("preimage", 4, "520eb7630a49d4d6b043f8c39f0bbecb3fc062e15d951c7dd267f707fb44eb6d"),
    ("preimage", 5, "eaaf4ff64391c1f6c2d317403a43987c0ad75bf914e6f210f2bb69e55a76b933"),
    ("range", 3, "486b8aa9b68742f538a83fdc735dcfff43c97d9d2d053bafe05b5f32b4f2ffc8"),
    ("range", 4, "31327bc6a8da1cee692b817efa2b6a286b82659c3d2954cbfbc74995be2d34ed"),
    ("range", 5, "34796926332ce966367ed5385a4a2443b9ab9edaee7747e9ea9f1a0d081360ec"),
    ("adult", 3, "3ff31d06c1d588da416931287a09c7c1cd8623c3e162ac642b1c889852d18566"),
    ("adult", 4, "0345d8f4a2bf0cd615930a5ecf401b952a42afbf642f5446368ae3b926b3daf7"),
    ("adult", 5, "d67b1ddfcda8fc5274b5af9ee7b3ddc3d086e18e1277310e53bc98b0470cbec3"),
];

fn hold(golden: &[(&str, u8, &str)]) {
    for (name, level, id) in golden {
        let recipe = match *name {
            "preimage" => Recipe::preimage(3, &CircuitLimits::default()).unwrap(),
            sample => recipe(sample),
        };
        let built = build(&recipe, *level).id().to_string();
        assert_eq!(built, *id, "{name} at level {level}");
    }
}

#[test]
fn small_ids_are_frozen() {
    hold(&SMALL);
}

#[test]
fn blinded_ids_are_frozen() {
    hold(&BLINDED);
}

#[test]
fn ids_do_not_depend_on_threads() {
    for threads in [1, 2, 7] {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| hold(&SMALL));
    }
}

/// Hash tables order themselves anew in every process.
#[test]
fn ids_do_not_depend_on_the_process() {
    for threads in ["1", "3"] {
        let mut child = Command::new(std::env::current_exe().unwrap());
        let child = child.args(["--exact", "golden::small_ids_are_frozen"]).env("RAYON_NUM_THREADS", threads);
        let output = child.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    }
}
