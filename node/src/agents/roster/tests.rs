//! The roster's rules, each by what would go wrong without it.

use super::*;

const NOW: Timestamp = Timestamp::new(1_000_000);

fn level(n: u8) -> Level {
    Level::new(n).unwrap()
}

fn name(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn task(n: u8) -> TaskId {
    TaskId::from_bytes([n; 32])
}

fn key(key: &str) -> KeyShown {
    KeyShown::new(key.to_owned()).unwrap()
}

fn agent(n: u128, levels: &[u8], capacity: u16) -> Registration {
    Registration {
        prover: name(n),
        levels: levels.iter().map(|n| level(*n)).collect(),
        capacity,
        key: None,
        rows_per_second: None,
        reward_address: None,
    }
}

fn after(secs: u64) -> Timestamp {
    NOW.after(Millis::from_secs(secs))
}

/// A roster with one agent that asks for work, and so many proofs to be made at level 2, the first of them task 1.
fn one_agent(capacity: u16, proofs: u8) -> Roster {
    let mut roster = Roster::default();
    roster.register(NOW, agent(1, &[2], capacity)).unwrap();
    roster.asks(NOW, name(1), None, Millis::from_secs(10)).unwrap();
    (1..=proofs).for_each(|n| roster.offer(NOW, task(n), name(u128::from(n)), level(2), None));
    roster
}

#[test]
fn proofs_go_in_turn_to_whoever_has_a_hand_free_and_the_level() {
    let mut roster = one_agent(2, 3);
    assert_eq!([roster.assign(NOW, name(1)), roster.assign(NOW, name(1))], [Some(task(1)), Some(task(2))]);
    assert_eq!(roster.assign(NOW, name(1)), Some(task(1)), "both hands are full: it has lost the first");
    roster.register(NOW, agent(2, &[3], 5)).unwrap();
    assert_eq!(roster.assign(NOW, name(2)), None, "it does not prove level 2");
    roster.forget(task(1));
    assert_eq!(roster.assign(NOW, name(1)), Some(task(3)));
    assert_eq!(roster.assign(NOW, name(9)), None, "nobody knows it");
    roster.take_back(task(3));
    assert_eq!(roster.assign(NOW, name(1)), Some(task(3)), "it did not get it");
}

#[test]
fn a_node_sells_what_its_agents_ask_for() {
    let mut roster = Roster::default();
    assert_eq!(roster.workforce(NOW), None, "the own workers prove");
    roster.register(NOW, agent(1, &[1, 2], 5)).unwrap();
    assert_eq!(roster.workforce(NOW), Some(Workforce { lanes: 0, speeds: Vec::new() }), "it has not asked for work");
    roster.asks(NOW, name(1), None, Millis::from_secs(30)).unwrap();
    let undeclared = |n| Speed { level: level(n), slowest: None };
    assert_eq!(roster.workforce(NOW), Some(Workforce { lanes: 5, speeds: vec![undeclared(1), undeclared(2)] }));
    let quick = Registration { rows_per_second: Some(9_000), ..agent(2, &[2], 2) };
    roster.register(NOW, quick).unwrap();
    roster.asks(NOW, name(2), None, Millis::from_secs(30)).unwrap();
    let both = Speed { slowest: Some(9_000), ..undeclared(2) };
    assert_eq!(roster.workforce(NOW), Some(Workforce { lanes: 7, speeds: vec![undeclared(1), both] }));
    let later = after(60);
    assert_eq!(roster.workforce(later), Some(Workforce { lanes: 0, speeds: Vec::new() }), "nobody asks any more");
    assert_eq!(roster.workforce(after(200)), None, "they are gone");
}

/// An agent that proves one proof for minutes does not ask for more meanwhile: it keeps its place, and no more is sold.
#[test]
fn an_agent_at_work_counts_for_what_it_holds() {
    let mut roster = one_agent(3, 1);
    assert_eq!(roster.assign(NOW, name(1)), Some(task(1)));
    roster.heard(after(60), name(1), None).unwrap();
    let at_work = roster.workforce(after(60)).unwrap();
    assert_eq!((at_work.lanes, at_work.speeds.len()), (1, 1), "the ask stands, and has no room for more");
}

#[test]
fn own_workers_make_what_no_agent_would_bring_in_time() {
    let mut roster = one_agent(1, 2);
    roster.offer(NOW, task(3), name(3), level(2), Some(after(20)));
    roster.offer(NOW, task(4), name(4), level(5), None);
    assert_eq!(roster.left(NOW), [task(4)], "nobody who is there proves level 5");
    assert_eq!(roster.left(NOW), [], "each is named once");
    assert_eq!(roster.assign(NOW, name(1)), Some(task(1)));
    assert_eq!(roster.left(after(20)), [task(3)], "its time is short");
    assert_eq!(roster.left(after(31)), [task(2)], "the agent does not ask for more");
    assert_eq!(roster.left(after(119)), [], "it has task 1");
    assert_eq!(roster.left(after(121)), [task(1)], "it has not been heard of");
    assert_eq!(roster.find(name(1), name(1)), [task(1)], "what it brings counts all the same");
    assert_eq!(roster.find(name(7), name(3)), [task(3)], "whoever brings it");
    assert_eq!(roster.find(name(1), name(9)), []);
}

/// Nobody was there for a moment, so an own worker began what it could not end in time; agents that came a second later got
/// nothing, and the collateral was lost.
#[test]
fn what_own_workers_are_too_slow_for_is_still_given_to_whoever_comes() {
    let mut roster = Roster::default();
    roster.offer(NOW, task(1), name(1), level(2), None);
    roster.offer(NOW, task(2), name(2), level(2), Some(after(20)));
    assert_eq!(roster.left(NOW), [task(1), task(2)], "nobody is there");
    roster.register(after(1), agent(1, &[2], 2)).unwrap();
    roster.asks(after(1), name(1), None, Millis::from_secs(10)).unwrap();
    assert_eq!(roster.assign(after(1), name(1)), Some(task(1)));
    assert_eq!(roster.assign(after(1), name(1)), None, "an own worker makes the other in time");
    assert!(roster.is_held(after(1), task(1)));
    // It goes without a word: the next one is given it.
    assert_eq!(roster.left(after(130)), [], "each is named once");
    roster.register(after(130), agent(2, &[2], 2)).unwrap();
    roster.asks(after(130), name(2), None, Millis::from_secs(10)).unwrap();
    assert_eq!(roster.assign(after(130), name(2)), Some(task(1)));
    // What no agent can make is offered to none.
    roster.give_up(task(1));
    assert_eq!(roster.assign(after(130), name(2)), None);
}

/// A proof that would be late even if an own worker began it now is the agent's, however late.
#[test]
fn what_own_workers_are_too_slow_for_stays_with_the_agent() {
    let mut roster = one_agent(1, 0);
    roster.offer(NOW, task(1), name(1), level(2), Some(NOW));
    assert_eq!(roster.assign(NOW, name(1)), Some(task(1)));
    assert_eq!(roster.left(after(100)), []);
}

#[test]
fn a_key_is_shown_by_whoever_has_registered_with_it() {
    let mut roster = Roster::default();
    let with = |key| Registration { key, ..agent(1, &[1], 1) };
    let refused = |result: Result<(), AgentError>| matches!(result, Err(AgentError::WrongKey(_)));
    roster.register(NOW, with(Some(key("a key of sixteen")))).unwrap();
    assert!(refused(roster.register(NOW, with(None))), "somebody else takes its name");
    assert!(refused(roster.asks(NOW, name(1), None, Millis::new(0))));
    assert!(refused(roster.asks(NOW, name(1), Some(&key("another key of it")), Millis::new(0))));
    roster.asks(NOW, name(1), Some(&key("a key of sixteen")), Millis::new(0)).unwrap();
    roster.register(NOW, agent(2, &[1], 1)).unwrap();
    assert!(refused(roster.asks(NOW, name(2), Some(&key("a key of sixteen")), Millis::new(0))), "it has none");
    assert!(KeyShown::new("fifteen letters".to_owned()).is_none() && KeyShown::new("x".repeat(257)).is_none());
    assert!(!format!("{:?} {:?}", key("a key of sixteen"), roster).contains("sixteen"));
}

#[test]
fn a_full_roster_gives_the_place_of_one_that_is_gone() {
    let mut roster = Roster::default();
    let all = u128::try_from(AGENTS_MAX).unwrap();
    (0..all).for_each(|n| roster.register(NOW, agent(n, &[1], 1)).unwrap());
    let full = |result| matches!(result, Err(AgentError::Full { max: AGENTS_MAX }));
    assert!(full(roster.register(after(1), agent(all, &[1], 1))));
    roster.register(after(1), agent(3, &[2], 1)).unwrap();
    (1..all).for_each(|n| drop(roster.heard(after(100), name(n), None).unwrap()));
    roster.register(after(125), agent(all, &[1], 1)).unwrap();
    assert!(roster.heard(after(125), name(0), None).is_err(), "it was silent for longest");
    assert!(full(roster.register(after(125), agent(all + 1, &[1], 1))));
    let bad = |new| roster_error(&mut Roster::default(), new);
    assert!(matches!(bad(agent(1, &[], 1)), AgentError::NoLevels));
    assert!(matches!(bad(agent(1, &[1], 0)), AgentError::Capacity { got: 0, max: AGENT_CAPACITY_MAX }));
    assert!(matches!(bad(agent(1, &[1], 65)), AgentError::Capacity { got: 65, .. }));
}

fn roster_error(roster: &mut Roster, new: Registration) -> AgentError {
    roster.register(NOW, new).unwrap_err()
}

/// An agent that was restarted under its name held what it knew nothing of, until it was late.
#[test]
fn what_an_agent_has_lost_is_handed_out_again() {
    let mut roster = one_agent(1, 2);
    assert_eq!(roster.assign(NOW, name(1)), Some(task(1)));
    roster.register(after(5), agent(1, &[2], 1)).unwrap();
    assert_eq!(roster.heard(after(5), name(1), None).unwrap(), [] as [Uuid; 0]);
    assert_eq!(roster.assign(NOW, name(1)), Some(task(1)), "it begins anew");
    roster.give_up(task(1));
    assert_eq!(roster.left(after(5)), [task(1)], "no agent can make it");
    assert!(!roster.is_held(after(5), task(1)));
    assert_eq!(roster.assign(NOW, name(1)), Some(task(2)));
    assert!(roster.is_held(after(5), task(2)) && !roster.is_held(after(300), task(2)));
}

/// Names are the requesters' own: two of them may have drawn the same, one of them on purpose.
#[test]
fn two_tasks_of_one_name_are_never_with_one_agent() {
    let mut roster = one_agent(5, 1);
    roster.offer(NOW, task(9), name(1), level(2), None);
    assert_eq!([roster.assign(NOW, name(1)), roster.assign(NOW, name(1))], [Some(task(1)), None]);
    assert_eq!(roster.find(name(1), name(1)), [task(1), task(9)], "its own first");
}

/// A proof that its agent would not make lay with it until the agent was late or silent.
#[test]
fn what_an_agent_gives_back_is_another_s_at_once() {
    let mut roster = one_agent(2, 2);
    assert_eq!([roster.assign(NOW, name(1)), roster.assign(NOW, name(1))], [Some(task(1)), Some(task(2))]);
    roster.register(NOW, agent(2, &[2], 1)).unwrap();
    roster.asks(NOW, name(2), None, Millis::from_secs(10)).unwrap();
    assert_eq!(roster.assign(NOW, name(2)), None);
    assert_eq!(roster.release(NOW, name(2), name(1), None).unwrap(), [] as [Uuid; 0], "it is another's");
    assert!(roster.is_held(NOW, task(1)));
    assert_eq!(roster.release(NOW, name(1), name(1), None).unwrap(), [name(2)]);
    assert_eq!(roster.release(NOW, name(1), name(1), None).unwrap(), [name(2)], "twice changes nothing");
    assert_eq!(roster.assign(NOW, name(1)), None, "it is not given again to whoever gave it back");
    assert_eq!(roster.assign(NOW, name(2)), Some(task(1)));
    assert_eq!(roster.left(NOW), []);
    roster.release(NOW, name(2), name(1), None).unwrap();
    assert_eq!(roster.left(NOW), [task(1)], "both have: an own worker makes it");
    assert!(matches!(roster.release(NOW, name(9), name(1), None), Err(AgentError::Unknown(_))));
    roster.register(NOW, Registration { key: Some(key("a key of sixteen")), ..agent(3, &[2], 1) }).unwrap();
    assert!(matches!(roster.release(NOW, name(3), name(1), None), Err(AgentError::WrongKey(_))));
}

/// Agents without number that take a proof and give it back keep it from being made.
#[test]
fn what_is_given_back_again_and_again_is_left_to_an_own_worker() {
    let mut roster = one_agent(1, 1);
    for n in 1..=8 {
        assert_eq!(roster.left(NOW), []);
        roster.register(NOW, agent(n, &[2], 1)).unwrap();
        roster.register(NOW, agent(n + 1, &[2], 1)).unwrap();
        [n, n + 1].iter().for_each(|n| roster.asks(NOW, name(*n), None, Millis::from_secs(10)).unwrap());
        assert_eq!(roster.assign(NOW, name(n)), Some(task(1)));
        roster.release(NOW, name(n), name(1), None).unwrap();
    }
    assert_eq!(roster.left(NOW), [task(1)], "although the ninth has not given it back");
    assert_eq!(roster.assign(NOW, name(9)), None);
}

/// An agent that restarts under its name has not given back what it gave back before.
#[test]
fn whoever_registers_anew_is_given_what_it_gave_back() {
    let mut roster = one_agent(1, 1);
    assert_eq!(roster.assign(NOW, name(1)), Some(task(1)));
    roster.release(NOW, name(1), name(1), None).unwrap();
    assert_eq!(roster.assign(NOW, name(1)), None);
    roster.register(NOW, agent(1, &[2], 1)).unwrap();
    assert_eq!(roster.assign(NOW, name(1)), Some(task(1)));
}

/// Garbage without end: each piece costs the node a check, and what its bringer holds costs time.
#[test]
fn an_agent_that_brings_false_proofs_gets_no_work_for_a_while() {
    let mut roster = one_agent(2, 2);
    assert_eq!(roster.assign(NOW, name(1)), Some(task(1)));
    let asks = |roster: &mut Roster, now| roster.asks(now, name(1), None, Millis::from_secs(10));
    (0..2).for_each(|_| roster.failed(NOW, name(1)));
    assert!(roster.is_held(NOW, task(1)) && asks(&mut roster, NOW).is_ok(), "the third may be true");
    roster.failed(NOW, name(1));
    assert!(!roster.is_held(NOW, task(1)), "what it had is for whoever asks next");
    assert_eq!(roster.assign(NOW, name(1)), None);
    assert!(matches!(asks(&mut roster, after(1)), Err(AgentError::Barred { seconds: 59, .. })));
    assert!(roster.trusts(after(1), name(1)).is_err(), "and nothing of it is checked");
    roster.register(after(2), agent(1, &[2], 2)).unwrap();
    assert!(asks(&mut roster, after(3)).is_err(), "to register anew changes nothing");
    assert_eq!(roster.left(after(3)), [task(1), task(2)], "nobody else is there");
    assert_eq!(roster.workforce(after(3)), None, "the own workers are sold: it keeps nobody from selling");
    let status = roster.status(after(3));
    assert_eq!((status.live, status.asking, status.barred, status.lanes, status.own), (1, 0, 1, 0, 2));
    asks(&mut roster, after(60)).unwrap();
    roster.offer(after(60), task(3), name(3), level(2), None);
    assert_eq!(roster.assign(after(60), name(1)), Some(task(1)), "its time is over, and no own worker is quick enough");
    roster.failed(after(61), name(1));
    assert!(matches!(asks(&mut roster, after(61)), Err(AgentError::Barred { seconds: 120, .. })), "twice as long");
    roster.passed(NOW, name(1), task(3));
    (0..2).for_each(|_| roster.failed(after(200), name(1)));
    assert!(asks(&mut roster, after(200)).is_ok(), "a true one has made good for all of them");
}

/// Its node forgot all names with each restart: whoever came first had the name, and its tasks.
#[test]
fn a_name_is_its_key_s_after_a_restart_too() {
    let mut before = Roster::default();
    let with = |n, key| Registration { key, ..agent(n, &[1], 1) };
    before.register(NOW, with(1, Some(key("a key of sixteen")))).unwrap();
    before.register(NOW, with(2, None)).unwrap();
    let written = before.names.take_change().unwrap();
    before.heard(after(60), name(1), Some(&key("a key of sixteen"))).unwrap();
    assert_eq!(before.names.take_change(), None, "not each word is written");
    let mut roster = Roster::new(Names::decode(&written).unwrap());
    let refused = |result: Result<(), AgentError>| matches!(result, Err(AgentError::WrongKey(_)));
    assert!(refused(roster.register(NOW, with(1, None))), "a stranger who is first");
    assert!(refused(roster.register(NOW, with(1, Some(key("another key of it"))))));
    roster.register(NOW, with(1, Some(key("a key of sixteen")))).unwrap();
    roster.register(NOW, with(2, Some(key("a key of sixteen")))).unwrap();
}

/// Whoever holds the provers' token could end the sale by saying every two minutes that it is there.
#[test]
fn an_agent_that_never_asks_keeps_nobody_from_selling() {
    let mut roster = Roster::default();
    roster.register(NOW, agent(1, &[2], 5)).unwrap();
    for secs in [30, 60, 90, 119] {
        roster.heard(after(secs), name(1), None).unwrap();
        assert!(roster.workforce(after(secs)).is_some(), "it may still ask");
    }
    roster.heard(after(120), name(1), None).unwrap();
    assert_eq!(roster.workforce(after(121)), None);
    roster.register(after(122), agent(1, &[2], 5)).unwrap();
    assert_eq!(roster.workforce(after(122)), None, "nor by registering anew");
    roster.asks(after(130), name(1), None, Millis::from_secs(10)).unwrap();
    assert_eq!(roster.workforce(after(130)).map(|workforce| workforce.lanes), Some(5));
}

/// An agent that was stopped was waited for, and its lanes were sold, for as long as it might have asked again.
#[test]
fn whoever_leaves_is_gone_at_once_and_gives_back_all_that_it_has() {
    let mut roster = one_agent(2, 2);
    assert_eq!([roster.assign(NOW, name(1)), roster.assign(NOW, name(1))], [Some(task(1)), Some(task(2))]);
    (0..3).for_each(|_| roster.failed(NOW, name(1)));
    roster.leave(NOW, name(1), None).unwrap();
    assert_eq!((roster.workforce(NOW), roster.is_held(NOW, task(1))), (None, false));
    assert_eq!(roster.left(NOW), [task(1), task(2)]);
    assert_eq!(roster.status(NOW).live, 0);
    roster.register(after(1), agent(1, &[2], 2)).unwrap();
    assert!(roster.trusts(after(1), name(1)).is_err(), "whoever comes back has not been forgiven");
    assert!(roster.workforce(after(61)).is_some(), "but it is back");
}
