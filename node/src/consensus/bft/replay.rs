//! The start of a height, and of one that this node was in before it stopped: the log is fed again.
//!
//! While the log is replayed, the engine derives this node's own words once more. What it derives is compared with the log
//! before it is said: a difference is an error, not a second signature.

use super::{
    Bft, BftError, Output, Record,
    context::{Address, At, Ctx, Seats},
    convert, machine,
};
use arc_malachitebft_core_consensus::{Input as EngineInput, Params, State, ThresholdParams};
use arc_malachitebft_core_types::{ValuePayload, VoteExtensionPolicy};
use dpgn_protocol::{
    committee::Committee,
    council::{CheckedWord, Proposal, Word},
    sign::Signed,
    units::Height,
};

/// Inputs that the engine keeps for later: none. It would keep them unverified.
const ENGINE_QUEUE: usize = 1;

impl Bft {
    pub(super) fn start(&mut self, height: Height, committee: Committee, log: Vec<Record>) -> Result<(), BftError> {
        let last = self.hands.height;
        if height <= last {
            return Err(BftError::Backwards { got: height, last });
        }
        // What comes late for the height below still counts as presence.
        if let Some(decision) = self.hands.decision.take() {
            self.parent = Some(decision);
        }
        self.parent = self.parent.take().filter(|decision| decision.height.next() == height);
        self.is_member = committee.power(self.hands.own.account).is_some();
        let seats = Seats::new(committee);
        self.hands.move_to(height, seats.clone());
        self.voters.clear();
        self.polkas.clear();
        self.judged.clear();
        let early = self.early.take();
        if !self.is_member {
            self.hands.outputs.push(Output::CancelAll);
            return Ok(());
        }
        self.begin(height, seats, log)?;
        for word in early.into_iter().filter(|word| word.height() == height) {
            self.heard(word)?;
        }
        Ok(())
    }

    fn begin(&mut self, height: Height, seats: Seats, log: Vec<Record>) -> Result<(), BftError> {
        let me = self.hands.own.account;
        let state = self.engine.get_or_insert_with(|| {
            let params = Params {
                address: Address(me),
                threshold_params: ThresholdParams::default(),
                value_payload: ValuePayload::ProposalAndParts,
                enabled: true,
            };
            State::new(Ctx, At(height), seats.clone(), params, ENGINE_QUEUE, ENGINE_QUEUE)
        });
        let start = |replays| EngineInput::StartHeight(At(height), seats, replays, None, VoteExtensionPolicy::Disabled);
        if log.is_empty() {
            return self.feed(start(false));
        }
        let mut entries = Vec::with_capacity(log.len());
        let mut proposals = Vec::new();
        for record in log {
            entries.push(self.hands.recall(record, &mut proposals)?);
        }
        // Whatever was said before was said for a reason.
        self.hands.armed = true;
        // Before the start: what that derives is compared with the log as well.
        state.index_wal_entries(entries.iter());
        self.feed(start(true))?;
        for entry in entries {
            if self.hands.decision.is_some() {
                break;
            }
            self.feed(entry)?;
        }
        self.resume(height, &proposals);
        Ok(())
    }

    /// Goes on where the log ends: asks again what was not answered, and says again what may not have been heard.
    fn resume(&mut self, height: Height, proposals: &[Signed<Proposal>]) {
        self.hands.replaying = None;
        if let Some(state) = &mut self.engine {
            state.reset_entries_index();
        }
        for proposal in proposals {
            self.want(proposal);
        }
        if let Some(round) = self.owed() {
            self.hands.outputs.push(Output::GetValue { height, round });
        }
        if let (Some((_, block, word)), None) = (&self.hands.proposed, &self.hands.decision) {
            let (body, word) = (Output::SendBody { height, block: *block }, Output::Send(word.clone()));
            self.hands.outputs.extend([body, word]);
        }
    }
}

impl super::hands::Hands {
    /// Checks a record, remembers it if it is of this node's own words, and says what the engine is to be fed.
    fn recall(&mut self, record: Record, proposals: &mut Vec<Signed<Proposal>>) -> Result<EngineInput<Ctx>, BftError> {
        let height = self.height;
        let replaying = self.replaying.get_or_insert_default();
        if let Ok(Some((word, body))) = record.word()
            && word.signer == self.own.account
        {
            let place = (word.kind, word.round);
            replaying.insert(place);
            self.own.recall(place, body)?;
        }
        let word: Word = match record {
            Record::Word(word) => word,
            Record::Value { round, block, by, valid } => return Ok(machine::verdict(height, round, block, by, valid)),
            Record::Elapsed(timer) => return Ok(EngineInput::TimeoutElapsed(convert::timer_in(timer))),
        };
        let raw = word.clone();
        let checked = word.check(self.own.network).map_err(|reason| BftError::Log { height, reason })?;
        if checked.height() != height {
            return Err(BftError::OtherLog { height, got: checked.height() });
        }
        if let CheckedWord::Proposal(proposal) = checked.word() {
            if proposal.signer() == self.own.account {
                self.proposed = Some((proposal.round, proposal.block, raw));
            }
            proposals.push(proposal.clone());
        }
        Ok(convert::word_in(checked.word()))
    }
}
