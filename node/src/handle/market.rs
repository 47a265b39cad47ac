//! What a handle says about the market: explanations by the node's own replica of the ledger.

use super::{NodeHandle, Query};
use crate::{
    engine::{Command, Prices, StakeOrder},
    error::{CommandError, ExplainError, PastError, Unavailable},
    plan::{PlanSource, Planned},
    prepare_error::PrepareError,
    task_ref::TaskRef,
    view::{Earned, Payout, hex_of},
};
use dpgn_market::{
    AskShown, AuctionReplayed, AuctionScope, ElectionTold, Ledger, Quote, ReputationExplained, StakesTold, Statement,
    TaskExplained, TaskHistory, Wanted,
};
use dpgn_protocol::{
    council::WordKind,
    ids::{AccountId, TaskId},
    payout::PayeeAddress,
    sign::Unverified,
    units::{Height, Level},
};
use std::sync::Arc;

/// The most asks that an explanation shows: they fit into one line of the control socket.
pub const EXPLAINED_ASKS_MAX: u16 = 500;

impl NodeHandle {
    /// The ledger after the last block, to be read elsewhere: it stays as it is while the node goes on.
    pub async fn ledger(&self) -> Result<Arc<Ledger>, Unavailable> {
        self.ask(Query::Ledger).await
    }

    /// Explains an account's reputation as a prover: every term, and who gave it weight.
    pub async fn reputation(&self, account: AccountId) -> Result<ReputationExplained, Unavailable> {
        Ok(self.ledger().await?.explain_reputation(account))
    }

    /// What came to an account and what went from a block up to the last one: at most `lines_max` movements, and never
    /// more than [`crate::STATEMENT_LINES_MAX`], the newest; the sums have all. It applies the blocks again, which
    /// takes long if they are many.
    pub async fn statement(&self, account: AccountId, from: Height, lines_max: u16) -> Result<Statement, PastError> {
        let last = self.ledger().await?.height();
        if from > last {
            return Err(PastError::NoBlock { height: from, last });
        }
        self.0.past.statement(account, from, last, lines_max).await
    }

    /// Quotes what a proof costs now, and how long it takes.
    pub async fn quote(&self, wanted: &Wanted) -> Result<Quote, Unavailable> {
        Ok(self.ledger().await?.quote(wanted))
    }

    /// Builds a circuit in a worker, as for a purchase, and measures it; nothing is sent or charged.
    pub async fn plan(&self, source: PlanSource, level: Level) -> Result<Planned, PrepareError> {
        let recipe_of = async |circuit| self.ask(|reply| Query::Recipe(circuit, reply)).await.ok().flatten();
        self.0.prepare.plan(source, level, recipe_of).await
    }

    /// Explains any task that the ledger knows, an own one also by its alias: why it stands as it does, and why the
    /// prover that is asked about does not have it. Of one that waits at most `asks_max` asks are shown, and never more
    /// than [`crate::EXPLAINED_ASKS_MAX`].
    pub async fn explain(
        &self,
        task: TaskRef,
        about: Option<AccountId>,
        asks_max: u16,
    ) -> Result<TaskExplained, ExplainError> {
        let ledger = self.ledger().await?;
        let asks_max = usize::from(asks_max.clamp(1, EXPLAINED_ASKS_MAX));
        let id = self.find(&ledger, task);
        id.and_then(|id| ledger.explain_task(id, about, asks_max)).ok_or(ExplainError::Unknown(task))
    }

    /// All that blocks have decided about a task that the ledger knows, and what each of its auctions said of the
    /// prover that is asked about. It applies the blocks of its life again, and those before them from the last
    /// snapshot on, which takes long if they are many.
    pub async fn history(&self, task: TaskRef, about: Option<AccountId>) -> Result<TaskHistory, ExplainError> {
        let ledger = self.ledger().await?;
        let known = self.find(&ledger, task).and_then(|id| ledger.task(id));
        let known = known.ok_or(ExplainError::Unknown(task))?;
        let life = (known.task.opened, known.task.closed.unwrap_or(ledger.time()));
        Ok(self.0.past.history((known.id, about), life, ledger.height()).await?)
    }

