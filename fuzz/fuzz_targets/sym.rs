//! Any bytes through `bodies::sym`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dpgn_fuzz::bodies::sym(bytes));
