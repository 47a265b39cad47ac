//! Where `tracing` events go: standard error, as the configuration says.

use crate::config::{LogFormat, LogSection};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;

/// Sets the process' subscriber; the first call wins.
pub(super) fn init(section: &LogSection) {
    let builder = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(&section.filter))
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    let _ = match section.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
