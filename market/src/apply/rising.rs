//! Rising: the reward of a bid that nobody asked low enough for goes up by a step.
//!
//! Once per block at most, before its auction: the lower reward has found nobody. A bid that has an award, or had one
//! that came to nothing, waits for the whole time between two rises again. The time is that of windows: no proposer alone
//! makes it pass, and standstill does not count. Whoever wins is paid what it asked, so a rise lets more asks in and
//! makes none dearer.

use super::event::Event;
use crate::state::{inconsistent::Inconsistent, ledger::Ledger};
use dpgn_protocol::{ids::TaskId, units::Credits};

impl Ledger {
    /// Lets the rewards rise whose time has come.
    pub(crate) fn raise_rewards(&mut self, events: &mut Vec<Event>) -> Result<(), Inconsistent> {
        let Some(cutoff) = self.clock.cutoff(&self.committee) else { return Ok(()) };
        let due: Vec<TaskId> = self.schedule.rises().take_while(|(at, _)| *at < cutoff).map(|(_, id)| id).collect();
        for id in due {
            let reward: Credits = self.change(id, |ledger, task| {
                task.rise(ledger.clock.now());
                Ok::<_, Inconsistent>(task.bid.reward)
            })?;
            events.push(Event::Raised { task: id, reward });
        }
        Ok(())
    }
}
