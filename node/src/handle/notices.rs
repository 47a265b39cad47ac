//! The stream of what a node tells: bounded, and it says how much a listener that is too slow has missed.

use crate::engine::Notice;
use dpgn_protocol::ids::TaskId;
use futures::{
    Stream, StreamExt,
    stream::{BoxStream, unfold},
};
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// The number of notices that a listener has missed because it was too slow: the oldest went to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} notices were missed")]
pub struct Missed(pub u64);

/// The notices of a node, as a stream that ends with the node.
///
/// A listener that is too slow misses the oldest and is told how many; it goes on with the next one that is left. What the
/// missed ones said can be asked for: [`NodeHandle::task`](crate::NodeHandle::task) knows how a task stands.
pub struct Notices(BoxStream<'static, Result<Notice, Missed>>);

impl Notices {
    pub(crate) fn new(receiver: Receiver<Notice>) -> Self {
        let next = async |mut receiver: Receiver<Notice>| match receiver.recv().await {
            Ok(notice) => Some((Ok(notice), receiver)),
            Err(RecvError::Lagged(count)) => Some((Err(Missed(count)), receiver)),
            Err(RecvError::Closed) => None,
        };
        Self(unfold(receiver, next).boxed())
    }

    /// The next notice; `None` once the node has stopped. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Option<Result<Notice, Missed>> {
        self.0.next().await
    }

    /// The notices of one own task alone. The stream ends with the notice that the task is over; if that one was among those
    /// missed, it ends with the node.
    #[must_use]
    pub fn of_task(self, task: TaskId) -> Self {
        let next = move |(mut all, is_over): (Self, bool)| async move {
            if is_over {
                return None;
            }
            loop {
                match all.next().await? {
                    Ok(notice) if notice.task() == Some(task) => {
                        let is_over = notice.ends_task();
                        return Some((Ok(notice), (all, is_over)));
                    }
                    Ok(_) => {}
                    missed @ Err(_) => return Some((missed, (all, false))),
                }
            }
        };
        Self(unfold((self, false), next).boxed())
    }
}

impl Stream for Notices {
    type Item = Result<Notice, Missed>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(context)
    }
}

impl fmt::Debug for Notices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Notices")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{
        finding::Finding,
        ids::{AccountId, BlockHash, ProofHash},
        units::Height,
    };
    use tokio::sync::broadcast::Sender;

    fn task(n: u8) -> TaskId {
        TaskId::from_bytes([n; 32])
    }

    fn opened(n: u8) -> Notice {
        Notice::Opened { task: task(n), requester: AccountId::from_bytes([9; 32]) }
    }

    fn completed(n: u8) -> Notice {
        Notice::Completed { task: task(n), proof: ProofHash::from_bytes([0; 32]), finding: Finding::Valid }
    }

    fn tell(all: impl IntoIterator<Item = Notice>, room: usize) -> Notices {
        let sender = Sender::new(room);
        let notices = Notices::new(sender.subscribe());
        all.into_iter().for_each(|notice| drop(sender.send(notice)));
        notices
    }

    #[tokio::test]
    async fn a_listener_that_lags_is_told_how_much_it_missed() {
        let heard: Vec<_> = tell((1..=6).map(opened), 4).collect().await;
        assert_eq!(heard, [Err(Missed(2)), Ok(opened(3)), Ok(opened(4)), Ok(opened(5)), Ok(opened(6))]);
    }

    #[tokio::test]
    async fn the_stream_of_a_task_ends_with_the_task() {
        let block = Notice::Block { height: Height::new(1), block: BlockHash::from_bytes([0; 32]), ops: 0 };
        let all = [opened(1), opened(2), block, completed(2), completed(1), opened(1)];
        let heard: Vec<_> = tell(all, 8).of_task(task(1)).collect().await;
        assert_eq!(heard, [Ok(opened(1)), Ok(completed(1))]);
        let lagged: Vec<_> = tell([completed(1), opened(2), opened(3)], 2).of_task(task(1)).collect().await;
        assert_eq!(lagged, [Err(Missed(1))], "whoever missed the end is told that something was missed");
    }

    #[tokio::test]
    async fn a_wait_that_is_given_up_loses_nothing() {
        let sender = Sender::new(4);
        let mut notices = Notices::new(sender.subscribe());
        assert!(futures::poll!(std::pin::pin!(notices.next())).is_pending());
        sender.send(opened(1)).unwrap();
        assert_eq!(notices.next().await, Some(Ok(opened(1))));
    }
}
