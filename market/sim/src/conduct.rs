//! Conducts: how a prover or a requester behaves where the rules leave it a choice. A strategy is a conduct.

use crate::agent::Service;

/// The margin on its cost that an honest prover asks for.
pub const MARGIN: f64 = 0.25;
/// The share of its true speed that an honest prover declares, so that hard proofs are in time as well.
pub const DECLARED: f64 = 0.8;

/// What a prover does with an award.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum AtAward {
    /// It takes it up if it can be in time.
    Take,
    /// It declines what is harder than this multiple of what its rows say.
    Pick(f64),
    /// It declines every one.
    Decline,
    /// It says nothing until the window has passed.
    Silence,
    /// It says that the recipe was not served.
    BlameRecipe,
}

/// What a prover does once it has started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterStart {
    /// It proves and delivers.
    Prove,
    /// It has read the inputs, and declines.
    Leave,
    /// It says that it is alive until its time is up, and does nothing.
    Beat,
    /// It says nothing more.
    Vanish,
    /// It delivers garbage.
    Lie,
    /// It says that the inputs were not served.
    BlameInputs,
}

/// Asks of further names of a prover, behind which there is no machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decoys {
    /// The number of names.
    pub count: u16,
    /// The price as a multiple of the honest one.
    pub price: f64,
    /// The speed that they declare, as a multiple of the true one.
    pub speed: f64,
    /// What they do with an award.
    pub at_award: AtAward,
    /// Whether they take places in sealed rounds, at the highest price that these pay.
    pub seals: bool,
}

/// The price that a prover commits to in a sealed round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedPrice {
    /// What the proof costs it.
    Truth,
    /// The most that the round pays.
    Reserve,
}

/// Proofs that a prover sells to itself when it begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deals {
    /// The number of proofs.
    pub count: u16,
    /// The reward of each, in micro-credits: a share of it is the fee by which the outcome weighs.
    pub reward: u64,
}

/// How a prover behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProverConduct {
    /// The margin on its cost that it would ask for if it were honest.
    pub margin: f64,
    /// The share by which it asks for more than that, and for more than the truth in a sealed round.
    pub raise: f64,
    /// The number of names under which the machine's lanes are offered.
    pub names: u16,
    /// The lanes that are declared, as a multiple of what each name has.
    pub lanes: f64,
    /// The awards that are held at once, as a multiple of the declared lanes.
    pub capacity: f64,
    /// The share of the true speed that is declared.
    pub speed: f64,
    /// What it does with an award.
    pub at_award: AtAward,
    /// What it does after `Start`, with the share of its awards below.
    pub after_start: AfterStart,
    /// The share of its awards that are treated so; all others are proved.
    pub share: f64,
    /// The share of the run after which it begins to behave so.
    pub from: f64,
    /// Whether it goes on under a new name after it has failed.
    pub whitewash: bool,
    /// Further asks without a machine.
    pub decoys: Option<Decoys>,
    /// Whether a sponsor puts up all that it has at stake.
    pub sponsored: bool,
    /// Proofs that it sells to itself.
    pub deals: Option<Deals>,
    /// The share of the run after which it asks for the first time.
    pub joins: f64,
    /// The price that it seals.
    pub seals: SealedPrice,
    /// The share of its sealed asks that it does not open.
    pub withholds: f64,
    /// The share above the truth at which its other names seal beside the first; `None` if only one name seals.
    pub second: Option<f64>,
    /// Whether its names take part in draws of challenges while they are new, if the network has any.
    pub tickets: bool,
}

impl ProverConduct {
    /// How an honest prover behaves.
    pub const HONEST: Self = Self {
        margin: MARGIN,
        raise: 0.0,
        names: 1,
        lanes: 1.0,
        capacity: 2.0,
        speed: DECLARED,
        at_award: AtAward::Take,
        after_start: AfterStart::Prove,
        share: 1.0,
        from: 0.0,
        whitewash: false,
        decoys: None,
        sponsored: false,
        deals: None,
        joins: 0.0,
        seals: SealedPrice::Truth,
        withholds: 0.0,
        second: None,
        tickets: true,
    };
}

/// How a requester sets its reward.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reward {
    /// A share of what the proof is worth, as it was drawn.
    OfWorth,
    /// The lowest price on the shelf, times this.
    OfLowest(f64),
}

/// How a requester behaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RequesterConduct {
    /// How it sets its reward.
    pub reward: Reward,
    /// The time that it gives, as a multiple of what it has.
    pub patience: f64,
    /// How it serves the share of its tasks below.
    pub service: Service,
    /// The share of its tasks that are served so.
    pub share: f64,
    /// The part of the declared time after which it takes a started task back; `None` if it never does.
    pub cancels: Option<f64>,
    /// The price of its own ask as a share of the lowest on the shelf; `None` if it has none. In a sealed round it is
    /// opened once others are, unless it would be the lowest.
    pub shill: Option<f64>,
}

impl RequesterConduct {
    /// How an honest requester behaves.
    pub const HONEST: Self =
        Self { reward: Reward::OfWorth, patience: 1.0, service: Service::Good, share: 1.0, cancels: None, shill: None };
}
