//! Strategies: each is the conduct of the agents that are tested, and a name. All others are honest.

use crate::{
    agent::Service,
    conduct::{AfterStart, AtAward, Deals, Decoys, ProverConduct, RequesterConduct, Reward, SealedPrice},
    scale::Roles,
};

/// A strategy with its parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Strategy {
    /// Asks for this share more than an honest prover.
    Shade(f64),
    /// Offers one machine under so many names.
    Split(u16),
    /// Declares so many times the lanes that it has.
    Hoard(f64),
    /// Holds so many times the awards that it has lanes.
    Queue(f64),
    /// Declares so many times its true speed.
    Boast(f64),
    /// Starts this share of its awards and never delivers.
    FailOnPurpose(f64),
    /// Sells so many proofs to itself, for reputation.
    SelfDeal(u16),
    /// The same, and asks for a quarter more afterwards.
    SelfDealAndRaise(u16),
    /// Never delivers this share of its awards, and goes on under a new name after each failure.
    Whitewash(f64),
    /// Is honest for this share of the run, and never delivers afterwards.
    DustThenDefault(f64),
    /// Declines what is harder than this multiple of what its rows say.
    PickByDeclines(f64),
    /// Starts this share of its awards, reads the inputs, and leaves.
    CollectWitnesses(f64),
    /// Says that it is alive in this share of its awards, and does nothing.
    HeartbeatsOnly(f64),
    /// Delivers garbage in this share of its awards.
    FalseProofs(f64),
    /// Adds so many names at price 0 that never answer.
    SilentSybils(u16),
    /// Adds so many names at price 0 that decline.
    Decoys(u16),
    /// Adds so many names just above its own price, of a speed that nobody has.
    SqueezingRunnerUps(u16),
    /// Seals the most that a round pays.
    SealTheReserve,
    /// Does not open this share of its sealed asks.
    Withhold(f64),
    /// Seals under two names in each round, the second this share above the truth.
    TwoInARound(f64),
    /// Takes so many more places in each round, at the most that it pays.
    Crowd(u16),
    /// Has a sponsor put up what it has at stake, and never delivers this share of its awards.
    DrainSponsor(f64),
    /// Says of this share of its awards that the recipe was not served.
    SmearBeforeStart(f64),
    /// Says of this share of its awards that the inputs were not served.
    SmearAfterStart(f64),
    /// Stands in the book with an ask of its own, at this share of the lowest price.
    Shill(f64),
    /// Gives its tasks this share of the time that it has.
    Rush(f64),
    /// Offers this multiple of the lowest price on the shelf.
    LowestAsk(f64),
    /// Takes a task back after this part of the declared time.
    CancelLate(f64),
    /// Serves no recipe for this share of its tasks.
    ServeNothing(f64),
    /// Serves garbage as the recipe of this share of its tasks.
    ServeGarbage(f64),
    /// Serves no inputs for this share of its tasks.
    KeepInputs(f64),
}

/// The reward of a proof that a prover sells to itself, in micro-credits.
const DEAL_REWARD: u64 = 1_000_000;
/// The price of a runner-up that squeezes, as a multiple of its owner's.
const SQUEEZE_PRICE: f64 = 1.02;
/// The speed that a runner-up that squeezes declares, as a multiple of the true one.
const SQUEEZE_SPEED: f64 = 100.0;
/// What a prover with a bought reputation asks for, as a share above the honest price.
const RAISE: f64 = 0.25;

/// The standing price of names that crowd a round, as a multiple of their owner's: nobody is meant to take it.
const CROWD_PRICE: f64 = 3.0;
/// Names that ask for nothing and decline.
const FREE: Decoys = Decoys { count: 0, price: 0.0, speed: 1.0, at_award: AtAward::Decline, seals: false };

