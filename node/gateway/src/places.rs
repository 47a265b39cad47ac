//! Places: how much of something clients hold at once, all together and each of them. A place is given back when it is dropped.

use crate::client::Client;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What clients hold of something that there is so much of.
#[derive(Debug)]
pub(crate) struct Places {
    all_max: usize,
    each_max: usize,
    held: Mutex<BTreeMap<Client, usize>>,
}

/// What one client holds, until it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Arc<Places>,
    client: Client,
    count: usize,
}

/// Why a client is given nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It holds as much as one client may.
    Own,
    /// All clients together hold as much as there is.
    All,
}

impl Places {
    /// So much for all clients together, and so much of it for each.
    pub(crate) fn new(all_max: usize, each_max: usize) -> Self {
        Self { all_max, each_max, held: Mutex::default() }
    }

    /// Gives a client so much more, if there is as much.
    pub(crate) fn take(self: &Arc<Self>, client: Client, count: usize) -> Result<Place, Taken> {
        let mut held = self.lock();
        let (all, own) = (held.values().sum::<usize>(), held.get(&client).copied().unwrap_or_default());
        if own.saturating_add(count) > self.each_max {
            return Err(Taken::Own);
        }
        if all.saturating_add(count) > self.all_max {
            return Err(Taken::All);
        }
        held.insert(client, own + count);
        Ok(Place { places: self.clone(), client, count })
    }

    /// Likewise for somebody who may hold all that there is.
    pub(crate) fn take_any(self: &Arc<Self>, client: Client, count: usize) -> Result<Place, Taken> {
        let mut held = self.lock();
        if held.values().sum::<usize>().saturating_add(count) > self.all_max {
            return Err(Taken::All);
        }
        *held.entry(client).or_default() += count;
        Ok(Place { places: self.clone(), client, count })
    }

    /// How much is held.
    pub(crate) fn count(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Client, usize>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.lock();
        match held.get_mut(&self.client) {
            Some(count) if *count > self.count => *count -= self.count,
            Some(_) | None => drop(held.remove(&self.client)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u32) -> Client {
        Client::at(std::net::Ipv4Addr::from_bits(n).into())
    }

    #[test]
    fn one_client_takes_its_part_and_all_together_the_whole() {
        let places = Arc::new(Places::new(100, 30));
        let mut held: Vec<Place> = (0..30).map(|_| places.take(client(1), 1).unwrap()).collect();
        assert_eq!(places.take(client(1), 1).unwrap_err(), Taken::Own);
        held.extend((2..).map_while(|n| places.take(client(n), 1).ok()).take(100));
        assert_eq!((held.len(), places.count()), (100, 100));
        assert_eq!(places.take(client(0), 1).unwrap_err(), Taken::All);
        held.clear();
        assert_eq!((places.count(), places.lock().len()), (0, 0), "what ended leaves nothing behind");
    }

    #[test]
    fn what_is_large_takes_more() {
        let places = Arc::new(Places::new(100, 60));
        let half = places.take(client(1), 50).unwrap();
        assert_eq!(places.take(client(1), 11).unwrap_err(), Taken::Own);
        let rest = places.take(client(1), 10).unwrap();
        assert_eq!(places.take(client(2), 41).unwrap_err(), Taken::All);
        drop(half);
        assert_eq!(places.count(), 10);
        assert_eq!(places.take_any(client(1), 91).unwrap_err(), Taken::All);
        let all = places.take_any(client(1), 90).unwrap();
        drop((rest, all));
        assert_eq!(places.lock().len(), 0);
        assert_eq!(places.take(client(1), usize::MAX).unwrap_err(), Taken::Own);
    }
}
