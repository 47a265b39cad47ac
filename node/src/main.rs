//! The program `dpgn`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Proving happens in this same program, run again as a confined worker.
    if dpgn_prover::worker_main() {
        return ExitCode::SUCCESS;
    }
    dpgn_node::cli::main()
}
