//! The bookkeeper: looks on while blocks are applied again, and writes down what came to one account and what went.
//!
//! What is locked for a task is read from the task before and after each step, what was paid or burned from the events
//! of the step. What the two leave of the change of the balance belongs to the step itself: a fee, a transfer, a share
//! of the fees. So no movement is missing, and none is counted twice.

use super::{
    movement::{Movement, round_movement, stake_movement, task_of},
    statement::{Cause, Held, NoPay, OpKind, Statement, StatementLine, Sum, Unpaid},
};
use crate::{
    apply::{
        block::{Applied, BlockError, Body},
        event::Event,
        watch::{Step, Watch},
    },
    state::{award::Award, coins::sum, ledger::Ledger},
};
use dpgn_protocol::{
    ids::{AccountId, TaskId},
    ops::{Action, SignedOp},
    outcome::Outcome,
    units::{Credits, Height, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The number of unpaid awards that a statement names: the newest.
pub const UNPAID_MAX: usize = 256;

/// Writes one account's [`Statement`], block by block.
#[derive(Debug)]
pub struct Bookkeeper {
    account: AccountId,
    lines_max: usize,
    from: Height,
    opening: Held,
    free: Credits,
    /// The open tasks in which the account has a part.
    parts: BTreeMap<TaskId, Part>,
    /// The micro-credits that the account has locked for tickets.
    tickets: Credits,
    /// The micro-credits that the account has locked for elections, and that are not free yet.
    staked: Credits,
    /// The fee of the op that is being applied, and what its sponsor opens a newcomer's account with.
    charged: (Credits, Credits),
    lines: VecDeque<StatementLine>,
    left_out: u64,
    sums: BTreeMap<Cause, Sum>,
    unpaid: VecDeque<Unpaid>,
    unpaid_left_out: u64,
}

/// The part that the account has in an open task.
#[derive(Clone, Copy, Debug)]
struct Part {
    requester: AccountId,
    /// Prover and guarantor of the live award.
    award: Option<(AccountId, AccountId)>,
    /// The micro-credits of the account that are locked for the task.
    locked: Credits,
}

impl Part {
    fn of(ledger: &Ledger, id: TaskId, account: AccountId) -> Option<Self> {
        let task = ledger.open().get(&id)?;
        // The network pays for challenges out of its pools.
        let pays = task.requester == account && !task.is_challenge;
        let own = if pays { task.locked() } else { Credits::ZERO };
        let guaranteed = task.staked().filter(|award| award.guarantor == account);
        let sealed = task.sealed_stakes().filter(|(by, _)| *by == account).map(|(_, stake)| stake);
        let locked = sum([own, sum(guaranteed.map(Award::collateral)), sum(sealed)]);
        let award = task.stage.award().map(|award| (award.prover, award.guarantor));
        let takes_part = task.requester == account || award.is_some_and(|(a, b)| [a, b].contains(&account));
        (takes_part || locked > Credits::ZERO).then_some(Self { requester: task.requester, award, locked })
    }
}

impl Bookkeeper {
    /// Opens the books of an account before the next block. `lines_max` movements are kept, the newest.
    pub fn open(ledger: &Ledger, account: AccountId, lines_max: usize) -> Self {
        let part = |&id| Some((id, Part::of(ledger, id, account)?));
        let parts: BTreeMap<_, _> = ledger.open().keys().filter_map(part).collect();
        let free = ledger.balance(account);
        let tickets = sum(ledger.tickets_of(account).map(|(_, ticket)| ticket.collateral()));
        let staked = ledger.staked_by(account);
        let locked = sum(parts.values().map(|part| part.locked).chain([tickets, staked]));
        Self {
            account,
            lines_max,
            from: ledger.height().next(),
            opening: Held { free, locked },
            free,
            parts,
            tickets,
            staked,
            charged: (Credits::ZERO, Credits::ZERO),
            lines: VecDeque::new(),
            left_out: 0,
            sums: BTreeMap::new(),
            unpaid: VecDeque::new(),
            unpaid_left_out: 0,
        }
    }

    /// Closes the books after the last block.
    pub fn close(self, ledger: &Ledger) -> Statement {
        let locked = sum(self.parts.values().map(|part| part.locked).chain([self.tickets, self.staked]));
        Statement {
            account: self.account,
            from: self.from,
            to: ledger.height(),
            opening: self.opening,
            closing: Held { free: self.free, locked },
            lines: self.lines.into(),
            left_out: self.left_out,
            sums: self.sums.into_values().collect(),
            unpaid: self.unpaid.into(),
            unpaid_left_out: self.unpaid_left_out,
        }
    }

    fn write(&mut self, ledger: &Ledger, cause: Cause, movement: Movement) {
        let Movement { task, with, came, went, locked, unlocked } = movement;
        if [came, went, locked, unlocked] == [Credits::ZERO; 4] {
            return;
        }
        // All that an account ever had fits: no sum saturates.
        self.free = sum([self.free, came, unlocked]).saturating_sub(sum([went, locked]));
        let entry = self.sums.entry(cause.clone());
        let total = entry.or_insert(Sum { cause: cause.clone(), count: 0, came: Credits::ZERO, went: Credits::ZERO });
        (total.count, total.came, total.went) =
            (total.count.saturating_add(1), sum([total.came, came]), sum([total.went, went]));
        let (height, time): (Height, Timestamp) = (ledger.height(), ledger.time());
        let free = self.free;
        self.lines.push_back(StatementLine { height, time, cause, task, with, came, went, locked, unlocked, free });
        if self.lines.len() > self.lines_max {
            self.lines.pop_front();
            self.left_out = self.left_out.saturating_add(1);
        }
    }

    /// Writes down what a step did to the account's part in one task.
    fn write_task(&mut self, ledger: &Ledger, id: TaskId, events: &[Event]) {
        let (before, after) = (self.parts.remove(&id), Part::of(ledger, id, self.account));
        if before.is_none() && after.is_none() {
            return;
        }
        let (locked_in_round, unlocked_in_round) = self.write_round(ledger, id, before.or(after), events);
        let locked = |part: Option<Part>| part.map_or(Credits::ZERO, |part| part.locked);
        // What the round did not lock or free, the rest of the step did.
        let (was, is) = (sum([locked(before), locked_in_round]), sum([locked(after), unlocked_in_round]));
        let mut movement = Movement {
            task: Some(id),
            locked: is.saturating_sub(was),
            unlocked: was.saturating_sub(is),
            ..Movement::default()
        };
        let mut cause = None;
        for event in events.iter().filter(|event| task_of(event) == Some(id)) {
            let found = self.cause(ledger, event, before.or(after), &mut movement);
            // An award that ends may end its task: to the requester that says more, to its prover it says less.
            if cause.is_none() || before.is_some_and(|part| part.requester == self.account) {
                cause = found.or(cause);
            }
        }
        self.parts.extend(after.map(|part| (id, part)));
        self.write(ledger, cause.unwrap_or(Cause::Other), movement);
    }

    /// Writes down what a task's sealed round did to the account, each of its news by itself: a deposit has another cause
    /// than the award or the pay that comes in the same step. Returns what was locked and what is free again.
    fn write_round(&mut self, ledger: &Ledger, id: TaskId, part: Option<Part>, events: &[Event]) -> (Credits, Credits) {
        let with = part.map(|part| part.requester).filter(|requester| *requester != self.account);
        let (mut locked, mut unlocked) = (Credits::ZERO, Credits::ZERO);
        for event in events {
            let Event::Round { task, news } = event else { continue };
            let Some((cause, moved)) = round_movement(self.account, news).filter(|_| *task == id) else { continue };
            (locked, unlocked) = (sum([locked, moved.locked]), sum([unlocked, moved.unlocked]));
            self.write(ledger, cause, Movement { task: Some(id), with, ..moved });
        }
        (locked, unlocked)
    }

    /// What an event means for the account, if it means anything; what was paid or burned is added to the movement.
    fn cause(&mut self, ledger: &Ledger, event: &Event, part: Option<Part>, sums: &mut Movement) -> Option<Cause> {
        let part = part?;
        let own = self.account;
        let buys = part.requester == own;
        let other = |part: Part| if buys { part.award.map(|(prover, _)| prover) } else { Some(part.requester) };
        match event {
            Event::Opened { .. } => buys.then_some(Cause::Opened),
            Event::Awarded { .. } => {
                sums.with = Some(part.requester);
                // One that sealed an ask has locked the most that its award may stake; the rest is free again.
                let is_staked = [sums.locked, sums.unlocked].iter().any(|moved| *moved > Credits::ZERO);
                is_staked.then_some(Cause::Awarded)
            }
            Event::AwardEnded { task, prover, end, slashed } => {
                if *prover == own {
                    self.note_unpaid(ledger.height(), *task, NoPay::Ended(*end), (*slashed, Credits::ZERO));
                }
                let guarantees = part.award.is_some_and(|(_, guarantor)| guarantor == own);
                // What only two can see costs both the same.
                let shares = [guarantees, buys && end.is_unattributable()];
                shares.into_iter().filter(|pays| *pays).for_each(|_| sums.went = sum([sums.went, *slashed]));
                sums.with = other(part);
                shares.contains(&true).then_some(Cause::AwardEnded { end: *end })
            }
            Event::KeptLate { .. } => (sums.locked > Credits::ZERO).then_some(Cause::KeptLate),
            Event::Failed { fault, .. } => Some(Cause::Failed { fault: *fault }),
            Event::Cancelled { task, paid, .. } => {
                if buys {
                    sums.went = sum([sums.went, *paid]);
                }
                if part.award.is_some_and(|(prover, _)| prover == own) {
                    sums.came = sum([sums.came, *paid]);
                    self.note_unpaid(ledger.height(), *task, NoPay::Cancelled, (Credits::ZERO, *paid));
                }
                sums.with = other(part);
                Some(Cause::Cancelled)
            }
            Event::Settled(settlement) => {
                if settlement.requester == own {
                    sums.went = sum([sums.went, settlement.price]);
                }
                if settlement.prover == own {
                    sums.came = sum([sums.came, settlement.price]);
                }
                sums.with = Some(if buys { settlement.prover } else { settlement.requester });
                let is_paid_for = part.award.is_some_and(|(prover, guarantor)| [prover, guarantor].contains(&own));
                Some(match (buys, is_paid_for) {
                    (true, _) => Cause::Paid,
                    (false, true) => Cause::Earned,
                    (false, false) => Cause::Returned,
                })
            }
            Event::Round { .. }
            | Event::Registered { .. }
            | Event::Asked { .. }
            | Event::Withdrawn { .. }
            | Event::Started { .. }
            | Event::Delivered { .. }
            | Event::Reopened { .. }
            | Event::Raised { .. }
            | Event::Ticketed { .. }
            | Event::TicketReturned { .. }
            | Event::Stake(_)
            | Event::EpochEnded { .. } => None,
        }
    }

    /// Notes an award of the account that no proof is paid for; of too many the oldest is left out.
    fn note_unpaid(&mut self, height: Height, task: TaskId, why: NoPay, (slashed, paid): (Credits, Credits)) {
        self.unpaid.push_back(Unpaid { height, task, why, slashed, paid });
        if self.unpaid.len() > UNPAID_MAX {
            self.unpaid.pop_front();
            self.unpaid_left_out = self.unpaid_left_out.saturating_add(1);
        }
    }

    /// Writes down what was locked for a ticket of the account, or is free again.
    fn write_ticket(&mut self, ledger: &Ledger, event: &Event) {
        let own = self.account;
        if let Event::Ticketed { prover, guarantor, collateral: locked } = *event
            && guarantor == own
        {
            self.tickets = sum([self.tickets, locked]);
            let with = Some(prover).filter(|prover| *prover != own);
            self.write(ledger, Cause::Ticketed, Movement { with, locked, ..Movement::default() });
        }
        if let Event::TicketReturned { prover, guarantor, collateral: unlocked } = *event
            && guarantor == own
        {
            self.tickets = self.tickets.saturating_sub(unlocked);
            let with = Some(prover).filter(|prover| *prover != own);
            self.write(ledger, Cause::TicketReturned, Movement { with, unlocked, ..Movement::default() });
        }
    }

    /// Writes down what was locked for an election, is free again, or was burned.
    fn write_stake(&mut self, ledger: &Ledger, event: &Event) {
        let Event::Stake(news) = event else { return };
        if let Some((cause, movement)) = stake_movement(self.account, news) {
            self.staked = sum([self.staked, movement.locked]).saturating_sub(movement.unlocked);
            self.write(ledger, cause, movement);
        }
    }

    /// Writes down what a step did to the balance beside what it did to tasks.
    fn write_rest(&mut self, ledger: &Ledger, step: Step<'_>) {
        if let Step::Op(op, outcome) = step {
            self.write_op(ledger, op, outcome);
        }
        let now = ledger.balance(self.account);
        let (came, went) = (now.saturating_sub(self.free), self.free.saturating_sub(now));
        let is_forgotten = ledger.find_account(self.account).is_none();
        let cause = match step {
            _ if is_forgotten && went > Credits::ZERO => Cause::Forgotten,
            Step::Op(op, _) if op.payer() == self.account && went > Credits::ZERO => {
                Cause::Fee { op: OpKind::of(&op.op().action) }
            }
            Step::Epoch if came > Credits::ZERO => Cause::Committee,
            Step::Op(..) | Step::Windows | Step::Auction | Step::Draw | Step::Epoch => Cause::Other,
        };
        self.write(ledger, cause, Movement { came, went, ..Movement::default() });
    }

    /// Writes down what an op did to the balance, but for its fee.
    fn write_op(&mut self, ledger: &Ledger, op: &SignedOp, outcome: &Outcome) {
        let (own, by, payer) = (self.account, op.signer(), op.payer());
        let (_, opening) = std::mem::take(&mut self.charged);
        let is_applied = !matches!(outcome, Outcome::Refused(_));
        let transfer = if let (Action::Transfer { to, amount }, true) = (&op.op().action, is_applied) {
            Some((by, *to, *amount))
        } else {
            None
        };
        for (from, to, amount) in [Some((payer, by, opening)), transfer].into_iter().flatten() {
            if from == own && to != own {
                self.write(ledger, Cause::Sent, Movement { with: Some(to), went: amount, ..Movement::default() });
            }
            if to == own && from != own {
                self.write(ledger, Cause::Received, Movement { with: Some(from), came: amount, ..Movement::default() });
            }
        }
    }
}

impl Watch for Bookkeeper {
    fn op_begins(&mut self, before: &Ledger, op: &SignedOp) {
        self.charged = (before.fee(op), before.opening(op));
    }

    fn step_ends(&mut self, after: &Ledger, step: Step<'_>, events: &[Event]) {
        // A ticket is over before its challenge is awarded.
        events.iter().for_each(|event| self.write_ticket(after, event));
        events.iter().for_each(|event| self.write_stake(after, event));
        let tasks: BTreeSet<TaskId> = events.iter().filter_map(task_of).collect();
        for id in tasks {
            self.write_task(after, id, events);
        }
        self.write_rest(after, step);
    }
}

impl Ledger {
    /// Applies a block, or leaves the ledger as it was, while a bookkeeper writes down what it does to an account. The
    /// books of a block that was refused are worth nothing.
    pub fn apply_booked(&mut self, body: Body<'_>, books: &mut Bookkeeper) -> Result<Applied, BlockError> {
        self.apply_watched(body, books)
    }
}
