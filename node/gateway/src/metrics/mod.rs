//! Metrics in the format of Prometheus: what this node, its market and its gateway do.

mod network;
mod registry;
mod scrape;
mod stages;

pub(crate) use registry::Metrics;
pub(crate) use scrape::{__path_metrics, counted, metrics};
