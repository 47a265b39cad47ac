//! The genesis: what everybody on a network agrees on before the first block. Its hash is the network's id.

use crate::{
    bounded::{List, Text},
    challenge::ChallengeCircuit,
    checkpoint::Checkpoint,
    codec::{self, EncodeError},
    committee::Committee,
    ids::{AccountId, NetworkId, hash},
    limits::CHALLENGE_CIRCUITS_MAX,
    units::{Credits, Degree, Height, Millis, Ppm, Timestamp},
};
use serde::{Deserialize, Serialize};

/// A genesis: the committee, accounts and rules that a network starts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// The network's name, for people.
    pub name: Text<64>,
    /// The time at which the first epoch starts.
    pub time: Timestamp,
    /// The committee that decides the first height.
    pub committee: Committee,
    /// The credits that accounts start with. With the bonds of the first committee they are all there are.
    pub accounts: List<Allocation, 65_536>,
    /// The rules of the network's market.
    pub params: Params,
}

/// Credits an account starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Allocation {
    /// The account that the credits are given to.
    pub account: AccountId,
    /// The amount, in micro-credits.
    pub credits: Credits,
}

impl Genesis {
    /// Computes the network's id: the hash of the whole genesis.
    pub fn network(&self) -> Result<NetworkId, EncodeError> {
        Ok(NetworkId::from_bytes(hash("dpgn genesis v1", &[&codec::encode(self)?])))
    }

    /// The checkpoint at height 0, for whoever trusts this genesis.
    pub fn checkpoint(&self) -> Result<Checkpoint, EncodeError> {
        let Params { epoch_blocks, unlock_time, .. } = self.params;
        let (network, committee) = (self.network()?, self.committee.clone());
        Ok(Checkpoint { network, height: Height::new(0), time: self.time, epoch_blocks, unlock_time, committee })
    }
}

