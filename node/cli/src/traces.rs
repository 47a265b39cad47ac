//! Spans to a collector of OpenTelemetry, over HTTP and in protobuf: those of requests and of work for tasks. Their fields are ids,
//! paths and words of this program; what is logged within them is not sent.

use crate::user_error::UserError;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::{Resource, trace::SdkTracerProvider};
use std::{env, time::Duration};
use tracing_subscriber::{
    Layer, Registry,
    filter::{LevelFilter, filter_fn},
};

/// The variables that name a collector where no flag does.
const VARIABLES: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
/// Where a collector takes spans, below its address.
const PATH: &str = "/v1/traces";
/// How all targets of ours begin.
const OURS: &str = "dpgn";
/// The time that spans which wait are given when the program ends.
const FAREWELL: Duration = Duration::from_secs(5);

/// What exports spans until it is shut down.
#[derive(Debug)]
pub(crate) struct Traces(SdkTracerProvider);

/// An exporter to this collector, or to the one that the usual variables name; `None` if nothing names one. The variables of
/// OpenTelemetry for headers, sampling, batches and the resource count too.
pub(crate) fn exporter(collector: Option<&str>) -> Result<Option<Traces>, UserError> {
    let is_named = VARIABLES.iter().any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
    if collector.is_none() && !is_named {
        return Ok(None);
    }
    let told = |error: &dyn std::fmt::Display| {
        UserError::input(format!("--otlp: {error}")).hint("name a collector such as http://127.0.0.1:4318")
    };
    let builder = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary);
    let builder = match collector {
        Some(url) if url.starts_with("http://") || url.starts_with("https://") => {
            builder.with_endpoint(format!("{}{PATH}", url.trim_end_matches('/')))
        }
        Some(url) => return Err(told(&format!("{url:?} begins neither with http:// nor with https://"))),
        None => builder,
    };
    let exporter = builder.build().map_err(|error| told(&error))?;
    // The service is called dpgn unless OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES call it otherwise.
    let is_called = env::var_os("OTEL_SERVICE_NAME").is_some();
    let resource =
        Resource::builder().with_attribute(opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let resource = if is_called { resource } else { resource.with_service_name("dpgn") };
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource.build());
    Ok(Some(Traces(provider.build())))
}

impl Traces {
    /// The layer of `tracing` that hands spans of ours to the exporter.
    pub(crate) fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        let is_ours = filter_fn(|about| {
            about.is_span() && about.target().starts_with(OURS) && *about.level() <= LevelFilter::INFO
        });
        let layer = tracing_opentelemetry::layer().with_tracer(self.0.tracer(OURS));
        let layer = layer.with_location(false).with_threads(false).with_tracked_inactivity(false);
        layer.with_filter(is_ours).boxed()
    }

    /// Sends what waits, for a while; false if it could not be sent.
    pub(crate) async fn shutdown(self) -> bool {
        let ended = tokio::task::spawn_blocking(move || self.0.shutdown_with_timeout(FAREWELL)).await;
        matches!(ended, Ok(Ok(())))
    }
}
