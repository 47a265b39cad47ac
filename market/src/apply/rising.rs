//! Rising: the reward of a bid that nobody asked low enough for goes up by a step.
//!
//! Once per block at most, before its auction: the lower reward has found nobody. Whoever wins is paid what it asked, so a
//! rise lets more asks in and makes none dearer. Each rise is an auction, which its bid has paid for; and a block has room
//! for so many, the first ones due first, so that none is late because of a crowd.

use super::event::Event;
use crate::state::{inconsistent::Inconsistent, ledger::Ledger};
use dpgn_protocol::{
    ids::TaskId,
    units::{Credits, Timestamp},
};

/// The rises of one block.
const BLOCK_RISES_MAX: usize = 128;

impl Ledger {
    /// Lets the rewards rise whose time has come.
    pub(crate) fn raise_rewards(&mut self, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let now: Timestamp = self.time();
        let due = self.schedule.rises().take_while(|(at, _)| *at < now).take(BLOCK_RISES_MAX);
        let due: Vec<TaskId> = due.map(|(_, id)| id).collect();
        for id in due {
            let reward: Credits = self.change(id, |_, task| {
                task.raise(now);
                Ok::<_, Inconsistent>(task.bid.reward)
            })?;
            events.push(Event::Raised { task: id, reward });
        }
        Ok(())
    }
}
