//! The counters of the node's network, which keeps them itself: read at each scrape, under the names that they have there.

use dpgn_node::NodeHandle;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter},
};
use serde_json::Value;
use std::fmt;

/// The network's counters.
pub(super) struct Network(pub(super) NodeHandle);

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

impl Collector for Network {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let Ok(Value::Object(counters)) = serde_json::to_value(self.0.metrics()) else { return Ok(()) };
        for (name, value) in counters {
            let counter = ConstCounter::new(value.as_u64().unwrap_or_default());
            let help = format!("Of the network layer: {}", name.replace('_', " "));
            let name = format!("network_{name}");
            let metric = encoder.encode_descriptor(&name, &help, None, MetricType::Counter)?;
            counter.encode(metric)?;
        }
        Ok(())
    }
}
