//! What every command takes: where the data lie, which configuration counts, how results are written.

use crate::output::Format;
use crate::user_error::UserError;
use clap::Args;
use dpgn_node::config::{Flag, NodeConfig, Sources};
use std::path::PathBuf;

/// Options that every command takes
#[derive(Debug, Default, Args)]
pub(crate) struct Globals {
    /// Where key, store and blobs lie [default: ~/.dpgn]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The configuration [default: config.toml in the data directory, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How results are written: for people, or for programs as one JSON value
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

impl Globals {
    /// The configuration, with the flags of one command laid over it.
    pub fn config(&self, flags: Vec<Flag>) -> Result<NodeConfig, UserError> {
        Sources::of_process(self.config.as_deref(), self.data_dir.as_deref(), flags)
            .and_then(|sources| NodeConfig::load(&sources))
            .map_err(|error| {
                UserError::input(error).hint("`dpgn init --print-config` shows every key with its default")
            })
    }

    /// The directory of key, store and blobs.
    pub fn data_dir(&self) -> Result<PathBuf, UserError> {
        Ok(self.config(Vec::new())?.data_dir)
    }
}
