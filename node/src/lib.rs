//! DPGN.

pub mod cli;
pub mod config;
pub mod failure;
pub mod genesis_file;
pub mod keys;
pub mod network;
pub mod store;
