//! Names: which key each name was registered with, also when its agent is away, and over restarts of the node. Otherwise whoever
//! comes first after a restart would have the name, and with it the tasks and the good repute of somebody else.
//!
//! A name without a key is nobody's, and is not remembered. There are at most [`NAMES_MAX`]: a new one takes the place of the
//! one that was unused for longest, of those that are not registered now and have not earned their place of late. Names cost
//! nothing and proofs do: however many of them somebody makes up, whoever has brought a proof keeps its own.

use super::key::{KeyHash, KeyShown};
use dpgn_protocol::units::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use uuid::Uuid;

/// The most names that are remembered: four times as many as there may be agents.
pub(super) const NAMES_MAX: usize = 1_024;
/// Bytes of all names as they are kept.
pub(super) const BYTES_MAX: usize = NAMES_MAX * 256;
/// How exactly it is known when a name was used last: each change is written to the disk.
const USED_WITHIN: Millis = Millis::from_secs(3_600);
/// For so long after its last proof that held a name is pushed out by no other.
const EARNED_FOR: Millis = Millis::from_secs(30 * 24 * 3_600);
/// New names that push out others within [`PUSHES_WITHIN`]; further ones are not remembered, and are their owners' until the node
/// restarts.
const PUSHES_MAX: usize = 32;
/// The time in which pushes are counted.
const PUSHES_WITHIN: Millis = Millis::from_secs(3_600);

/// The names that have a key.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: BTreeMap<Uuid, Known>,
    /// The times of the latest pushes, at most [`PUSHES_MAX`] of them.
    pushes: VecDeque<Timestamp>,
    /// Whether something is to be written.
    is_changed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    key: KeyHash,
    used: Timestamp,
    /// The time of its last proof that held, as exact as `used`; zero if there was none.
    earned: Timestamp,
}

/// One name, as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    name: Uuid,
    /// The hash of its key: 64 hexadecimal digits.
    key: String,
    /// The time of its last use, in milliseconds.
    used: u64,
    /// The time of its last proof that held, in milliseconds; zero if there was none.
    #[serde(default)]
    earned: u64,
}

/// What is kept of names is of another form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("they are of another form")]
pub(super) struct Malformed;

impl Names {
    /// Whether somebody who shows this key, or none, may have a name.
    pub(super) fn admits(&self, name: Uuid, shown: Option<&KeyShown>) -> bool {
        self.known.get(&name).is_none_or(|known| shown.is_some_and(|shown| known.key.is_of(name, shown)))
    }

    /// Remembers a name that was registered with this key.
    pub(super) fn keep(&mut self, now: Timestamp, name: Uuid, key: KeyHash, is_registered: impl Fn(Uuid) -> bool) {
        let earned = self.known.get(&name).map(|known| known.earned);
        if earned.is_none() && self.known.len() >= NAMES_MAX && !self.push(now, is_registered) {
            return;
        }
        self.known.insert(name, Known { key, used: now, earned: earned.unwrap_or_default() });
        self.is_changed = true;
    }

    /// Makes room for a new name, at the cost of the one that was unused for longest. Says whether there is room now.
    fn push(&mut self, now: Timestamp, is_registered: impl Fn(Uuid) -> bool) -> bool {
        while self.pushes.front().is_some_and(|first| first.after(PUSHES_WITHIN) <= now) {
            self.pushes.pop_front();
        }
        if self.pushes.len() >= PUSHES_MAX {
            return false;
        }
        let may_go = |name: &Uuid, known: &Known| !is_registered(*name) && !known.has_earned(now);
        let away = self.known.iter().filter(|(name, known)| may_go(name, known));
        let Some(oldest) = away.min_by_key(|(name, known)| (known.used, **name)).map(|(name, _)| *name) else {
            return false;
        };
        self.known.remove(&oldest);
        self.pushes.push_back(now);
        true
    }

    /// A name is used.
    pub(super) fn touch(&mut self, now: Timestamp, name: Uuid) {
        if let Some(known) = self.known.get_mut(&name)
            && known.used.after(USED_WITHIN) <= now
        {
            known.used = now;
            self.is_changed = true;
        }
    }

    /// A name has brought a proof that holds.
    pub(super) fn earn(&mut self, now: Timestamp, name: Uuid) {
        if let Some(known) = self.known.get_mut(&name)
            && known.earned.after(USED_WITHIN) <= now
        {
            known.earned = now;
            self.is_changed = true;
        }
    }

    /// The bytes to be written; `None` if nothing has changed since they were asked for last.
    pub(super) fn take_change(&mut self) -> Option<Vec<u8>> {
        std::mem::take(&mut self.is_changed).then(|| self.encode())
    }

    fn encode(&self) -> Vec<u8> {
        let kept = self.known.iter().map(|(name, known)| Kept {
            name: *name,
            key: known.key.to_hex(),
            used: known.used.get(),
            earned: known.earned.get(),
        });
        // Texts and numbers always have a form in JSON.
        serde_json::to_vec(&kept.collect::<Vec<_>>()).unwrap_or_default()
    }

    /// Reads what was written.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > BYTES_MAX {
            return Err(Malformed);
        }
        let kept: Vec<Kept> = serde_json::from_slice(bytes).map_err(|_| Malformed)?;
        if kept.len() > NAMES_MAX {
            return Err(Malformed);
        }
        let known = kept.into_iter().map(|kept| {
            let key = KeyHash::from_hex(&kept.key).ok_or(Malformed)?;
            let (used, earned) = (Timestamp::new(kept.used), Timestamp::new(kept.earned));
            Ok((kept.name, Known { key, used, earned }))
        });
        Ok(Self { known: known.collect::<Result<_, _>>()?, ..Self::default() })
    }
}

