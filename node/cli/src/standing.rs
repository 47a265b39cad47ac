//! How one account stands: its bond and office, what it has locked and taken back, and the committee that decides.

use crate::{
    amounts::{credits, decimal, power_share, utc},
    node::deciding,
    table,
    user_error::UserError,
    words,
};
use dpgn_market::{CandidateTold, ElectionTold, StakesTold};
use dpgn_node::{control::Client, view::CouncilStatus};
use dpgn_protocol::{
    committee::Member,
    ids::AccountId,
    units::{Credits, Epoch, Height, Timestamp},
};
use serde::Serialize;

/// An account as a candidate, a voter and a coordinator.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Standing {
    account: AccountId,
    /// The epoch of the last block.
    epoch: Epoch,
    /// The last height of that epoch: after its block the committee changes.
    border: Height,
    /// Its line in the election; absent if it is neither a candidate nor in office.
    candidate: Option<CandidateTold>,
    /// What it has locked on others; absent if nothing.
    stakes: Option<StakesTold>,
    /// The coordinators in office, with their powers.
    committee: Vec<Member>,
    /// Which of them are in touch with this node; absent if it is none of them.
    council: Option<CouncilStatus>,
}

impl Standing {
    /// Asks a node how its own account stands.
    pub async fn ask(node: &mut Client) -> Result<Self, UserError> {
        let status = node.status().await?;
        let stakes = node.stakes(status.account).await?;
        Ok(Self::new(status.account, status.council, node.election().await?, stakes))
    }

    fn new(
        account: AccountId,
        council: Option<CouncilStatus>,
        election: ElectionTold,
        stakes: Option<StakesTold>,
    ) -> Self {
        let ElectionTold { epoch, border, candidates, .. } = election;
        let member = |c: &CandidateTold| c.power.map(|power| Member { account: c.account, power });
        let committee = candidates.iter().filter_map(member).collect();
        let candidate = candidates.into_iter().find(|candidate| candidate.account == account);
        Self { account, epoch, border, candidate, stakes, committee, council }
    }

    /// What the account has locked on a candidate, or as its own bond.
    pub fn locked(&self, candidate: AccountId) -> Credits {
        if candidate == self.account {
            return self.candidate.as_ref().map_or(Credits::ZERO, |own| own.bond);
        }
        let mut votes = self.stakes.iter().flat_map(|stakes| &stakes.votes);
        votes.find(|(on, _)| *on == candidate).map_or(Credits::ZERO, |(_, stake)| *stake)
    }

    /// The standing as people read it.
    pub fn text(&self) -> String {
        let mut text = table::pairs(&self.head());
        let total = self.total();
        let row = |member: &Member| {
            vec![member.account.to_string(), power_share(member.power, total), self.touch(member.account).to_owned()]
        };
        text.push_str(&table::columns(&["COORDINATOR", "POWER", "IN_TOUCH"], self.committee.iter().map(row)));
        let votes = self.stakes.as_ref().map_or(&[][..], |stakes| &stakes.votes);
        if !votes.is_empty() {
            let row = |(candidate, stake): &(AccountId, Credits)| vec![candidate.to_string(), decimal(*stake)];
            text.push_str(&table::columns(&["VOTE_FOR", "STAKE"], votes.iter().map(row)));
        }
        text
    }

    fn head(&self) -> Vec<(String, String)> {
        let mut head = vec![
            ("account", self.account.to_string()),
            ("epoch", format!("{}, up to block {}", self.epoch, self.border)),
            ("deciding", deciding(self.council.as_ref(), self.committee.len())),
        ];
        match &self.candidate {
            None => head.push(("candidate", "no: it has no bond".to_owned())),
            Some(own) => head.extend(self.candidacy(own)),
        }
        if let Some(stakes) = self.stakes.as_ref().filter(|stakes| stakes.unlocking > Credits::ZERO) {
            head.push(("stake taken back", format!("{}, {}", credits(stakes.unlocking), free(stakes.free_at))));
        }
        head.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn candidacy(&self, own: &CandidateTold) -> Vec<(&'static str, String)> {
        let office = match own.power {
            Some(power) => format!("in office, with {} of the power", power_share(power, self.total())),
            None => "not in office".to_owned(),
        };
        let expected = if own.expected.is_some() { "a seat" } else { "no seat" };
        let mut lines = vec![
            ("office", office),
            ("may be elected", words::candidacy(own.candidacy).to_owned()),
            ("if it ended now", format!("{expected}; `dpgn coordinator candidates` shows all")),
            ("bond", credits(own.bond)),
            ("stake of others", credits(own.stake)),
            ("counted", credits(own.counted)),
        ];
        if own.unbonding > Credits::ZERO {
            let free = free(own.free_at);
            lines.push(("bond taken back", format!("{}, {free}; until then it may be burned", credits(own.unbonding))));
        }
        lines
    }

    fn total(&self) -> u64 {
        self.committee.iter().fold(0, |sum, member| sum.saturating_add(member.power.get()))
    }

    fn touch(&self, member: AccountId) -> &'static str {
        match &self.council {
            _ if member == self.account => "this one",
            None => "unknown",
            Some(council) if council.in_touch.contains(&member) => "yes",
            Some(_) => "no",
        }
    }
}

