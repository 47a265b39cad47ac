//! Any bytes through `bodies::wtns`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dpgn_fuzz::bodies::wtns(bytes));
