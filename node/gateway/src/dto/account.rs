//! Accounts: what one has, and what is locked.

use super::{
    balance::BalanceRow,
    election::{CandidateRow, StakesRow},
    share::share,
};
use dpgn_market::Ledger;
use dpgn_node::view::{Balance, Earned, Payout};
use dpgn_protocol::ids::AccountId;
use serde::Serialize;
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
    /// What it has locked on candidates; null if nothing.
    #[schema(required)]
    stakes: Option<StakesRow>,
    /// The address that its payouts are for, and what it can show a contract.
    payout: PayoutRow,
}

/// The payouts of an account on an EVM chain. Hashes and addresses are hexadecimal, with `0x`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PayoutRow {
    /// The address that it has named; null if none. It counts from the end of the epoch on, if the account earns in it.
    #[schema(required)]
    payee: Option<String>,
    /// The epoch that ended last and had a root; null before the first.
    #[schema(required)]
    epoch: Option<u64>,
    /// The root of that epoch's payouts; null with it.
    #[schema(required)]
    root: Option<String>,
    /// What the account had earned by then; null if nothing.
    #[schema(required)]
    earned: Option<EarnedRow>,
}

/// The leaf of an account in the tree of payouts, and the way from there to the root.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EarnedRow {
    /// The address in the leaf, zeros if the account had named none when the leaf last changed.
    payee: String,
    /// All that the account had ever earned, in micro-credits.
    amount: u64,
    /// The hashes beside the way, from the leaf up.
    path: Vec<String>,
}

impl From<Payout> for PayoutRow {
    fn from(payout: Payout) -> Self {
        let earned = |earned: Earned| EarnedRow { payee: earned.payee, amount: earned.amount.get(), path: earned.path };
        Self {
            payee: payout.payee,
            epoch: payout.epoch.map(|epoch| epoch.get()),
            root: payout.root,
            earned: payout.earned.map(earned),
        }
    }
}

impl AccountTold {
    pub(crate) fn of(ledger: &Ledger, account: AccountId, balance: Balance, payout: Payout) -> Self {
        let reputation = ledger.reputation(account);
        let candidate = ledger.election().candidates.into_iter().find(|candidate| candidate.account == account);
        Self {
            account: account.to_string(),
            is_known: ledger.account(account).is_some(),
            balance: balance.into(),
            reputation: share(reputation.value),
            is_prover: ledger.ask_of(account).is_some() || reputation.weight.get() > 0,
            candidate: candidate.map(CandidateRow::from),
            stakes: ledger.stakes_of(account).map(StakesRow::from),
            payout: payout.into(),
        }
    }
}
