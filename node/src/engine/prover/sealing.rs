//! Sealed rounds: a prover commits to the price of its ask while prices are sealed, and opens it when the time has come.
//!
//! The winner is paid by the second score, so the honest price is the best one to name. A sealed ask that is not opened
//! loses its deposit: its price is on disk before anybody hears of it, and the salt follows from key, task and price, so a
//! prover that was restarted opens what it had sealed.

use super::Prover;
use crate::engine::{Context, effect::DiskEffect, record::SealRecord};
use dpgn_market::{Event, Phase, RoundNews, Task};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    ops::Action,
    sealed::{commitment, salt},
    units::{Credits, Height},
};
use std::collections::BTreeMap;

/// Rounds that are looked at for each block: those whose phase ends first.
const ROUNDS_MAX: usize = 256;
/// What sealed asks lock of a prover's credits is at most one part of so many: awards need collateral too, and whoever puts
/// up rounds and takes them back could lock all of it.
const PARTS: u64 = 2;

/// The sealed asks of this node.
pub(super) struct Seals {
    /// Whether this prover takes part in rounds.
    are_wanted: bool,
    /// The prices that were sealed, or are to be, by task.
    prices: BTreeMap<TaskId, Credits>,
    /// The block after which rounds were looked at last.
    looked: Option<Height>,
}

impl Seals {
    pub(super) fn new(are_wanted: bool, records: Vec<SealRecord>) -> Self {
        let prices = records.into_iter().map(|record| (record.task, record.price)).collect();
        Self { are_wanted, prices, looked: None }
    }

    /// Takes part in no more rounds; what is sealed is still opened.
    pub(super) fn leave(&mut self) {
        self.are_wanted = false;
    }
}

impl Prover {
    /// Does what the rounds ask for: opens what is to be opened, forgets what is over, and seals what may be sealed.
    pub(super) fn take_part_in_rounds(&mut self, ctx: &mut Context<'_>) {
        let of_own: Vec<TaskId> = self.seals.prices.keys().copied().collect();
        for task in of_own {
            match ctx.task(task).map(|view| part_in(ctx, view)) {
                Some(Part::Open) => self.open_seal(ctx, task),
                Some(Part::Wait) => {}
                Some(Part::Over) | None => {
                    self.seals.prices.remove(&task);
                    ctx.effect(DiskEffect::ForgetSeal(task));
                }
            }
        }
        if self.seals.are_wanted && ctx.in_touch && self.seals.looked != Some(ctx.head.height) {
            self.seals.looked = Some(ctx.head.height);
            self.seal_all(ctx);
        }
    }

    /// Tells the owner of deposits that are lost.
    pub(in crate::engine) fn tell_of_deposits(own: AccountId, events: &[Event]) {
        for event in events {
            if let Event::Round { task, news: RoundNews::Lost { prover, deposit, .. } } = event
                && *prover == own
            {
                tracing::warn!(%task, %deposit, "the deposit of a sealed ask is lost: not opened, or won and not delivered");
            }
        }
    }

    /// The micro-credits that more sealed asks may lock.
    fn left_to_lock(&self, ctx: &Context<'_>) -> Credits {
        let own = ctx.own();
        let locks = |task: &TaskId| Some(ctx.task(*task)?.round.as_ref()?.asks.get(&own)?.locks_of(own));
        let locked = self.seals.prices.keys().filter_map(locks).fold(Credits::ZERO, Credits::saturating_add);
        let free = ctx.ledger.account(own).map_or(Credits::ZERO, |account| account.balance);
        Credits::new(free.saturating_add(locked).get() / PARTS).saturating_sub(locked)
    }

    fn open_seal(&self, ctx: &mut Context<'_>, task: TaskId) {
        let Some(&price) = self.seals.prices.get(&task) else { return };
        if !ctx.outbox.any(|a| matches!(a, Action::Open { task: other, .. } if *other == task)) {
            let salt = salt(ctx.keys(), task, price);
            ctx.outbox.submit(ctx.now, ctx.ledger, Action::Open { task, price, salt });
        }
    }

    /// Seals an ask in each round that this prover's standing ask could serve.
    fn seal_all(&mut self, ctx: &mut Context<'_>) {
        let (own, ledger) = (ctx.own(), ctx.ledger);
        let mut left = self.left_to_lock(ctx);
        for (task, _) in ledger.rounds().take(ROUNDS_MAX) {
            let is_sent = || ctx.outbox.any(|a| matches!(a, Action::Seal { task: other, .. } if *other == task));
            let Some(ask) = ledger.sealable(task, own, ctx.now.max(ledger.time())).filter(|_| !is_sent()) else {
                continue;
            };
            let rest = left.checked_sub(ask.locks).filter(|_| ask.at_stake <= self.terms.ask().collateral_max);
            let Some(rest) = rest else { continue };
            left = rest;
            // What was sealed once and never heard of keeps its price.
            let price = *self.seals.prices.entry(task).or_insert(ask.price);
            ctx.effect(DiskEffect::SaveSeal(SealRecord { task, price }));
            let commitment = commitment(task, own, price, &salt(ctx.keys(), task, price));
            match ctx.outbox.offer(ctx.now, ledger, vec![Action::Seal { task, commitment }]) {
                Ok(_) => tracing::info!(%task, "takes part in a sealed round"),
                // An account that cannot pay this deposit is unlikely to be able to pay the next.
                Err(reason) => return tracing::debug!(%task, %reason, "takes no part in a sealed round"),
            }
        }
    }
}

/// The part of this node in a task's round.
enum Part {
    /// To open its ask.
    Open,
    /// To wait until prices are opened.
    Wait,
    /// Nothing is left to be done.
    Over,
}

fn part_in(ctx: &Context<'_>, task: &Task) -> Part {
    let Some(round) = task.round.as_deref() else { return Part::Over };
    let is_unopened = || round.asks.get(&ctx.own()).is_some_and(|ask| ask.price.is_none());
    match round.phase {
        Phase::Sealing(_) => Part::Wait,
        Phase::Opening(_) if is_unopened() => Part::Open,
        Phase::Opening(_) | Phase::Decided | Phase::Over => Part::Over,
    }
}
