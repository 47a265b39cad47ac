//! Peer scores: the offences of peers on the wire, and the bans that follow from them.
//!
//! Points are never positive and fade with time. They are only about conduct on the wire; the ledger's
//! reputation is something else.

use libp2p::PeerId;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Points are halved in this time.
const HALF_LIFE_S: f64 = 120.0;
/// Peers remembered, and bans kept: the mildest, and the soonest over, are forgotten first.
const REMEMBERED_MAX: usize = 4_096;
/// Points this close to none are forgotten.
const FORGOTTEN: f64 = -0.5;
/// At this score, gossip's own included, a peer is banned.
pub(super) const BAN_SCORE: f64 = -100.0;

/// An offence of a peer on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// It said something it could have known to be false: banned after two.
    Lied,
    /// It sent what no correct program sends: banned after five, within minutes.
    Malformed,
    /// It spoke above its rate: one message of it.
    Flooded,
    /// It let a stream stall or a request time out.
    Unresponsive,
}

impl Offence {
    const fn points(self) -> f64 {
        match self {
            Self::Lied => -60.0,
            Self::Malformed => -25.0,
            Self::Flooded => -1.0,
            Self::Unresponsive => -2.0,
        }
    }
}

struct Points {
    value: f64,
    at: Instant,
}

impl Points {
    fn now(&self, now: Instant) -> f64 {
        let s = now.saturating_duration_since(self.at).as_secs_f64();
        self.value * 0.5_f64.powf(s / HALF_LIFE_S)
    }
}

/// The points and bans of all peers.
#[derive(Default)]
pub(super) struct PeerScores {
    points: HashMap<PeerId, Points>,
    bans: HashMap<PeerId, Instant>,
}

impl PeerScores {
    /// Counts a offence; says how the peer stands now.
    pub(super) fn count(&mut self, peer: PeerId, offence: Offence, now: Instant) -> f64 {
        let value = self.points(&peer, now) + offence.points();
        if self.points.len() >= REMEMBERED_MAX && !self.points.contains_key(&peer) {
            forget(&mut self.points, |points| -points.now(now));
        }
        self.points.insert(peer, Points { value, at: now });
        value
    }

    pub(super) fn points(&self, peer: &PeerId, now: Instant) -> f64 {
        self.points.get(peer).map_or(0.0, |points| points.now(now))
    }

    pub(super) fn is_banned(&self, peer: &PeerId) -> bool {
        self.bans.contains_key(peer)
    }

    /// Bans a peer until then. Says who is free instead, where there were too many.
    pub(super) fn ban(&mut self, peer: PeerId, now: Instant, lasts: Duration) -> Option<PeerId> {
        self.points.remove(&peer);
        let full = self.bans.len() >= REMEMBERED_MAX && !self.bans.contains_key(&peer);
        let freed =
            full.then(|| forget(&mut self.bans, |until| until.saturating_duration_since(now).as_secs_f64())).flatten();
        self.bans.insert(peer, now + lasts);
        freed
    }

    /// Those whose ban is over; and forgets faded points.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<PeerId> {
        self.points.retain(|_, points| points.now(now) < FORGOTTEN);
        self.bans.extract_if(|_, until| *until <= now).map(|(peer, _)| peer).collect()
    }
}

/// Removes the entry of least weight.
fn forget<T>(map: &mut HashMap<PeerId, T>, weight: impl Fn(&T) -> f64) -> Option<PeerId> {
    let least = map.iter().min_by(|a, b| weight(a.1).total_cmp(&weight(b.1))).map(|(peer, _)| *peer)?;
    map.remove(&least);
    Some(least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_add_up_and_fade() {
        let (mut scores, peer, start) = (PeerScores::default(), PeerId::random(), Instant::now());
        assert_eq!(scores.count(peer, Offence::Malformed, start), -25.0);
        assert_eq!(scores.count(peer, Offence::Flooded, start), -26.0);
        assert_eq!(scores.points(&peer, start + Duration::from_secs(120)), -13.0);
        assert!(scores.count(peer, Offence::Lied, start) > BAN_SCORE);
        assert!(scores.count(peer, Offence::Lied, start) <= BAN_SCORE);
        scores.expire(start + Duration::from_secs(120 * 12));
        assert!(scores.points.is_empty());
    }

    #[test]
    fn bans_end_and_are_bounded() {
        let (mut scores, peer, start) = (PeerScores::default(), PeerId::random(), Instant::now());
        let lasts = Duration::from_secs(60);
        assert_eq!(scores.ban(peer, start, lasts), None);
        assert!(scores.is_banned(&peer));
        assert!(scores.expire(start + lasts / 2).is_empty());
        for _ in 1..REMEMBERED_MAX {
            assert_eq!(scores.ban(PeerId::random(), start, 2 * lasts), None);
        }
        assert_eq!(scores.ban(PeerId::random(), start, lasts), Some(peer), "the soonest over makes room");
        assert_eq!(scores.expire(start + lasts).len(), 1);
    }

    #[test]
    fn remembered_offences_are_bounded() {
        let (mut scores, start) = (PeerScores::default(), Instant::now());
        let bad = PeerId::random();
        scores.count(bad, Offence::Lied, start);
        for _ in 0..2 * REMEMBERED_MAX {
            scores.count(PeerId::random(), Offence::Flooded, start);
        }
        assert_eq!(scores.points.len(), REMEMBERED_MAX);
        assert_eq!(scores.points(&bad, start), -60.0, "the worst is remembered longest");
    }
}
