//! What cannot count leaves no line in a member's log, whatever others throw at it.

use crate::host::NETWORK;
use dpgn_node::consensus::bft::{Bft, Input, Output};
use dpgn_protocol::{
    block::Vote,
    bounded::List,
    committee::{Committee, Member},
    council::{Polka, Prevote, Proposal, RoundCertificate, RoundReason, RoundVote, SignedBy, Word},
    ids::BlockHash,
    sign::{Keypair, Message},
    units::{Height, Power},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use tracing::{Event, Level, Metadata, Subscriber, span};

const HEIGHT: Height = Height::new(1);
const BLOCK: BlockHash = BlockHash::from_bytes([7; 32]);
/// Keys 0 to 3 are in office.
const MEMBERS: u8 = 4;

/// Counts warnings and errors.
#[derive(Clone, Default)]
struct Lines(Arc<AtomicUsize>);

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn keys(n: u8) -> Keypair {
    Keypair::from_seed(&[n; 32])
}

fn signed<T: Message>(n: u8, message: T) -> SignedBy {
    let raw = keys(n).sign(NETWORK, message).unwrap().into_raw();
    SignedBy { signer: raw.signer, signature: raw.signature }
}

fn polka(round: u32, by: &[u8]) -> Word {
    let mut votes: Vec<_> =
        by.iter().map(|n| signed(*n, Prevote { height: HEIGHT, round, block: Some(BLOCK) })).collect();
    votes.sort_by_key(|vote| vote.signer);
    Word::Polka(Polka { height: HEIGHT, round, block: BLOCK, votes: List::new(votes).unwrap() })
}

fn certificate(round: u32, reason: RoundReason, by: &[u8]) -> Word {
    let vote = |n: &u8| {
        let by = signed(*n, Vote { height: HEIGHT, round, block: None });
        RoundVote { precommit: true, block: None, by }
    };
    let mut votes: Vec<_> = by.iter().map(vote).collect();
    votes.sort_by_key(|vote| vote.by.signer);
    Word::Round(RoundCertificate { height: HEIGHT, round, reason, votes: List::new(votes).unwrap() })
}

/// A member of four that decides its first height.
fn core() -> Bft {
    let mut members: Vec<_> =
        (0..MEMBERS).map(|n| Member { account: keys(n).account(), power: Power::new(1) }).collect();
    members.sort_by_key(|member| member.account);
    let mut core = Bft::new(keys(0), NETWORK);
    let committee = Committee::new(members).unwrap();
    core.step(Input::Start { height: HEIGHT, committee, log: Vec::new() }).unwrap();
    core
}

/// One member could have any number of lines written by all others, each as long as a certificate, and none was a word that two
/// of the same place would have convicted it by.
#[test]
fn strangers_words_and_short_certificates_leave_no_line() {
    let (mut core, lines) = (core(), Lines::default());
    let stranger = MEMBERS;
    let mut words = Vec::new();
    for round in 0..100 {
        let vote = Vote { height: HEIGHT, round, block: None };
        let prevote = Prevote { height: HEIGHT, round, block: None };
        let proposal = Proposal { height: HEIGHT, round, pol_round: None, block: BLOCK };
        words.extend([
            Word::Precommit(keys(stranger).sign(NETWORK, vote).unwrap().into_raw()),
            Word::Prevote(keys(stranger).sign(NETWORK, prevote).unwrap().into_raw()),
            Word::Proposal(keys(stranger).sign(NETWORK, proposal).unwrap().into_raw()),
            polka(round, &[1, 2]),
            polka(round, &[1, 2, stranger]),
            certificate(round, RoundReason::Skip, &[1]),
            certificate(round, RoundReason::Precommits, &[1, 2]),
            certificate(round, RoundReason::Precommits, &[1, 2, 3, stranger]),
        ]);
    }
    let count = words.len();
    tracing::subscriber::with_default(lines.clone(), || {
        for word in words {
            assert_eq!(core.step(Input::Heard(word.check(NETWORK).unwrap())), Ok(Vec::new()));
        }
    });
    let lines = lines.0.load(Ordering::Relaxed);
    println!("{count} words that cannot count: {lines} lines");
    assert_eq!(lines, 0);
}

/// What is enough still counts: more than a third have left the round, and whoever is behind enters it.
#[test]
fn certificates_that_are_enough_count() {
    let mut core = core();
    let word = certificate(3, RoundReason::Skip, &[1, 2]);
    let outputs = core.step(Input::Heard(word.check(NETWORK).unwrap())).unwrap();
    assert_eq!(core.round(), Some((HEIGHT, 3)), "{outputs:?}");
    let mut core = self::core();
    let outputs = core.step(Input::Heard(polka(0, &[1, 2, 3]).check(NETWORK).unwrap())).unwrap();
    assert!(outputs.contains(&Output::Polka { height: HEIGHT, block: BLOCK }), "{outputs:?}");
}
