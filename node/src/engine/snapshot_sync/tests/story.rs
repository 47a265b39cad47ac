//! A story: a node that has joined lives through seconds among peers that answer as a test says.

use super::{
    super::super::{CallError, snapshot_order::SnapshotChecked},
    *,
};
use dpgn_protocol::wire::Refusal;
use std::collections::{BTreeMap, VecDeque};

/// What a peer does about a question: it answers after so many seconds, or never.
pub(super) type Reply = Option<(u64, Result<Response, CallError>)>;

pub(super) const NOT_FOUND: Result<Response, CallError> = Err(CallError::Refused(Refusal::NotFound));

/// A node that has joined, and what it has done since.
pub(super) struct Story {
    pub(super) engine: Engine,
    pub(super) begin: Timestamp,
    /// Questions for snapshots and their parts, with the second in which each was asked.
    pub(super) asked: Vec<(u64, AccountId, Call)>,
    pub(super) penalised: BTreeSet<AccountId>,
    pub(super) jump: Option<(u64, Height)>,
    /// What comes of the checks, one after the other: `None` if a check never ends.
    pub(super) check: fn(usize, SnapshotOrder) -> Option<SnapshotChecked>,
    pub(super) checks: usize,
    pub(super) late: BTreeMap<u64, Vec<Input>>,
}

impl Story {
    pub(super) fn new(served: &Served) -> Self {
        Self {
            engine: newcomer(served, Snapshots { every: EVERY, ..Snapshots::default() }),
            begin: served.genesis.time.after(Millis::from_secs(1_000)),
            asked: Vec::new(),
            penalised: BTreeSet::new(),
            jump: None,
            check: |_, order| Some(order.check()),
            checks: 0,
            late: BTreeMap::new(),
        }
    }

    /// Lives through these seconds, or up to a jump. Peers come in the second that is said, and answer as is said.
    pub(super) fn live(
        &mut self,
        seconds: std::ops::Range<u64>,
        come: &[(u64, AccountId)],
        answer: impl Fn(u64, AccountId, &Request) -> Reply,
    ) {
        for second in seconds {
            let come = come.iter().filter(|(at, _)| *at == second).map(|(_, peer)| Input::PeerUp(*peer));
            let mut inputs: VecDeque<Input> = self.late.remove(&second).into_iter().flatten().collect();
            inputs.extend(come.chain([Input::Tick]));
            while let Some(input) = inputs.pop_front() {
                for effect in self.engine.step(self.begin.after(Millis::from_secs(second)), input) {
                    match effect {
                        Effect::Peer(PeerEffect::Ask { to, call, request }) => {
                            let Some((after, result)) = answer(second, to, &request) else { continue };
                            self.asked.push((second, to, call.clone()));
                            let reply = in_order(to, call, result);
                            if after == 0 {
                                inputs.extend(reply)
                            } else {
                                self.late.entry(second + after).or_default().extend(reply)
                            }
                        }
                        Effect::Work(WorkEffect::Snapshot(order)) => {
                            let checked = (self.check)(self.checks, *order);
                            self.checks += 1;
                            inputs.extend(checked.map(|checked| Input::Snapshot(Box::new(checked))));
                        }
                        Effect::Peer(PeerEffect::Penalise(peer, _)) => drop(self.penalised.insert(peer)),
                        Effect::Disk(DiskEffect::Jump(jump)) => {
                            self.jump = Some((second, jump.decided.block.header.height));
                            return;
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// The seconds in which a peer was asked for its snapshot.
    pub(super) fn asked_for_snapshots(&self, of: AccountId) -> Vec<u64> {
        let of =
            |(at, to, call): &(u64, AccountId, Call)| (*to == of && matches!(call, Call::Snapshot(_))).then_some(*at);
        self.asked.iter().filter_map(of).collect()
    }
}

/// An answer as the runtime feeds it: blocks one by one before it.
pub(super) fn in_order(from: AccountId, call: Call, result: Result<Response, CallError>) -> Vec<Input> {
    let blocks = if let Ok(Response::Blocks(blocks)) = &result { blocks.to_vec() } else { Vec::new() };
    let decided = |decided| Input::Decided { from, decided: Box::new(decided), ops: Vec::new() };
    blocks.into_iter().map(decided).chain([Input::Answered { call, result }]).collect()
}

pub(super) fn claims(height: u64) -> Reply {
    Some((0, Ok(Response::Head { height: Height::new(height), block: None })))
}

pub(super) fn pruned(first: u64) -> Reply {
    Some((0, Ok(Response::Pruned { first: Height::new(first) })))
}

/// Blocks from a height on, up to another.
pub(super) fn blocks(served: &Served, from: Height, to: usize) -> Reply {
    let from = (from.get() as usize - 1).min(to);
    Some((0, Ok(Response::Blocks(List::new(served.blocks[from..to].to_vec()).unwrap()))))
}

/// The parts of the newest of these snapshots, at once.
pub(super) fn parts(served: &Served, kept: &[Arc<Kept>], request: &Request) -> Reply {
    let answer = match request {
        Request::Snapshot { above } => {
            kept.last().filter(|kept| kept.height() > *above).map_or(NOT_FOUND, |kept| Ok(kept.head()))
        }
        Request::Chunk { manifest, index } => match Kept::chunk(kept, *manifest, *index) {
            Response::Refused(refusal) => Err(CallError::Refused(refusal)),
            chunk => Ok(chunk),
        },
        Request::Handovers { above } => {
            let above = served.handovers.iter().filter(|handover| handover.header.height > *above);
            Ok(Response::Handovers(List::new(above.cloned().collect()).unwrap()))
        }
        request => panic!("{request:?}"),
    };
    Some((0, answer))
}
