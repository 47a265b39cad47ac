//! Accounts: what one has, and what is locked.

use super::{balance::BalanceRow, market::share, network::CandidateRow};
use dpgn_market::Ledger;
use dpgn_node::view::{Balance, Payout};
use dpgn_protocol::ids::AccountId;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// An account, as this node's replica of the ledger has it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountTold {
    /// The account that is asked about.
    account: String,
    /// Whether the ledger knows it.
    is_known: bool,
    /// What it has.
    balance: BalanceRow,
    /// The reputation as a prover, 0 to 1; that of a newcomer if it has no outcomes.
    reputation: f64,
    /// Whether it sells now, or has outcomes as a prover.
    is_prover: bool,
    /// As a candidate for the committee; null if it is none.
    #[schema(required)]
    candidate: Option<CandidateRow>,
    /// What it has locked on candidates: `votes` by account, and what is `unlocking`; null if nothing.
    #[schema(required, value_type = Option<Object>)]
    stakes: Option<Value>,
    /// The address that its payouts are for, and what it can show a contract.
    #[schema(value_type = Object)]
    payout: Value,
}

impl AccountTold {
    pub(crate) fn of(ledger: &Ledger, account: AccountId, balance: Balance, payout: &Payout) -> Self {
        let reputation = ledger.reputation(account);
        let candidate = ledger.election().candidates.into_iter().find(|candidate| candidate.account == account);
        Self {
            account: account.to_string(),
            is_known: ledger.account(account).is_some(),
            balance: balance.into(),
            reputation: share(reputation.value),
            is_prover: ledger.ask_of(account).is_some() || reputation.weight.get() > 0,
            candidate: candidate.map(CandidateRow::from),
            stakes: ledger.stakes_of(account).and_then(|stakes| serde_json::to_value(stakes).ok()),
            payout: serde_json::to_value(payout).unwrap_or_default(),
        }
    }
}