/// The rules of a network's market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// Price and reputation in the score of an ask; together one. The price's is more than zero.
    pub price_weight: Ppm,
    /// The weight of reputation in the score of an ask; see `price_weight`.
    pub reputation_weight: Ppm,
    /// Success, quality and time in a reputation; together one.
    pub success_weight: Ppm,
    /// The weight of this part in a reputation; see `success_weight`.
    pub quality_weight: Ppm,
    /// The weight of this part in a reputation; see `success_weight`.
    pub time_weight: Ppm,
    /// The reputation of a newcomer: below that of one who has succeeded and has just failed once.
    pub reputation_prior: Ppm,
    /// The weight of the prior, in burned fees: after outcomes worth this much it counts for half.
    pub prior_weight: Credits,
    /// The most weight, in burned fees, that one counterparty can give, each for good and for bad: a quarter of
    /// `prior_weight` at most.
    pub counterparty_weight_max: Credits,
    /// The share of every weight that is left after an epoch.
    pub epoch_keep: Ppm,
    /// The weight of `Unable` against a prover, as a share of a failure's.
    pub unable_weight: Ppm,
    /// The speed, in padded rows per second, at which half of the time score is earned.
    pub nominal_rows_per_second: u64,

    /// The reward that asks are scored against is at most this many times the lowest eligible price, or the going price
    /// if that is more, whatever the bid's reward is; at least one.
    pub price_spread_max: u64,

    /// Fee of every op that isn't part of a live award. Half of this and of every other fee is burned.
    pub op_fee: Credits,
    /// Share of the reward that a bid pays as fee, on top of `op_fee`; never comes back.
    pub bid_fee: Ppm,
    /// Fee of each point of priority.
    pub priority_fee: Credits,
    /// Fee of each byte of verifier data and of each byte of a bid, on top of `op_fee`.
    pub byte_fee: Credits,
    /// Fee of each hour from a bid to its deadline, by the millisecond, on top of `op_fee`.
    pub hour_fee: Credits,
    /// The least that a decline before `Start` costs, and one that only two can judge, for each of them; burned.
    pub decline_fee: Credits,
    /// The share of an award's price that such a decline costs, if that is more than `decline_fee`: so nobody picks the
    /// best of what it is awarded for next to nothing.
    pub decline_share: Ppm,
    /// The least collateral of an award.
    pub collateral_min: Credits,
    /// The share of the committee's half of a bid's fees that pays for challenges on the bid's shelf; at most a half. Zero:
    /// there are none.
    pub challenge_share: Ppm,

    /// Window for `Start`: this, and time for the recipe's bytes and for building.
    pub start_window: Millis,
    /// The slowest acceptable transfer of a recipe, bytes per second.
    pub recipe_bytes_per_second: u64,
    /// The slowest acceptable build, padded rows per second.
    pub build_rows_per_second: u64,
    /// A prover with started awards says `Alive` this often.
    pub heartbeat: Millis,
    /// The time that a proof's bytes have to reach the committee; after it members may find that they did not.
    pub verdict_window: Millis,
    /// The time after which a delivery that the committee does not agree on ends, and all get back what is theirs.
    pub judge_life: Millis,
    /// The longest time of a proof, in parts per million of the declared time; at least one.
    pub slack: Ppm,
    /// The number of separately bonded provers who end a bid by saying that they did not get what it promises.
    pub complaints_max: u8,

    /// Blocks are at least this far apart.
    pub block_interval: Millis,
    /// Empty blocks come this often while a window is open, and longer gaps are added to it. While nothing is open a
    /// member of the committee proposes one after 30 of these.
    pub idle_interval: Millis,
    /// The most that a block's time may be later than its parent's. The first block is free of it.
    pub time_step_max: Millis,
    /// The number of blocks in an epoch.
    pub epoch_blocks: u64,
    /// Settled tasks leave the live state after this many epochs.
    pub keep_epochs: u64,

    /// The longest life of an op.
    pub op_life: Millis,
    /// The longest life of an ask.
    pub ask_life: Millis,
    /// The furthest deadline of a bid.
    pub task_life: Millis,
    /// The nearest deadline of a bid.
    pub task_life_min: Millis,
    /// The least that an account opens with. One that has less, and nothing open, is forgotten when it is unused for
    /// `keep_epochs`.
    pub account_min: Credits,
    /// The number of accounts that may exist at once. A new one takes the place of the poorest that has nothing open.
    pub accounts_max: u32,
    /// The number of open tasks that one account may have.
    pub account_tasks_max: u32,
    /// The number of open tasks that may exist at once. A bid takes the place of one without an award that pays less for
    /// its time.
    pub tasks_max: u32,
    /// The number of ended tasks that are kept. The first to end is forgotten first.
    pub ended_max: u32,
    /// The number of asks that may stand at once. A new one takes the place of one whose guarantor holds less.
    pub asks_max: u32,
    /// The number of circuits that may be registered at once. A new one takes the place of the one unused for longest.
    pub circuits_max: u32,
    /// The largest circuit the committee verifies.
    pub degree_max: Degree,
    /// The number of awards that one block may make.
    pub block_awards_max: u32,

    /// The members of a committee: 1 to [`COMMITTEE_MAX`](crate::limits::COMMITTEE_MAX). While one is being replaced there may
    /// be a few more.
    pub seats: u32,
    /// With fewer eligible candidates than this the incumbents stay: 1 to `seats`.
    pub committee_min: u32,
    /// The most that a candidate's stake counts, as a multiple of its own bond; at least one. Stake of others alone risks
    /// nothing.
    pub bond_factor: u64,
    /// The least bond of a candidate, in micro-credits; at least one.
    pub bond_min: Credits,
    /// The bond of the most powerful member of the first committee, in micro-credits, minted beside the accounts' credits; the
    /// others' are as much less as their power is.
    pub member_bond: Credits,
    /// The least stake that one account locks on one candidate, in micro-credits; at least one.
    pub stake_min: Credits,
    /// The number of epochs that must have ended before stake that is taken back is free; at least one.
    pub unlock_epochs: u64,
    /// The time that must have passed before stake that is taken back is free, beside `unlock_epochs`.
    pub unlock_time: Millis,
    /// The number of candidates. A new one takes the place of the one outside the committee with the smallest bond, if that is
    /// smaller.
    pub candidates_max: u32,
    /// The number of accounts that have stake locked on candidates. A new one takes the place of the one with the least, if
    /// that is less.
    pub stakers_max: u32,

    /// The circuits that challenges are made of, each once.
    pub challenge_circuits: List<ChallengeCircuit, CHALLENGE_CIRCUITS_MAX>,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            price_weight: Ppm::new(700_000),
            reputation_weight: Ppm::new(300_000),
            success_weight: Ppm::new(500_000),
            quality_weight: Ppm::new(300_000),
            time_weight: Ppm::new(200_000),
            reputation_prior: Ppm::new(100_000),
            prior_weight: Credits::new(10_000),
            counterparty_weight_max: Credits::new(2_500),
            epoch_keep: Ppm::new(990_000),
            unable_weight: Ppm::new(100_000),
            nominal_rows_per_second: 2_000,
            price_spread_max: 4,
            op_fee: Credits::new(100),
            bid_fee: Ppm::new(10_000),
            priority_fee: Credits::new(10),
            byte_fee: Credits::new(1),
            hour_fee: Credits::new(1_000),
            decline_fee: Credits::new(1_000),
            decline_share: Ppm::new(50_000),
            collateral_min: Credits::new(1_000),
            challenge_share: Ppm::new(0),
            start_window: Millis::from_secs(15),
            recipe_bytes_per_second: 256 << 10,
            build_rows_per_second: 1_024,
            heartbeat: Millis::from_secs(15),
            verdict_window: Millis::from_secs(30),
            judge_life: Millis::from_secs(3_600),
            slack: Ppm::new(3_000_000),
            complaints_max: 3,
            block_interval: Millis::new(20),
            idle_interval: Millis::from_secs(2),
            time_step_max: Millis::from_secs(600),
            epoch_blocks: 4_000,
            keep_epochs: 10,
            op_life: Millis::from_secs(600),
            ask_life: Millis::from_secs(3_600),
            task_life: Millis::from_secs(24 * 3_600),
            task_life_min: Millis::from_secs(2),
            account_min: Credits::new(1_000),
            accounts_max: 1 << 17,
            account_tasks_max: 256,
            tasks_max: 8_192,
            ended_max: 1 << 15,
            asks_max: 4_096,
            circuits_max: 4_096,
            degree_max: Degree::MAX,
            block_awards_max: 256,
            seats: 22,
            committee_min: 4,
            bond_factor: 10,
            bond_min: Credits::new(10_000_000),
            member_bond: Credits::new(100_000_000),
            stake_min: Credits::new(1_000_000),
            unlock_epochs: 4,
            unlock_time: Millis::from_secs(3 * 24 * 3_600),
            candidates_max: 256,
            stakers_max: 1 << 14,
            challenge_circuits: List::default(),
        }
    }
}
