//! Single steps of one core of four members, told one by one.

use crate::host::NETWORK;
use dpgn_node::consensus::bft::{Bft, BftError, Input, Output, Record, Timer, TimerKind};
use dpgn_protocol::{
    block::Vote,
    committee::{Committee, Member},
    council::{Checked, Prevote, Proposal, Word, WordError, WordKind},
    ids::BlockHash,
    sign::{Keypair, Message, SignError, Signature, Unverified},
    turns::Turns,
    units::{Height, Power},
};

const FIRST_PROPOSAL: Timer = Timer { kind: TimerKind::Propose, round: 0 };

fn keys(n: u16) -> Keypair {
    let mut seed = [3; 32];
    seed[..2].copy_from_slice(&n.to_le_bytes());
    Keypair::from_seed(&seed)
}

fn at(height: u64) -> Height {
    Height::new(height)
}

fn block(n: u8) -> BlockHash {
    BlockHash::from_bytes([n; 32])
}

fn committee(members: std::ops::Range<u16>) -> Committee {
    let mut members: Vec<_> = members.map(|n| Member { account: keys(n).account(), power: Power::new(1) }).collect();
    members.sort_by_key(|m| m.account);
    Committee::new(members).unwrap()
}

/// The member whose turn it is.
fn proposer(height: u64, round: u32) -> u16 {
    let account = Turns::new(&committee(0..4)).proposer(at(height), round);
    (0..4).find(|n| keys(*n).account() == account).unwrap()
}

/// Members that do not propose at height 1, round 0: the one whose core is looked at, and two more.
fn others() -> [u16; 3] {
    let others: Vec<_> = (0..4).filter(|n| *n != proposer(1, 0)).collect();
    others.try_into().unwrap()
}

fn signed<T: Message>(n: u16, message: T) -> Unverified {
    keys(n).sign(NETWORK, message).unwrap().into_raw()
}

fn prevote(n: u16, height: u64, block: Option<BlockHash>) -> Word {
    Word::Prevote(signed(n, Prevote { height: at(height), round: 0, block }))
}

fn precommit(n: u16, height: u64, block: Option<BlockHash>) -> Word {
    Word::Precommit(signed(n, Vote { height: at(height), round: 0, block }))
}

fn proposal(n: u16, height: u64, block: BlockHash) -> Word {
    Word::Proposal(signed(n, Proposal { height: at(height), round: 0, pol_round: None, block }))
}

fn checked(word: Word) -> Checked {
    word.check(NETWORK).unwrap()
}

struct Core(Bft);

impl Core {
    fn new(n: u16) -> Self {
        Self(Bft::new(keys(n), NETWORK))
    }

    fn start(&mut self, height: u64, log: Vec<Record>) -> Result<Vec<Output>, BftError> {
        self.0.step(Input::Start { height: at(height), committee: committee(0..4), log })
    }

    fn hear(&mut self, word: Word) -> Vec<Output> {
        self.0.step(Input::Heard(checked(word))).unwrap()
    }

    fn judge(&mut self, hash: BlockHash, valid: bool) -> Vec<Output> {
        let (height, by) = (at(1), keys(proposer(1, 0)).account());
        self.0.step(Input::Judged { height, round: 0, block: hash, by, valid }).unwrap()
    }
}

/// The words that outputs send, each after a record of it if it is `own`.
fn sent(outputs: &[Output]) -> Vec<Word> {
    let mut stored = Vec::new();
    let mut words = Vec::new();
    for output in outputs {
        if let Output::Persist(records) = output {
            stored.extend(records.clone());
        }
        if let Output::Send(word) = output {
            assert!(stored.contains(&Record::Word(word.clone())), "{word:?} is sent before it is stored");
            words.push(word.clone());
        }
    }
    words
}

