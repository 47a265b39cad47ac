//! The simulation in its short form: a small market, few seeds. It prints what it finds.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use dpgn_market_sim::{
    measure::Baseline,
    outcome::{Account, Outcome, Role},
    report::GAIN_MAX,
    rules::{Pricing, Rule, Rules},
    scale::{Roles, Scale},
    strategy::Strategy,
    world::World,
};

fn run(scale: &Scale, seed: u64) -> Outcome {
    World::new(scale, seed, Roles::HONEST).unwrap().run().unwrap()
}

fn accounts(outcome: &Outcome) -> Vec<Account> {
    outcome.agents.iter().map(|(_, account)| *account).collect()
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let scale = Scale { tasks: 30, ..Scale::small() };
    let (first, again, other) = (run(&scale, 1), run(&scale, 1), run(&scale, 2));
    assert_eq!(accounts(&first), accounts(&again));
    assert_eq!((first.ops, first.blocks), (again.ops, again.blocks));
    assert_ne!(accounts(&first), accounts(&other));
}

#[test]
fn honest_agents_trade_and_everybody_gains() {
    let outcome = run(&Scale::small(), 1);
    let provers = outcome.sum(|role| matches!(role, Role::Prover { .. }));
    let requesters = outcome.sum(|role| matches!(role, Role::Requester { .. }));
    println!(
        "{} of {} tasks proved in {} blocks; provers gain {:.0}, requesters {:.0}; prices are {:.2} of the second cost",
        outcome.proved,
        outcome.proved + outcome.failed,
        outcome.blocks,
        provers.profit(),
        requesters.profit(),
        outcome.prices.over_second_cost()
    );
    assert!(outcome.proved * 100 >= (outcome.proved + outcome.failed) * 95);
    assert!(provers.profit() > 0.0 && requesters.profit() > 0.0);
    // What the provers are paid, the requesters pay; what is gone are fees and what was burned of collateral.
    let gone = -(provers.credits + requesters.credits);
    let fees = gone - provers.burned;
    println!("{gone:.0} gone, {:.0} of it collateral, {fees:.0} fees; {:.0} paid", provers.burned, provers.credits);
    assert!(fees > 0.0 && fees < 0.05 * provers.credits, "{fees} of {}", provers.credits);
}

#[test]
fn a_committee_of_four_finds_the_same_as_one() {
    let one = run(&Scale { tasks: 30, ..Scale::small() }, 1);
    let four = run(&Scale { tasks: 30, committee: 4, ..Scale::small() }, 1);
    assert_eq!((one.proved, one.failed), (four.proved, four.failed));
}

#[test]
fn rounds_award_where_bids_ask_for_them() {
    let rules = Rules { pricing: Pricing::Sealed, rule: Rule::Score };
    let rounds = run(&Scale { tasks: 40, rules, ..Scale::small() }, 1);
    let asked = run(&Scale { tasks: 40, ..Scale::small() }, 1);
    println!("{} of {} bids awarded by their rounds", rounds.awards_of_rounds, rounds.proved + rounds.failed);
    assert_eq!((rounds.proved + rounds.failed, asked.awards_of_rounds), (40, 0));
    assert!(rounds.awards_of_rounds >= 30, "{} awards by rounds", rounds.awards_of_rounds);
    // The deposit of whoever seals the truth and serves what it wins is not lost.
    let provers = rounds.sum(|role| matches!(role, Role::Prover { .. }));
    assert!(provers.profit() > 0.0, "{provers:?}");
}

#[test]
fn who_does_not_open_loses_by_it() {
    let rules = Rules { pricing: Pricing::Sealed, rule: Rule::Score };
    let baseline = Baseline::run(&Scale { tasks: 40, rules, ..Scale::small() }, &[1]).unwrap();
    let row = baseline.measure(Strategy::Withhold(0.5), 1, GAIN_MAX).unwrap();
    println!("not opening costs {:.0} for each deposit", row.cost_per_deed);
    assert!(row.deeds > 0 && row.gain.mean < 0.0, "{row:?}");
}

#[test]
fn a_lot_awards_more_than_the_best_ask() {
    let rules = Rules { rule: Rule::RandomOfFive, ..Rules::default() };
    let [drawn, best] = [rules, Rules::default()].map(|rules| run(&Scale { tasks: 100, rules, ..Scale::small() }, 1));
    println!("awards by the place of the ask, best first, others last: {:?}", drawn.places);
    let [places @ .., others] = drawn.places;
    assert!(places.iter().all(|awards| *awards >= 8), "{places:?}");
    assert!(others <= 10, "{others} bids were awarded to none of the five best");
    assert_eq!(best.places, [0; 6]);
}

/// Strategies whose harm to those who play them is so large that few seeds tell it.
#[test]
fn who_breaks_its_word_loses() {
    let baseline = Baseline::run(&Scale { tasks: 80, ..Scale::small() }, &[1, 2]).unwrap();
    let all = [Strategy::FailOnPurpose(0.5), Strategy::FalseProofs(0.5), Strategy::ServeNothing(0.5)];
    for strategy in all {
        let row = baseline.measure(strategy, 2, GAIN_MAX).unwrap();
        let (mean, half) = (row.gain.mean * 100.0, row.gain.half_width * 100.0);
        println!("{:32} gains {mean:6.1} ± {half:5.1} %; {:.0} per deed", row.strategy, -row.cost_per_deed);
        assert!(row.gain.mean < 0.0, "{row:?}");
    }
}
