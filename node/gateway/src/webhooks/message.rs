//! Messages: what is told of a task, as it is sent. Its id follows from what it tells, so that it stays the same whatever has
//! been started anew in between.

use crate::{
    clock::now,
    dto::{
        task::{Moment, TaskTold},
        time::at,
        words::EndRow,
    },
};
use dpgn_market::Status;
use dpgn_protocol::ids::TaskId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

/// A kind of event that an endpoint can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub(crate) enum Event {
    /// The ledger took the bid up.
    #[serde(rename = "task.opened")]
    Opened,
    /// The auction chose a prover.
    #[serde(rename = "task.awarded")]
    Awarded,
    /// The prover has started.
    #[serde(rename = "task.started")]
    Started,
    /// An award came to nothing; the task is open again, or over.
    #[serde(rename = "task.award_ended")]
    AwardEnded,
    /// The proof was announced.
    #[serde(rename = "task.delivered")]
    Delivered,
    /// The proof was found valid and paid.
    #[serde(rename = "task.settled")]
    Settled,
    /// The proof is here and checked: the task is over.
    #[serde(rename = "task.completed")]
    Completed,
    /// The task ended without a proof.
    #[serde(rename = "task.failed")]
    Failed,
    /// The task was taken back.
    #[serde(rename = "task.cancelled")]
    Cancelled,
}

impl Event {
    /// The kind of a step of a timeline.
    fn of(what: &str) -> Option<Self> {
        let all = [
            ("opened", Self::Opened),
            ("awarded", Self::Awarded),
            ("started", Self::Started),
            ("award_ended", Self::AwardEnded),
            ("delivered", Self::Delivered),
            ("settled", Self::Settled),
            ("failed", Self::Failed),
            ("cancelled", Self::Cancelled),
        ];
        all.into_iter().find(|(name, _)| *name == what).map(|(_, event)| event)
    }

    /// The name of the kind, as a message has it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Opened => "task.opened",
            Self::Awarded => "task.awarded",
            Self::Started => "task.started",
            Self::AwardEnded => "task.award_ended",
            Self::Delivered => "task.delivered",
            Self::Settled => "task.settled",
            Self::Completed => "task.completed",
            Self::Failed => "task.failed",
            Self::Cancelled => "task.cancelled",
        }
    }
}

/// A message as it is sent, each time in the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: String,
}

impl Message {
    fn new(id: String, kind: &str, timestamp: &str, data: &serde_json::Value) -> Self {
        Self { id, body: json!({ "type": kind, "timestamp": timestamp, "data": data }).to_string() }
    }

    /// The message that an owner sends to try an endpoint.
    pub(super) fn test(chance: [u8; 16]) -> Self {
        Self::new(format!("msg_{}", hex::encode(chance)), "webhook.test", &at(now()), &json!({}))
    }

    /// Says that so many messages were dropped, since the queue was full.
    pub(super) fn lost(endpoint: &str, count: u64, number: u64) -> Self {
        let id = id_of(&[endpoint.as_bytes(), b"lost", &number.to_le_bytes()]);
        Self::new(id, "events.lost", &at(now()), &json!({ "count": count }))
    }
}

/// Something about a task that may have to be told.
#[derive(Clone, Debug)]
pub(super) struct News {
    pub(super) event: Event,
    /// The time of the block, in the one form that all times here have: they compare as text.
    pub(super) at: String,
    pub(super) message: Message,
}

/// All that is to be told of a task as it stands, in the order of its blocks. `is_over`: nothing more will come.
pub(super) fn news(task: TaskId, told: &TaskTold, is_over: bool) -> Vec<News> {
    // What this node proves itself is not over when the market is done with it.
    let goes_on = |moment: &&Moment| !(told.row.is_local && ["failed", "cancelled"].contains(&moment.what));
    let mut all: Vec<News> =
        told.timeline.iter().filter(goes_on).filter_map(|moment| step(task, told, moment)).collect();
    let is_told = |event| all.iter().any(|news| news.event == event);
    let ended = match told.row.status {
        Status::Completed => Some(Event::Completed),
        Status::Failed if !is_told(Event::Cancelled) && !is_told(Event::Failed) => Some(Event::Failed),
        Status::Failed | Status::Pending | Status::Assigned | Status::InProgress => None,
    };
    if let Some(event) = ended.filter(|_| is_over) {
        all.push(news_of(task, told, event, &told.row.updated_at, &Detail::default()));
    }
    all
}

fn step(task: TaskId, told: &TaskTold, moment: &Moment) -> Option<News> {
    let event = Event::of(moment.what)?;
    let detail = Detail { prover: moment.prover.as_deref(), price: moment.price, end: moment.end.as_ref() };
    Some(news_of(task, told, event, &moment.at, &detail))
}

/// What a step of a timeline says beside its kind.
#[derive(Clone, Copy, Debug, Default)]
struct Detail<'a> {
    prover: Option<&'a str>,
    price: Option<u64>,
    end: Option<&'a EndRow>,
}

fn news_of(task: TaskId, told: &TaskTold, event: Event, time: &str, detail: &Detail<'_>) -> News {
    let mut data = json!({ "task": told.row.task, "alias": told.row.alias });
    if let Some(data) = data.as_object_mut() {
        data.extend(detail.prover.map(|prover| ("prover".to_owned(), prover.into())));
        data.extend(detail.price.map(|price| ("price".to_owned(), price.into())));
        data.extend(detail.end.map(|end| ("end".to_owned(), json!(end))));
        if event == Event::Completed {
            data.extend(told.row.prover.as_ref().map(|prover| ("prover".to_owned(), json!(prover))));
            data.extend(told.row.price.map(|price| ("price".to_owned(), price.into())));
            data.extend(told.proof.as_ref().map(|proof| ("proof".to_owned(), json!(proof))));
            data.extend(told.row.is_local.then(|| ("is_local".to_owned(), true.into())));
        }
        if event == Event::Failed || event == Event::Cancelled {
            data.extend(told.row.why.as_ref().map(|why| ("why".to_owned(), json!(why))));
        }
    }
    // No prover holds one task twice, so this tells all events of a task apart.
    let id = id_of(&[task.as_bytes(), event.name().as_bytes(), detail.prover.unwrap_or_default().as_bytes()]);
    News { event, at: time.to_owned(), message: Message::new(id, event.name(), time, &data) }
}

fn id_of(parts: &[&[u8]]) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("dpgn gateway webhook message v1");
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let hash = hasher.finalize();
    format!("msg_{}", hash.to_hex().get(..32).unwrap_or_default())
}
