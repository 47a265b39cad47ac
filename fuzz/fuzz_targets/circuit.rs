//! Any bytes through `bodies::circuit`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dpgn_fuzz::bodies::circuit(bytes));
