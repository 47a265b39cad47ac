//! Any text through `settings::config`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| dpgn_fuzz::settings::config(bytes));
