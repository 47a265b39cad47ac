//! What a handle says about the market: explanations by the node's own replica of the ledger.

use super::{NodeHandle, Query};
use crate::error::{PastError, Unavailable};
use dpgn_market::{Ledger, ReputationExplained, Statement};
use dpgn_protocol::{ids::AccountId, units::Height};
use std::sync::Arc;

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
    /// more than [`crate::STATEMENT_LINES_MAX`], the newest; the sums have all. It applies the blocks again, which takes
    /// long if they are many.
    pub async fn statement(&self, account: AccountId, from: Height, lines_max: u16) -> Result<Statement, PastError> {
        let last = self.ledger().await?.height();
        if from > last {
            return Err(PastError::NoBlock { height: from, last });
        }
        self.0.past.statement(account, from, last, lines_max).await
    }
}
