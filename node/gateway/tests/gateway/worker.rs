//! The worker program of this crate's own tests, whose `main` is not ours: cargo hands them only programs of their own
//! package.

fn main() {
    dpgn_prover::worker_main();
}
