//! Streams of events stay open: so many in all, and so many for one client.

use crate::{
    client::Client,
    places::{Place, Places, Taken},
    problem::{Code, Problem},
};
use std::sync::Arc;

/// Streams that may be open: half of the connections, so that requests always find one.
const STREAMS_MAX: usize = 512;
/// Streams that one client may have open.
const EACH_MAX: usize = 64;
/// Seconds after which there may be a place.
const ROOM_SECONDS: u32 = 5;

/// The streams that are open.
#[derive(Debug)]
pub(crate) struct Streams(Arc<Places>);

impl Default for Streams {
    fn default() -> Self {
        Self(Arc::new(Places::new(STREAMS_MAX, EACH_MAX)))
    }
}

impl Streams {
    /// Takes a place for a stream of a client.
    pub(crate) fn open(&self, client: Client) -> Result<Place, Problem> {
        self.0.take(client, 1).map_err(|taken| {
            let (code, detail) = match taken {
                Taken::Own => (Code::RateLimited, format!("{EACH_MAX} streams of this client are open")),
                Taken::All => (Code::Overloaded, format!("{STREAMS_MAX} streams are open")),
            };
            Problem::new(code, detail).retry_after(ROOM_SECONDS)
        })
    }

    /// The number of streams that are open.
    pub(crate) fn count(&self) -> usize {
        self.0.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_client_keeps_no_other_from_listening() {
        let streams = Streams::default();
        let client = |n: u32| Client::at(std::net::Ipv4Addr::from_bits(n).into());
        let mut places: Vec<Place> = (0..EACH_MAX).map(|_| streams.open(client(1)).unwrap()).collect();
        assert_eq!(streams.open(client(1)).unwrap_err().code(), Code::RateLimited);
        places.extend((2..).map_while(|n| streams.open(client(n)).ok()).take(STREAMS_MAX));
        assert_eq!((places.len(), streams.count()), (STREAMS_MAX, STREAMS_MAX));
        assert_eq!(streams.open(client(0)).unwrap_err().code(), Code::Overloaded);
        places.clear();
        assert_eq!(streams.count(), 0, "what ended leaves nothing behind");
    }
}
