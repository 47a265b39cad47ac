//! Circuit ids that must never change by accident: a change is a new version of the builder.
//!
//! The network lives on every honest builder getting the same circuit, so nothing of a machine may show in an
//! id: not its threads, not the order of a hash table, not the process.

use crate::samples::{build, recipe};
use dpgn_prover::circuit::{Limits, Recipe};
use std::process::Command;

/// Name, level, circuit id: circuits of few rows.
const SMALL: [(&str, u8, &str); 6] = [
    ("preimage", 1, "d4d81efbd15f2571abc1b2d071c2a90e4f6359aeb14da5e9906d5d5c444fb815"),
    ("preimage", 2, "6384ebd6be2db96089851a67d0d7c5cc7c62045fa2051e8e80ffb3ccb12238b3"),
    ("range", 1, "3e36e40ef1bd0afcb360f41b24b8965b053d17197d4869658fd16883a2c32bb4"),
    ("range", 2, "dfc2d3739441a049aa88f35b920b1671b2f37ea41825ba2f9f4ae5804b44953b"),
    ("adult", 1, "2de6a383723f4ab604146d929355e19f256d0f1f9380b3ebfb48b230d45ebd67"),
    ("adult", 2, "f1fd8fd6d9252864cc1ee50787825075eca705022c3354dd48e58abecb564d55"),
];

/// The same with zero-knowledge: blinding alone makes them 2^14 rows and more, seconds each.
const BLINDED: [(&str, u8, &str); 4] = [
    ("preimage", 3, "1e45ba7bcbc1780f6b3bffaeaab3215fd39f9465b88badd62efc01610bf29b15"),
    ("range", 3, "52166b68baf85f141d6949182d54afd035bc7d8acf8c03982598630fb5330888"),
    ("range", 4, "7a88926514a6e9cc692d231009f8f4f3b9a07fa919a5363839d66f05c5957541"),
    ("range", 5, "8ffff8c7f6b9aa7c2322eb516be91249d22fc86b718ee256d8754ad2d5e5dd02"),
];

fn hold(golden: &[(&str, u8, &str)]) {
    for (name, level, id) in golden {
        let recipe = match *name {
            "preimage" => Recipe::preimage(3, &Limits::default()).unwrap(),
            sample => recipe(sample),
        };
        assert_eq!(build(&recipe, *level).id().to_string(), *id, "{name} at level {level}");
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
