//! How a coordinator lies: what it tells each member in the place of what its node would tell all, and what it does with
//! its time.

use crate::{disk::Forgets, event::Told, lie::Lie, setup, world::World};
use dpgn_node::engine::{CouncilInput, Input};
use dpgn_protocol::{
    block::Vote,
    council::{CheckedWord, Prevote, Proposal, Said, Word},
    ids::BlockHash,
    ops::{Action, SignedOp},
    units::Height,
};

/// Words that a liar remembers to say them again.
const HEARD_MAX: usize = 256;
/// Words, questions or blocks that a liar throws at everybody in each tick.
const AT_ONCE: u64 = 4;
/// Power cuts of a machine that loses its log each time.
const POWER_CUTS: u64 = 10;

impl World {
    /// A coordinator lies like this.
    pub fn lies(&mut self, node: usize, lie: Lie) {
        let host = &mut self.nodes[node].host;
        (host.lie, host.ahead) = (Some(lie), lie.ahead());
        let account = self.account(node);
        self.checker.distrusts(account);
        match lie {
            Lie::LosesLog => {
                self.nodes[node].host.disk.forgets = Forgets::Log;
                self.dies(node, POWER_CUTS, self.faults.until_ms.max(20_000));
            }
            Lie::WeakKey => self.grants(setup::weak_account()),
            Lie::Silent
            | Lie::WithholdsBodies
            | Lie::SaysTwoThings
            | Lie::FalseState
            | Lie::AheadOfTime(_)
            | Lie::TooLarge
            | Lie::LeavesOut(_)
            | Lie::FalseFindings
            | Lie::OldVotes
            | Lie::Garbage
            | Lie::AsksForBodies
            | Lie::ForgesDecided
            | Lie::ForgetsLocks
            | Lie::BackInTime
            | Lie::StandsStill
            | Lie::Twin => {}
        }
    }

    /// The times that liars have prevoted what their locks forbade, or without a reason to.
    pub fn broken_locks(&self) -> u64 {
        self.lies.broken_locks
    }

    /// What one member is told in the place of what the liar's node would tell all.
    pub(crate) fn twisted(&mut self, node: usize, lie: Lie, listener: usize, said: Said) -> Option<Said> {
        // Liars know what each of them says to whom.
        let hears_other = !self.nodes[listener].host.is_liar() && listener % 2 == 1;
        match (lie, said) {
            (Lie::WithholdsBodies, Said::Body(_)) => None,
            (Lie::SaysTwoThings, said) if !hears_other => Some(said),
            (Lie::ForgetsLocks, Said::Word(word)) => self.unlocked(node, word).map(Said::Word),
            (lie, Said::Word(word)) if lie.changes_blocks() => Some(Said::Word(self.other_word(node, lie, word))),
            (lie, Said::Body(block)) if lie.changes_blocks() => {
                let hash = block.header.hash().unwrap();
                let mut body = self.in_its_place(node, lie, hash).map_or(block, Box::new);
                if lie == Lie::Garbage && hears_other {
                    body.last_commit = None;
                }
                Some(Said::Body(body))
            }
            (_, said) => Some(said),
        }
    }

    /// The word with another block in it, if the liar has one, and its own signature.
    fn other_word(&mut self, node: usize, lie: Lie, word: Word) -> Word {
        let network = self.genesis.network().unwrap();
        let keys = self.nodes[node].keys.clone();
        match word.clone().check(network).unwrap().into_word() {
            CheckedWord::Proposal(said) => {
                let Some(block) = self.in_its_place(node, lie, said.block) else { return word };
                let block = block.header.hash().unwrap();
                Word::Proposal(keys.sign(network, Proposal { block, ..*said }).unwrap().into_raw())
            }
            CheckedWord::Prevote(said) => {
                let block = said.block.and_then(|block| self.other_choice(node, lie, block));
                Word::Prevote(keys.sign(network, Prevote { block, ..*said }).unwrap().into_raw())
            }
            CheckedWord::Precommit(said) => {
                let block = said.block.and_then(|block| self.other_choice(node, lie, block));
                Word::Precommit(keys.sign(network, Vote { block, ..*said }).unwrap().into_raw())
            }
            CheckedWord::Polka(_) | CheckedWord::Round(_) => word,
        }
    }