#[test]
fn a_block_is_judged_voted_for_and_decided() {
    let [me, a, b] = others();
    let (by, hash) = (proposer(1, 0), block(7));
    let mut core = Core::new(me);
    core.start(1, Vec::new()).unwrap();
    let outputs = core.hear(proposal(by, 1, hash));
    let judge = Output::Judge { height: at(1), round: 0, block: hash, by: keys(by).account() };
    assert_eq!(outputs, [judge], "no vote before a verdict");
    assert_eq!(sent(&core.judge(hash, true)), [prevote(me, 1, Some(hash))]);
    assert_eq!(sent(&core.hear(prevote(by, 1, Some(hash)))), []);
    let outputs = core.hear(prevote(a, 1, Some(hash)));
    assert_eq!(sent(&outputs), [precommit(me, 1, Some(hash))]);
    assert!(outputs.contains(&Output::Polka { height: at(1), block: hash }));
    assert!(outputs.contains(&Output::ShowLater { height: at(1), round: 0 }), "a lock is shown if it takes long");
    core.hear(precommit(by, 1, Some(hash)));
    let outputs = core.hear(precommit(a, 1, Some(hash)));
    let Some(Output::Decided(certificate)) = outputs.last() else { panic!("{outputs:?}") };
    assert_eq!(certificate.block, hash);
    assert_eq!(certificate.check(NETWORK, &committee(0..4)), Ok(()));
    assert_eq!(core.hear(prevote(b, 1, Some(hash))), [], "it is over");
}

#[test]
fn an_invalid_block_gets_a_vote_for_none() {
    let [me, ..] = others();
    let mut core = Core::new(me);
    core.start(1, Vec::new()).unwrap();
    core.hear(proposal(proposer(1, 0), 1, block(7)));
    assert_eq!(sent(&core.judge(block(7), false)), [prevote(me, 1, None)]);
}

#[test]
fn a_proposal_out_of_turn_is_not_even_judged() {
    let [me, a, _] = others();
    let mut core = Core::new(me);
    core.start(1, Vec::new()).unwrap();
    assert_eq!(core.hear(proposal(a, 1, block(7))), []);
}

#[test]
fn a_flood_of_proposals_has_two_bodies_fetched() {
    let [me, ..] = others();
    let mut core = Core::new(me);
    core.start(1, Vec::new()).unwrap();
    let judged = (1..50).flat_map(|n| core.hear(proposal(proposer(1, 0), 1, block(n))));
    assert_eq!(judged.filter(|o| matches!(o, Output::Judge { .. })).count(), 2);
}

#[test]
fn an_idle_height_waits_for_a_reason() {
    let [me, a, b] = others();
    let schedule = Output::Schedule { height: at(1), timer: FIRST_PROPOSAL };
    let mut core = Core::new(me);
    assert!(!core.start(1, Vec::new()).unwrap().contains(&schedule), "no round passes without a reason");
    assert_eq!(core.0.step(Input::Arm { height: at(1) }), Ok(vec![schedule.clone()]));
    assert_eq!(core.0.step(Input::Arm { height: at(1) }), Ok(Vec::new()), "once");

    let mut core = Core::new(me);
    core.start(1, Vec::new()).unwrap();
    let stranger = core.hear(prevote(9, 1, None));
    assert_eq!(stranger, []);
    core.hear(prevote(a, 1, None));
    let outputs = core.hear(prevote(b, 1, None));
    assert!(outputs.contains(&Output::Arm { height: at(1) }), "two of four have voted: {outputs:?}");
    assert!(outputs.contains(&schedule));
}

#[test]
fn words_of_the_next_height_are_kept_and_strangers_push_nobody_out() {
    let [me, a, b] = others();
    let mut core = Core::new(me);
    core.start(1, Vec::new()).unwrap();
    for stranger in 100..2_400 {
        assert_eq!(core.hear(prevote(stranger, 2, None)), []);
    }
    core.hear(prevote(a, 2, None));
    core.hear(prevote(b, 2, None));
    let outputs = core.start(2, Vec::new()).unwrap();
    assert!(outputs.contains(&Output::Arm { height: at(2) }), "{outputs:?}");
}

#[test]
fn whoever_is_elsewhere_is_told_of() {
    let [me, a, _] = others();
    let mut core = Core::new(me);
    core.start(5, Vec::new()).unwrap();
    let peer = keys(a).account();
    assert_eq!(core.hear(prevote(a, 3, None)), [Output::Behind { peer, height: at(3) }]);
    assert_eq!(core.hear(prevote(a, 7, None)), [Output::Ahead { peer, height: at(7) }]);
    assert_eq!(core.hear(prevote(a, 6, None)), [], "the next height is near");
}

