//! The past: what decided blocks say, found by applying them again. It takes long, so one question at a time.

use crate::{
    driver::{Replay, ReplayError, RestoreError},
    error::{PastError, Unavailable},
    runtime::{disk::Disk, error::DiskError},
    store::StoreError,
};
use dpgn_market::{AuctionReplayed, AuctionScope, Auditor, Bookkeeper, Chronicler, Statement, TaskHistory};
use dpgn_protocol::{
    genesis::Genesis,
    ids::{AccountId, TaskId},
    units::{Height, Timestamp},
};
use std::sync::{Arc, Weak};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Questions about the past that are answered at once.
const REPLAYS_MAX: usize = 1;
/// The most movements of a statement: they fit into one line of the control socket.
pub const STATEMENT_LINES_MAX: u16 = 1_500;
/// The most entries of a recomputed auction, an [`AuctionScope`] says how they are counted: they fit into one line of the
/// control socket.
pub const AUCTION_ENTRIES_MAX: u64 = 750;

/// The decided blocks of a node, to be applied again.
#[derive(Clone)]
pub(crate) struct Past {
    /// The runtime's: whoever still has a handle of a node that has stopped keeps nobody from its disk.
    disk: Weak<Disk>,
    genesis: Arc<Genesis>,
    stop: CancellationToken,
    places: Arc<Semaphore>,
}

impl Past {
    pub(crate) fn new(disk: Weak<Disk>, genesis: Arc<Genesis>, stop: CancellationToken) -> Self {
        Self { disk, genesis, stop, places: Arc::new(Semaphore::new(REPLAYS_MAX)) }
    }

    /// The statement of an account over the blocks from `from` to `to`, with the newest movements.
    pub(crate) async fn statement(
        &self,
        account: AccountId,
        from: Height,
        to: Height,
        lines_max: u16,
    ) -> Result<Statement, PastError> {
        let from = from.max(Height::new(1));
        let lines_max = usize::from(lines_max.min(STATEMENT_LINES_MAX));
        self.replay(move |replay| {
            let mut ledger = replay.before(from)?;
            let mut books = Bookkeeper::open(&ledger, account, lines_max);
            replay.advance(&mut ledger, to, &mut |ledger, body| ledger.apply_booked(body, &mut books))?;
            Ok(books.close(&ledger))
        })
        .await
    }

    /// The auction of a block, recomputed, and this part of it shown.
    pub(crate) async fn auction(&self, height: Height, scope: AuctionScope) -> Result<AuctionReplayed, PastError> {
        let scope = AuctionScope { most: scope.most.clamp(1, AUCTION_ENTRIES_MAX), ..scope };
        let found = self
            .replay(move |replay| {
                let mut ledger = replay.before(height)?;
                let last = ledger.height();
                let mut auditor = Auditor::new(scope);
                replay.advance(&mut ledger, height, &mut |ledger, body| ledger.apply_audited(body, &mut auditor))?;
                auditor.found().ok_or(ReplayError::NoBlock { height, last })
            })
            .await?;
        Ok(found)
    }

    /// The history of a task that was open between these times, as the blocks up to `last` have it.
    pub(crate) async fn history(
        &self,
        (task, about): (TaskId, Option<AccountId>),
        (opened, closed): (Timestamp, Timestamp),
        last: Height,
    ) -> Result<TaskHistory, PastError> {
        self.replay(move |replay| {
            let (from, to) = (replay.height_at(opened, last)?, replay.height_at(closed, last)?);
            let mut ledger = replay.before(from)?;
            let mut chronicler = Chronicler::begin(&ledger, task, about);
            replay.advance(&mut ledger, to, &mut |ledger, body| ledger.apply_chronicled(body, &mut chronicler))?;
            Ok(chronicler.end(&ledger))
        })
        .await
    }

    /// Applies blocks again off the loop, unless somebody else's are applied already.
    async fn replay<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Replay<'_, Disk>) -> Result<T, ReplayError<StoreError>> + Send + 'static,
    ) -> Result<T, PastError> {
        let busy = |_| Unavailable::Busy { waiting_max: REPLAYS_MAX };
        let place = self.places.clone().try_acquire_owned().map_err(busy)?;
        let disk = self.disk.upgrade().ok_or(Unavailable::Stopped)?;
        let past = self.clone();
        let worked = tokio::task::spawn_blocking(move || {
            let is_stopping = || past.stop.is_cancelled();
            let replay = Replay { genesis: &past.genesis, archive: &*disk, is_stopping: &is_stopping };
            let result = work(&replay);
            drop(place);
            result
        });
        match worked.await.map_err(DiskError::Died)? {
            Ok(done) => Ok(done),
            Err(ReplayError::Stopped) => Err(Unavailable::Stopped.into()),
            Err(ReplayError::NoBlock { height, last }) => Err(PastError::NoBlock { height, last }),
            // The blocks may have been pruned while they were read.
            Err(
                ReplayError::Pruned { height, first }
                | ReplayError::Restore(RestoreError::Archive(StoreError::Pruned { height, first })),
            ) => Err(PastError::Pruned { height, first }),
            Err(ReplayError::Restore(error)) => Err(DiskError::from(Box::new(error)).into()),
        }
    }
}
