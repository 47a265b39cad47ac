//! Labels: the names that requesters give themselves, which mean nothing to the network. They are given back to whoever asks
//! for the task, and the latest are kept.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Mutex, PoisonError},
};
use uuid::Uuid;

/// The labels that are kept.
const KEPT_MAX: usize = 4_096;
/// Characters of a label.
pub(crate) const LABEL_LEN_MAX: usize = 128;

/// The labels of tasks, by the requesters' names for them.
#[derive(Debug, Default)]
pub(crate) struct Labels(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    labels: BTreeMap<Uuid, String>,
    order: VecDeque<Uuid>,
}

impl Labels {
    pub(crate) fn keep(&self, task: Uuid, label: String) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.labels.insert(task, label).is_none() {
            kept.order.push_back(task);
        }
        if kept.order.len() > KEPT_MAX
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.labels.remove(&oldest);
        }
    }

    pub(crate) fn of(&self, task: Uuid) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).labels.get(&task).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_labels_go() {
        let labels = Labels::default();
        let all = KEPT_MAX as u128 + 10;
        (0..all).for_each(|n| labels.keep(Uuid::from_u128(n), n.to_string()));
        labels.keep(Uuid::from_u128(all - 1), "again".to_owned());
        assert_eq!(labels.of(Uuid::from_u128(9)), None);
        assert_eq!(labels.of(Uuid::from_u128(10)), Some("10".to_owned()));
        assert_eq!(labels.of(Uuid::from_u128(all - 1)), Some("again".to_owned()));
        assert_eq!(labels.0.lock().unwrap().labels.len(), KEPT_MAX);
    }
}