    fn find(&self, ledger: &Ledger, task: TaskRef) -> Option<TaskId> {
        match task {
            TaskRef::Id(id) => Some(id),
            TaskRef::Alias(alias) => ledger.task_by_alias(self.account(), alias),
        }
    }

    /// The standing asks: a prover's, or all of them, at most [`crate::EXPLAINED_ASKS_MAX`].
    pub async fn asks(&self, of: Option<AccountId>) -> Result<Vec<AskShown>, Unavailable> {
        let ledger = self.ledger().await?;
        Ok(match of {
            Some(prover) => ledger.show_ask(prover).into_iter().collect(),
            None => {
                let asks = ledger.asks().take(usize::from(EXPLAINED_ASKS_MAX));
                asks.filter_map(|(prover, _)| ledger.show_ask(prover)).collect()
            }
        })
    }

    /// Sells at these prices from now on, until the node is started again. Awards that it holds keep their price.
    pub async fn sell(&self, prices: Prices) -> Result<(), CommandError> {
        self.ask(|reply| Query::Command(Command::Sell(prices), reply)).await??;
        Ok(())
    }

    /// Recomputes the auction of a decided block by looking at every bid and every ask, and compares it with the awards
    /// that the block made. The scope says what is shown, at most [`crate::AUCTION_ENTRIES_MAX`] entries. It applies
    /// old blocks again, which takes long if they are many.
    pub async fn replay_auction(&self, height: Height, scope: AuctionScope) -> Result<AuctionReplayed, PastError> {
        let last = self.ledger().await?.height();
        if height > last || height == Height::new(0) {
            return Err(PastError::NoBlock { height, last });
        }
        self.0.past.auction(height, scope).await
    }

    /// Names the address on an EVM chain that this account's payouts are for, or nobody: [`PayeeAddress::NONE`].
    pub async fn name_payee(&self, address: PayeeAddress) -> Result<(), CommandError> {
        self.ask(|reply| Query::Command(Command::Payee(address), reply)).await??;
        Ok(())
    }

    /// Bonds, votes, or takes one of them back. The ledger's rules say who may do it and with how much.
    pub async fn stake(&self, order: StakeOrder) -> Result<(), CommandError> {
        self.ask(|reply| Query::Command(Command::Stake(order), reply)).await??;
        Ok(())
    }

    /// Brings evidence that somebody has signed two words where one is allowed: its bond is burned. Anybody may, for the fee of
    /// an op; nothing is paid for it.
    pub async fn accuse(&self, kind: WordKind, first: Unverified, second: Unverified) -> Result<(), CommandError> {
        let command = Command::Accuse { kind, first, second };
        self.ask(|reply| Query::Command(command, reply)).await??;
        Ok(())
    }

    /// Tells how the election at the end of this epoch stands: all candidates, and who would have which power.
    pub async fn election(&self) -> Result<ElectionTold, Unavailable> {
        Ok(self.ledger().await?.election())
    }

    /// Tells what an account has locked on candidates; `None` if nothing.
    pub async fn stakes(&self, account: AccountId) -> Result<Option<StakesTold>, Unavailable> {
        Ok(self.ledger().await?.stakes_of(account))
    }

    /// The address that an account's payouts are for, and what it can show a contract.
    pub async fn payout(&self, account: AccountId) -> Result<Payout, Unavailable> {
        let ledger = self.ledger().await?;
        let root = ledger.payout_root();
        Ok(Payout {
            account,
            payee: ledger.account(account).and_then(|account| account.payee).map(|payee| payee.to_string()),
            epoch: root.map(|(epoch, _)| epoch),
            root: root.map(|(_, root)| hex_of(&root)),
            earned: root.and_then(|(epoch, _)| ledger.payout_proof(epoch, account)).map(Earned::from),
        })
    }
}
