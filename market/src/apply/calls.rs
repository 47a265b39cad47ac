//! Calls: asks that have changed call the bids that sleep, one after the other in the order of service.
//!
//! Each call names the next bid in one room that an ask may be able to serve, as far as bounds tell. An auction takes the
//! earliest call of all, judges it by the rules, and lets the ask call on. So an ask that has nobody to serve costs a
//! search or two, and one that has costs a search for each award.

use crate::{
    rules::{eligibility::Shares, shelving::Offered},
    state::{
        ledger::Ledger,
        shelf::{BuilderKey, Place},
        waiting::{Room, Turn},
    },
};
use dpgn_protocol::{
    ids::AccountId,
    ops::Ask,
    units::{Degree, Level},
};
use std::collections::BTreeSet;

/// The next bid in a room that an ask may be able to serve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Call {
    turn: Turn,
    room: Room,
    pub(super) prover: AccountId,
}

/// All calls that wait to be answered, and who made them.
#[derive(Default)]
pub(super) struct Calls {
    waiting: BTreeSet<Call>,
    /// The provers that call in this auction.
    pub(super) callers: Vec<AccountId>,
}

impl Calls {
    /// The turn of the earliest call.
    pub(super) fn first(&self) -> Option<Turn> {
        self.waiting.first().map(|call| call.turn)
    }

    /// Takes the calls for one turn, if they are the earliest.
    pub(super) fn take(&mut self, turn: Turn) -> Vec<Call> {
        let mut taken = Vec::new();
        while let Some(call) = self.waiting.first().copied().filter(|call| call.turn == turn) {
            self.waiting.remove(&call);
            taken.push(call);
        }
        taken
    }
}

impl Ledger {
    /// The first calls of all asks that have changed since the bids here fell asleep.
    pub(super) fn first_calls(&mut self, shares: &Shares) -> Calls {
        self.find_fresh();
        let mut calls = Calls::default();
        let fresh: Vec<AccountId> = self.book.shelves.fresh().collect();
        for prover in fresh {
            let rooms = match self.book.get(prover) {
                // It counts from the next block, and calls then.
                Some(standing) if !standing.counts_at(self.height()) => continue,
                Some(standing) => self.rooms_for(prover, &standing.ask),
                None => Vec::new(),
            };
            self.book.shelves.is_known(prover);
            self.book.shelves.forget_short(prover);
            calls.callers.push(prover);
            rooms.into_iter().for_each(|room| self.call(&mut calls, prover, room, None, shares));
        }
        calls
    }

    /// Has those asks call again that lacked collateral, and have enough by another going rate.
    fn find_fresh(&mut self) {
        let Some(before) = self.book.shelves.take_rated() else { return };
        let mut fresh: Vec<AccountId> = self.book.shelves.short().collect();
        fresh.extend(self.waiting.open_places().flat_map(|place| self.relieved_at(&place, &before)));
        fresh.into_iter().for_each(|prover| self.book.shelves.refresh(prover));
    }

    /// Lets an ask call on.
    pub(super) fn call_on(&mut self, calls: &mut Calls, call: Call, shares: &Shares) {
        self.call(calls, call.prover, call.room, Some(call.turn), shares);
    }

    /// Enters the first call of an ask in a room after a turn. One that has no more room or collateral for any award, or
    /// has had its share of the block, is silent: it has changed when it can call again.
    fn call(&mut self, calls: &mut Calls, prover: AccountId, room: Room, after: Option<Turn>, shares: &Shares) {
        let can_take = |offered: &Offered| offered.has_room() && shares.check(prover).is_ok();
        let Some(offered) = self.offer(&room.place, prover).filter(can_take) else { return };
        let reach = self.reach(&room.place, &offered);
        if let Some(turn) = self.waiting.first(&room, after, &reach) {
            calls.waiting.insert(Call { turn, room, prover });
        } else if self.waiting.first(&room, None, &reach.unlimited()).is_some() {
            let guarantor = offered.guarantor();
            self.book.shelves.note_lack(guarantor, self.balance(guarantor));
            if room.prover.is_some() {
                self.book.shelves.note_short(prover);
            }
        }
    }

    /// The rooms with bids that an ask may serve: it costs no more than the ask names, or than there are rooms.
    fn rooms_for(&self, prover: AccountId, ask: &Ask) -> Vec<Room> {
        let degrees = || (Degree::MIN.get()..=ask.degree_max.get()).filter_map(|degree| Degree::new(degree).ok());
        let named = ask.offers.len() * ask.builders.len() * degrees().count();
        let open: BTreeSet<Place> = if self.waiting.open_len() <= named {
            self.waiting.open_places().filter(|place| self.book.sells(prover, place)).collect()
        } else {
            let builders: Vec<BuilderKey> = ask.builders.iter().map(BuilderKey::of).collect();
            let levels: Vec<Level> = ask.offers.iter().map(|offer| offer.level).collect();
            let sizes = levels.iter().flat_map(|&level| degrees().map(move |degree| (level, degree)));
            let all =
                sizes.flat_map(|(level, degree)| builders.iter().map(move |&builder| Place { level, degree, builder }));
            all.filter(|place| self.waiting.is_open(place)).collect()
        };
        let own = self.waiting.own_places(prover).filter(|place| self.book.sells(prover, place));
        let own = own.map(|place| Room { prover: Some(prover), place });
        open.into_iter().map(|place| Room { prover: None, place }).chain(own).collect()
    }
}
