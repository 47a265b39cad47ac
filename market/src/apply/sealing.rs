//! Sealed rounds: how asks are taken, opened and decided, and what becomes of the deposits.
//!
//! | what becomes of a sealed ask | its deposit |
//! |---|---|
//! | another takes its place while asks are sealed | goes back |
//! | it is not opened | is burned |
//! | it has won, and its award ends by its prover's doing | is burned |
//! | another has won and starts | goes back |
//! | it has won and is paid, the committee does not agree on its proof, the round is over, or the task ends | goes back |
//!
//! The collateral that is locked beside a deposit goes back with it, or becomes that of the award.
//!
//! So an ask binds from its commitment until somebody has started, and the one that wins until it is paid; nobody can
//! choose among several names by what the others have opened. A decline that only two can see ends the round: a requester in league with a prover could use one
//! to get rid of an ask that it finds too low for little. The bid goes to the standing asks then, as if there had been no
//! round.
//!
//! What must never happen: a bid that waits for its round when nobody can end it.

use super::event::{Event, RoundNews};
use crate::state::{
    award::{AwardEnd, Terms, Window},
    clock::Moment,
    inconsistent::Inconsistent,
    ledger::Ledger,
    round::{Phase, Round, SealedAsk, Seat},
    task::Task,
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    ops::SealedRound,
    units::{Credits, Millis},
};

/// A sealed ask that is to be taken up.
pub(super) struct NewSeal {
    pub(super) prover: AccountId,
    pub(super) payer: AccountId,
    pub(super) commitment: [u8; 32],
    pub(super) deposit: Credits,
    /// What the ask keeps to serve the bid.
    pub(super) seat: Seat,
    /// The prover whose sealed ask gives way.
    pub(super) displaced: Option<AccountId>,
}

fn tell(events: &mut Vec<Event>, task: TaskId, news: RoundNews) {
    events.push(Event::Round { task, news });
}

impl Ledger {
    /// Takes a sealed ask up, with its deposit and its collateral.
    pub(super) fn seal(&mut self, id: TaskId, new: NewSeal, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let NewSeal { prover, payer, commitment, deposit, seat, displaced } = new;
        let Seat { guarantor, terms: Terms { collateral, .. }, .. } = seat;
        let at = self.time();
        self.change_round(id, |ledger, round| {
            if let Some(weakest) = displaced {
                ledger.give_deposit_back(id, round, weakest, events);
                round.asks.remove(&weakest);
            }
            let coins = (ledger.take(payer, deposit)?, ledger.take(guarantor, collateral)?);
            round.asks.insert(prover, SealedAsk::new((commitment, payer, at), seat, coins));
            tell(events, id, RoundNews::Sealed { prover, payer, deposit, guarantor, collateral });
            Ok(())
        })
    }

    /// Opens a sealed ask. The last one to be opened decides the round.
    pub(super) fn open_seal(
        &mut self,
        id: TaskId,
        prover: AccountId,
        price: Credits,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        self.change_round(id, |_, round| {
            if let Some(sealed) = round.asks.get_mut(&prover) {
                sealed.price = Some(price);
            }
            if round.is_all_opened() {
                round.phase = Phase::Decided;
            }
            tell(events, id, RoundNews::Opened { prover, price });
            Ok(())
        })
    }

    /// Ends the phases of rounds whose time was over before the cutoff.
    pub(super) fn close_rounds(&mut self, cutoff: Moment, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let closed: Vec<_> = self.schedule.rounds().take_while(|(closes, _)| *closes < cutoff).collect();
        for (_, id) in closed {
            let task = self.open().get(&id).ok_or(Inconsistent::NotOpen(id))?;
            let open = task.bid.sealed.map_or(Millis::new(0), |SealedRound { open, .. }| open);
            let Some((phase, asks)) = task.round.as_ref().map(|round| (round.phase, round.asks.len())) else {
                continue;
            };
            match phase {
                Phase::Sealing(_) if asks == 0 => self.end_round(id, events)?,
                Phase::Sealing(_) => self.begin_opening(id, open, events)?,
                Phase::Opening(_) => self.decide_round(id, events)?,
                Phase::Decided | Phase::Over => {}
            }
        }
        Ok(())
    }

    /// From here on prices are opened, and no ask is sealed any more. The time counts from here, however long the first
    /// phase took to close.
    fn begin_opening(&mut self, id: TaskId, open: Millis, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let closes = self.clock.now().after(open);
        let open_by = self.clock.wall(closes);
        self.change_round(id, |_, round| {
            round.phase = Phase::Opening(closes);
            tell(events, id, RoundNews::Opening { open_by });
            Ok(())
        })
    }

    /// The time for opening is over: who has not opened loses its deposit.
    fn decide_round(&mut self, id: TaskId, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        self.change_round(id, |ledger, round| {
            let silent = round.asks.iter().filter(|(_, sealed)| sealed.price.is_none());
            let silent: Vec<AccountId> = silent.map(|(prover, _)| *prover).collect();
            silent.into_iter().for_each(|prover| ledger.burn_deposit(id, round, prover, events));
            round.phase = Phase::Decided;
            Ok(())
        })
    }

