//! Limits: how often a client may ask, how much is in flight, how long an answer may take. Full means refused, with the
//! time after which another try makes sense.

use crate::{
    bodies::Bodies,
    client::Client,
    problem::{Code, Problem},
};
use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::{IntoResponse, Response},
};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter, clock::Clock, clock::DefaultClock};
use std::{num::NonZeroU32, sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// Requests a second that one client may send in the long run.
const RATE: u32 = 100;
/// Requests that it may send at once.
const BURST: u32 = 200;
/// Clients whose rate is remembered: the quiet ones are forgotten above this, and strangers refused above the double.
const CLIENTS_MAX: usize = 8_192;
/// Requests in flight; those that take long are counted apart, so that they keep nobody out.
const IN_FLIGHT_MAX: usize = 200;
/// Requests that wait for work, or for an end with `wait=`.
const WAITING_MAX: usize = 200;
/// Requests that hand a proof in. They have room of their own, which nobody who waits for work can take.
const RESULTS_MAX: usize = 64;
/// Requests that upload a file, buy a proof or have a circuit priced. Provers make none of these.
const BUYING_MAX: usize = 64;
/// The most time for an answer: a wait of a minute, and what it takes besides.
const ANSWER_MAX: Duration = Duration::from_secs(75);
/// The most time for an upload, whose bytes have a time limit of their own, and for a purchase, whose circuit is built first.
const LONG_MAX: Duration = Duration::from_secs(3_600);
/// The path below which files are uploaded.
const UPLOADS: &str = "/api/v1/uploads/";
/// Seconds after which there may be room again.
const ROOM_SECONDS: u32 = 1;

/// The limits of one gateway.
pub(crate) struct Limits {
    rate: DefaultKeyedRateLimiter<Client>,
    clock: DefaultClock,
    in_flight: Semaphore,
    waiting: Semaphore,
    results: Semaphore,
    buying: Semaphore,
    bodies: Bodies,
}

impl Default for Limits {
    fn default() -> Self {
        let one = NonZeroU32::MIN;
        let quota = Quota::per_second(NonZeroU32::new(RATE).unwrap_or(one));
        let quota = quota.allow_burst(NonZeroU32::new(BURST).unwrap_or(one));
        Self {
            rate: RateLimiter::hashmap(quota),
            clock: DefaultClock::default(),
            in_flight: Semaphore::new(IN_FLIGHT_MAX),
            waiting: Semaphore::new(WAITING_MAX),
            results: Semaphore::new(RESULTS_MAX),
            buying: Semaphore::new(BUYING_MAX),
            bodies: Bodies::default(),
        }
    }
}

impl Limits {
    /// Counts a request of a client.
    fn admit(&self, client: Client) -> Result<(), Problem> {
        if self.rate.len() >= CLIENTS_MAX {
            self.rate.retain_recent();
        }
        if self.rate.len() >= 2 * CLIENTS_MAX {
            return Err(Problem::new(Code::Overloaded, "too many clients at once").retry_after(ROOM_SECONDS));
        }
        self.rate.check_key(&client).map_err(|until| {
            let wait = until.wait_time_from(self.clock.now()).as_millis().div_ceil(1_000);
            let seconds = u32::try_from(wait).unwrap_or(u32::MAX);
            let detail = format!("more than {RATE} requests a second, of which {BURST} may come at once");
            Problem::new(Code::RateLimited, detail).retry_after(seconds)
        })
    }
}

/// How long a request may take.
enum Takes {
    /// It is answered at once.
    Short,
    /// It waits as long as it says.
    Wait,
    /// It has a proof checked.
    Result,
    /// It carries a large body, or has a circuit built.
    Long,
}

fn takes(request: &Request) -> Takes {
    let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
    let builds = *request.method() == Method::POST && ["/api/v1/tasks", "/tasks", "/api/v1/quote"].contains(&path);
    if builds || path.starts_with(UPLOADS) {
        Takes::Long
    } else if path == "/tasks/result" {
        Takes::Result
    } else if query.split('&').any(|part| part.starts_with("wait=")) || path.starts_with("/tasks/assign/") {
        Takes::Wait
    } else {
        Takes::Short
    }
}

/// Lets a request through if there is room for it, and gives up on its answer after a while.
pub(crate) async fn limited(State(limits): State<Arc<Limits>>, request: Request, next: Next) -> Response {
    // Whoever asks whether this process lives shall always hear.
    if request.uri().path() == "/health" {
        return next.run(request).await;
    }
    let client = Client::of(request.extensions());
    if let Err(problem) = limits.admit(client) {
        return problem.into_response();
    }
    let (time_max, room, most) = match takes(&request) {
        Takes::Long => (LONG_MAX, &limits.buying, BUYING_MAX),
        Takes::Result => (ANSWER_MAX, &limits.results, RESULTS_MAX),
        Takes::Wait => (ANSWER_MAX, &limits.waiting, WAITING_MAX),
        Takes::Short => (ANSWER_MAX, &limits.in_flight, IN_FLIGHT_MAX),
    };
    let Ok(_place) = room.try_acquire() else {
        let detail = format!("{most} requests are in flight");
        return Problem::new(Code::Overloaded, detail).retry_after(ROOM_SECONDS).into_response();
    };
    // What is uploaded goes to the disk as it comes.
    let is_held = !request.uri().path().starts_with(UPLOADS);
    let room = if is_held { limits.bodies.admit(client, &request) } else { Ok(None) };
    let _room = match room {
        Ok(room) => room,
        Err(problem) => return problem.into_response(),
    };
    match tokio::time::timeout(time_max, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = format!("there is no answer after {} s", time_max.as_secs());
            Problem::new(Code::TimedOut, detail).retry_after(ROOM_SECONDS).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_floods_is_slowed_and_others_are_not() {
        let limits = Limits::default();
        let [flood, quiet] = ["192.0.2.1", "192.0.2.2"].map(|ip| Client::at(ip.parse().unwrap()));
        let refused = (0..2_000).filter(|_| limits.admit(flood).is_err()).count();
        println!("of 2,000 requests at once {refused} were refused");
        assert!((1..=1_800).contains(&refused), "the burst passes, the rest does not");
        assert_eq!(limits.admit(flood).unwrap_err().code(), Code::RateLimited);
        assert!(limits.admit(quiet).is_ok());
    }

    #[test]
    fn strangers_without_number_fill_no_memory() {
        let limits = Limits::default();
        let refused = (0..4 * CLIENTS_MAX as u32).filter(|n| {
            let client = Client::at(std::net::Ipv4Addr::from_bits(*n).into());
            limits.admit(client).is_err()
        });
        println!("of {} clients at once {} were refused", 4 * CLIENTS_MAX, refused.count());
        assert!(limits.rate.len() <= 2 * CLIENTS_MAX);
    }

    /// One prover that asked for work two hundred times kept proofs from being handed in, and its owner from buying.
    #[test]
    fn whoever_waits_for_work_takes_no_room_from_proofs_and_purchases() {
        let takes = |method: &str, uri: &str| {
            let request = Request::builder().method(method).uri(uri).body(axum::body::Body::empty()).unwrap();
            super::takes(&request)
        };
        for waits in ["/tasks/assign/550e8400-e29b-41d4-a716-446655440000?wait=60", "/api/v1/tasks/1?wait=5"] {
            assert!(matches!(takes("GET", waits), Takes::Wait), "{waits}");
        }
        assert!(matches!(takes("POST", "/tasks/result?wait=60"), Takes::Result));
        for buys in ["/tasks?wait=60", "/api/v1/tasks", "/api/v1/quote", "/api/v1/uploads/00"] {
            assert!(matches!(takes("POST", buys), Takes::Long), "{buys}");
        }
        assert!(matches!(takes("GET", "/api/v1/quote"), Takes::Short));
    }
}
