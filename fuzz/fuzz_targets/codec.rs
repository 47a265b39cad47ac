//! Any bytes through `bodies::codec`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dpgn_fuzz::bodies::codec(bytes));
