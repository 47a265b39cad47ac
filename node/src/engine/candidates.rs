//! Candidates: blocks that a proposer of this height has signed for, their bodies, and what was found about them.
//!
//! Only what a rightful proposer has signed is looked for and checked, and only a few blocks of each. A verdict on a block
//! is a function of block and parent. Time and the right to propose are none: they are looked at while nobody can show that
//! more than two thirds want the block, and what they hold back is no verdict but "not yet".

use super::validate::Valid;
use dpgn_protocol::{
    block::{Block, Certificate},
    ids::{AccountId, BlockHash},
    units::{Millis, Timestamp},
};
use std::collections::{BTreeMap, BTreeSet};

/// Blocks of one proposer that are remembered at one height: an honest one signs for one a round, and most heights take one.
/// A liar that signs for more pushes out its own.
const PLACES_MAX: usize = 4;
/// The pause before the next member is asked for a body.
const NEXT_SOURCE: Millis = Millis::new(300);
/// Checks of one block that may break off.
const CHECKS_MAX: usize = 2;
/// How far a block's time may lie ahead of this node's clock.
const DRIFT_MAX: Millis = Millis::new(500);

/// The blocks of one height.
#[derive(Default)]
pub(super) struct Candidates {
    known: BTreeMap<BlockHash, Candidate>,
    /// The last body of each member that no proposal has named yet: bodies and proposals may change places on their way.
    unclaimed: BTreeMap<AccountId, (BlockHash, Box<Block>)>,
    /// What the committee has decided; its body may still be on its way.
    agreed: Option<Certificate>,
    /// Blocks so far.
    arrivals: u64,
}

#[derive(Default)]
struct Candidate {
    body: Option<Box<Block>>,
    state: State,
    /// Whoever proposed it first; absent for a block of this node's own, or from its disk.
    by: Option<AccountId>,
    /// The order in which blocks came.
    place: u64,
    /// Whether more than two thirds have prevoted the block.
    has_polka: bool,
    /// Rounds in which it was proposed, and by whom, that wait for a verdict.
    questions: BTreeSet<(u32, AccountId)>,
    /// Checks that have broken off.
    broken: usize,
    /// When somebody was last asked for the body, and how often.
    asked: Option<Timestamp>,
    times: usize,
}

#[derive(Default)]
enum State {
    #[default]
    Unchecked,
    Checking,
    Good(Box<Valid>),
    Bad,
    /// Each check has broken off: there is no verdict, and will be none.
    Broken,
}

/// What is to be done about a candidate.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Ask this member for the body.
    Fetch { from: AccountId, block: BlockHash },
    /// Check the body.
    Check { block: BlockHash },
    /// Tell consensus what was found.
    Judged { round: u32, block: BlockHash, by: AccountId, valid: bool },
}

/// What has become of the block that the committee has decided.
pub(super) enum Agreed {
    /// Nothing is decided, or the body is not here, or not checked yet.
    Waiting,
    /// It may follow its parent.
    Good(Certificate, Box<Block>, Box<Valid>),
    /// The committee has decided what may not follow its parent here.
    Bad(Certificate),
    /// The committee has decided what cannot be checked here.
    Broken(Certificate),
}

impl Candidates {
    /// Notes a block of this node's own: it was applied as it was made.
    pub(super) fn own(&mut self, hash: BlockHash, block: Box<Block>, valid: Valid) {
        let candidate = self.place(hash);
        candidate.body = Some(block);
        candidate.state = State::Good(Box::new(valid));
    }

    /// Consensus wants a verdict on a block that this member has proposed in this round.
    pub(super) fn ask(&mut self, hash: BlockHash, round: u32, by: AccountId) {
        let claimed = self.unclaimed.get(&by).is_some_and(|(other, _)| *other == hash);
        let body = if claimed { self.unclaimed.remove(&by).map(|(_, body)| body) } else { None };
        if !self.known.contains_key(&hash) {
            self.make_room(by);
        }
        let candidate = self.place(hash);
        if candidate.questions.is_empty() && candidate.body.is_none() {
            candidate.by = Some(by);
        }
        candidate.questions.insert((round, by));
        if candidate.body.is_none() {
            candidate.body = body;
        }
    }

