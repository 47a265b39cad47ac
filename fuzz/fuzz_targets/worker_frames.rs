//! Any bytes through `bodies::worker_frames`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dpgn_fuzz::bodies::worker_frames(bytes));
