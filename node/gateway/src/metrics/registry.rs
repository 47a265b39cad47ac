//! All that is counted and measured, under its name: what notices say, the requests that were answered, and gauges.
//! It knows nothing of the gateway's state, which holds it.

use super::{network::Network, stages::Stages};
use dpgn_node::{NodeHandle, engine::Notice};
use dpgn_protocol::ids::AccountId;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

/// The labels of a counted request. Routes are patterns, so they are few.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    method: String,
    status: u16,
}

/// All that is counted and measured.
pub(crate) struct Metrics {
    pub(super) account: AccountId,
    pub(super) registry: Registry,
    requests: Family<RequestLabels, Counter>,
    stages: Stages,
    awards: Counter,
    awards_failed: Counter,
    proofs_paid: Counter,
    earned: Counter,
    purchases_paid: Counter,
    spent: Counter,
    pub(super) gauges: Gauges,
}

/// Values that are read anew at each scrape.
#[derive(Default)]
pub(super) struct Gauges {
    pub(super) up: Gauge,
    pub(super) height: Gauge,
    pub(super) block_time: Gauge,
    pub(super) peers: Gauge,
    pub(super) open_bids: Gauge,
    pub(super) asks: Gauge,
    pub(super) capacity: Gauge,
    pub(super) held: Gauge,
    pub(super) available: Gauge,
    pub(super) streams: Gauge,
    pub(super) webhooks_failing: Gauge,
    pub(super) webhook_messages: Gauge,
    pub(super) webhook_dropped: Gauge,
}

impl Metrics {
    pub(crate) fn new(node: &NodeHandle) -> Self {
        let mut registry = Registry::with_prefix("dpgn");
        registry.register_collector(Box::new(Network(node.clone())));
        let metrics = Self {
            account: node.account(),
            requests: Family::default(),
            stages: Stages::new(&mut registry),
            awards: Counter::default(),
            awards_failed: Counter::default(),
            proofs_paid: Counter::default(),
            earned: Counter::default(),
            purchases_paid: Counter::default(),
            spent: Counter::default(),
            gauges: Gauges::default(),
            registry: Registry::default(),
        };
        registry.register("http_requests", "Requests that the gateway has answered", metrics.requests.clone());
        for (name, help, counter) in metrics.counters() {
            registry.register(name, help, counter.clone());
        }
        for (name, help, gauge) in metrics.gauges.all() {
            registry.register(name, help, gauge.clone());
        }
        Self { registry, ..metrics }
    }

    fn counters(&self) -> [(&'static str, &'static str, &Counter); 6] {
        [
            ("prover_awards", "Awards that this node's prover was given", &self.awards),
            ("prover_awards_failed", "Awards of this node's prover that came to nothing", &self.awards_failed),
            ("prover_proofs_paid", "Proofs of this node's prover that were paid", &self.proofs_paid),
            ("prover_earned_microcredits", "Micro-credits that this node's prover was paid for proofs", &self.earned),
            ("requester_proofs_paid", "Proofs that this node has bought", &self.purchases_paid),
            ("requester_spent_microcredits", "Micro-credits that this node has paid for proofs", &self.spent),
        ]
    }

    /// Counts a request that was answered.
    pub(crate) fn request(&self, route: &str, method: &str, status: u16) {
        let labels = RequestLabels { route: route.to_owned(), method: method.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
    }

    /// Counts and measures what a notice says.
    pub(crate) fn note(&self, notice: &Notice) {
        self.stages.note(notice);
        match notice {
            Notice::Awarded { prover, .. } if *prover == self.account => drop(self.awards.inc()),
            Notice::AwardEnded { prover, .. } if *prover == self.account => drop(self.awards_failed.inc()),
            Notice::Settled(paid) => {
                if paid.prover == self.account {
                    self.proofs_paid.inc();
                    self.earned.inc_by(paid.price.get());
                }
                if paid.requester == self.account {
                    self.purchases_paid.inc();
                    self.spent.inc_by(paid.price.get());
                }
            }
            Notice::Awarded { .. }
            | Notice::AwardEnded { .. }
            | Notice::Block { .. }
            | Notice::Jumped { .. }
            | Notice::Opened { .. }
            | Notice::Started { .. }
            | Notice::Progress { .. }
            | Notice::Stalled { .. }
            | Notice::Delivered { .. }
            | Notice::Completed { .. }
            | Notice::ProvingLocally { .. }
            | Notice::ProvedLocally { .. }
            | Notice::Failed { .. } => {}
        }
    }
}

impl Gauges {
    fn all(&self) -> [(&'static str, &'static str, &Gauge); 13] {
        [
            ("node_up", "Whether the node answers", &self.up),
            ("height", "The height of the last block", &self.height),
            ("block_timestamp_seconds", "The time of the last block", &self.block_time),
            ("peers", "Peers that are connected", &self.peers),
            ("open_bids", "Bids of all requesters that wait for an award", &self.open_bids),
            ("standing_asks", "Asks of all provers that stand", &self.asks),
            ("prover_capacity", "Awards that this node's standing ask takes at once; 0 without one", &self.capacity),
            ("prover_held", "Awards that this node's prover holds", &self.held),
            ("available_microcredits", "Micro-credits of this node's account that are free", &self.available),
            ("event_streams", "Event streams that are open", &self.streams),
            ("webhooks_failing", "Webhooks whose endpoint fails, or that are disabled", &self.webhooks_failing),
            ("webhook_messages_waiting", "Messages that wait for the endpoints of webhooks", &self.webhook_messages),
            (
                "webhook_messages_dropped",
                "Messages that the webhooks there are were never sent: their queue was full, or they were disabled",
                &self.webhook_dropped,
            ),
        ]
    }
}
