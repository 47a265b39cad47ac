//! The office: one sender for each endpoint, which sends its messages one after another, in the order of the blocks. One that
//! fails keeps those behind it waiting, and is tried again by the schedule; an endpoint that takes nothing for three days, or
//! says that it is gone, is sent nothing more.

use super::{
    endpoint::{Endpoint, Failing, Wanted},
    key::Key,
    message::{Message, News},
    post::{Outcome, Poster, UrlError},
    resolve::{self, Lookup},
    schedule::Schedule,
    store::{Store, WebhookError},
};
use crate::{clock::now, dto::time::at};
use dpgn_protocol::{ids::TaskId, units::Timestamp};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The longest sleep before the clock is looked at again: it may have been set.
const SLEEP_MAX: Duration = Duration::from_secs(60);
/// The pause after the disk has failed.
const DISK_PAUSE: Duration = Duration::from_secs(10);
/// An event may be this much older than the endpoint that is sent it: clocks of the network differ.
const CLOCKS_DIFFER: u64 = 10_000;

/// Why something about webhooks was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum OfficeError {
    /// The URL is one that nothing is sent to.
    #[error("the URL: {0}")]
    Url(#[from] UrlError),
    /// There are as many endpoints as there may be.
    #[error("there are as many webhooks as there may be")]
    Full,
    /// No endpoint has this id.
    #[error("no webhook has this id")]
    Unknown,
    /// The file could not be read or written.
    #[error(transparent)]
    Store(#[from] WebhookError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
    /// The thread that used the disk has died.
    #[error("the disk: {0}")]
    Died(#[from] tokio::task::JoinError),
}

/// How all endpoints together do.
#[derive(Debug, Default)]
pub(crate) struct Load {
    /// Endpoints that fail or are disabled.
    pub(crate) failing: usize,
    /// Messages that wait.
    pub(crate) waiting: u64,
    /// Messages that were dropped of the endpoints that there are.
    pub(crate) dropped: u64,
}

/// All endpoints of a gateway, and those who send to them.
pub(crate) struct Office {
    store: Arc<Store>,
    poster: Poster,
    schedule: Schedule,
    senders: Mutex<BTreeMap<String, Sender>>,
    /// Says that there is an endpoint which may want what has happened already.
    pub(super) added: Notify,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// One who sends to an endpoint.
struct Sender {
    wake: Arc<Notify>,
    stop: CancellationToken,
}

/// What a sender does next.
enum Next {
    Send(Box<Endpoint>, u64, Message),
    WaitUntil(Timestamp),
    WaitForMessage,
    Stop,
}

/// An office that has its file and sends nothing yet.
#[derive(Debug)]
pub(crate) struct Closed {
    store: Store,
    poster: Poster,
    schedule: Schedule,
    endpoints: Vec<String>,
}

impl Closed {
    /// Takes the file, or makes it; `private` allows private addresses, and requests without TLS. Blocks.
    pub(crate) fn open(path: &Path, private: bool) -> Result<Self, WebhookError> {
        Self::with(path, (resolve::system(), private), Schedule::default())
    }

    /// Likewise, with another way from names to addresses, and other pauses.
    pub(super) fn with(
        path: &Path,
        (lookup, private): (Lookup, bool),
        schedule: Schedule,
    ) -> Result<Self, WebhookError> {
        let (store, poster) = (Store::open(path)?, Poster::new(lookup, private)?);
        let endpoints = store.endpoints()?.into_iter().filter(|endpoint| endpoint.disabled.is_none());
        let endpoints = endpoints.map(|endpoint| endpoint.id).collect();
        Ok(Self { store, poster, schedule, endpoints })
    }

    /// Sends to all endpoints on disk from now on, in tasks of this tracker.
    pub(crate) fn start(self, stop: CancellationToken, tasks: TaskTracker) -> Arc<Office> {
        let Self { store, poster, schedule, endpoints } = self;
        let (store, senders) = (Arc::new(store), Mutex::default());
        let office = Arc::new(Office { store, poster, schedule, senders, added: Notify::new(), stop, tasks });
        endpoints.iter().for_each(|id| office.send_from_now_on(id));
        office
    }
}

impl Office {
    /// Does something with the file, off the async threads.
    pub(super) async fn disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, WebhookError> + Send + 'static,
    ) -> Result<T, OfficeError> {
        let store = self.store.clone();
        // Tracked: the file is free once the gateway has stopped.
        Ok(self.tasks.spawn_blocking(move || work(&store)).await??)
    }

    /// Adds an endpoint, with a key of its own.
    pub(super) async fn create(self: &Arc<Self>, wanted: Wanted) -> Result<Endpoint, OfficeError> {
        let url = self.poster.parse(&wanted.url)?;
        self.poster.look(&url).await?;
        let wanted = Wanted { url: url.into(), ..wanted };
        let endpoint = Endpoint::new(wanted, now()).map_err(OfficeError::Random)?;
        let added = endpoint.clone();
        if !self.disk(move |store| store.add(&added)).await? {
            return Err(OfficeError::Full);
        }
        self.send_from_now_on(&endpoint.id);
        self.added.notify_one();
        Ok(endpoint)
    }

    /// Removes an endpoint, with all that waits for it.
    pub(super) async fn remove(&self, id: &str) -> Result<(), OfficeError> {
        let name = id.to_owned();
        let was_there = self.disk(move |store| store.remove(&name)).await?;
        if let Some(sender) = self.senders().remove(id) {
            sender.stop.cancel();
        }
        if was_there { Ok(()) } else { Err(OfficeError::Unknown) }
    }

    /// Signs with a fresh key from now on, and for a day with the one before too.
    pub(super) async fn rotate(&self, id: &str) -> Result<(), OfficeError> {
        let key = Key::generate().map_err(OfficeError::Random)?;
        let name = id.to_owned();
        let changed = self.disk(move |store| store.change(&name, |endpoint| endpoint.rotate(key, now()))).await?;
        changed.map(|_| ()).ok_or(OfficeError::Unknown)
    }

    /// Sends to an endpoint again that was sent nothing; one that fails is tried at once.
    pub(super) async fn enable(self: &Arc<Self>, id: &str) -> Result<(), OfficeError> {
        let name = id.to_owned();
        self.disk(move |store| store.enable(&name)).await?.ok_or(OfficeError::Unknown)?;
        self.send_from_now_on(id);
        Ok(())
    }

    /// Sends an endpoint something harmless once, whether it is sent anything else or not.
    pub(super) async fn test(&self, id: &str) -> Result<Outcome, OfficeError> {
        let name = id.to_owned();
        let (endpoint, _) = self.disk(move |store| store.endpoint(&name)).await?.ok_or(OfficeError::Unknown)?;
        let mut chance = [0; 16];
        getrandom::fill(&mut chance).map_err(OfficeError::Random)?;
        Ok(self.poster.send(&endpoint, &Message::test(chance)).await)
    }

    /// How all endpoints together do; `None` if the disk does not tell.
    pub(crate) async fn load(&self) -> Option<Load> {
        let load = |store: &Store| {
            let mut load = Load::default();
            for endpoint in store.endpoints()? {
                load.failing += usize::from(endpoint.failing.is_some() || endpoint.disabled.is_some());
                load.dropped = load.dropped.saturating_add(endpoint.dropped);
                let waiting = store.endpoint(&endpoint.id)?.map_or(0, |(_, queued)| queued);
                load.waiting = load.waiting.saturating_add(waiting);
            }
            Ok(load)
        };
        self.disk(load).await.ok()
    }

    /// Queues what is new of a task.
    pub(super) async fn tell(&self, task: TaskId, news: Vec<News>, is_over: bool) -> Result<(), OfficeError> {
        let over = is_over.then(now);
        let from = |created: Timestamp| at(Timestamp::new(created.get().saturating_sub(CLOCKS_DIFFER)));
        for id in self.disk(move |store| store.tell(task, &news, over, from)).await? {
            if let Some(sender) = self.senders().get(&id) {
                sender.wake.notify_one();
            }
        }
        Ok(())
    }

    /// Whether there is no endpoint at all.
    pub(super) async fn is_empty(&self) -> Result<bool, OfficeError> {
        self.disk(|store| store.is_empty()).await
    }

    /// Has a sender for an endpoint; one that is there already is woken.
    fn send_from_now_on(self: &Arc<Self>, id: &str) {
        let mut senders = self.senders();
        if let Some(sender) = senders.get(id) {
            sender.wake.notify_one();
            return;
        }
        let (wake, stop) = (Arc::new(Notify::new()), self.stop.child_token());
        senders.insert(id.to_owned(), Sender { wake: wake.clone(), stop: stop.clone() });
        let (office, id) = (self.clone(), id.to_owned());
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = office.serve(&id, &wake) => {}
            }
        });
    }

    /// Sends to one endpoint until it is sent nothing more.
    async fn serve(self: &Arc<Self>, id: &str, wake: &Notify) {
        loop {
            let next = match self.next(id).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%id, %error, "webhooks cannot be read");
                    sleep(DISK_PAUSE).await;
                    continue;
                }
            };
            match next {
                Next::Stop => {
                    self.senders().remove(id);
                    // It may have been enabled just before, when this sender still seemed to be there.
                    if !matches!(self.next(id).await, Ok(Next::Stop) | Err(_)) {
                        self.send_from_now_on(id);
                    }
                    return;
                }
                Next::WaitForMessage => wake.notified().await,
                Next::WaitUntil(time) => {
                    let left = Duration::from_millis(time.get().saturating_sub(now().get()));
                    tokio::select! {
                        () = wake.notified() => {}
                        () = sleep(left.min(SLEEP_MAX)) => {}
                    }
                }
                Next::Send(endpoint, place, message) => {
                    let outcome = self.poster.send(&endpoint, &message).await;
                    tracing::debug!(%id, message = %message.id, ?outcome, "a webhook was sent");
                    if let Err(error) = self.record(id, place, outcome).await {
                        tracing::warn!(%id, %error, "what came of a webhook cannot be written");
                        sleep(DISK_PAUSE).await;
                    }
                }
            }
        }
    }

    async fn next(&self, id: &str) -> Result<Next, OfficeError> {
        let name = id.to_owned();
        let found = self.disk(move |store| Ok((store.endpoint(&name)?, store.first(&name)?))).await?;
        let (Some((endpoint, _)), first) = found else { return Ok(Next::Stop) };
        if endpoint.disabled.is_some() {
            return Ok(Next::Stop);
        }
        let Some((place, message)) = first else { return Ok(Next::WaitForMessage) };
        match &endpoint.failing {
            Some(failing) if failing.next > now() => Ok(Next::WaitUntil(failing.next)),
            Some(_) | None => Ok(Next::Send(Box::new(endpoint), place, message)),
        }
    }

    /// Writes down what came of a try.
    async fn record(&self, id: &str, place: u64, outcome: Outcome) -> Result<(), OfficeError> {
        let (name, schedule) = (id.to_owned(), self.schedule.clone());
        let gone = "the endpoint has answered 410: it wants nothing any more";
        let (why, after) = match outcome {
            Outcome::Delivered(_) => return self.disk(move |store| store.delivered(&name, place)).await,
            Outcome::Gone => return self.disk(move |store| store.disable(&name, now(), gone)).await,
            Outcome::Failed { why, after, .. } => (why, after),
        };
        let work = move |store: &Store| {
            let Some((endpoint, _)) = store.endpoint(&name)? else { return Ok(()) };
            let (since, tries) = endpoint.failing.map_or((now(), 1), |failing| (failing.since, failing.tries + 1));
            match schedule.next(tries, now(), after) {
                Some(next) => {
                    let failing = Failing { since, tries, next, why };
                    store.change(&name, |endpoint| endpoint.failing = Some(failing))?;
                    Ok(())
                }
                None => {
                    tracing::warn!(id = %name, tries, "a webhook's endpoint takes nothing, and is sent nothing more");
                    store.disable(&name, now(), &format!("it has failed {tries} times, the last time: {why}"))
                }
            }
        };
        self.disk(work).await
    }

    /// Nothing panics while it holds the lock, and what is in it is whole at any moment.
    fn senders(&self) -> MutexGuard<'_, BTreeMap<String, Sender>> {
        self.senders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
