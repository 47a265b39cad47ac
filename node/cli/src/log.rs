//! Where `tracing` events go: standard error, as the configuration says.

use crate::user_error::UserError;
use dpgn_node::config::{LogFormat, LogSection};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// Sets the process' subscriber; the first call wins.
pub(crate) fn init(section: &LogSection) -> Result<(), UserError> {
    let filter = EnvFilter::try_new(&section.filter).map_err(|error| {
        UserError::input(format!("log.filter: {:?} is no filter: {error}", section.filter))
            .hint("such is \"warn,dpgn_node=info\"")
    })?;
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let _ = match section.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
    Ok(())
}
