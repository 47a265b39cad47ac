//! Any bytes through `bodies::r1cs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dpgn_fuzz::bodies::r1cs(bytes));