impl Known {
    /// Whether it has brought a proof of late.
    fn has_earned(&self, now: Timestamp) -> bool {
        self.earned > Timestamp::default() && now < self.earned.after(EARNED_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    fn key(n: u128) -> KeyShown {
        KeyShown::new(format!("the key of name {n}")).unwrap()
    }

    fn keep(names: &mut Names, now: u64, n: u128) {
        names.keep(Timestamp::new(now), name(n), key(n).hash(name(n)), |name| name == Uuid::from_u128(3));
    }

    #[test]
    fn a_name_is_its_key_s_over_restarts() {
        let mut names = Names::default();
        assert!(names.admits(name(1), None) && names.admits(name(1), Some(&key(1))), "it is nobody's yet");
        assert_eq!(names.take_change(), None);
        (1..4).for_each(|n| keep(&mut names, 5, n));
        let written = names.take_change().unwrap();
        assert_eq!(names.take_change(), None);
        let text = String::from_utf8(written.clone()).unwrap();
        assert!(!text.contains("the key of"), "{text}");
        let again = Names::decode(&written).unwrap();
        assert_eq!(again.known, names.known);
        assert!(again.admits(name(1), Some(&key(1))));
        assert!(!again.admits(name(1), Some(&key(2))) && !again.admits(name(1), None), "somebody else's");
        assert_eq!(names.known[&name(1)].key.to_hex().len(), 64);
        let same = KeyShown::new("one key for two names".to_owned()).unwrap();
        assert_ne!(same.hash(name(1)), same.hash(name(2)), "that two names share a key is not seen");
    }

    #[test]
    fn strangers_without_number_push_out_what_is_unused_for_longest_and_nobody_who_is_there() {
        let mut names = Names::default();
        (1..=4).for_each(|n| keep(&mut names, n, n as u128));
        names.touch(Timestamp::new(10), name(1));
        assert_eq!(names.known[&name(1)].used.get(), 1, "it is not written again for a moment");
        names.touch(Timestamp::new(4_000_000), name(1));
        (5..=NAMES_MAX as u128 + 2).for_each(|n| keep(&mut names, 5_000_000, n));
        assert_eq!(names.pushes.len(), 2, "the first ones found room");
        assert_eq!(names.known.len(), NAMES_MAX);
        let there = |names: &Names| [1, 2, 3, 4].map(|n| names.known.contains_key(&name(n)));
        assert_eq!(there(&names), [true, false, true, false], "3 is registered, 1 was used of late");
        assert!(names.take_change().unwrap().len() <= BYTES_MAX);
        // An hour apart, since there are few pushes in one.
        (10_000..11_200).for_each(|n| keep(&mut names, 6_000_000 * (n - 9_998) as u64, n));
        assert_eq!((names.known.len(), there(&names)), (NAMES_MAX, [false, false, true, false]));
    }

    #[test]
    fn made_up_names_push_out_few_an_hour_and_nobody_who_has_brought_a_proof() {
        let (hour, start) = (PUSHES_WITHIN.get(), 10_000_000);
        let mut names = Names::default();
        (1..=NAMES_MAX as u128).for_each(|n| keep(&mut names, start, n));
        names.earn(Timestamp::new(start), name(1));
        keep(&mut names, start, 1);
        let mut names = Names::decode(&names.take_change().unwrap()).unwrap();
        let honest = |names: &Names| (1..=NAMES_MAX as u128).filter(|n| names.known.contains_key(&name(*n))).count();
        (10_000..11_000).for_each(|n| keep(&mut names, start + 1, n));
        assert_eq!(honest(&names), NAMES_MAX - PUSHES_MAX, "all that it costs in one hour");
        (20_000..21_000).for_each(|n| keep(&mut names, start + hour, n));
        assert_eq!(honest(&names), NAMES_MAX - PUSHES_MAX);
        (30_000..31_000).for_each(|n| keep(&mut names, start + 1 + hour, n));
        assert_eq!(honest(&names), NAMES_MAX - 2 * PUSHES_MAX);
        // Ten days of it.
        (100_000..102_500_u64).for_each(|n| keep(&mut names, start + (n - 97_500) * hour / 10, n.into()));
        assert_eq!(
            (honest(&names), names.known.contains_key(&name(1))),
            (2, true),
            "name 3 is registered, 1 has earned it"
        );
        keep(&mut names, start + EARNED_FOR.get() + hour, 200_000);
        assert!(names.known.len() == NAMES_MAX && !names.known.contains_key(&name(1)), "in the end it goes too");
    }

    #[test]
    fn what_somebody_else_has_written_is_refused() {
        for bad in [&b""[..], b"{}", b"[1]", br#"[{"name":"x","key":"","used":1}]"#, &vec![b' '; BYTES_MAX + 1]] {
            assert!(Names::decode(bad).is_err());
        }
        let one = r#"{"name":"550e8400-e29b-41d4-a716-446655440000","key":"zz","used":1}"#;
        assert!(Names::decode(format!("[{one}]").as_bytes()).is_err(), "that is no hash");
        let full = one.replace("zz", &"0".repeat(64));
        assert!(Names::decode(format!("[{full}]").as_bytes()).is_ok());
        assert!(Names::decode(format!("[{}{full}]", format!("{full},").repeat(NAMES_MAX)).as_bytes()).is_err());
    }
}
