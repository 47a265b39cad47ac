//! The program `dpgn`.
fn main() {}
