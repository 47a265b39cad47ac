//! Quotas: bytes or places that all peers share, so that no peer, and no crowd of strangers, has all of them.
//!
//! Each peer has at most its share, whatever it is; strangers together have half, and the other half is kept for
//! favoured peers. Full means refused: nobody waits here.

use libp2p::PeerId;
use std::{
    collections::{HashMap, HashSet},
    hash::Hash,
    sync::{Arc, Weak},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// The peers that are favoured at present.
pub(crate) type Favoured = watch::Receiver<Arc<HashSet<PeerId>>>;

/// One kind of bytes or places, and who has how much of it.
pub(crate) struct Quota<K> {
    open: Arc<Semaphore>,
    kept: Arc<Semaphore>,
    share_max: usize,
    /// The shares of those that hold any of it, or may soon.
    shares: HashMap<K, Weak<Semaphore>>,
}

/// The share of one peer, with what is left of it.
#[derive(Clone, Debug)]
pub(crate) struct Share {
    own: Arc<Semaphore>,
    open: Arc<Semaphore>,
    kept: Arc<Semaphore>,
}

/// The part that was taken of a share; dropped, it is given back.
#[derive(Debug, Default)]
pub(crate) struct Portion {
    own: Option<OwnedSemaphorePermit>,
    open: Option<OwnedSemaphorePermit>,
    kept: Option<OwnedSemaphorePermit>,
}

impl<K: Eq + Hash> Quota<K> {
    /// A quota of `max` in all, and at most `share_max` for one peer.
    pub(crate) fn new(max: usize, share_max: usize) -> Self {
        let kept = max / 2;
        Self {
            open: Arc::new(Semaphore::new(max - kept)),
            kept: Arc::new(Semaphore::new(kept)),
            share_max,
            shares: HashMap::new(),
        }
    }

    /// The share of a peer. It is the same one for as long as anybody has it, or holds some of it.
    pub(crate) fn share(&mut self, peer: K) -> Share {
        let own = match self.shares.get(&peer).and_then(Weak::upgrade) {
            Some(own) => own,
            None => {
                self.shares.retain(|_, share| share.strong_count() > 0);
                let own = Arc::new(Semaphore::new(self.share_max));
                self.shares.insert(peer, Arc::downgrade(&own));
                own
            }
        };
        Share { own, open: Arc::clone(&self.open), kept: Arc::clone(&self.kept) }
    }
}

impl Share {
    /// Takes so much more, if the peer's share and what is left for its kind of peers allow it.
    pub(crate) fn take(&self, held: &mut Portion, count: usize, is_favoured: bool) -> bool {
        let Ok(count) = u32::try_from(count) else { return false };
        let some = |of: &Arc<Semaphore>| Arc::clone(of).try_acquire_many_owned(count).ok();
        let Some(own) = some(&self.own) else { return false };
        if let Some(kept) = is_favoured.then(|| some(&self.kept)).flatten() {
            add(&mut held.kept, kept);
        } else if let Some(open) = some(&self.open) {
            add(&mut held.open, open);
        } else {
            return false;
        }
        add(&mut held.own, own);
        true
    }
}

fn add(held: &mut Option<OwnedSemaphorePermit>, more: OwnedSemaphorePermit) {
    match held {
        Some(held) => held.merge(more),
        None => *held = Some(more),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_strangers_leave_half_and_each_has_its_share() {
        let mut quota = Quota::new(128, 8);
        let mut all = Vec::new();
        let mut taken = Vec::new();
        for peer in 0..1_000 {
            let (share, mut held) = (quota.share(peer), Portion::default());
            taken.push((0..20).filter(|_| share.take(&mut held, 1, false)).count());
            all.push(held);
        }
        let (most, sum) = (taken.iter().max().unwrap(), taken.iter().sum::<usize>());
        let (share, mut held) = (quota.share(5_000), Portion::default());
        let favoured = (0..20).filter(|_| share.take(&mut held, 1, true)).count();
        println!("of 128 places 1,000 strangers have {sum}, none more than {most}; a favoured peer has {favoured}");
        assert_eq!((*most, sum, favoured), (8, 64, 8));
        drop(all);
        assert!(quota.share(7).take(&mut Portion::default(), 8, false), "all is given back");
        assert!(quota.shares.len() <= 2, "only those who hold some of it are remembered");
    }

    #[test]
    fn what_is_held_counts_although_its_share_was_forgotten() {
        let (mut quota, mut held) = (Quota::new(128, 8), Portion::default());
        assert!(quota.share(1).take(&mut held, 8, false));
        quota.share(2);
        assert!(!quota.share(1).take(&mut Portion::default(), 1, false));
    }
}
