//! Turns: who proposes at a height and round.
//!
//! Smooth weighted round robin: in each slot every member gains its power as credit, the one with the most has the slot
//! and pays the total. So turns are as frequent as power is large, and they are spread out: whoever has half of the power
//! has two in a row at most. The table is a function of the committee alone, made once and never sent.

use crate::{committee::Committee, ids::AccountId, units::Height};
use std::cmp::Reverse;

/// The fewest slots of a table: a member with less than 1 / 64 of the power may have none.
const SLOTS_MIN: usize = 64;
/// Slots for each member: members of equal power have eight turns each.
const SLOTS_PER_MEMBER: usize = 8;

/// The turns of one committee: a table of slots that is gone through again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turns {
    /// Whoever has the first slot, and any that the table lacks: it lacks none.
    first: AccountId,
    slots: Vec<AccountId>,
}

impl Turns {
    /// Computes the table of a committee: at most 512 slots, since a committee has at most 64 members.
    pub fn new(committee: &Committee) -> Self {
        let total = i128::from(committee.total());
        let mut credits: Vec<_> = committee.members().iter().map(|member| (0_i128, member)).collect();
        let slots = SLOTS_MIN.max(credits.len() * SLOTS_PER_MEMBER);
        let next = |_| {
            for (credit, member) in &mut credits {
                *credit += i128::from(member.power.get());
            }
            // The most credit first; of equals the first by account, which is the order of members.
            let (_, (credit, member)) =
                credits.iter_mut().enumerate().max_by_key(|(place, (credit, _))| (*credit, Reverse(*place)))?;
            *credit -= total;
            Some(member.account)
        };
        let slots: Vec<_> = (0..slots).filter_map(next).collect();
        Self { first: slots.first().copied().unwrap_or(AccountId::from_bytes([0; 32])), slots }
    }

    /// The member that proposes at this height and round: each round has the next slot, and so has each height.
    pub fn proposer(&self, height: Height, round: u32) -> AccountId {
        let turn = u128::from(height.get()) + u128::from(round);
        let slot = usize::try_from(turn % (self.slots.len().max(1) as u128)).unwrap_or(0);
        self.slots.get(slot).copied().unwrap_or(self.first)
    }
}
