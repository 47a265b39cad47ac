//! Tenure: what is known of the committee in office beside who it is, and how far back evidence counts.

use super::attendance::Attendance;
use dpgn_protocol::{
    committee::Committee,
    genesis::Params,
    ids::AccountId,
    units::{Epoch, Height, Millis, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The marks that are set while stake is unlocked, by each of its two times.
const MARKS: u64 = 16;

/// The committee's time in office.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tenure {
    /// The committee that has decided the last block: of the first block in an epoch still the one before.
    deciders: Committee,
    /// Who was there since the committee took office.
    attendance: Attendance,
    /// Some borders between epochs and their times, enough to tell what is older than what is being unlocked.
    marks: BTreeMap<Height, Timestamp>,
}

impl Tenure {
    /// The tenure of the first committee.
    pub(super) fn new(committee: &Committee) -> Self {
        Self { deciders: committee.clone(), attendance: Attendance::of(committee), marks: BTreeMap::new() }
    }

    /// Notes a block of the committee in office, and who has voted for the block below if this committee has decided it.
    pub(crate) fn note_block(&mut self, committee: &Committee, proposer: AccountId, voters: Option<&[AccountId]>) {
        if let Some(voters) = voters {
            self.attendance.note(committee, proposer, voters);
        }
        if self.deciders != *committee {
            self.deciders = committee.clone();
        }
    }

    /// Begins with the attendance of a committee that takes office, or goes on.
    pub(super) fn take_office(&mut self, next: &Committee) {
        self.attendance = Attendance::of(next);
    }

    /// The committee that has decided the last block.
    pub(crate) fn deciders(&self) -> &Committee {
        &self.deciders
    }

    /// The members that were absent in this epoch.
    pub(crate) fn absent(&self, committee: &Committee) -> BTreeSet<AccountId> {
        self.attendance.absent(committee)
    }

    /// Marks the last height of an epoch, and forgets marks that say nothing any more. Few are kept: one counts for what came
    /// up to a sixteenth of either time after it.
    pub(crate) fn mark(&mut self, height: Height, time: Timestamp, params: &Params) {
        let apart = Millis::new(params.unlock_time.get() / MARKS);
        let epochs_apart = params.unlock_epochs / MARKS;
        let epoch = height.epoch(params.epoch_blocks);
        let is_near = self.marks.last_key_value().is_some_and(|(last, at)| {
            let epochs = epoch.get().saturating_sub(last.epoch(params.epoch_blocks).get());
            time.since(*at) < apart || epochs < epochs_apart
        });
        if !is_near {
            self.marks.insert(height, time);
        }
        if let Some(oldest) = self.evidence_floor(epoch, time, params) {
            self.marks.retain(|height, _| *height >= oldest);
        }
    }

    /// The last height whose words are no evidence any more, in an epoch and at a time: what was taken back when it was
    /// decided is free. `None` while there is none.
    pub(crate) fn evidence_floor(&self, epoch: Epoch, now: Timestamp, params: &Params) -> Option<Height> {
        let is_over = |(height, at): &(&Height, &Timestamp)| {
            let epochs = epoch.get().saturating_sub(height.epoch(params.epoch_blocks).get());
            epochs >= params.unlock_epochs && now.since(**at) >= params.unlock_time
        };
        self.marks.iter().rev().find(is_over).map(|(height, _)| *height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{committee::Member, units::Power};

    #[test]
    fn a_few_marks_tell_what_is_too_old() {
        let member = Member { account: AccountId::from_bytes([1; 32]), power: Power::new(1) };
        let mut tenure = Tenure::new(&Committee::new(vec![member]).unwrap());
        let (mut most, mut latest) = (0, Millis::new(0));
        for (epochs, time_ms, epoch_ms) in [(4, 259_200_000, 200_000), (1_000, 1_000, 50), (1, 0, 1)] {
            let params = Params {
                unlock_epochs: epochs,
                unlock_time: Millis::new(time_ms),
                epoch_blocks: 10,
                ..Params::default()
            };
            let mut times = BTreeMap::new();
            tenure.marks.clear();
            for border in 1..=5_000 {
                let (height, now) = (Height::new(border * 10), Timestamp::new(border * epoch_ms));
                times.insert(height, now);
                tenure.mark(height, now, &params);
                most = most.max(tenure.marks.len());
                if let Some(floor) = tenure.evidence_floor(height.epoch(10), now, &params) {
                    let age = now.since(times[&floor]);
                    assert!(age >= params.unlock_time && (height.get() - floor.get()) / 10 >= epochs);
                    let least = params.unlock_time.max(Millis::new(epochs * epoch_ms));
                    latest = latest.max(Millis::new(age.get() * 1_000 / least.get().max(1)));
                }
            }
        }
        println!("{most} marks at most; evidence counts for {} thousandths of the longer time", latest.get());
        assert!(most <= 40 && latest.get() <= 2_100, "{most} {latest}");
    }
}
