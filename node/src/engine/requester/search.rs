//! The search for a paid proof: on disk, then with its prover, then with one coordinator after the other.

use dpgn_market::Ledger;
use dpgn_protocol::{
    ids::AccountId,
    units::{Millis, Timestamp},
};

/// The pause between two rounds of a search.
const NEXT_ROUND: Millis = Millis::from_secs(2);
/// The time that a peer may take to answer before the next is asked.
const ANSWER: Millis = Millis::from_secs(30);
/// The time that checking a proof here may take before it is begun anew.
const CHECK: Millis = Millis::from_secs(60);

/// A place where a proof may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// This node's own disk may have it.
    Disk,
    /// A peer may have it.
    Peer(AccountId),
}

/// The state of a search. One place is asked at a time.
#[derive(Default)]
pub(super) struct Search {
    /// The number of places that have been asked in this round.
    asked: usize,
    /// The time until which the last one may answer, or there is a pause.
    wait: Timestamp,
}

impl Search {
    /// The next place to look in, if it is time.
    pub(super) fn next(&mut self, now: Timestamp, ledger: &Ledger, own: AccountId, prover: AccountId) -> Option<Place> {
        if now < self.wait {
            return None;
        }
        let members = ledger.committee().members().iter().map(|member| member.account);
        let peers = [prover].into_iter().chain(members.filter(|member| *member != prover));
        let peers = peers.filter(|peer| *peer != own).map(Place::Peer);
        let Some(place) = [Place::Disk].into_iter().chain(peers).nth(self.asked) else {
            (self.asked, self.wait) = (0, now.after(NEXT_ROUND));
            return None;
        };
        self.asked += 1;
        self.wait = match place {
            Place::Disk => now.after(CHECK),
            Place::Peer(_) => now.after(ANSWER),
        };
        Some(place)
    }

    /// The proof has come and is being checked.
    pub(super) fn checks(&mut self, now: Timestamp) {
        self.wait = now.after(CHECK);
    }

    /// Takes note that the proof was not there, or could not be checked: the next place may be asked.
    pub(super) fn failed(&mut self, now: Timestamp) {
        self.wait = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesis_file::new_network;
    use dpgn_protocol::{
        committee::{Committee, Member},
        genesis::Params,
        units::Power,
    };

    fn account(n: u8) -> AccountId {
        AccountId::from_bytes([n; 32])
    }

    /// A ledger under a committee of 22.
    fn ledger() -> Ledger {
        let members = (1..=22).map(|n| Member { account: account(n), power: Power::new(1) }).collect();
        let mut genesis = new_network("test", &[account(1)], &[account(1)], Params::default()).unwrap();
        genesis.committee = Committee::new(members).unwrap();
        Ledger::new(&genesis).unwrap()
    }

    #[test]
    fn one_place_is_asked_at_a_time_and_the_prover_first() {
        let (ledger, own, prover) = (ledger(), account(100), account(200));
        let (mut search, begin) = (Search::default(), Timestamp::new(1_000_000));
        let mut now = begin;
        assert_eq!(search.next(now, &ledger, own, prover), Some(Place::Disk));
        assert_eq!(search.next(now.after(NEXT_ROUND), &ledger, own, prover), None, "the disk has not answered");
        search.failed(now);
        assert_eq!(search.next(now, &ledger, own, prover), Some(Place::Peer(prover)));
        let mut asked = 1;
        while now < begin.after(Millis::from_secs(25)) {
            now = now.after(Millis::new(50));
            asked += u32::from(search.next(now, &ledger, own, prover).is_some());
        }
        println!("22 coordinators, an answer that takes 25 s: {asked} peer was asked for 150 KB, where all were");
        assert_eq!(asked, 1);
        let mut places = Vec::new();
        for _ in 0..22 {
            search.failed(now);
            places.extend(search.next(now, &ledger, own, prover));
        }
        assert_eq!(places, (1..=22).map(|n| Place::Peer(account(n))).collect::<Vec<_>>());
        search.failed(now);
        assert_eq!(search.next(now, &ledger, own, prover), None, "a pause, and then from the beginning");
        assert_eq!(search.next(now.after(NEXT_ROUND), &ledger, own, prover), Some(Place::Disk));
    }
}
