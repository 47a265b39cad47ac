//! What the engine is generic over, in terms of ours. Values are hashes of headers: value and its id are one.

use arc_malachitebft_core_types::{self as types, LinearTimeouts, NilOrVal, Round, SignedExtension, VoteType};
use dpgn_protocol::{
    committee::Committee,
    ids::{AccountId, BlockHash},
    sign::Signature,
    turns::Turns,
    units::Height,
};
use std::{fmt, sync::Arc};

/// The types of this network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ctx;

pub(super) type SignedVote = types::SignedMessage<Ctx, Vote>;
pub(super) type SignedProposal = types::SignedMessage<Ctx, Proposal>;

macro_rules! wrap {
    ($($(#[$doc:meta])* $name:ident($inner:ty) $(: $more:ident)*)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash $(, $more)*)]
        pub(super) struct $name(pub(super) $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

wrap! {
    /// A member's account.
    Address(AccountId)
    /// The height of a block.
    At(Height): Default
    /// A block's hash.
    Value(BlockHash)
}

impl types::Address for Address {}

impl types::Height for At {
    const ZERO: Self = Self(Height::new(0));
    const INITIAL: Self = Self(Height::new(1));

    fn increment_by(&self, n: u64) -> Self {
        Self(Height::new(self.0.get().saturating_add(n)))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.get().checked_sub(n).map(|height| Self(Height::new(height)))
    }

    fn as_u64(&self) -> u64 {
        self.0.get()
    }
}

impl types::Value for Value {
    type Id = Self;

    fn id(&self) -> Self {
        *self
    }
}

/// A member with its power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    address: Address,
    power: u64,
}

impl types::Validator<Ctx> for Seat {
    fn address(&self) -> &Address {
        &self.address
    }

    fn public_key(&self) -> &AccountId {
        &self.address.0
    }

    fn voting_power(&self) -> u64 {
        self.power
    }
}

/// A committee and its turns, shared by all copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seats(Arc<SeatsOf>);

#[derive(Debug, PartialEq, Eq)]
struct SeatsOf {
    committee: Committee,
    turns: Turns,
    seats: Vec<Seat>,
    /// Whom the engine is told of if a turn were of nobody's: no turn is.
    nobody: Seat,
}

impl Seats {
    pub(super) fn new(committee: Committee) -> Self {
        let seats = committee.members().iter();
        let seats = seats.map(|member| Seat { address: Address(member.account), power: member.power.get() }).collect();
        let nobody = Seat { address: Address(AccountId::from_bytes([0; 32])), power: 0 };
        Self(Arc::new(SeatsOf { turns: Turns::new(&committee), committee, seats, nobody }))
    }

    pub(super) fn committee(&self) -> &Committee {
        &self.0.committee
    }

    fn seat(&self, account: AccountId) -> Option<&Seat> {
        self.0.seats.binary_search_by_key(&account, |seat| seat.address.0).ok().and_then(|at| self.0.seats.get(at))
    }
}

impl types::ValidatorSet<Ctx> for Seats {
    fn count(&self) -> usize {
        self.0.seats.len()
    }

    fn total_voting_power(&self) -> u64 {
        self.0.committee.total()
    }

    fn get_by_address(&self, address: &Address) -> Option<&Seat> {
        self.seat(address.0)
    }

    fn get_by_index(&self, index: usize) -> Option<&Seat> {
        self.0.seats.get(index)
    }
}

/// A prevote or precommit, without its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Vote {
    pub(super) kind: VoteType,
    pub(super) height: At,
    pub(super) round: Round,
    pub(super) value: NilOrVal<Value>,
    pub(super) by: Address,
}

impl types::Vote<Ctx> for Vote {
    fn height(&self) -> At {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<Value> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<Value> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Address {
        &self.by
    }

    fn extension(&self) -> Option<&SignedExtension<Ctx>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<Ctx>> {
        None
    }

    fn extend(self, _: SignedExtension<Ctx>) -> Self {
        self
    }
}

/// A proposer's proposal, without its signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Proposal {
    pub(super) height: At,
    pub(super) round: Round,
    pub(super) value: Value,
    pub(super) pol_round: Round,
    pub(super) by: Address,
}

impl types::Proposal<Ctx> for Proposal {
    fn height(&self) -> At {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &Value {
        &self.value
    }

    fn take_value(self) -> Value {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Address {
        &self.by
    }
}

/// Bodies travel apart from proposals, and not through the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoPart;

impl types::ProposalPart<Ctx> for NoPart {
    fn is_first(&self) -> bool {
        true
    }

    fn is_last(&self) -> bool {
        true
    }
}

/// Signatures as types alone: whoever signs and verifies is outside of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Scheme;

impl types::SigningScheme for Scheme {
    type DecodingError = &'static str;
    type Signature = Signature;
    type PublicKey = AccountId;
    type PrivateKey = ();

    fn decode_signature(bytes: &[u8]) -> Result<Signature, &'static str> {
        bytes.try_into().map(Signature::from_bytes).map_err(|_| "a signature has 64 bytes")
    }

    fn encode_signature(signature: &Signature) -> Vec<u8> {
        signature.to_bytes().to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<AccountId, &'static str> {
        bytes.try_into().map(AccountId::from_bytes).map_err(|_| "a key has 32 bytes")
    }

    fn encode_public_key(key: &AccountId) -> Vec<u8> {
        key.as_bytes().to_vec()
    }
}

impl types::Context for Ctx {
    type Address = Address;
    type Height = At;
    type ProposalPart = NoPart;
    type Proposal = Proposal;
    type Validator = Seat;
    type ValidatorSet = Seats;
    type Timeouts = LinearTimeouts;
    type Value = Value;
    type Vote = Vote;
    type Extension = ();
    type SigningScheme = Scheme;

    fn select_proposer<'a>(&self, seats: &'a Seats, height: At, round: Round) -> &'a Seat {
        let proposer = seats.0.turns.proposer(height.0, round.as_u32().unwrap_or(0));
        seats.seat(proposer).unwrap_or(&seats.0.nobody)
    }

    fn new_proposal(&self, height: At, round: Round, value: Value, pol_round: Round, by: Address) -> Proposal {
        Proposal { height, round, value, pol_round, by }
    }

    fn new_prevote(&self, height: At, round: Round, value: NilOrVal<Value>, by: Address) -> Vote {
        Vote { kind: VoteType::Prevote, height, round, value, by }
    }

    fn new_precommit(&self, height: At, round: Round, value: NilOrVal<Value>, by: Address) -> Vote {
        Vote { kind: VoteType::Precommit, height, round, value, by }
    }
}