impl Strategy {
    /// The name of the strategy, with its parameter.
    pub fn name(self) -> String {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        match self {
            Self::Shade(x) => format!("shading {}", percent(x)),
            Self::Split(k) => format!("splitting into {k}"),
            Self::Hoard(c) => format!("hoarding {c} x"),
            Self::Queue(c) => format!("holding {c} x awards"),
            Self::Boast(c) => format!("boasting of {c} x speed"),
            Self::FailOnPurpose(x) => format!("failing on purpose {}", percent(x)),
            Self::SelfDeal(n) => format!("self-dealing {n}"),
            Self::SelfDealAndRaise(n) => format!("self-dealing {n}, then 25 % up"),
            Self::Whitewash(x) => format!("failing {} and whitewashing", percent(x)),
            Self::DustThenDefault(x) => format!("honest for {}, then default", percent(x)),
            Self::PickByDeclines(x) => format!("declining above {x} x"),
            Self::CollectWitnesses(x) => format!("collecting witnesses {}", percent(x)),
            Self::HeartbeatsOnly(x) => format!("heartbeats only {}", percent(x)),
            Self::FalseProofs(x) => format!("false proofs {}", percent(x)),
            Self::SilentSybils(n) => format!("{n} silent sybils at 0"),
            Self::Decoys(n) => format!("{n} decoys at 0"),
            Self::SqueezingRunnerUps(n) => format!("{n} squeezing runner-ups"),
            Self::SealTheReserve => "sealing the reserve".to_owned(),
            Self::Withhold(x) => format!("not opening {}", percent(x)),
            Self::TwoInARound(x) => format!("two in a round, one {} up", percent(x)),
            Self::Crowd(n) => format!("{n} places at the reserve"),
            Self::DrainSponsor(x) => format!("draining a sponsor {}", percent(x)),
            Self::SmearBeforeStart(x) => format!("smearing before Start {}", percent(x)),
            Self::SmearAfterStart(x) => format!("smearing after Start {}", percent(x)),
            Self::Shill(x) => format!("shill at {} of the lowest", percent(x)),
            Self::Rush(x) => format!("deadline at {}", percent(x)),
            Self::LowestAsk(x) => format!("reward at {} of the lowest", percent(x)),
            Self::CancelLate(x) => format!("cancelling after {}", percent(x)),
            Self::ServeNothing(x) => format!("no recipe {}", percent(x)),
            Self::ServeGarbage(x) => format!("garbage as recipe {}", percent(x)),
            Self::KeepInputs(x) => format!("no inputs {}", percent(x)),
        }
    }

    /// Whether provers play it; else requesters do.
    pub fn is_of_provers(self) -> bool {
        self.roles().requesters == RequesterConduct::HONEST
    }

    /// How many of the tested agents play it, at most: an attack needs few, and what it does to others is measured. The
    /// other tested agents are honest.
    pub const fn players_max(self) -> u64 {
        match self {
            Self::SilentSybils(_) | Self::Decoys(_) | Self::SqueezingRunnerUps(_) | Self::Crowd(_) => 2,
            Self::Shade(_)
            | Self::Split(_)
            | Self::Hoard(_)
            | Self::Queue(_)
            | Self::Boast(_)
            | Self::FailOnPurpose(_)
            | Self::SelfDeal(_)
            | Self::SelfDealAndRaise(_)
            | Self::Whitewash(_)
            | Self::DustThenDefault(_)
            | Self::PickByDeclines(_)
            | Self::CollectWitnesses(_)
            | Self::HeartbeatsOnly(_)
            | Self::FalseProofs(_)
            | Self::SealTheReserve
            | Self::Withhold(_)
            | Self::TwoInARound(_)
            | Self::DrainSponsor(_)
            | Self::SmearBeforeStart(_)
            | Self::SmearAfterStart(_)
            | Self::Shill(_)
            | Self::Rush(_)
            | Self::LowestAsk(_)
            | Self::CancelLate(_)
            | Self::ServeNothing(_)
            | Self::ServeGarbage(_)
            | Self::KeepInputs(_) => u64::MAX,
        }
    }