/// When all that was taken back is free.
fn free(at: Option<(Epoch, Timestamp)>) -> String {
    match at {
        Some((epoch, time)) => {
            format!("free at the end of epoch {epoch}, or of the first later one that ends after {} UTC", utc(time))
        }
        None => "whose time begins when it has left office".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_market::Candidacy;
    use dpgn_protocol::units::Power;

    fn account(n: u8) -> AccountId {
        AccountId::from_bytes([n; 32])
    }

    /// Accounts 1 and 2 are in office, 3 only stands; the first has more power.
    fn standing(n: u8, council: Option<CouncilStatus>, stakes: Option<StakesTold>) -> Standing {
        let candidate = |n: u8, power: Option<u64>| CandidateTold {
            account: account(n),
            bond: Credits::new(10_000_000),
            stake: Credits::ZERO,
            counted: Credits::new(10_000_000),
            unbonding: Credits::new(2_000_000),
            free_at: power.is_none().then(|| (Epoch::new(11), Timestamp::new(1_700_000_000_000))),
            candidacy: Candidacy::Eligible,
            power: power.map(Power::new),
            expected: None,
        };
        let candidates = vec![candidate(1, Some(3)), candidate(2, Some(1)), candidate(3, None)];
        let election = ElectionTold {
            epoch: Epoch::new(7),
            border: Height::new(8_000),
            seats: 22,
            committee_min: 4,
            eligible: 3,
            incumbents_stay: true,
            candidates,
            halts: Vec::new(),
            rules: Vec::new(),
        };
        Standing::new(account(n), council, election, stakes)
    }

    #[test]
    fn a_member_sees_who_is_in_touch_and_nobody_else_can() {
        let council = CouncilStatus { in_touch: vec![account(1)], takes_part: true, signs: true, can_decide: false };
        let text = standing(1, Some(council), None).text();
        println!("{text}");
        let touch = |text: &str, n: u8| {
            let starts = account(n).to_string();
            text.lines().find(|line| line.starts_with(&starts)).unwrap().to_owned()
        };
        assert!(touch(&text, 1).ends_with("0.750  this one") && touch(&text, 2).ends_with("0.250  no"), "{text}");
        assert!(
            text.contains("in office, with 0.750 of the power") && text.contains("no, until more are back"),
            "{text}"
        );
        assert!(text.contains("2.000000 credits, whose time begins when it has left office"), "{text}");
        let text = standing(3, None, None).text();
        assert!(touch(&text, 1).ends_with("unknown") && text.contains("not in office"), "{text}");
        assert!(text.contains("free at the end of epoch 11, or of the first later one that ends after 2023-11-14"));
    }

    #[test]
    fn what_is_locked_is_the_own_bond_or_a_vote() {
        let votes = vec![(account(1), Credits::new(5))];
        let stakes = StakesTold { votes, unlocking: Credits::new(7), free_at: None };
        let own = standing(3, None, Some(stakes.clone()));
        let locked = [3, 1, 2].map(|n| own.locked(account(n)).get());
        assert_eq!(locked, [10_000_000, 5, 0]);
        let stranger = standing(9, None, Some(stakes));
        assert_eq!(stranger.locked(account(9)), Credits::ZERO);
        let text = stranger.text();
        assert!(
            text.contains("no: it has no bond") && text.contains("VOTE_FOR") && text.contains("0.000005"),
            "{text}"
        );
    }
}
