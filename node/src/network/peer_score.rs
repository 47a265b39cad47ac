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
/// The score, gossip's own included, at which a peer is banned.
pub(super) const BAN_SCORE: f64 = -100.0;
/// Points for slowness and silence stop here.
const SLACK_MIN: f64 = -50.0;

/// An offence of a peer on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offence {
    /// The peer said something it could have known to be false: banned after two.
    Lied,
    /// The peer sent what no correct program sends: banned after five, within minutes.
    Malformed,
    /// The peer let a request time out. Costs score, but never leads to a ban: a slow line is no lie.
    Unresponsive,
    /// The peer let a blob's stream stall. Costs score, but never leads to a ban.
    Stalled,
}

impl Offence {
    const fn points(self) -> f64 {
        match self {
            Self::Lied => -60.0,
            Self::Malformed => -25.0,
            Self::Unresponsive => -2.0,
            Self::Stalled => -5.0,
        }
    }

    /// Whether the peer could have known better: only such points count towards a ban.
    const fn is_guilt(self) -> bool {
        match self {
            Self::Lied | Self::Malformed => true,
            Self::Unresponsive | Self::Stalled => false,
        }
    }
}

/// The points of one peer at some time. They fade.
#[derive(Clone, Copy)]
struct Points {
    /// The points for faults that the peer could have known: at [`BAN_SCORE`] it is banned.
    guilt: f64,
    /// The points for being slow or silent: not below [`SLACK_MIN`].
    slack: f64,
    at: Instant,
}

impl Points {
    fn faded(self, now: Instant) -> Self {
        let s = now.saturating_duration_since(self.at).as_secs_f64();
        let left = 0.5_f64.powf(s / HALF_LIFE_S);
        Self { guilt: self.guilt * left, slack: self.slack * left, at: now }
    }

    fn sum(self) -> f64 {
        self.guilt + self.slack
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
        let mut points = self.faded(&peer, now);
        if offence.is_guilt() {
            points.guilt += offence.points();
        } else {
            points.slack = (points.slack + offence.points()).max(SLACK_MIN);
        }
        if self.points.len() >= REMEMBERED_MAX && !self.points.contains_key(&peer) {
            forget(&mut self.points, |points| -points.faded(now).sum());
        }
        self.points.insert(peer, points);
        points.sum()
    }

    /// The points that count towards a ban.
    pub(super) fn guilt(&self, peer: &PeerId, now: Instant) -> f64 {
        self.faded(peer, now).guilt
    }

    /// All points of a peer.
    pub(super) fn sum(&self, peer: &PeerId, now: Instant) -> f64 {
        self.faded(peer, now).sum()
    }

    fn faded(&self, peer: &PeerId, now: Instant) -> Points {
        self.points.get(peer).map_or(Points { guilt: 0.0, slack: 0.0, at: now }, |points| points.faded(now))
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

    /// Lifts bans that are over, returns their peers, and forgets faded points.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<PeerId> {
        self.points.retain(|_, points| points.faded(now).sum() < FORGOTTEN);
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
        assert_eq!(scores.count(peer, Offence::Unresponsive, start), -27.0);
        assert_eq!(scores.sum(&peer, start + Duration::from_secs(120)), -13.5);
        scores.count(peer, Offence::Lied, start);
        assert!(scores.guilt(&peer, start) > BAN_SCORE);
        scores.count(peer, Offence::Lied, start);
        assert!(scores.guilt(&peer, start) <= BAN_SCORE);
        scores.expire(start + Duration::from_secs(120 * 12));
        assert!(scores.points.is_empty());
    }

    #[test]
    fn silence_and_slowness_never_lead_to_a_ban() {
        let (mut scores, peer, start) = (PeerScores::default(), PeerId::random(), Instant::now());
        for _ in 0..10_000 {
            scores.count(peer, Offence::Unresponsive, start);
            scores.count(peer, Offence::Stalled, start);
        }
        println!("20,000 silences: {} points, {} of guilt", scores.sum(&peer, start), scores.guilt(&peer, start));
        assert_eq!((scores.sum(&peer, start), scores.guilt(&peer, start)), (SLACK_MIN, 0.0));
        scores.count(peer, Offence::Lied, start);
        assert!(scores.guilt(&peer, start) > BAN_SCORE, "one lie is not made two by being slow");
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
            scores.count(PeerId::random(), Offence::Unresponsive, start);
        }
        assert_eq!(scores.points.len(), REMEMBERED_MAX);
        assert_eq!(scores.sum(&bad, start), -60.0, "the worst is remembered longest");
    }
}
