//! Pages of a long list: a part at a time, from the newest, and a cursor that says where the next part begins.

use crate::view::TaskInfo;
use dpgn_protocol::{ids::TaskId, units::Timestamp};
use serde::{Deserialize, Serialize};

/// The most tasks on one page.
pub const PAGE_TASKS_MAX: u16 = 50;

/// The cursor of the next page. Opaque: it means something to the node alone, and stays good while tasks are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TaskCursor {
    /// The time at which the last task of the page before was submitted.
    created_at: Timestamp,
    /// The last task of the page before.
    task: TaskId,
}

impl TaskCursor {
    /// The cursor that continues behind this task.
    pub(crate) fn behind(created_at: Timestamp, task: TaskId) -> Self {
        Self { created_at, task }
    }

    /// The task that it continues behind.
    pub(crate) fn task(&self) -> TaskId {
        self.task
    }
}

/// A page of own tasks, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskPage {
    /// The tasks, at most [`PAGE_TASKS_MAX`].
    pub tasks: Vec<TaskInfo>,
    /// The cursor of the next page; absent on the last one.
    pub next: Option<TaskCursor>,
}

/// The newest of all that lie behind a cursor, and the cursor behind them if there are more.
pub(crate) fn newest(
    all: impl Iterator<Item = TaskCursor>,
    after: Option<TaskCursor>,
    limit: u16,
) -> (Vec<TaskCursor>, Option<TaskCursor>) {
    let mut page: Vec<_> = all.filter(|at| after.is_none_or(|after| *at < after)).collect();
    page.sort_unstable_by(|a, b| b.cmp(a));
    let limit = usize::from(limit.clamp(1, PAGE_TASKS_MAX));
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().copied().filter(|_| more);
    (page, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tasks in no order, some of them submitted in the same millisecond.
    fn tasks(count: u32) -> Vec<TaskCursor> {
        let id = |n: u32| TaskId::from_bytes(std::array::from_fn(|i| n.wrapping_mul(0x9e37_79b9).to_le_bytes()[i % 4]));
        (0..count).map(|n| TaskCursor::behind(Timestamp::new(u64::from(n * 7 % 31)), id(n))).collect()
    }

    #[test]
    fn pages_show_every_task_once_the_newest_first() {
        let all = tasks(1_000);
        for limit in [0, 1, 7, PAGE_TASKS_MAX, u16::MAX] {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let (page, next) = newest(all.iter().copied(), after, limit);
                assert!(page.len() <= usize::from(PAGE_TASKS_MAX) && !page.is_empty());
                seen.extend(page);
                match next {
                    Some(next) => after = Some(next),
                    None => break,
                }
            }
            let mut expected = all.clone();
            expected.sort_by(|a, b| b.cmp(a));
            assert_eq!(seen, expected, "in pages of {limit}");
        }
        assert_eq!(newest(std::iter::empty(), None, 10), (Vec::new(), None));
    }

    #[test]
    fn a_task_that_comes_in_between_moves_no_page() {
        let mut all = tasks(100);
        let (first, next) = newest(all.iter().copied(), None, 10);
        let newer = TaskCursor::behind(Timestamp::new(1_000), TaskId::from_bytes([9; 32]));
        all.push(newer);
        let (second, _) = newest(all.iter().copied(), next, 10);
        assert!(second.iter().all(|at| !first.contains(at) && *at != newer));
    }
}