#[test]
fn a_late_vote_shows_presence() {
    let [me, a, b] = others();
    let (by, hash) = (proposer(1, 0), block(7));
    let mut core = Core::new(me);
    core.start(1, Vec::new()).unwrap();
    core.hear(proposal(by, 1, hash));
    core.judge(hash, true);
    for word in [prevote(by, 1, Some(hash)), prevote(a, 1, Some(hash)), precommit(by, 1, Some(hash))] {
        core.hear(word);
    }
    core.hear(precommit(a, 1, Some(hash)));
    core.start(2, Vec::new()).unwrap();
    let votes = |core: &Core| core.0.parent_certificate().map(|c| c.votes.len());
    assert_eq!(votes(&core), Some(3));
    core.hear(precommit(b, 1, Some(block(8))));
    core.hear(precommit(9, 1, Some(hash)));
    assert_eq!(votes(&core), Some(3), "for another block, or of a stranger");
    core.hear(precommit(b, 1, Some(hash)));
    assert_eq!(votes(&core), Some(4));
    assert_eq!(core.0.parent_certificate().unwrap().check(NETWORK, &committee(0..4)), Ok(()));
    core.start(3, Vec::new()).unwrap();
    assert_eq!(votes(&core), None, "height 2 was not decided here");
}

#[test]
fn after_a_crash_the_same_words_are_said() {
    let [me, ..] = others();
    let (by, hash) = (proposer(1, 0), block(7));
    let mut core = Core::new(me);
    let mut log = Vec::new();
    let mut outputs = core.start(1, Vec::new()).unwrap();
    outputs.extend(core.hear(proposal(by, 1, hash)));
    outputs.extend(core.judge(hash, true));
    log.extend(
        outputs.iter().filter_map(|o| if let Output::Persist(r) = o { Some(r.clone()) } else { None }).flatten(),
    );
    let again = Core::new(me).start(1, log.clone()).unwrap();
    let words: Vec<_> =
        again.iter().filter_map(|o| if let Output::Send(w) = o { Some(w.clone()) } else { None }).collect();
    assert_eq!(words, [prevote(me, 1, Some(hash))], "from the log");
    assert!(!again.iter().any(|o| matches!(o, Output::Persist(_))), "which has it already");
    // A log that ends before the verdict asks for it again.
    log.truncate(1);
    let again = Core::new(me).start(1, log).unwrap();
    assert!(
        again.contains(&Output::Judge { height: at(1), round: 0, block: hash, by: keys(by).account() }),
        "{again:?}"
    );
}

#[test]
fn a_proposer_says_its_proposal_again() {
    let (me, hash) = (proposer(1, 0), block(7));
    let mut core = Core::new(me);
    let outputs = core.start(1, Vec::new()).unwrap();
    assert!(outputs.contains(&Output::GetValue { height: at(1), round: 0 }));
    let outputs = core.0.step(Input::Propose { height: at(1), round: 0, block: hash }).unwrap();
    let own = [prevote(me, 1, Some(hash)), proposal(me, 1, hash)];
    assert_eq!(sent(&outputs), own);
    let timer = Timer { kind: TimerKind::Rebroadcast, round: 0 };
    let again = core.0.step(Input::Elapsed { height: at(1), timer }).unwrap();
    let body = Output::SendBody { height: at(1), block: hash };
    assert!(again.contains(&body) && own.iter().all(|word| again.contains(&Output::Send(word.clone()))), "{again:?}");
    // After a crash it asks for no second value, and says the first again.
    let log = outputs.iter().filter_map(|o| if let Output::Persist(r) = o { Some(r.clone()) } else { None }).flatten();
    let again = Core::new(me).start(1, log.collect()).unwrap();
    assert!(!again.iter().any(|o| matches!(o, Output::GetValue { .. })), "{again:?}");
    assert!(again.contains(&body) && again.contains(&Output::Send(own[1].clone())), "{again:?}");
}

#[test]
fn a_second_value_for_a_round_is_not_signed() {
    let me = proposer(1, 0);
    let mut core = Core::new(me);
    core.start(1, Vec::new()).unwrap();
    let propose = |n| Input::Propose { height: at(1), round: 0, block: block(n) };
    core.0.step(propose(7)).unwrap();
    let outputs = core.0.step(propose(8)).unwrap();
    assert!(!outputs.iter().any(|o| matches!(o, Output::Send(_))), "{outputs:?}");
}

