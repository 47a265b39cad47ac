//! Places for streams, which stay open: so many in all, and so many for one client.

use crate::{
    client::Client,
    problem::{Code, Problem},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Streams that may be open: half of the connections, so that requests always find one.
const STREAMS_MAX: usize = 512;
/// Streams that one client may have open.
const EACH_MAX: usize = 64;
/// Seconds after which there may be a place.
const ROOM_SECONDS: u32 = 5;

/// The streams that are open, by client.
#[derive(Debug, Default)]
pub(crate) struct Streams(Mutex<BTreeMap<Client, usize>>);

/// A place of one stream, which is given back when it ends.
#[derive(Debug)]
pub(crate) struct Place {
    streams: Arc<Streams>,
    client: Client,
}

impl Streams {
    /// Takes a place for a client.
    pub(crate) fn open(self: &Arc<Self>, client: Client) -> Result<Place, Problem> {
        let mut open = self.lock();
        let all: usize = open.values().sum();
        let own = open.get(&client).copied().unwrap_or_default();
        if own >= EACH_MAX {
            let detail = format!("{EACH_MAX} streams of this client are open");
            return Err(Problem::new(Code::RateLimited, detail).retry_after(ROOM_SECONDS));
        }
        if all >= STREAMS_MAX {
            let detail = format!("{STREAMS_MAX} streams are open");
            return Err(Problem::new(Code::Overloaded, detail).retry_after(ROOM_SECONDS));
        }
        open.insert(client, own + 1);
        Ok(Place { streams: self.clone(), client })
    }

    /// The number of streams that are open.
    pub(crate) fn count(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Client, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        match open.get_mut(&self.client) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => drop(open.remove(&self.client)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_takes_its_part_and_all_together_the_whole() {
        let streams = Arc::new(Streams::default());
        let client = |n: u32| Client::at(std::net::Ipv4Addr::from_bits(n).into());
        let mut places: Vec<Place> = (0..EACH_MAX).map(|_| streams.open(client(1)).unwrap()).collect();
        assert_eq!(streams.open(client(1)).unwrap_err().code(), Code::RateLimited);
        places.extend((2..).map_while(|n| streams.open(client(n)).ok()).take(STREAMS_MAX));
        assert_eq!((places.len(), streams.count()), (STREAMS_MAX, STREAMS_MAX));
        assert_eq!(streams.open(client(0)).unwrap_err().code(), Code::Overloaded);
        places.clear();
        assert_eq!((streams.count(), streams.lock().len()), (0, 0), "what ended leaves nothing behind");
    }
}
