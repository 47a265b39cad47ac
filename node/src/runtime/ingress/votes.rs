//! Gossiped words of members: the way round a stream that is broken.
//!
//! Members speak over streams. What one says again, while the stream of another is not open, it gossips as well. Every
//! node passes such a word on if a member of this committee has signed it for the height that is being decided; of one
//! member at one height only a few, however many it signs.

use super::unusable::Unusable;
use dpgn_market::Ledger;
use dpgn_protocol::{
    block::Vote,
    codec::{self, DecodeError},
    council::{Checked, Prevote, Proposal, Word},
    ids::{AccountId, NetworkId, hash},
    sign::{Message, Unverified},
    units::Height,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Bytes of a signed word that is no certificate.
const WORD_BYTES_MAX: usize = 1_024;
/// Words of one member that are passed on at one height: three in a round, and an honest one is seldom in its tenth.
const WORDS_MAX: usize = 64;
/// The pause before the same word travels again: what was lost on the way gets through.
const AGAIN: Duration = Duration::from_millis(400);

/// The words that were passed on at the height that is being decided.
#[derive(Default)]
pub(super) struct VoteGate {
    height: Height,
    passed: BTreeMap<AccountId, BTreeMap<[u8; 32], Instant>>,
}

impl VoteGate {
    /// A word that is worth passing on, its signature checked. What is cheap to ask is asked first.
    pub(super) fn check(
        &mut self,
        data: &[u8],
        network: NetworkId,
        ledger: &Ledger,
        next: Height,
        now: Instant,
    ) -> Result<Checked, Unusable> {
        let word: Word = codec::decode(data, WORD_BYTES_MAX)?;
        let (signer, height) = place(&word)?;
        if height != next || ledger.committee().power(signer).is_none() {
            return Err(Unusable::Harmless);
        }
        if self.height != next {
            *self = Self { height: next, passed: BTreeMap::new() };
        }
        let id = hash("dpgn gossiped word v1", &[data]);
        let of_it = self.passed.get(&signer);
        let is_new = of_it.is_none_or(|of_it| of_it.len() < WORDS_MAX && !of_it.contains_key(&id));
        let is_again = of_it.and_then(|of_it| of_it.get(&id)).is_some_and(|at| now.duration_since(*at) >= AGAIN);
        if !(is_new || is_again) {
            return Err(Unusable::Harmless);
        }
        let checked = word.check(network)?;
        self.passed.entry(signer).or_default().insert(id, now);
        Ok(checked)
    }
}

/// Whose word it is, and about which height. Certificates are no gossip: of the same votes there are too many.
fn place(word: &Word) -> Result<(AccountId, Height), Unusable> {
    fn body<M: Message>(raw: &Unverified) -> Result<M, DecodeError> {
        codec::decode(&raw.body, M::MAX_BYTES)
    }
    Ok(match word {
        Word::Precommit(raw) => (raw.signer, body::<Vote>(raw)?.height),
        Word::Prevote(raw) => (raw.signer, body::<Prevote>(raw)?.height),
        Word::Proposal(raw) => (raw.signer, body::<Proposal>(raw)?.height),
        Word::Polka(_) | Word::Round(_) => return Err(Unusable::Guilty),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::ingress::scene::{COORDINATOR, PROVER, Scene, keys};
    use dpgn_protocol::{ids::BlockHash, sign::Keypair};

    const NEXT: Height = Height::new(6);

    fn word(by: &Keypair, id: NetworkId, height: Height, block: u8) -> Vec<u8> {
        let vote = Vote { height, round: 0, block: Some(BlockHash::from_bytes([block; 32])) };
        codec::encode(&Word::Precommit(by.sign(id, vote).unwrap().into_raw())).unwrap()
    }

    #[test]
    fn only_new_words_of_members_about_this_height_travel() {
        let scene = Scene::new();
        let (id, member, stranger) = (scene.ledger.network(), keys(COORDINATOR), keys(PROVER));
        let (mut gate, begun) = (VoteGate::default(), Instant::now());
        let mut travels =
            |data: &[u8], ms| gate.check(data, id, &scene.ledger, NEXT, begun + Duration::from_millis(ms)).map(drop);
        let said = word(&member, id, NEXT, 1);
        assert_eq!(travels(&said, 0), Ok(()));
        assert_eq!(travels(&said, 399), Err(Unusable::Harmless), "it has just travelled");
        assert_eq!(travels(&said, 400), Ok(()), "it may have been lost");
        assert_eq!(travels(&word(&stranger, id, NEXT, 1), 0), Err(Unusable::Harmless));
        assert_eq!(travels(&word(&member, id, NEXT.next(), 1), 0), Err(Unusable::Harmless));
        let elsewhere = NetworkId::from_bytes([9; 32]);
        assert_eq!(travels(&word(&member, elsewhere, NEXT, 2), 0), Err(Unusable::Guilty), "a forged one");
        // A liar signs a thousand words of one height.
        let all = (0..1_000_u32).filter(|n| {
            let mut block = [0; 32];
            block[..4].copy_from_slice(&n.to_le_bytes());
            let vote = Vote { height: NEXT, round: 0, block: Some(BlockHash::from_bytes(block)) };
            let said = codec::encode(&Word::Precommit(member.sign(id, vote).unwrap().into_raw())).unwrap();
            travels(&said, 1_000).is_ok()
        });
        assert_eq!(all.count(), WORDS_MAX - 1, "and the one from before");
    }
}
