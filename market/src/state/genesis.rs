//! The state before the first block, made from a genesis whose rules are checked.

use super::{
    account::Account, book::Book, clock::Clock, evictions::Evictions, ledger::Ledger, payouts::Payouts,
    pools::CreditPools, rates::Rates, schedule::Schedule, stakes::Stakes, tenure::Tenure, totals::Totals,
    tree_map::TreeMap, waiting::Waiting,
};
use dpgn_protocol::{
    codec::EncodeError,
    genesis::{Genesis, Params},
    ids::{AccountId, CircuitId},
    limits::COMMITTEE_MAX,
    units::{Credits, Epoch, Height, Ppm},
};
use std::collections::BTreeSet;

/// The number of counterparties that it takes at least to weigh as much as the prior.
const COUNTERPARTIES_OF_A_NAME: u64 = 4;
/// The largest share of the committee's half of a fee that may pay for challenges.
const CHALLENGE_SHARE_MAX: Ppm = Ppm::new(500_000);

/// Why a genesis makes no network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// The genesis cannot be encoded.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// An account is named twice.
    #[error("account {0} is named twice")]
    AccountTwice(AccountId),
    /// The credits of all accounts together are more than 2^63.
    #[error("all credits together are more than 2^63")]
    TooManyCredits,
    /// Some weights are not one (1,000,000 parts per million) together.
    #[error("{what} must be {} together, they are {got}", Ppm::ONE)]
    Weights {
        /// The names of the weights.
        what: &'static str,
        /// The sum of the weights in parts per million.
        got: u64,
    },
    /// A rule is below its range.
    #[error("{what} must be at least {min}, it is {got}")]
    TooSmall {
        /// The name of the rule.
        what: &'static str,
        /// The number that the genesis gives.
        got: u64,
        /// The least number that is allowed.
        min: u64,
    },
    /// A number is above its range.
    #[error("{what} must be at most {max}, it is {got}")]
    TooMany {
        /// The name of the rule.
        what: &'static str,
        /// The number that the genesis gives.
        got: u64,
        /// The largest number that is allowed.
        max: u64,
    },
    /// Challenges take more of the committee's fees than they may.
    #[error("challenge_share must be at most {CHALLENGE_SHARE_MAX}, it is {got}")]
    ChallengeShare {
        /// The share that the genesis gives.
        got: Ppm,
    },
    /// A circuit is listed twice for challenges.
    #[error("circuit {0} is listed twice for challenges")]
    ChallengeTwice(CircuitId),
    /// A share is more than the whole.
    #[error("{what} must be at most {}, it is {got}", Ppm::ONE)]
    TooLarge {
        /// The name of the share.
        what: &'static str,
        /// The share that the genesis gives.
        got: Ppm,
    },
}

impl Ledger {
    /// Makes the state before the first block.
    pub fn new(genesis: &Genesis) -> Result<Self, GenesisError> {
        check_params(&genesis.params)?;
        let mut pools = CreditPools::new();
        let mut accounts = TreeMap::default();
        for allocation in genesis.accounts.iter() {
            let coins = pools.mint(allocation.credits).ok_or(GenesisError::TooManyCredits)?;
            let mut account = Account::new(Height::new(0), Epoch::new(0));
            account.give(coins);
            if accounts.insert(allocation.account, account).is_some() {
                return Err(GenesisError::AccountTwice(allocation.account));
            }
        }
        for member in genesis.committee.members() {
            accounts.get_or_insert_with(member.account, || Account::new(Height::new(0), Epoch::new(0)));
        }
        let stakes = first_bonds(genesis, &mut pools)?;
        let mut ledger = Self {
            network: genesis.network()?,
            params: genesis.params.clone(),
            committee: genesis.committee.clone(),
            clock: Clock::new(genesis.time),
            pools,
            accounts,
            circuits: TreeMap::default(),
            book: Book::default(),
            rates: Rates::default(),
            payouts: Payouts::default(),
            stakes,
            tenure: Tenure::new(&genesis.committee),
            open: TreeMap::default(),
            ended: TreeMap::default(),
            aliases: TreeMap::default(),
            backlog: false,
            schedule: Schedule::default(),
            waiting: Waiting::default(),
            evictions: Evictions::default(),
            totals: Totals::default(),
        };
        ledger.totals = ledger.totals_anew();
        ledger.evictions = ledger.evictions_anew();
        Ok(ledger)
    }
}