    /// The word, or in the place of a prevote of a later round one for whatever is proposed there. It is one word: nobody can
    /// show two of a round, and certificates that hold what the liar's engine would have said are kept back.
    fn unlocked(&mut self, node: usize, word: Word) -> Option<Word> {
        let (network, own) = (self.genesis.network().unwrap(), self.account(node));
        let said = match word.clone().check(network).unwrap().into_word() {
            CheckedWord::Prevote(said) => said,
            CheckedWord::Polka(polka) if polka.votes.iter().any(|vote| vote.signer == own) => return None,
            CheckedWord::Round(round) if round.votes.iter().any(|vote| vote.by.signer == own) => return None,
            CheckedWord::Precommit(_) | CheckedWord::Proposal(_) | CheckedWord::Polka(_) | CheckedWord::Round(_) => {
                return Some(word);
            }
        };
        let round = (said.height, said.round);
        let proposed = self.lies.proposed.get(&round).copied().filter(|_| said.round > 0);
        let place = (node, said.height, said.round);
        let is_new = !self.lies.prevoted.contains_key(&place);
        let block = *self.lies.prevoted.entry(place).or_insert(proposed.or(said.block));
        self.lies.broken_locks += u64::from(is_new && block != said.block);
        Some(Word::Prevote(self.nodes[node].keys.sign(network, Prevote { block, ..*said }).unwrap().into_raw()))
    }

    /// The block that is voted for in the place of another: a liar that has none to offer votes for none.
    fn other_choice(&mut self, node: usize, lie: Lie, block: BlockHash) -> Option<BlockHash> {
        match self.in_its_place(node, lie, block) {
            Some(other) => Some(other.header.hash().unwrap()),
            None => Some(block).filter(|_| lie != Lie::SaysTwoThings),
        }
    }

    /// A liar uses its time: it comes with every tick of its clock.
    pub(crate) fn misbehaves(&mut self, node: usize) {
        let Some(lie) = self.nodes[node].host.lie else { return };
        match lie {
            Lie::OldVotes if self.lies.heard.is_empty() => {}
            Lie::OldVotes => {
                for _ in 0..AT_ONCE {
                    let which = self.chance.between(0, self.lies.heard.len() as u64) as usize;
                    let word = Told::Word(self.lies.heard[which].clone());
                    self.pass_on(node, &self.listeners(node, None), &word);
                }
            }
            Lie::AsksForBodies => {
                let Some(head) = self.nodes[node].engine().map(|engine| engine.head().clone()) else { return };
                for _ in 0..AT_ONCE {
                    let height = Height::new(head.height.next().get().saturating_sub(self.chance.between(0, 4)));
                    let wanted = CouncilInput::BodyWanted { from: self.account(node), height, block: self.any(&head) };
                    let told = Told::Input(Input::Council(wanted));
                    self.pass_on(node, &self.listeners(node, None), &told);
                }
            }
            Lie::ForgesDecided => {
                if let Some(decided) = self.undecided(node) {
                    self.spread(node, decided);
                }
            }
            Lie::Silent
            | Lie::WithholdsBodies
            | Lie::SaysTwoThings
            | Lie::FalseState
            | Lie::AheadOfTime(_)
            | Lie::TooLarge
            | Lie::LeavesOut(_)
            | Lie::FalseFindings
            | Lie::Garbage
            | Lie::ForgetsLocks
            | Lie::LosesLog
            | Lie::BackInTime
            | Lie::StandsStill
            | Lie::WeakKey
            | Lie::Twin => {}
        }
    }

    /// A liar hears something, and remembers it if it has a use for it.
    pub(crate) fn remembers(&mut self, node: usize, told: &Told) {
        let (Some(lie), Told::Word(word)) = (self.nodes[node].host.lie, told) else { return };
        if let (Lie::ForgetsLocks, CheckedWord::Proposal(said)) = (lie, word.word()) {
            self.lies.proposed.entry((said.height, said.round)).or_insert(said.block);
        }
        if lie != Lie::OldVotes {
            return;
        }
        if self.lies.heard.len() < HEARD_MAX {
            self.lies.heard.push(word.clone());
        } else {
            let which = self.chance.between(0, HEARD_MAX as u64) as usize;
            self.lies.heard[which] = word.clone();
        }
    }

    /// Whether a liar lets its node tell this op: what it has changed of its engine's words is no evidence against it.
    pub(crate) fn lets_say(&self, node: usize, op: &SignedOp) -> bool {
        let own = self.account(node);
        let is_own_fault = matches!(&op.op().action, Action::Evidence { first, .. } if first.signer == own);
        !(is_own_fault && self.nodes[node].host.lie == Some(Lie::ForgetsLocks))
    }

    /// What a liar lets its node hear.
    pub(crate) fn lets_hear(&self, node: usize, input: Input) -> Input {
        match (self.nodes[node].host.lie, input) {
            (Some(Lie::LeavesOut(victim)), Input::Ops(ops)) => {
                Input::Ops(ops.into_iter().filter(|op| op.signer() != victim).collect())
            }
            (_, input) => input,
        }
    }
}
