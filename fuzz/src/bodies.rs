//! What the fuzz targets do with bytes: one plain function per decoder, shared with the test that replays the
//! corpora.
//!
//! Each must come to an end without a panic, whatever the bytes are, and hold its decoder's promise: what decodes
//! encodes to the very same bytes, what is accepted can be used.

use dpgn_market::{Assembly, Ledger};
use dpgn_protocol::{
    award::StartStatement,
    block::{Block, Certificate, Decided, Header, Vote},
    bounded::{Bytes, List},
    codec,
    council::{Prevote, Proposal, Said},
    genesis::Genesis,
    ids::NetworkId,
    ops::{Endorsement, Op, RawOp},
    outcome::Outcome,
    receipt::Receipt,
    state_chunk::{ChunkRange, MapTop, StateChunk, StateManifest},
    state_tree::Part,
    statement::FIELD_ORDER,
    verifier_data::{self, VerifierDataLimits},
    wire::{BlobRequest, OpBatch, Progress, Request, Response},
};
use dpgn_prover::circuit::{self, CircuitLimits, Envelope, R1cs, Recipe, Subject, Sym, Witness};
use serde::{Serialize, de::DeserializeOwned};

/// A target's name, which is its corpus' name too, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// All targets that need no node.
pub const TARGETS: [Target; 9] = [
    ("codec", codec),
    ("verifier_data", verifier_data),
    ("r1cs", r1cs),
    ("wtns", wtns),
    ("sym", sym),
    ("circuit", circuit),
    ("worker_frames", worker_frames),
    ("genesis", genesis),
    ("ledger", crate::ledger::ledger),
];

/// The most bytes an encoding may have here: enough for every length field, small enough to be fast.
const BYTES_MAX: usize = 1 << 20;

/// The types of the wire and the ledger, by the first byte.
pub const TYPES: [Target; 22] = [
    ("op", same::<Op>),
    ("endorsement", same::<Endorsement>),
    ("raw op", raw_op),
    ("header", same::<Header>),
    ("block", same::<Block>),
    ("certificate", same::<Certificate>),
    ("decided", decided),
    ("precommit", same::<Vote>),
    ("outcome", same::<Outcome>),
    ("start statement", same::<StartStatement>),
    ("receipt", same::<Receipt>),
    ("genesis", same::<Genesis>),
    ("op batch", same::<OpBatch>),
    ("progress", same::<Progress>),
    ("request", same::<Request>),
    ("response", same::<Response>),
    ("blob", same::<BlobRequest>),
    ("state manifest", state_manifest),
    ("state chunk", state_chunk),
    ("prevote", same::<Prevote>),
    ("proposal", same::<Proposal>),
    ("said", said),
];

pub fn codec(bytes: &[u8]) {
    let Some((&first, rest)) = bytes.split_first() else { return };
    TYPES[usize::from(first) % TYPES.len()].1(rest);
}

fn decoded<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let value: T = codec::decode(bytes, BYTES_MAX).ok()?;
    assert_eq!(codec::encode(&value).as_deref(), Ok(bytes), "a second encoding");
    Some(value)
}

fn same<T: Serialize + DeserializeOwned>(bytes: &[u8]) {
    drop(decoded::<T>(bytes));
}

/// A manifest of some state, if it is the right one: its head is read, and its chunks are in order or refused.
fn state_manifest(bytes: &[u8]) {
    let Some(manifest) = decoded::<StateManifest>(bytes) else { return };
    let root = manifest.parts().root();
    drop(Assembly::new(manifest, root));
}

/// A chunk in its place of a state that it is no part of.
fn state_chunk(bytes: &[u8]) {
    let Some(chunk) = decoded::<StateChunk>(bytes) else { return };
    let Some((first, last)) = chunk.entries.first().zip(chunk.entries.last()) else { return };
    let range = ChunkRange { part: Part::ALL[0], first: first.key.clone(), last: last.key.clone() };
    let mut maps = [MapTop::default(); Part::ALL.len()];
    maps[0] = MapTop { entries: 1, top: Some([0; 32]) };
    let Ok(ranges) = List::new(vec![range]) else { return };
    let manifest = StateManifest { head: Bytes::default(), maps, ranges };
    let root = manifest.parts().root();
    let Ok(manifest) = manifest.verify(root) else { return };
    assert!(manifest.open(0, bytes).is_err(), "a chunk of no state");
}

