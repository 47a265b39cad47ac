//! Rising: the reward of a bid that nobody asked low enough for goes up by a step.
//!
//! Once per block at most, before its auction: the lower reward has found nobody. Whoever wins is paid what it asked, so a
//! rise lets more asks in and makes none dearer. Each rise is an auction, which its bid has paid for; and a block has room
//! for so many, the first ones due first, so that none is late because of a crowd.
//!
//! A reward stands still while somebody asks low enough who is busy: a rise would buy from the next who asks more what the
//! first would do for less, a little later. It is looked at again after an idle interval, in which blocks come anyway: the
//! busy one holds an award. An ask that lacks anything but room holds no reward back, or asks that nobody means would; and
//! nobody can see whether a busy one means to serve anybody, so a bid waits for it no longer than all its rises take.

use super::event::Event;
use crate::{
    rules::{auction::Found, eligibility::Shares},
    state::{inconsistent::Inconsistent, ledger::Ledger, shelf::Place, task::Task},
};
use dpgn_protocol::{
    ids::TaskId,
    units::{Credits, Timestamp},
};

/// The rises of one block, with those that are held back.
const BLOCK_RISES_MAX: usize = 128;

/// When somebody serves a bid for the reward as it is.
#[derive(Clone, Copy)]
enum Asked {
    /// In this block.
    Now,
    /// Once it holds one award less.
    Later,
    /// Not at all.
    Never,
}

impl Ledger {
    /// Lets the rewards rise whose time has come, unless somebody asks low enough for them.
    pub(crate) fn raise_rewards(&mut self, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let now: Timestamp = self.time();
        let due = self.schedule.rises().take_while(|(at, _)| *at < now).take(BLOCK_RISES_MAX);
        let due: Vec<TaskId> = due.map(|(_, id)| id).collect();
        for id in due {
            let (asked, again) = (self.who_asks_low_enough(id)?, now.after(self.params.idle_interval));
            let reward: Option<Credits> = self.change(id, |_, task| {
                let is_put_off = match asked {
                    Asked::Now => {
                        task.put_rise_off(again);
                        true
                    }
                    Asked::Later => task.wait_for_busy(again),
                    Asked::Never => false,
                };
                if !is_put_off {
                    task.raise(now);
                }
                Ok::<_, Inconsistent>((!is_put_off).then_some(task.bid.reward))
            })?;
            events.extend(reward.map(|reward| Event::Raised { task: id, reward }));
        }
        Ok(())
    }

    /// Finds whether an ask serves a bid for its reward as it is: in this block, or if it held one award less.
    fn who_asks_low_enough(&mut self, id: TaskId) -> Result<Asked, Inconsistent> {
        let task: &Task = self.open().get(&id).ok_or(Inconsistent::NotOpen(id))?;
        let (place, is_open) = (Place::of_task(task), task.bid.allow.is_empty());
        self.shelve(Some(place).filter(|_| is_open));
        let task: &Task = self.open().get(&id).ok_or(Inconsistent::NotOpen(id))?;
        let now = self.rank(task, &Shares::default());
        let is_served = now.ranking.best.is_some();
        let (lacks_room, later) = if is_served { (false, Found::default()) } else { self.lacks_room(task) };
        [now.lack, later.lack].into_iter().for_each(|lack| self.learn(&place, lack));
        Ok(match (is_served, lacks_room) {
            (true, _) => Asked::Now,
            (false, true) => Asked::Later,
            (false, false) => Asked::Never,
        })
    }
}