    /// A whole body has come from a member, or from this node's own disk.
    pub(super) fn body(&mut self, from: AccountId, hash: BlockHash, block: Box<Block>) {
        match self.known.get_mut(&hash) {
            Some(candidate) => drop(candidate.body.get_or_insert(block)),
            None => drop(self.unclaimed.insert(from, (hash, block))),
        }
    }

    /// A body from this node's disk: it was a candidate before the restart.
    pub(super) fn recall(&mut self, hash: BlockHash, block: Box<Block>) {
        self.place(hash).body = Some(block);
    }

    /// More than two thirds have prevoted this block.
    pub(super) fn polka(&mut self, hash: BlockHash) {
        self.place(hash).has_polka = true;
    }

    /// The committee has decided.
    pub(super) fn agree(&mut self, certificate: Certificate) {
        self.place(certificate.block).has_polka = true;
        self.agreed = Some(certificate);
    }

    /// A check has ended; none for what may not follow its parent.
    pub(super) fn checked(&mut self, hash: BlockHash, valid: Option<Box<Valid>>) {
        if let Some(candidate) = self.known.get_mut(&hash) {
            candidate.state = valid.map_or(State::Bad, State::Good);
        }
    }

    /// A check has broken off: it is tried once more, and if that breaks off too there is no verdict, so no vote.
    pub(super) fn unchecked(&mut self, hash: BlockHash) {
        if let Some(candidate) = self.known.get_mut(&hash) {
            candidate.broken += 1;
            candidate.state = if candidate.broken < CHECKS_MAX { State::Unchecked } else { State::Broken };
        }
    }

    /// The body of a candidate, if it is here.
    pub(super) fn get(&self, hash: BlockHash) -> Option<&Block> {
        self.known.get(&hash)?.body.as_deref()
    }

    /// The decided block, once it can be applied.
    pub(super) fn take_agreed(&mut self) -> Agreed {
        let Some(certificate) = &self.agreed else { return Agreed::Waiting };
        let Some(candidate) = self.known.get_mut(&certificate.block) else { return Agreed::Waiting };
        match candidate.state {
            State::Bad => return self.agreed.take().map_or(Agreed::Waiting, Agreed::Bad),
            State::Broken => return self.agreed.take().map_or(Agreed::Waiting, Agreed::Broken),
            State::Unchecked | State::Checking | State::Good(_) => {}
        }
        match (std::mem::take(&mut candidate.state), candidate.body.take()) {
            (State::Good(valid), Some(body)) => match self.agreed.take() {
                Some(certificate) => Agreed::Good(certificate, body, valid),
                None => Agreed::Waiting,
            },
            (state, body) => {
                (candidate.state, candidate.body) = (state, body);
                Agreed::Waiting
            }
        }
    }

    /// All that is due now; members are asked for missing bodies in turn, the proposer first.
    pub(super) fn due(&mut self, now: Timestamp, own: AccountId, members: &[AccountId]) -> Vec<Step> {
        let (mut steps, agreed) = (Vec::new(), self.agreed.as_ref().map(|certificate| certificate.block));
        let others: Vec<AccountId> = members.iter().copied().filter(|member| *member != own).collect();
        for (&block, candidate) in &mut self.known {
            let Some(body) = &candidate.body else {
                let is_wanted = !candidate.questions.is_empty() || agreed == Some(block);
                if is_wanted && candidate.asked.is_none_or(|at| now >= at.after(NEXT_SOURCE)) {
                    steps.extend(candidate.source(&others).map(|from| Step::Fetch { from, block }));
                    (candidate.asked, candidate.times) = (Some(now), candidate.times + 1);
                }
                continue;
            };
            match &candidate.state {
                State::Unchecked if !candidate.questions.is_empty() || agreed == Some(block) => {
                    candidate.state = State::Checking;
                    steps.push(Step::Check { block });
                }
                State::Unchecked | State::Checking | State::Broken => {}
                State::Bad => {
                    let all = std::mem::take(&mut candidate.questions);
                    steps.extend(all.into_iter().map(|(round, by)| Step::Judged { round, block, by, valid: false }));
                }
                State::Good(_) => {
                    let header = &body.header;
                    let is_in_time = header.time <= now.after(DRIFT_MAX);
                    let may_answer =
                        |(_, by): &(u32, AccountId)| candidate.has_polka || (is_in_time && header.proposer == *by);
                    let (answered, waiting) =
                        std::mem::take(&mut candidate.questions).into_iter().partition(may_answer);
                    let answered: BTreeSet<(u32, AccountId)> = answered;
                    candidate.questions = waiting;
                    steps.extend(answered.into_iter().map(|(round, by)| Step::Judged {
                        round,
                        block,
                        by,
                        valid: true,
                    }));
                }
            }
        }
        steps
    }

