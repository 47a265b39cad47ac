//! Checks a proof file with stock plonky2 alone: no line of DPGN is used.
//!
//! ```console
//! $ cargo run --release --example stock_verify -- demo.proof demo.proof.verifier
//! ```
//!
//! The first four public inputs are the tag that binds the proof to its task and prover; circom's public
//! signals follow, outputs first. A verifier of one's own that doesn't care who proved drops the first four.

use plonky2::{
    field::types::PrimeField64,
    plonk::{circuit_data::VerifierCircuitData, config::PoseidonGoldilocksConfig, proof::ProofWithPublicInputs},
    util::serialization::DefaultGateSerializer,
};
use std::process::ExitCode;

type C = PoseidonGoldilocksConfig;
const D: usize = 2;

fn check(proof: &str, verifier_data: &str) -> Result<Vec<u64>, String> {
    let read = |path: &str| std::fs::read(path).map_err(|e| format!("{path}: {e}"));
    let verifier = VerifierCircuitData::<_, C, D>::from_bytes(read(verifier_data)?, &DefaultGateSerializer)
        .map_err(|e| format!("{verifier_data}: {e:?}"))?;
    let proof = ProofWithPublicInputs::<_, C, D>::from_bytes(read(proof)?, &verifier.common)
        .map_err(|e| format!("{proof}: {e}"))?;
    let values = proof.public_inputs.iter().map(|x| x.to_canonical_u64()).collect();
    verifier.verify(proof).map_err(|e| format!("the proof does not verify: {e}"))?;
    Ok(values)
}

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for a terminal")]
fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [proof, verifier_data] = args.as_slice() else {
        eprintln!("usage: stock_verify PROOF VERIFIER_DATA");
        return ExitCode::from(2);
    };
    match check(proof, verifier_data) {
        Ok(values) => {
            let (tag, signals) = values.split_at(values.len().min(4));
            println!("valid\ntag      {tag:?}\nsignals  {signals:?}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