    /// Awards the tasks whose rounds are decided; returns the number of awards.
    pub(super) fn award_rounds(&mut self, events: &mut Vec<Event>) -> Result<u32, Inconsistent> {
        let decided: Vec<TaskId> =
            (0..self.params.block_awards_max).zip(self.schedule.decided()).map(|(_, id)| id).collect();
        let mut awards = 0;
        for id in decided {
            // No more than are decided, which is no more than 32 bits hold.
            awards += u32::from(self.award_round(id, events)?);
        }
        Ok(awards)
    }

    /// Awards a task to the best opened ask of its round, or ends the round; whether there was an award.
    fn award_round(&mut self, id: TaskId, events: &mut Vec<Event>) -> Result<bool, Inconsistent> {
        let task = self.open().get(&id).ok_or(Inconsistent::NotOpen(id))?;
        let ranking = self.rank_sealed(task);
        let Some(best) = ranking.best else {
            self.end_round(id, events)?;
            return Ok(false);
        };
        // What was locked for the award is what it is taken from.
        let guarantor = self.change_round(id, |ledger, round| {
            let sealed = round.asks.get_mut(&best.prover).ok_or(Inconsistent::NoAsk(best.prover))?;
            ledger.give(sealed.seat.guarantor, sealed.take_collateral());
            Ok(sealed.seat.guarantor)
        })?;
        let task = self.open().get(&id).ok_or(Inconsistent::NotOpen(id))?;
        let decision = self.decide(task, guarantor, best, ranking.second);
        self.assign(id, decision, events)?;
        Ok(true)
    }

    /// What the end of an award means for the round that it came from.
    pub(super) fn go_on_with_round(
        &mut self,
        id: TaskId,
        prover: AccountId,
        end: AwardEnd,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        if !self.open().get(&id).is_some_and(Task::is_in_round) {
            return Ok(());
        }
        if end.is_unattributable() {
            return self.end_round(id, events);
        }
        let is_nobody_s = end == AwardEnd::Missed(Window::Verdict);
        self.change_round(id, |ledger, round| {
            if is_nobody_s {
                ledger.give_deposit_back(id, round, prover, events);
            } else {
                ledger.burn_deposit(id, round, prover, events);
            }
            Ok(())
        })
    }

    /// The winner of a round has started: nobody else is bound any more.
    pub(super) fn release_others(
        &mut self,
        id: TaskId,
        winner: AccountId,
        events: &mut Vec<Event>,
    ) -> Result<(), Inconsistent> {
        if self.open().get(&id).is_none_or(|task| task.sealed_stakes().next().is_none()) {
            return Ok(());
        }
        self.change_round(id, |ledger, round| {
            let others: Vec<AccountId> = round.asks.keys().copied().filter(|prover| *prover != winner).collect();
            others.into_iter().for_each(|prover| ledger.give_deposit_back(id, round, prover, events));
            Ok(())
        })
    }

    /// Gives up a round: its bid goes to the standing asks.
    fn end_round(&mut self, id: TaskId, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        self.change(id, |ledger, task| {
            ledger.give_deposits_back(id, task, events);
            if let Some(round) = &mut task.round {
                round.phase = Phase::Over;
            }
            tell(events, id, RoundNews::Over);
            Ok::<_, Inconsistent>(())
        })
    }

    /// Gives all deposits of a task's round back.
    pub(super) fn give_deposits_back(&mut self, id: TaskId, task: &mut Task, events: &mut Vec<Event>) {
        let Some(round) = &mut task.round else { return };
        let provers: Vec<AccountId> = round.asks.keys().copied().collect();
        provers.into_iter().for_each(|prover| self.give_deposit_back(id, round, prover, events));
    }

    fn give_deposit_back(&mut self, id: TaskId, round: &mut Round, prover: AccountId, events: &mut Vec<Event>) {
        let Some(sealed) = round.asks.get_mut(&prover) else { return };
        let (payer, deposit, guarantor) = (sealed.payer, sealed.deposit(), sealed.seat.guarantor);
        let collateral = sealed.collateral();
        self.give(guarantor, sealed.take_collateral());
        if deposit > Credits::ZERO {
            self.give(payer, sealed.take_deposit());
            tell(events, id, RoundNews::Returned { prover, payer, deposit, guarantor, collateral });
        }
    }

    fn burn_deposit(&mut self, id: TaskId, round: &mut Round, prover: AccountId, events: &mut Vec<Event>) {
        let Some(sealed) = round.asks.get_mut(&prover) else { return };
        let (payer, deposit, guarantor) = (sealed.payer, sealed.deposit(), sealed.seat.guarantor);
        let collateral = sealed.collateral();
        self.give(guarantor, sealed.take_collateral());
        if deposit > Credits::ZERO {
            self.pools.burn(sealed.take_deposit());
            tell(events, id, RoundNews::Lost { prover, payer, deposit, guarantor, collateral });
        }
    }

    fn change_round<R>(
        &mut self,
        id: TaskId,
        change: impl FnOnce(&mut Self, &mut Round) -> Result<R, Inconsistent>,
    ) -> Result<R, Inconsistent> {
        self.change(id, |ledger, task| {
            let mut round = task.round.take().ok_or(Inconsistent::NotOpen(id))?;
            let result = change(ledger, &mut round);
            task.round = Some(round);
            result
        })
    }
}
