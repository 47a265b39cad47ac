//! What a sealed round pays, tried for every price on small grids.

use super::*;

const USUAL: Weights = Weights { price: Ppm::new(700_000), reputation: Ppm::new(300_000), spread: 4 };
const RESERVE: u64 = 9;
/// Reputations in parts per million: among them a newcomer's, and such as make the premium no whole number.
const NAMES: [u32; 5] = [0, 100_000, 333_333, 700_001, 1_000_000];

/// An opened ask: what its prover asks, and its reputation. Its place is its time and its id.
type Opened = (u64, u32);

/// The winner of a round and what it is paid, by the rules above.
fn decide(weights: &Weights, asks: &[Opened]) -> Option<(usize, u64)> {
    let reserve = Credits::new(RESERVE);
    let rank = |(place, &(price, name)): (usize, &Opened)| {
        let prover = AccountId::from_bytes([place as u8; 32]);
        weights.rank(reserve, Credits::new(price), Ppm::new(name), Timestamp::new(place as u64), prover)
    };
    let eligible = asks.iter().enumerate().filter(|(_, (price, _))| *price <= RESERVE);
    let mut ranked: Vec<_> = eligible.map(|ask| (rank(ask), ask.0)).collect();
    ranked.sort();
    let (_, best) = *ranked.first()?;
    let second = ranked.get(1).map(|(_, place)| asks[*place]);
    let paid = second.map_or(RESERVE, |(price, name)| {
        weights.equal_price(reserve, Ppm::new(asks[best].1), (Credits::new(price), Ppm::new(name))).get()
    });
    Some((best, paid.min(RESERVE)))
}

/// What a prover of this cost gains by a decision.
fn gain(decision: Option<(usize, u64)>, of: usize, cost: u64) -> i64 {
    match decision {
        Some((best, paid)) if best == of => paid as i64 - cost as i64,
        Some(_) | None => 0,
    }
}

#[test]
fn the_equal_price_is_the_highest_that_scores_as_much() {
    let mut cases = 0;
    for reserve in [1, 7, 1_000, u64::MAX].map(Credits::new) {
        for first in NAMES.map(Ppm::new) {
            for second in NAMES.map(Ppm::new) {
                for price in [0, 1, 5, reserve.get() / 2, reserve.get()].map(Credits::new) {
                    let equal = USUAL.equal_price(reserve, first, (price, second));
                    let score = USUAL.exact(reserve, price, second);
                    let as_much = |price: u64| USUAL.exact(reserve, Credits::new(price), first) >= score;
                    // Whoever would not win even at price 0 is no winner.
                    if as_much(0) {
                        assert!(as_much(equal.get()), "{reserve} {first} {second} {price}: {equal}");
                        assert!(equal == Credits::MAX || !as_much(equal.get() + 1), "{equal} is not the highest");
                        cases += 1;
                    }
                }
            }
        }
    }
    println!("{cases} cases");
}

/// Two rivals at any price and with any name, one prover with any cost and any name, in any place: no price gains more
/// than its cost, none is paid less than it asked, and a lower price wins wherever a higher one does.
#[test]
fn the_truth_is_the_best_ask() {
    let even = Weights { price: Ppm::new(500_000), reputation: Ppm::new(500_000), spread: 4 };
    let (mut cases, mut worse) = (0_u64, 0_u64);
    for weights in [USUAL, even] {
        for (name, a, b) in all(NAMES, NAMES, NAMES) {
            for (x, y) in (0..=RESERVE).flat_map(|x| (0..=RESERVE).map(move |y| (x, y))) {
                for of in 0..3 {
                    let decisions: Vec<_> = (0..=RESERVE + 2)
                        .map(|price| {
                            let mut asks = vec![(x, a), (y, b)];
                            asks.insert(of, (price, name));
                            decide(&weights, &asks)
                        })
                        .collect();
                    let wins = |decision: &Option<(usize, u64)>| decision.is_some_and(|(best, _)| best == of);
                    assert!(
                        decisions.is_sorted_by(|low, high| wins(low) >= wins(high)),
                        "not monotonic: {decisions:?}"
                    );
                    for cost in 0..=RESERVE + 2 {
                        let honest = gain(decisions[cost as usize], of, cost);
                        assert!(honest >= 0, "paid less than it asked");
                        for decision in &decisions {
                            let other = gain(*decision, of, cost);
                            assert!(other <= honest, "{decision:?} gains {other}, the truth {cost} gains {honest}");
                            (cases, worse) = (cases + 1, worse + u64::from(other < honest));
                        }
                    }
                }
            }
        }
    }
    println!("{cases} prices that may be untrue: none gains more than the cost, {worse} gain less");
    assert!(worse > cases / 20, "{worse} of {cases}");
}

fn all(a: [u32; 5], b: [u32; 5], c: [u32; 5]) -> impl Iterator<Item = (u32, u32, u32)> {
    a.into_iter().flat_map(move |x| b.into_iter().flat_map(move |y| c.into_iter().map(move |z| (x, y, z))))
}

/// The control: paid as asked, the truth gains nothing, and other prices do.
#[test]
fn paid_as_asked_the_truth_is_not_the_best_ask() {
    let asks = |price| [(6, 0), (price, 0), (8, 0)];
    let as_asked = |price: u64| match decide(&USUAL, &asks(price)) {
        Some((1, _)) => price as i64 - 3,
        Some(_) | None => 0,
    };
    let best = (0..=RESERVE).max_by_key(|price| as_asked(*price)).unwrap();
    println!("at a cost of 3 the best price is {best} if paid as asked, which gains {}", as_asked(best));
    assert_eq!((as_asked(3), best, as_asked(best)), (0, 5, 2));
    assert_eq!(gain(decide(&USUAL, &asks(3)), 1, 3), 3, "paid by the second score, the truth gains all there is");
}