    /// The conducts of the agents that are tested.
    pub fn roles(self) -> Roles {
        let honest = ProverConduct::HONEST;
        let players_max = self.players_max();
        let prover = |conduct| Roles { provers: conduct, players_max, ..Roles::HONEST };
        let after = |after_start, share| prover(ProverConduct { after_start, share, ..honest });
        let award = |at_award, share| prover(ProverConduct { at_award, share, ..honest });
        let extra = |decoys| prover(ProverConduct { decoys: Some(decoys), ..honest });
        let deals = |count| Some(Deals { count, reward: DEAL_REWARD });
        let served = |service, share| requester(RequesterConduct { service, share, ..RequesterConduct::HONEST });
        match self {
            Self::Shade(x) => prover(ProverConduct { raise: x, ..honest }),
            Self::Split(names) => prover(ProverConduct { names, ..honest }),
            Self::Hoard(lanes) => prover(ProverConduct { lanes, ..honest }),
            Self::Queue(capacity) => prover(ProverConduct { capacity, ..honest }),
            Self::Boast(speed) => prover(ProverConduct { speed, ..honest }),
            Self::FailOnPurpose(share) => after(AfterStart::Vanish, share),
            Self::SelfDeal(count) => prover(ProverConduct { deals: deals(count), ..honest }),
            Self::SelfDealAndRaise(count) => prover(ProverConduct { deals: deals(count), raise: RAISE, ..honest }),
            Self::Whitewash(share) => {
                prover(ProverConduct { after_start: AfterStart::Vanish, share, whitewash: true, ..honest })
            }
            Self::DustThenDefault(from) => prover(ProverConduct { after_start: AfterStart::Vanish, from, ..honest }),
            Self::PickByDeclines(most) => award(AtAward::Pick(most), 1.0),
            Self::CollectWitnesses(share) => after(AfterStart::Leave, share),
            Self::HeartbeatsOnly(share) => after(AfterStart::Beat, share),
            Self::FalseProofs(share) => after(AfterStart::Lie, share),
            Self::SilentSybils(count) => extra(Decoys { count, at_award: AtAward::Silence, ..FREE }),
            Self::Decoys(count) => extra(Decoys { count, ..FREE }),
            Self::SqueezingRunnerUps(count) => {
                extra(Decoys { count, price: SQUEEZE_PRICE, speed: SQUEEZE_SPEED, ..FREE })
            }
            Self::SealTheReserve => prover(ProverConduct { seals: SealedPrice::Reserve, ..honest }),
            Self::Withhold(withholds) => prover(ProverConduct { withholds, ..honest }),
            Self::TwoInARound(above) => prover(ProverConduct { names: 2, second: Some(above), ..honest }),
            Self::Crowd(count) => extra(Decoys { count, price: CROWD_PRICE, seals: true, ..FREE }),
            Self::DrainSponsor(share) => {
                prover(ProverConduct { after_start: AfterStart::Vanish, share, sponsored: true, ..honest })
            }
            Self::SmearBeforeStart(share) => award(AtAward::BlameRecipe, share),
            Self::SmearAfterStart(share) => after(AfterStart::BlameInputs, share),
            Self::Shill(share) => requester(RequesterConduct { shill: Some(share), ..RequesterConduct::HONEST }),
            Self::Rush(patience) => requester(RequesterConduct { patience, ..RequesterConduct::HONEST }),
            Self::LowestAsk(factor) => {
                requester(RequesterConduct { reward: Reward::OfLowest(factor), ..RequesterConduct::HONEST })
            }
            Self::CancelLate(part) => requester(RequesterConduct { cancels: Some(part), ..RequesterConduct::HONEST }),
            Self::ServeNothing(share) => served(Service::NoRecipe, share),
            Self::ServeGarbage(share) => served(Service::WrongRecipe, share),
            Self::KeepInputs(share) => served(Service::NoInputs, share),
        }
    }
}

fn requester(conduct: RequesterConduct) -> Roles {
    Roles { requesters: conduct, ..Roles::HONEST }
}

/// The strategies that are measured, each with the parameters that are swept.
pub fn all() -> Vec<Strategy> {
    use Strategy::*;
    vec![
        Shade(-0.1),
        Shade(0.05),
        Shade(0.1),
        Shade(0.2),
        Shade(0.5),
        Split(2),
        Split(8),
        Hoard(2.0),
        Hoard(4.0),
        Queue(1.0),
        Queue(4.0),
        Queue(8.0),
        Boast(4.0),
        FailOnPurpose(0.1),
        SelfDeal(4),
        SelfDealAndRaise(10),
        Whitewash(0.1),
        DustThenDefault(0.5),
        PickByDeclines(1.0),
        PickByDeclines(1.2),
        CollectWitnesses(0.1),
        HeartbeatsOnly(0.1),
        FalseProofs(0.1),
        SilentSybils(4),
        Decoys(1),
        Decoys(4),
        SqueezingRunnerUps(2),
        DrainSponsor(0.1),
        SmearBeforeStart(0.1),
        SmearAfterStart(0.1),
        Shill(0.5),
        Shill(0.9),
        Rush(0.5),
        Rush(0.2),
        LowestAsk(1.0),
        LowestAsk(1.2),
        CancelLate(0.9),
        ServeNothing(0.2),
        ServeGarbage(0.2),
        KeepInputs(0.2),
    ]
}

/// The strategies that are measured under every kind of rules, so that these can be compared.
pub fn compared() -> Vec<Strategy> {
    use Strategy::*;
    vec![Shade(0.05), Shade(0.1), Shade(0.5), Hoard(2.0), SelfDeal(4), FailOnPurpose(0.1), PickByDeclines(1.0)]
}

/// The strategies that are measured where all bids ask for sealed rounds.
pub fn of_rounds() -> Vec<Strategy> {
    use Strategy::*;
    vec![
        Shade(-0.1),
        Shade(0.05),
        Shade(0.1),
        Shade(0.2),
        SealTheReserve,
        Withhold(0.1),
        Split(2),
        TwoInARound(0.0),
        TwoInARound(0.25),
        Crowd(2),
        Crowd(9),
        Hoard(2.0),
        Queue(4.0),
        SelfDeal(4),
        FailOnPurpose(0.1),
        PickByDeclines(1.0),
        Shill(0.9),
        Shill(1.1),
        LowestAsk(1.0),
    ]
}
