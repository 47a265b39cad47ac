//! How long the stages of tasks take, one histogram for each: of all tasks that this node hears of.

use dpgn_node::engine::Notice;
use dpgn_protocol::ids::TaskId;
use prometheus_client::{
    metrics::histogram::{Histogram, exponential_buckets},
    registry::Registry,
};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Tasks whose stages are measured at once; more are passed over.
const TASKS_MAX: usize = 16_384;
/// The shortest bucket, in seconds; each next is the double.
const BUCKET_MIN: f64 = 0.1;
/// The number of buckets: the longest is 27 minutes.
const BUCKETS: u16 = 15;

/// What a task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Award,
    Start,
    Delivery,
    Verdict,
}

/// The four histograms, and the tasks that are on their way.
pub(super) struct Stages {
    to_award: Histogram,
    to_start: Histogram,
    to_deliver: Histogram,
    to_settle: Histogram,
    open: Mutex<BTreeMap<TaskId, (Waits, Instant)>>,
}

impl Stages {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let mut histogram = |name: &str, help: &str| {
            let histogram = Histogram::new(exponential_buckets(BUCKET_MIN, 2.0, BUCKETS));
            registry.register(name, help, histogram.clone());
            histogram
        };
        Self {
            to_award: histogram("task_bid_to_award_seconds", "From the bid, or the end of an award, to the next award"),
            to_start: histogram("task_award_to_start_seconds", "From the award to the prover's start"),
            to_deliver: histogram("task_start_to_deliver_seconds", "From the start to the delivery of the proof"),
            to_settle: histogram("task_deliver_to_settle_seconds", "From the delivery to the payment"),
            open: Mutex::default(),
        }
    }

    pub(super) fn note(&self, notice: &Notice) {
        match notice {
            Notice::Opened { task, .. } | Notice::AwardEnded { task, .. } => self.step(*task, None, Some(Waits::Award)),
            Notice::Awarded { task, .. } => self.step(*task, Some(Waits::Award), Some(Waits::Start)),
            Notice::Started { task, .. } => self.step(*task, Some(Waits::Start), Some(Waits::Delivery)),
            Notice::Delivered { task, .. } => self.step(*task, Some(Waits::Delivery), Some(Waits::Verdict)),
            Notice::Settled(paid) => self.step(paid.task, Some(Waits::Verdict), None),
            Notice::Failed { task, .. } | Notice::ProvingLocally { task, .. } => self.step(*task, None, None),
            Notice::Block { .. }
            | Notice::Jumped { .. }
            | Notice::Progress { .. }
            | Notice::Stalled { .. }
            | Notice::Completed { .. }
            | Notice::ProvedLocally { .. } => {}
        }
    }

    /// The end of one stage, which is measured if its beginning was seen, and the beginning of the next.
    fn step(&self, task: TaskId, ended: Option<Waits>, begun: Option<Waits>) {
        let now = Instant::now();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let before = open.remove(&task);
        if let (Some(ended), Some((waits, since))) = (ended, before)
            && ended == waits
        {
            let histogram = match ended {
                Waits::Award => &self.to_award,
                Waits::Start => &self.to_start,
                Waits::Delivery => &self.to_deliver,
                Waits::Verdict => &self.to_settle,
            };
            histogram.observe(now.duration_since(since).as_secs_f64());
        }
        if let Some(waits) = begun.filter(|_| open.len() < TASKS_MAX) {
            open.insert(task, (waits, now));
        }
    }
}
