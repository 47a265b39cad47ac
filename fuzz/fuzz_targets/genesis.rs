//! Any bytes through `bodies::genesis`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dpgn_fuzz::bodies::genesis(bytes));
