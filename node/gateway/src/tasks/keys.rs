//! Idempotency keys: a request that is repeated with its key buys nothing twice.
//!
//! The task's own name follows from the key, so that a repetition finds the task even after a restart, and the ledger
//! itself refuses a second one. What is remembered here only tells a repetition from another request with the same key.

use crate::problem::{Code, Problem};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use uuid::Uuid;

/// Keys that are remembered: the oldest goes first.
const KEYS_MAX: usize = 4_096;
/// Characters of a key.
const CHARACTERS_MAX: usize = 255;

/// The keys of late.
#[derive(Debug, Default)]
pub(crate) struct Keys(Mutex<VecDeque<Entry>>);

#[derive(Debug)]
struct Entry {
    alias: Uuid,
    request: blake3::Hash,
    is_running: bool,
}

/// A request that is carried out under its key.
#[derive(Debug)]
pub(crate) struct Running {
    keys: Arc<Keys>,
    alias: Uuid,
}

impl Running {
    /// The name of the task that this key stands for.
    pub(crate) fn alias(&self) -> Uuid {
        self.alias
    }
}

impl Keys {
    /// Begins a request with this key and the digest of what it says; the task gets this name unless the request has named it.
    pub(crate) fn begin(
        self: &Arc<Self>,
        key: &str,
        request: blake3::Hash,
        named: Option<Uuid>,
    ) -> Result<Running, Problem> {
        if key.is_empty() || key.len() > CHARACTERS_MAX || !key.bytes().all(|b| b.is_ascii_graphic() || b == b' ') {
            let detail = format!("the Idempotency-Key must be 1 to {CHARACTERS_MAX} visible characters");
            return Err(Problem::new(Code::Malformed, detail));
        }
        let alias = named.unwrap_or_else(|| alias_of(key));
        let mut keys = self.lock();
        match keys.iter_mut().find(|entry| entry.alias == alias) {
            Some(entry) if entry.request != request => {
                return Err(Problem::new(Code::KeyReused, "this Idempotency-Key was used for another request"));
            }
            Some(entry) if entry.is_running => {
                return Err(Problem::new(Code::KeyInUse, "a request with this Idempotency-Key is being carried out")
                    .retry_after(1));
            }
            Some(entry) => entry.is_running = true,
            None => {
                if keys.len() >= KEYS_MAX {
                    keys.pop_front();
                }
                keys.push_back(Entry { alias, request, is_running: true });
            }
        }
        Ok(Running { keys: self.clone(), alias })
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut keys = self.keys.lock();
        if let Some(entry) = keys.iter_mut().find(|entry| entry.alias == self.alias) {
            entry.is_running = false;
        }
    }
}

/// The name of the task that a key stands for: a UUID of version 8.
fn alias_of(key: &str) -> Uuid {
    let hash = blake3::derive_key("dpgn gateway idempotency key v1", key.as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(hash).for_each(|(byte, from)| *byte = from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> blake3::Hash {
        blake3::hash(text.as_bytes())
    }

    #[test]
    fn a_key_stands_for_one_request() {
        let keys = Arc::new(Keys::default());
        let first = keys.begin("a", says("1"), None).unwrap();
        assert_eq!(keys.begin("a", says("1"), None).unwrap_err().code(), Code::KeyInUse);
        assert_eq!(keys.begin("a", says("2"), None).unwrap_err().code(), Code::KeyReused);
        let alias = first.alias();
        assert_ne!(keys.begin("b", says("1"), None).unwrap().alias(), alias);
        drop(first);
        assert_eq!(keys.begin("a", says("1"), None).unwrap().alias(), alias, "a repetition has the same name");
        let after_a_restart = Arc::new(Keys::default());
        assert_eq!(after_a_restart.begin("a", says("1"), None).unwrap().alias(), alias);
        for bad in ["", "\n", &"x".repeat(256)] {
            assert_eq!(keys.begin(bad, says("1"), None).unwrap_err().code(), Code::Malformed);
        }
    }

    #[test]
    fn keys_without_number_fill_no_memory() {
        let keys = Arc::new(Keys::default());
        (0..3 * KEYS_MAX).for_each(|n| drop(keys.begin(&n.to_string(), says(""), None).unwrap()));
        assert_eq!(keys.lock().len(), KEYS_MAX);
    }
}
