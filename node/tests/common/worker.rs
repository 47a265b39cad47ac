//! The worker program of this crate's own tests and benches, whose `main` is not ours: cargo hands them only
//! programs of their own package.
//!
//! What a copy of it is called says which circuits of an application it has.

#[path = "custom.rs"]
mod custom;

fn main() {
    let own = std::env::current_exe().ok();
    custom::register_for(own.and_then(|path| path.file_name()?.to_str().map(str::to_owned)).as_deref());
    dpgn_prover::worker_main();
}