    /// Makes room for one more block of a proposer: of those that nobody else wants, its oldest gives way.
    fn make_room(&mut self, by: AccountId) {
        let of_it = self.known.iter().filter(|(_, c)| c.by == Some(by) && !c.has_polka);
        let oldest = of_it.clone().min_by_key(|(_, candidate)| candidate.place).map(|(hash, _)| *hash);
        if let Some(oldest) = oldest.filter(|_| of_it.count() >= PLACES_MAX) {
            self.known.remove(&oldest);
        }
    }

    fn place(&mut self, hash: BlockHash) -> &mut Candidate {
        self.arrivals += 1;
        let place = self.arrivals;
        self.known.entry(hash).or_insert_with(|| Candidate { place, ..Candidate::default() })
    }
}

impl Candidate {
    /// The member to ask for the body now: whoever proposed it, then the others in turn.
    fn source(&self, others: &[AccountId]) -> Option<AccountId> {
        let by = self.questions.last().map(|(_, by)| *by).filter(|by| others.contains(by));
        match (self.times, by) {
            (0, Some(by)) => Some(by),
            (times, _) => others.get(times.checked_rem(others.len())?).copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample_block;

    const OWN: AccountId = AccountId::from_bytes([1; 32]);
    const OTHER: AccountId = AccountId::from_bytes([2; 32]);
    const THIRD: AccountId = AccountId::from_bytes([3; 32]);
    const MEMBERS: [AccountId; 3] = [OWN, OTHER, THIRD];

    fn at(ms: u64) -> Timestamp {
        Timestamp::new(1_000_000 + ms)
    }

    /// A block of another member's, made at this time.
    fn block(by: AccountId, time: Timestamp) -> (BlockHash, Box<Block>) {
        let mut block = sample_block(1).block;
        (block.header.proposer, block.header.time) = (by, time);
        (block.header.hash().unwrap(), Box::new(block))
    }

    /// The candidate was found good.
    fn find_good(candidates: &mut Candidates, hash: BlockHash) {
        candidates.known.get_mut(&hash).unwrap().state = State::Unchecked;
        let checks = candidates.due(at(0), OWN, &MEMBERS);
        assert_eq!(checks, [Step::Check { block: hash }]);
        candidates.known.get_mut(&hash).unwrap().state = State::Good(Box::new(valid()));
    }

    fn valid() -> Valid {
        use crate::genesis_file::new_network;
        use dpgn_market::{Body, Ledger};
        use dpgn_protocol::genesis::Params;
        let genesis = new_network("test", &[OWN], &[OWN], Params::default()).unwrap();
        let ledger = Ledger::new(&genesis).unwrap();
        let (parent, time) = (BlockHash::from_bytes([0; 32]), genesis.time.after(Millis::new(1)));
        let draft = ledger.propose(Body { parent, time, proposer: OWN, last_commit: None, ops: &[] }).unwrap();
        Valid { ledger: std::sync::Arc::new(draft.next), applied: draft.applied, ops: Vec::new() }
    }

    #[test]
    fn a_missing_body_is_asked_of_its_proposer_and_then_of_the_others() {
        let (mut candidates, (hash, body)) = (Candidates::default(), block(OTHER, at(0)));
        candidates.ask(hash, 0, OTHER);
        let fetch = |from| vec![Step::Fetch { from, block: hash }];
        assert_eq!(candidates.due(at(0), OWN, &MEMBERS), fetch(OTHER));
        assert_eq!(candidates.due(at(100), OWN, &MEMBERS), [], "not at every tick");
        assert_eq!(candidates.due(at(300), OWN, &MEMBERS), fetch(THIRD));
        candidates.body(THIRD, hash, body);
        assert_eq!(candidates.due(at(301), OWN, &MEMBERS), [Step::Check { block: hash }]);
    }

    #[test]
    fn a_body_may_come_before_its_proposal() {
        let (mut candidates, (hash, body)) = (Candidates::default(), block(OTHER, at(0)));
        candidates.body(OTHER, hash, body);
        assert_eq!(candidates.due(at(0), OWN, &MEMBERS), [], "nobody has asked about it");
        candidates.ask(hash, 0, OTHER);
        assert_eq!(candidates.due(at(0), OWN, &MEMBERS), [Step::Check { block: hash }]);
    }

    /// A proposer dates its block into the future, or proposes another's: no answer, and none that says "invalid".
    #[test]
    fn time_and_the_right_to_propose_hold_back_and_do_not_condemn() {
        for (by, ahead) in [(OTHER, 501), (THIRD, 0)] {
            let (mut candidates, (hash, body)) = (Candidates::default(), block(OTHER, at(ahead)));
            candidates.body(by, hash, body);
            candidates.ask(hash, 3, by);
            find_good(&mut candidates, hash);
            assert_eq!(candidates.due(at(0), OWN, &MEMBERS), [], "not yet");
            candidates.polka(hash);
            let valid = Step::Judged { round: 3, block: hash, by, valid: true };
            assert_eq!(candidates.due(at(0), OWN, &MEMBERS), [valid]);
        }
    }

    /// A check that panicked left its block in the check for ever: no vote, and no word when it was decided.
    #[test]
    fn a_check_that_breaks_off_is_tried_once_more_and_is_no_verdict() {
        let (mut candidates, (hash, body)) = (Candidates::default(), block(OTHER, at(0)));
        candidates.body(OTHER, hash, body);
        candidates.ask(hash, 0, OTHER);
        let check = Step::Check { block: hash };
        assert_eq!(candidates.due(at(0), OWN, &MEMBERS), [check]);
        candidates.unchecked(hash);
        assert_eq!(candidates.due(at(1), OWN, &MEMBERS), [Step::Check { block: hash }], "once more");
        candidates.unchecked(hash);
        assert_eq!(candidates.due(at(2), OWN, &MEMBERS), [], "neither a check nor a verdict");
        let Block { header, .. } = candidates.get(hash).unwrap().clone();
        assert!(matches!(candidates.take_agreed(), Agreed::Waiting));
        candidates.agree(Certificate { height: header.height, round: 0, block: hash, votes: Default::default() });
        assert_eq!(candidates.due(at(3), OWN, &MEMBERS), []);
        assert!(matches!(candidates.take_agreed(), Agreed::Broken(certificate) if certificate.block == hash));
    }

    /// A liar signs for one block after the other: few are remembered, and neither this node's own nor one that others
    /// want gives way.
    #[test]
    fn many_proposals_push_out_no_block_that_matters() {
        let mut candidates = Candidates::default();
        let ((own, body), (wanted, _)) = (block(OWN, at(1)), block(THIRD, at(2)));
        candidates.own(own, body, valid());
        candidates.polka(wanted);
        for n in 0..1_000 {
            candidates.ask(block(OTHER, at(10 + n)).0, n as u32, OTHER);
        }
        println!("1,000 proposals of a liar: {} blocks are remembered", candidates.known.len());
        assert_eq!(candidates.known.len(), PLACES_MAX + 2);
        assert!(candidates.known.contains_key(&own) && candidates.known.contains_key(&wanted));
    }
}
