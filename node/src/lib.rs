//! DPGN.

pub mod config;
pub mod genesis_file;
pub mod keys;
pub mod network;
pub mod store;