#[test]
fn a_node_that_would_contradict_itself_stops() {
    let [me, ..] = others();
    let log = |words: Vec<Word>| words.into_iter().map(Record::Word).collect::<Vec<_>>();
    let twice = log(vec![prevote(me, 1, None), prevote(me, 1, Some(block(7)))]);
    let mut core = Core::new(me);
    let contradiction = BftError::Contradiction { height: at(1), round: 0, kind: WordKind::Prevote };
    assert_eq!(core.start(1, twice), Err(contradiction));
    assert_eq!(core.start(2, Vec::new()), Err(BftError::Stopped), "for good");

    // What was lost from the log: the engine would prevote none, the node has prevoted a block.
    let mut lost = log(vec![prevote(me, 1, Some(block(7)))]);
    lost.push(Record::Elapsed(FIRST_PROPOSAL));
    let stopped = Core::new(me).start(1, lost);
    assert!(matches!(stopped, Err(BftError::Engine(_))), "by comparing what it derives with the log: {stopped:?}");
}

#[test]
fn a_damaged_log_stops_the_node() {
    let [me, a, _] = others();
    let Word::Prevote(mut raw) = prevote(a, 1, None) else { panic!() };
    raw.signature = Signature::from_bytes(&[1; 64]);
    let reason = WordError::Sign(SignError::BadSignature(raw.signer));
    let damaged = Core::new(me).start(1, vec![Record::Word(Word::Prevote(raw))]);
    assert_eq!(damaged, Err(BftError::Log { height: at(1), reason }));
    let other = Core::new(me).start(1, vec![Record::Word(prevote(a, 2, None))]);
    assert_eq!(other, Err(BftError::OtherLog { height: at(1), got: at(2) }));
}

#[test]
fn heights_rise() {
    let mut core = Core::new(0);
    core.start(3, Vec::new()).unwrap();
    assert_eq!(core.start(3, Vec::new()), Err(BftError::Backwards { got: at(3), last: at(3) }));
}

#[test]
fn whoever_is_no_member_is_silent() {
    let mut core = Core::new(9);
    assert_eq!(core.start(1, Vec::new()), Ok(vec![Output::CancelAll]));
    let by = proposer(1, 0);
    assert_eq!(core.hear(proposal(by, 1, block(7))), []);
    assert_eq!(core.0.step(Input::Elapsed { height: at(1), timer: FIRST_PROPOSAL }), Ok(Vec::new()));
    assert_eq!(core.0.round(), None);
}

#[test]
fn a_lock_of_a_later_round_is_shown_with_its_reason() {
    // Neither proposes in rounds 0 and 1.
    let (first, second) = (proposer(1, 0), proposer(1, 1));
    let me = (0..4).find(|n| ![first, second].contains(n)).unwrap();
    let others: Vec<_> = (0..4).filter(|n| *n != me).collect();
    let mut core = Core::new(me);
    core.start(1, Vec::new()).unwrap();
    for n in &others {
        core.hear(precommit(*n, 1, None));
    }
    let timer = Timer { kind: TimerKind::Precommit, round: 0 };
    core.0.step(Input::Elapsed { height: at(1), timer }).unwrap();
    assert_eq!(core.0.round(), Some((at(1), 1)));
    let (height, round, hash) = (at(1), 1, block(7));
    let word = Word::Proposal(signed(second, Proposal { height, round, pol_round: None, block: hash }));
    core.hear(word.clone());
    let by = keys(second).account();
    core.0.step(Input::Judged { height, round, block: hash, by, valid: true }).unwrap();
    let vote = |n: u16| Word::Prevote(signed(n, Prevote { height, round, block: Some(hash) }));
    core.hear(vote(others[0]));
    let outputs = core.hear(vote(others[1]));
    let lock = Word::Precommit(signed(me, Vote { height, round, block: Some(hash) }));
    let shown: Vec<_> = outputs.iter().filter(|o| matches!(o, Output::Send(_) | Output::SendBody { .. })).collect();
    let [Output::Send(Word::Polka(polka)), body, proposal, last] = shown.as_slice() else { panic!("{outputs:?}") };
    assert_eq!((polka.block, polka.votes.len()), (hash, 3));
    assert_eq!(**body, Output::SendBody { height, block: hash });
    assert_eq!(**proposal, Output::Send(word));
    assert_eq!(**last, Output::Send(lock));
}
