//! What every command takes: where the data lie, which configuration counts, how results are written.

use crate::output::Format;
use crate::user_error::UserError;
use clap::Args;
use dpgn_node::config::{ConfigError, Flag, NodeConfig, Sources};
use std::path::PathBuf;

/// Options that every command takes
#[derive(Debug, Default, Args)]
pub(crate) struct Globals {
    /// Where key, store and blobs lie [default: DPGN_DATA_DIR, else what the configuration says, else the
    /// configuration file's directory, else ~/.dpgn]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// The configuration [default: DPGN_CONFIG, else config.toml in the data directory, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// How results are written: for people, or for programs as one JSON value
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: Format,
}

impl Globals {
    /// The configuration, with the flags of one command laid over it.
    pub fn config(&self, flags: Vec<Flag>) -> Result<NodeConfig, UserError> {
        self.sources(flags).and_then(|sources| NodeConfig::load(&sources)).map_err(refuse)
    }

    /// The configuration file that counts; absent if none was named and the data directory has none.
    pub fn config_file(&self) -> Result<Option<PathBuf>, UserError> {
        Ok(self.sources(Vec::new()).map_err(refuse)?.file)
    }

    /// The directory of key, store and blobs.
    pub fn data_dir(&self) -> Result<PathBuf, UserError> {
        Ok(self.config(Vec::new())?.data_dir)
    }

    fn sources(&self, flags: Vec<Flag>) -> Result<Sources, ConfigError> {
        Sources::of_process(self.config.as_deref(), self.data_dir.as_deref(), flags)
    }
}

fn refuse(error: ConfigError) -> UserError {
    UserError::input(error).hint("`dpgn init --print-config` shows every key with its default")
}
