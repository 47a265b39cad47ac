//! The stream of what a node tells: bounded, and it says how much a listener that is too slow has missed.

use crate::{engine::Notice, handle::NodeHandle};
use dpgn_protocol::ids::TaskId;
use futures::{
    FutureExt, Stream, StreamExt,
    stream::{BoxStream, unfold},
};
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::sync::broadcast::{
    Receiver,
    error::{RecvError, TryRecvError},
};
use tokio_util::sync::CancellationToken;

/// The number of notices that a listener has missed because it was too slow: the oldest went to make room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} notices were missed")]
pub struct Missed(pub u64);

/// The notices of a node, as a stream that ends with the node.
///
/// A listener that is too slow misses the oldest and is told how many; it goes on with the next one that is left. What the
/// missed ones said can be asked for: [`NodeHandle::task`](crate::NodeHandle::task) knows how a task stands.
pub struct Notices {
    all: Heard,
    /// The node that knows how a task stands.
    node: NodeHandle,
}

/// What a listener hears.
type Heard = BoxStream<'static, Result<Notice, Missed>>;

impl Notices {
    pub(crate) fn new(receiver: Receiver<Notice>, stopped: CancellationToken, node: NodeHandle) -> Self {
        Self { all: heard(receiver, stopped), node }
    }

    /// The next notice; `None` once the node has stopped. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Option<Result<Notice, Missed>> {
        self.all.next().await
    }

    /// The notices of one own task alone. The stream ends with the notice that the task is over; if that one was missed, or came
    /// before this listener did, it ends as soon as there is no more to hear of the task.
    #[must_use]
    pub fn of_task(self, task: TaskId) -> Self {
        let node = self.node.clone();
        let is_over = move || {
            let node = node.clone();
            async move { node.is_over(task).await }
        };
        Self { all: of_task(self.all, task, is_over), node: self.node }
    }
}

/// Notices until the node has stopped. Handles keep the channel open beyond that, so that its end alone would not be heard.
fn heard(receiver: Receiver<Notice>, stopped: CancellationToken) -> Heard {
    let next = async |(mut receiver, stopped): (Receiver<Notice>, CancellationToken)| {
        let heard = tokio::select! {
            biased;
            heard = receiver.recv() => heard,
            () = stopped.cancelled() => receiver.try_recv().map_err(|error| match error {
                TryRecvError::Lagged(count) => RecvError::Lagged(count),
                TryRecvError::Empty | TryRecvError::Closed => RecvError::Closed,
            }),
        };
        match heard {
            Ok(notice) => Some((Ok(notice), (receiver, stopped))),
            Err(RecvError::Lagged(count)) => Some((Err(Missed(count)), (receiver, stopped))),
            Err(RecvError::Closed) => None,
        }
    };
    unfold((receiver, stopped), next).boxed()
}

/// How a stream of one task's notices goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// The end may have come unheard: the node is asked.
    Ask,
    /// The end is still to come.
    Wait,
    /// The task is over: what is there already is told, and nothing is waited for.
    Empty,
    /// The end was told.
    End,
}

/// The notices of one task. `is_over` says whether the node knows its end.
fn of_task<I, F>(all: Heard, task: TaskId, is_over: I) -> Heard
where
    I: Fn() -> F + Send + 'static,
    F: Future<Output = bool> + Send + 'static,
{
    let next = move |(mut all, is_over, mut next): (Heard, I, Next)| async move {
        loop {
            if next == Next::Ask {
                let asked = is_over();
                next = if asked.await { Next::Empty } else { Next::Wait };
            }
            let heard = match next {
                Next::End => return None,
                Next::Empty => tokio::task::unconstrained(all.next()).now_or_never().flatten()?,
                Next::Ask | Next::Wait => all.next().await?,
            };
            match heard {
                Ok(notice) if notice.task() == Some(task) => {
                    next = if notice.ends_task() { Next::End } else { next };
                    return Some((Ok(notice), (all, is_over, next)));
                }
                Ok(_) => {}
                missed @ Err(_) => return Some((missed, (all, is_over, Next::Ask))),
            }
        }
    };
    unfold((all, is_over, Next::Ask), next).boxed()
}

impl Stream for Notices {
    type Item = Result<Notice, Missed>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.all.poll_next_unpin(context)
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
    use std::{cell::Cell, future::ready};
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

    /// A listener who is behind by these notices; the channel stays open, as by handles.
    fn tell(all: impl IntoIterator<Item = Notice>, room: usize) -> (Sender<Notice>, Heard) {
        let sender = Sender::new(room);
        let notices = heard(sender.subscribe(), CancellationToken::new());
        all.into_iter().for_each(|notice| drop(sender.send(notice)));
        (sender, notices)
    }

    #[tokio::test]
    async fn a_listener_that_lags_is_told_how_much_it_missed() {
        let (sender, notices) = tell((1..=6).map(opened), 4);
        drop(sender);
        let heard: Vec<_> = notices.collect().await;
        assert_eq!(heard, [Err(Missed(2)), Ok(opened(3)), Ok(opened(4)), Ok(opened(5)), Ok(opened(6))]);
    }

    #[tokio::test]
    async fn the_stream_of_a_task_ends_with_the_task() {
        let block = Notice::Block { height: Height::new(1), block: BlockHash::from_bytes([0; 32]), ops: 0 };
        let (_open, notices) = tell([opened(1), opened(2), block, completed(2), completed(1), opened(1)], 8);
        let heard: Vec<_> = of_task(notices, task(1), || ready(false)).collect().await;
        assert_eq!(heard, [Ok(opened(1)), Ok(completed(1))]);
    }

    #[tokio::test]
    async fn whoever_missed_the_end_of_a_task_does_not_wait_for_it() {
        let (_open, notices) = tell([completed(1), opened(2), opened(3)], 2);
        let asked = Cell::new(0);
        let is_over = move || ready(asked.replace(asked.get() + 1) > 0);
        let lagged: Vec<_> = of_task(notices, task(1), is_over).collect().await;
        assert_eq!(lagged, [Err(Missed(1))], "it is told that something was missed, and then that it is over");
        let (_open, notices) = tell([completed(2)], 2);
        let late: Vec<_> = of_task(notices, task(1), || ready(true)).collect().await;
        assert_eq!(late, [], "it was over before anybody listened");
        let (_open, notices) = tell([completed(1)], 2);
        let between: Vec<_> = of_task(notices, task(1), || ready(true)).collect().await;
        assert_eq!(between, [Ok(completed(1))], "what came between the two is told");
    }

    #[tokio::test]
    async fn a_stream_ends_with_the_node_though_a_handle_is_left() {
        let (stopped, sender) = (CancellationToken::new(), Sender::new(4));
        let notices = heard(sender.subscribe(), stopped.clone());
        sender.send(opened(1)).unwrap();
        stopped.cancel();
        assert_eq!(notices.collect::<Vec<_>>().await, [Ok(opened(1))]);
    }

    #[tokio::test]
    async fn a_wait_that_is_given_up_loses_nothing() {
        let (sender, mut notices) = tell([], 4);
        assert!(futures::poll!(std::pin::pin!(notices.next())).is_pending());
        sender.send(opened(1)).unwrap();
        assert_eq!(notices.next().await, Some(Ok(opened(1))));
    }
}
