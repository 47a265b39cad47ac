//! Frozen bytes: the encoding of every type, and the hashes and ids that hang on it.
//!
//! A change here is a change of the protocol. If it is meant, `BLESS=1 cargo test -p dpgn-protocol` writes
//! `golden.txt` anew, and the change is there for everybody to see.

use crate::samples::*;
use dpgn_protocol::{codec, ids, merkle, ops::SignedOp};
use std::{fmt::Write as _, fs, path::Path};

/// Encodings longer than this stand in the file as their hash.
const HEX_BYTES_MAX: usize = 160;

fn current() -> String {
    let mut lines = String::new();
    let mut line = |name: &str, value: String| writeln!(lines, "{name}: {value}").unwrap();
    for Sample { name, bytes, .. } in all() {
        let shown = if bytes.len() <= HEX_BYTES_MAX {
            hex::encode(&bytes)
        } else {
            format!("blake3 {} ({} bytes)", blake3::hash(&bytes).to_hex(), bytes.len())
        };
        line(name, shown);
    }
    let signed = SignedOp::new(key(4).sign(network(), op(actions().swap_remove(2).1)).unwrap());
    line("id of an account", key(4).account().to_string());
    line("id of an op", signed.id().to_string());
    line("id of a task", signed.task_id(network()).to_string());
    line("id of a network", genesis().network().unwrap().to_string());
    line("id of a proof", ids::proof_hash(b"proof").to_string());
    line("hash of a header", header().hash().unwrap().to_string());
    line("hash of a certificate", certificate(&header(), &[1, 2, 3]).hash().unwrap().to_string());
    line("hash of a committee", committee().hash().to_string());
    line("hash of a checkpoint", checkpoint().hash().unwrap().to_string());
    line("hash of a value", hex::encode(codec::hash("dpgn sample", &genesis()).unwrap()));
    line("signature", hex::encode(signed.to_raw().op.signature.to_bytes()));
    for count in [0, 1, 2, 3, 7] {
        let leaves: Vec<_> = (0..count).map(|n| merkle::leaf(ids::OpId::from_bytes([n; 32]), b"outcome")).collect();
        line(&format!("ops root of {count}"), merkle::root(&leaves).to_string());
    }
    lines
}

#[test]
fn no_byte_has_changed() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protocol/golden.txt");
    let current = current();
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &current).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let changed: Vec<_> = current.lines().filter(|line| !golden.lines().any(|g| g == *line)).collect();
    let gone = golden.lines().count() != current.lines().count();
    assert!(
        changed.is_empty() && !gone,
        "encodings have changed: a new protocol version? If this is meant: BLESS=1 cargo test -p dpgn-protocol\n{}",
        changed.join("\n")
    );
}

#[test]
fn a_hash_is_that_of_the_encoding() {
    let bytes = codec::encode(&genesis()).unwrap();
    assert_eq!(codec::hash("dpgn sample", &genesis()).unwrap(), ids::hash("dpgn sample", &[&bytes]));
}
