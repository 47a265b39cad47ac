//! Streams of server-sent events: all of a node's, or one task's until it is over.

use super::{
    hub::Hub,
    told::{Ends, Told},
};
use crate::{
    client::Client,
    extract::PathOf,
    places::Place,
    problem::Problem,
    state::GatewayState,
    tasks::{Found, find},
};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use dpgn_protocol::ids::TaskId;
use futures::{Stream, stream};
use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The time after which a stream without events says that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Streams what this node notices
///
/// Each event has a name, an `id` and JSON data with `event` and `at`. Names: `block`, `jumped`, `opened`, `awarded`,
/// `started`, `progress`, `award_ended`, `stalled`, `delivered`, `settled`, `completed`, `failed`, `proving_locally` and
/// `proved_locally`: the node proves an own task itself, and `reset`: some were missed, so what is shown must be read anew. `Last-Event-ID` resumes behind that event; the last 4,096 are remembered.
#[utoipa::path(get, path = "/api/v1/events", tag = "events",
    params(("Last-Event-ID" = Option<String>, Header, description = "the id of the last event that was seen")),
    responses((status = 200, content_type = "text/event-stream", body = String),
        (status = 503, body = crate::problem::ProblemBody, description = "too many streams are open")))]
pub(crate) async fn events(State(state): State<GatewayState>, request: Request) -> Result<Response, Problem> {
    let place = state.streams().open(Client::of(request.extensions()))?;
    let mut listener = Listener::new(&state, place, None);
    match last_seen(request.headers()).map(|id| listener.hub.number(id)) {
        Some(Ok(number)) => listener.seen = number,
        Some(Err(_)) => listener.say(Event::default().event("reset").data("{\"event\":\"reset\"}")),
        None => {}
    }
    Ok(listener.into_response())
}

/// Streams what happens to a task until it is over
///
/// A stream that does not resume begins with the event `state`, whose data are the task as it stands; of a task that is over,
/// `completed` or `failed` follows at once. Then come the events of the task, as `/api/v1/events` has them, and the stream
/// ends with `completed`, `failed`, or, for somebody else's task, `settled`. Who resumes behind the end gets 204.
#[utoipa::path(get, path = "/api/v1/tasks/{task}/events", tag = "events",
    params(("task" = String, Path, description = "the task's id, or an own one's UUID"),
        ("Last-Event-ID" = Option<String>, Header, description = "the id of the last event that was seen")),
    responses((status = 200, content_type = "text/event-stream", body = String),
        (status = 204, description = "the task is over, and its end was seen"),
        (status = 404, body = crate::problem::ProblemBody), (status = 503, body = crate::problem::ProblemBody)))]
pub(crate) async fn task_events(
    State(state): State<GatewayState>,
    PathOf(name): PathOf<String>,
    request: Request,
) -> Result<Response, Problem> {
    let place = state.streams().open(Client::of(request.extensions()))?;
    // The number first: what happens while the state is read comes again rather than not at all.
    let newest = state.hub().newest();
    let found = find(&state, &name).await?;
    let mut listener = Listener::new(&state, place, Some((found.id, found.is_own())));
    listener.seen = newest;
    let resumed = last_seen(request.headers()).and_then(|id| listener.hub.number(id).ok());
    if let Some(number) = resumed.filter(|number| listener.hub.behind(*number).is_ok()) {
        listener.seen = number;
        return Ok(if found.is_over() && !listener.is_end_ahead() {
            StatusCode::NO_CONTENT.into_response()
        } else {
            listener.into_response()
        });
    }
    listener.begin(&found);
    Ok(listener.into_response())
}

fn last_seen(headers: &HeaderMap) -> Option<&str> {
    headers.get("last-event-id").and_then(|value| value.to_str().ok())
}