/// The bonds of the first committee: as much less than the largest as a member's power is.
fn first_bonds(genesis: &Genesis, pools: &mut CreditPools) -> Result<Stakes, GenesisError> {
    let members = genesis.committee.members();
    let largest = members.iter().map(|member| member.power.get()).max().unwrap_or(1).max(1);
    let mut stakes = Stakes::default();
    for member in members {
        let bond = u128::from(genesis.params.member_bond.get()) * u128::from(member.power.get()) / u128::from(largest);
        let bond = Credits::new(u64::try_from(bond).unwrap_or(u64::MAX));
        let coins = pools.mint(bond).ok_or(GenesisError::TooManyCredits)?;
        stakes.change(member.account, |candidate| candidate.bond.give(coins));
    }
    Ok(stakes)
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
        ("decline_share", params.decline_share),
    ];
    if let Some(&(what, got)) = shares.iter().find(|(_, share)| *share > Ppm::ONE) {
        return Err(GenesisError::TooLarge { what, got });
    }
    check_prior(params)?;
    check_challenges(params)?;
    check_election(params)?;
    let least = [
        ("price_weight", u64::from(params.price_weight.get()), 1),
        ("slack", u64::from(params.slack.get()), u64::from(Ppm::ONE.get())),
        ("collateral_min", params.collateral_min.get(), params.decline_fee.get()),
        ("recipe_bytes_per_second", params.recipe_bytes_per_second, 1),
        ("build_rows_per_second", params.build_rows_per_second, 1),
        ("nominal_rows_per_second", params.nominal_rows_per_second, 1),
        ("price_spread_max", params.price_spread_max, 1),
        ("heartbeat", params.heartbeat.get(), 1),
        ("idle_interval", params.idle_interval.get(), params.block_interval.get().max(1)),
        ("time_step_max", params.time_step_max.get(), params.idle_interval.get()),
        ("epoch_blocks", params.epoch_blocks, 1),
        ("keep_epochs", params.keep_epochs, 1),
        ("op_life", params.op_life.get(), 1),
        ("ended_max", u64::from(params.ended_max), 1),
        ("complaints_max", u64::from(params.complaints_max), 1),
        ("block_awards_max", u64::from(params.block_awards_max), 1),
        ("seats", u64::from(params.seats), 1),
        ("committee_min", u64::from(params.committee_min), 1),
        ("bond_factor", params.bond_factor, 1),
        ("bond_min", params.bond_min.get(), 1),
        ("stake_min", params.stake_min.get(), 1),
        ("unlock_epochs", params.unlock_epochs, 1),
        ("candidates_max", u64::from(params.candidates_max), u64::from(params.seats)),
        ("stakers_max", u64::from(params.stakers_max), 1),
    ];
    match least.into_iter().find(|(_, got, min)| got < min) {
        Some((what, got, min)) => Err(GenesisError::TooSmall { what, got, min }),
        None => Ok(()),
    }
}

/// Checks that the seats fit into a committee, and that they can be taken.
fn check_election(params: &Params) -> Result<(), GenesisError> {
    let most =
        [("seats", params.seats, COMMITTEE_MAX as u64), ("committee_min", params.committee_min, params.seats.into())];
    match most.into_iter().find(|(_, got, max)| u64::from(*got) > *max) {
        Some((what, got, max)) => Err(GenesisError::TooMany { what, got: got.into(), max }),
        None => Ok(()),
    }
}

/// Checks that challenges leave the committee most of its fees, and that each of their circuits is listed once.
fn check_challenges(params: &Params) -> Result<(), GenesisError> {
    let got = params.challenge_share;
    if got > CHALLENGE_SHARE_MAX {
        return Err(GenesisError::ChallengeShare { got });
    }
    let mut listed = BTreeSet::new();
    match params.challenge_circuits.iter().find(|challenge| !listed.insert(challenge.circuit)) {
        Some(twice) => Err(GenesisError::ChallengeTwice(twice.circuit)),
        None => Ok(()),
    }
}

/// Checks that one counterparty can't make a name.
fn check_prior(params: &Params) -> Result<(), GenesisError> {
    let (got, min) = (params.prior_weight.get() / COUNTERPARTIES_OF_A_NAME, params.counterparty_weight_max.get());
    if got < min {
        return Err(GenesisError::TooSmall { what: "a quarter of prior_weight", got, min });
    }
    Ok(())
}
