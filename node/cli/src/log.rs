//! Where `tracing` events go: standard error, as the configuration says; and spans, if they are exported.

#[cfg(feature = "otlp")]
use crate::traces::Traces;
use crate::user_error::UserError;
use dpgn_node::config::{LogFormat, LogSection};
use std::io::{self, IsTerminal};
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// A layer over the registry of spans.
type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

/// Sets the process' subscriber; the first call wins.
pub(crate) fn init(section: &LogSection) -> Result<(), UserError> {
    let _ = tracing_subscriber::registry().with(lines(section)?).try_init();
    Ok(())
}

/// Likewise, and exports spans.
#[cfg(feature = "otlp")]
pub(crate) fn init_with(section: &LogSection, traces: Option<&Traces>) -> Result<(), UserError> {
    let layers: Vec<Boxed> = std::iter::once(lines(section)?).chain(traces.map(Traces::layer)).collect();
    let _ = tracing_subscriber::registry().with(layers).try_init();
    Ok(())
}

/// The lines on standard error.
fn lines(section: &LogSection) -> Result<Boxed, UserError> {
    let filter = EnvFilter::try_new(&section.filter).map_err(|error| {
        UserError::input(format!("log.filter: {:?} is no filter: {error}", section.filter))
            .hint("such is \"warn,dpgn_node=info\"")
    })?;
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    Ok(match section.format {
        LogFormat::Text => lines.with_filter(filter).boxed(),
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
    })
}
