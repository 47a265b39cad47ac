//! Any program of ops through `ledger::ledger`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dpgn_fuzz::ledger::ledger(bytes));
