//! Tickets: what a prover does to take part in draws of challenges.

use crate::{
    agent::{Deeds, Seen},
    circuits::Kind,
    say::Say,
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Millis, Ppm},
};

/// The time after which a prover looks again whether to ask for a ticket.
const LOOK_AGAIN: Millis = Millis::from_secs(20);

/// Asks for a ticket for each name that has none and needs one, on the cheapest of the shelves that can pay and give the
/// most weight: what is paid beyond that gives none.
pub fn tickets(names: &[AccountId], kind_max: Kind, seen: &Seen<'_>, deeds: &mut Deeds) {
    let ledger = seen.ledger;
    if ledger.params().challenge_share == Ppm::new(0) {
        return;
    }
    let able = seen.circuits.iter().filter(|circuit| circuit.kind.degree <= kind_max.degree).filter_map(|circuit| {
        let (price, pool) = ledger.challenge_on(circuit.kind.level, circuit.kind.degree)?;
        (pool >= price).then_some((price, circuit.id))
    });
    let most = ledger.params().counterparty_weight_max;
    if let Some((_, circuit)) = able.min_by_key(|(price, _)| (most.saturating_sub(*price), *price)) {
        let is_new = |name: &&AccountId| {
            let weight = ledger.reputation(**name).weight;
            ledger.ticket(**name).is_none() && weight < ledger.params().prior_weight
        };
        names.iter().filter(is_new).for_each(|name| deeds.say(*name, Say::Ticket(circuit)));
    }
    if names.iter().any(|name| ledger.reputation(*name).weight < ledger.params().prior_weight) {
        deeds.wakes.push(seen.now().after(LOOK_AGAIN));
    }
}