/// A client that listens, and where it is.
struct Listener {
    hub: Arc<Hub>,
    signal: watch::Receiver<u64>,
    stop: CancellationToken,
    /// The number of the last notice that was looked at.
    seen: u64,
    /// The one task that is listened for, and whether it is an own one.
    only: Option<(TaskId, bool)>,
    ready: VecDeque<Event>,
    is_over: bool,
    _place: Place,
}

impl Listener {
    fn new(state: &GatewayState, place: Place, only: Option<(TaskId, bool)>) -> Self {
        let hub = state.hub().clone();
        let (signal, seen) = (hub.signal(), hub.newest());
        let stop = state.stop().clone();
        Self { hub, signal, stop, seen, only, ready: VecDeque::new(), is_over: false, _place: place }
    }

    fn say(&mut self, event: Event) {
        self.ready.push_back(event);
    }

    /// Tells how the task stands, and its end if it has come.
    fn begin(&mut self, found: &Found) {
        let id = self.hub.id(self.seen);
        let row = serde_json::json!({ "event": "state", "task": found.row.task, "state": found.row });
        self.say(Event::default().event("state").id(id.clone()).data(row.to_string()));
        if found.is_over() {
            let name = found.row.status.as_str();
            let end = serde_json::json!({ "event": name, "task": found.row.task, "why": found.row.why });
            self.say(Event::default().event(name).id(id).data(end.to_string()));
            self.is_over = true;
        }
    }

    /// Whether the end of the task is still to be told.
    fn is_end_ahead(&self) -> bool {
        let mut at = self.seen;
        while let Ok(batch) = self.hub.behind(at) {
            let Some(last) = batch.last() else { return false };
            at = last.number;
            if batch.iter().any(|told| self.is_wanted(told) && self.is_end(told)) {
                return true;
            }
        }
        false
    }

    fn is_wanted(&self, told: &Told) -> bool {
        self.only.is_none_or(|(task, _)| told.task == Some(task) || told.name == "reset")
    }

    fn is_end(&self, told: &Told) -> bool {
        match (self.only, told.ends) {
            (None, _) | (Some(_), Ends::Nothing) => false,
            (Some((_, is_own)), Ends::Paid) => !is_own,
            (Some(_), Ends::Everything) => true,
        }
    }

    /// Takes what the hub has behind the last number.
    fn take(&mut self) {
        match self.hub.behind(self.seen) {
            Ok(batch) => {
                for told in batch {
                    self.seen = told.number;
                    if !self.is_over && self.is_wanted(&told) {
                        self.is_over = self.is_end(&told);
                        let id = self.hub.id(told.number);
                        self.say(Event::default().event(&told.name).id(id).data(&told.data));
                    }
                }
            }
            Err(_) => {
                self.seen = self.hub.newest();
                let id = self.hub.id(self.seen);
                self.say(Event::default().event("reset").id(id).data("{\"event\":\"reset\"}"));
            }
        }
    }

    /// The next event; `None` at the end of the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.is_over || self.stop.is_cancelled() {
                return None;
            }
            self.signal.borrow_and_update();
            self.take();
            if self.ready.is_empty() && !self.is_over {
                let stop = self.stop.clone();
                tokio::select! {
                    () = stop.cancelled() => return None,
                    changed = self.signal.changed() => changed.ok()?,
                }
            }
        }
    }

    fn into_stream(self) -> impl Stream<Item = Result<Event, Infallible>> {
        stream::unfold(self, async |mut listener| {
            let event = listener.next().await?;
            Some((Ok(event), listener))
        })
    }
}

impl IntoResponse for Listener {
    fn into_response(self) -> Response {
        let keep_alive = KeepAlive::new().interval(KEEP_ALIVE);
        let mut response = Sse::new(self.into_stream()).keep_alive(keep_alive).into_response();
        // A proxy that collects an answer before it passes it on would tell nothing.
        response.headers_mut().insert("x-accel-buffering", axum::http::HeaderValue::from_static("no"));
        response
    }
}
