//! Peer lookups: which peers are being searched for, by whom, and how far each search is.
//!
//! A search dials the addresses at hand first, then asks the network once for more. It always ends: found,
//! not found, or out of time.

use super::error::ConnectError;
use libp2p::{PeerId, kad::QueryId};
use std::{collections::HashMap, time::Instant};
use tokio::sync::oneshot;

/// Searches at once, and callers that wait for one.
const SEARCHES_MAX: usize = 64;
const WAITERS_MAX: usize = 64;

/// The caller that waits for a peer to be connected.
pub(super) type Waiter = oneshot::Sender<Result<(), ConnectError>>;

struct Search {
    deadline: Instant,
    waiters: Vec<Waiter>,
    query: Option<QueryId>,
    asked: bool,
}

/// The next step of a lookup for its caller.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The peer is being looked for already, or the lookup was refused.
    Wait,
    /// Start: dial what is at hand.
    Dial,
}

/// The lookups of peers' addresses that are under way.
#[derive(Default)]
pub(super) struct PeerLookup {
    searches: HashMap<PeerId, Search>,
}

impl PeerLookup {
    /// Somebody wants that peer by then.
    pub(super) fn want(&mut self, peer: PeerId, waiter: Waiter, deadline: Instant) -> Next {
        if let Some(search) = self.searches.get_mut(&peer) {
            if search.waiters.len() < WAITERS_MAX {
                search.waiters.push(waiter);
            } else {
                waiter.send(Err(ConnectError::Busy)).ok();
            }
            return Next::Wait;
        }
        if self.searches.len() >= SEARCHES_MAX {
            waiter.send(Err(ConnectError::Busy)).ok();
            return Next::Wait;
        }
        self.searches.insert(peer, Search { deadline, waiters: vec![waiter], query: None, asked: false });
        Next::Dial
    }

    /// Whether the network may still be asked for that peer's addresses.
    pub(super) fn may_ask(&self, peer: &PeerId) -> bool {
        self.searches.get(peer).is_some_and(|search| !search.asked)
    }

    /// Whether an answer of the network is still awaited.
    pub(super) fn is_asking(&self, peer: &PeerId) -> bool {
        self.searches.get(peer).is_some_and(|search| search.query.is_some())
    }

    /// The network has been asked.
    pub(super) fn asked(&mut self, peer: &PeerId, query: QueryId) {
        if let Some(search) = self.searches.get_mut(peer) {
            search.asked = true;
            search.query = Some(query);
        }
    }

    /// The network has answered: for which peer, if it is still wanted.
    pub(super) fn answered(&mut self, query: QueryId) -> Option<PeerId> {
        let (peer, search) = self.searches.iter_mut().find(|(_, search)| search.query == Some(query))?;
        search.query = None;
        Some(*peer)
    }

    /// Ends a search and tells all who waited for it.
    pub(super) fn end(&mut self, peer: &PeerId, result: Result<(), ConnectError>) -> Option<QueryId> {
        let search = self.searches.remove(peer)?;
        for waiter in search.waiters {
            waiter.send(result.clone()).ok();
        }
        search.query
    }

    /// The peers whose lookup is out of time, or that nobody waits for any more.
    pub(super) fn overdue(&self, now: Instant) -> Vec<PeerId> {
        let over = |search: &Search| search.deadline <= now || search.waiters.iter().all(oneshot::Sender::is_closed);
        self.searches.iter().filter(|(_, search)| over(search)).map(|(peer, _)| *peer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn one_search_serves_all_who_wait_and_ends_once() {
        let (mut lookup, peer, now) = (PeerLookup::default(), PeerId::random(), Instant::now());
        let (first, mut hears_first) = oneshot::channel();
        let (second, mut hears_second) = oneshot::channel();
        assert_eq!(lookup.want(peer, first, now), Next::Dial);
        assert_eq!(lookup.want(peer, second, now), Next::Wait);
        assert!(lookup.may_ask(&peer));
        lookup.end(&peer, Ok(()));
        assert_eq!(hears_first.try_recv().unwrap(), Ok(()));
        assert_eq!(hears_second.try_recv().unwrap(), Ok(()));
        assert!(!lookup.may_ask(&peer));
        assert_eq!(lookup.end(&peer, Err(ConnectError::NotFound)), None);
    }

    #[test]
    fn searches_end_by_time_or_when_nobody_waits() {
        let (mut lookup, now) = (PeerLookup::default(), Instant::now());
        let (patient, abandoned) = (PeerId::random(), PeerId::random());
        let (waiter, _hears) = oneshot::channel();
        lookup.want(patient, waiter, now + Duration::from_secs(1));
        lookup.want(abandoned, oneshot::channel().0, now + Duration::from_secs(1));
        assert_eq!(lookup.overdue(now), vec![abandoned]);
        assert_eq!(lookup.overdue(now + Duration::from_secs(2)).len(), 2);
    }

    #[test]
    fn searches_are_bounded() {
        let (mut lookup, now) = (PeerLookup::default(), Instant::now());
        for _ in 0..SEARCHES_MAX {
            assert_eq!(lookup.want(PeerId::random(), oneshot::channel().0, now), Next::Dial);
        }
        let (waiter, mut hears) = oneshot::channel();
        assert_eq!(lookup.want(PeerId::random(), waiter, now), Next::Wait);
        assert_eq!(hears.try_recv().unwrap(), Err(ConnectError::Busy));
    }
}
