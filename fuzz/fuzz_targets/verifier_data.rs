//! Any bytes through `bodies::verifier_data`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dpgn_fuzz::bodies::verifier_data(bytes));
