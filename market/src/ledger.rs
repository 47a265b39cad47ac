//! The state, how it begins, and its root.

use crate::{account::Account, book::Book, circuit::Registered, clock::Clock, funds::Purse, task::Task};
use dpgn_protocol::{
    codec::{self, EncodeError},
    committee::Committee,
    genesis::{Genesis, Params},
    ids::{AccountId, CircuitId, NetworkId, StateRoot, TaskId},
    units::{Credits, Epoch, Height, Ppm, Timestamp},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The whole state of a network's market after some block. Its serde encoding is the snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    pub(crate) network: NetworkId,
    pub(crate) params: Params,
    pub(crate) committee: Committee,
    pub(crate) clock: Clock,
    pub(crate) purse: Purse,
    pub(crate) accounts: BTreeMap<AccountId, Account>,
    pub(crate) circuits: BTreeMap<CircuitId, Registered>,
    pub(crate) book: Book,
    /// Tasks that have not ended.
    pub(crate) open: BTreeMap<TaskId, Task>,
    /// Tasks that have, for some epochs.
    pub(crate) ended: BTreeMap<TaskId, Task>,
    /// The name a requester's users know a task by.
    pub(crate) aliases: BTreeMap<(AccountId, Uuid), TaskId>,
    /// The last auction left something that the next can award.
    pub(crate) backlog: bool,
}

/// A genesis that makes no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// It cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// An account is named twice.
    #[error("account {0} is named twice")]
    AccountTwice(AccountId),
    /// All credits together do not fit.
    #[error("all credits together are more than 2^63")]
    TooManyCredits,
    /// Weights that must be one together.
    #[error("{what} must be {} together, they are {got}", Ppm::ONE)]
    Weights {
        /// Which.
        what: &'static str,
        /// What they are.
        got: u64,
    },
    /// A rule outside its range.
    #[error("{what} must be at least {min}, it is {got}")]
    TooSmall {
        /// Which.
        what: &'static str,
        /// What it is.
        got: u64,
        /// What it must be.
        min: u64,
    },
    /// A share of more than the whole.
    #[error("{what} must be at most {}, it is {got}", Ppm::ONE)]
    TooLarge {
        /// Which.
        what: &'static str,
        /// What it is.
        got: Ppm,
    },
}

impl Ledger {
    /// The state before the first block.
    pub fn new(genesis: &Genesis) -> Result<Self, GenesisError> {
        check_params(&genesis.params)?;
        let mut minted = Credits::ZERO;
        let mut accounts = BTreeMap::new();
        for allocation in genesis.accounts.iter() {
            minted = minted.checked_add(allocation.credits).ok_or(GenesisError::TooManyCredits)?;
            let account = Account { balance: allocation.credits, ..Account::new(Height::new(0), Epoch::new(0)) };
            if accounts.insert(allocation.account, account).is_some() {
                return Err(GenesisError::AccountTwice(allocation.account));
            }
        }
        if minted.get() > 1 << 63 {
            return Err(GenesisError::TooManyCredits);
        }
        Ok(Self {
            network: genesis.network()?,
            params: genesis.params.clone(),
            committee: genesis.committee.clone(),
            clock: Clock::new(genesis.time),
            purse: Purse { minted, ..Purse::default() },
            accounts,
            circuits: BTreeMap::new(),
            book: Book::default(),
            open: BTreeMap::new(),
            ended: BTreeMap::new(),
            aliases: BTreeMap::new(),
            backlog: false,
        })
    }

    /// What the committee signs for: the hash of the whole state.
    pub fn root(&self) -> Result<StateRoot, EncodeError> {
        Ok(StateRoot::from_bytes(codec::hash("dpgn state v1", self)?))
    }

    /// Which network this is.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// The rules.
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// The last block's height; 0 before the first.
    pub fn height(&self) -> Height {
        self.clock.height()
    }

    /// The last block's time; the genesis' before the first.
    pub fn time(&self) -> Timestamp {
        self.clock.time()
    }

    /// The epoch of the last block.
    pub fn epoch(&self) -> Epoch {
        self.epoch_at(self.clock.height())
    }

    /// The epoch of the block at a height. The first block opens epoch 0.
    pub fn epoch_at(&self, height: Height) -> Epoch {
        Epoch::new(height.get().saturating_sub(1) / self.params.epoch_blocks.max(1))
    }

    /// Who decides the next height: what the last header names as the next committee.
    pub fn committee(&self) -> &Committee {
        &self.committee
    }
}

fn check_params(params: &Params) -> Result<(), GenesisError> {
    let together = |what, weights: &[Ppm]| {
        let got = weights.iter().map(|w| u64::from(w.get())).sum();
        if got == u64::from(Ppm::ONE.get()) { Ok(()) } else { Err(GenesisError::Weights { what, got }) }
    };
    together("price_weight and reputation_weight", &[params.price_weight, params.reputation_weight])?;
    together(
        "success_weight, quality_weight and time_weight",
        &[params.success_weight, params.quality_weight, params.time_weight],
    )?;
    let shares = [
        ("reputation_prior", params.reputation_prior),
        ("epoch_keep", params.epoch_keep),
        ("unable_weight", params.unable_weight),
        ("bid_fee", params.bid_fee),
    ];
    if let Some(&(what, got)) = shares.iter().find(|(_, share)| *share > Ppm::ONE) {
        return Err(GenesisError::TooLarge { what, got });
    }
    let least = [
        ("slack", u64::from(params.slack.get()), u64::from(Ppm::ONE.get())),
        ("collateral_min", params.collateral_min.get(), params.decline_fee.get()),
        ("recipe_bytes_per_second", params.recipe_bytes_per_second, 1),
        ("build_rows_per_second", params.build_rows_per_second, 1),
        ("nominal_rows_per_second", params.nominal_rows_per_second, 1),
        ("heartbeat", params.heartbeat.get(), 1),
        ("idle_interval", params.idle_interval.get(), params.block_interval.get().max(1)),
        ("epoch_blocks", params.epoch_blocks, 1),
        ("keep_epochs", params.keep_epochs, 1),
        ("op_life", params.op_life.get(), 1),
        ("complaints_max", u64::from(params.complaints_max), 1),
        ("block_awards_max", u64::from(params.block_awards_max), 1),
    ];
    match least.into_iter().find(|(_, got, min)| got < min) {
        Some((what, got, min)) => Err(GenesisError::TooSmall { what, got, min }),
        None => Ok(()),
    }
}
