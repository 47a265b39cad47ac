//! DPGN.

pub mod store;