/// What a member says, whose signatures hold or not.
fn said(bytes: &[u8]) {
    if let Some(Said::Word(word)) = decoded::<Said>(bytes) {
        drop(word.check(network()));
    }
}

fn raw_op(bytes: &[u8]) {
    let Some(raw) = decoded::<RawOp>(bytes) else { return };
    let id = raw.id();
    if let Ok(signed) = raw.clone().verify(network()) {
        assert_eq!((signed.id(), signed.to_raw()), (id, raw));
    }
}

fn decided(bytes: &[u8]) {
    let Some(decided) = decoded::<Decided>(bytes) else { return };
    decided.block.is_whole();
    assert!(decided.block.header.hash().is_ok() && decided.certificate.hash().is_ok());
}

fn network() -> NetworkId {
    NetworkId::from_bytes([1; 32])
}

pub fn verifier_data(bytes: &[u8]) {
    if let Ok(shape) = verifier_data::read(bytes, &VerifierDataLimits::default()) {
        assert_eq!(shape.layout.proof_len(), shape.proof_len as usize, "the layout covers the whole proof");
        let proof = vec![0; shape.proof_len as usize];
        let _ = shape.layout.public_inputs(&proof);
        let _ = shape.layout.public_inputs(bytes);
    }
}

/// Limits that keep an execution short; the real ones are the same checks with larger numbers.
fn small() -> CircuitLimits {
    CircuitLimits { wires_max: 1 << 12, constraints_max: 1 << 10, terms_max: 1 << 12, ..CircuitLimits::default() }
}

pub fn r1cs(bytes: &[u8]) {
    let Ok(r1cs) = R1cs::parse(bytes, &small()) else { return };
    let encoded = r1cs.encode();
    let again = R1cs::parse(&encoded, &small());
    assert_eq!(again.map(|again| again.encode()).as_ref(), Ok(&encoded), "a second form of one system");
    circuit::lint(&r1cs, None);
    let _ = circuit::inspect(&r1cs, None);
}

/// The number of wires in two bytes, then the file.
pub fn wtns(bytes: &[u8]) {
    let Some((wires, file)) = bytes.split_first_chunk::<2>() else { return };
    let wires = u32::from(u16::from_le_bytes(*wires));
    if let Ok(witness) = Witness::parse(file, wires, &small()) {
        assert_eq!(witness.len(), wires as usize);
        assert!((0..wires).all(|wire| witness.canonical(wire) < FIELD_ORDER));
    }
}

pub fn sym(bytes: &[u8]) {
    if let Ok(sym) = Sym::parse(bytes, &small()) {
        for (name, wire) in sym.signals() {
            assert!(!name.is_empty() || wire.is_some() || name.len() < bytes.len());
        }
    }
}

/// An even first byte: an envelope; an odd one: a recipe.
pub fn circuit(bytes: &[u8]) {
    let Some((first, bytes)) = bytes.split_first() else { return };
    if first % 2 == 1 {
        if let Ok(recipe) = Recipe::decode(bytes, &small()) {
            assert_eq!(recipe.encode(), bytes, "a recipe has one form");
            assert_eq!(recipe.encoded_len(), bytes.len() as u64);
        }
        return;
    }
    let Ok(envelope) = Envelope::parse(bytes, &small()) else { return };
    assert!(envelope.encode().is_ok());
    if let Ok((Subject::Recipe(recipe), inputs)) = envelope.split(&small()) {
        let _ = circuit::public_inputs(&recipe, &inputs);
    }
}

pub fn worker_frames(bytes: &[u8]) {
    let _ = dpgn_prover::worker::read_frames(bytes);
}

pub fn genesis(bytes: &[u8]) {
    let Some(genesis) = std::str::from_utf8(bytes).ok().and_then(|text| toml::from_str::<Genesis>(text).ok()) else {
        return;
    };
    if let Ok(ledger) = Ledger::new(&genesis) {
        assert!(ledger.supply().is_conserved() && ledger.root().is_ok());
    }
}
