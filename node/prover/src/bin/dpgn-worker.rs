//! A worker and nothing else: for tests, and for an application that cannot call `worker_main` first.

fn main() -> std::process::ExitCode {
    if dpgn_prover::worker_main() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::from(2) }
}
