//! The consensus core alone: as many cores as there are members, in one thread, which hear each other at once.

use super::processes::key;
use dpgn_node::consensus::bft::{Bft, Input, Output};
use dpgn_protocol::{
    committee::{Committee, Member},
    ids::{BlockHash, NetworkId, hash},
    units::{Height, Power},
};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

const NETWORK: NetworkId = NetworkId::from_bytes([7; 32]);
/// The time for which heights are decided.
const SPAN: Duration = Duration::from_secs(3);

/// Heights that the cores decide in a second. Every value is valid at once, nothing is stored, no timer runs.
pub fn heights_per_s(members: usize) -> f64 {
    let mut keys: Vec<_> = (0..u32::try_from(members).expect("few")).map(|n| key("coordinator", n)).collect();
    keys.sort_by_key(dpgn_protocol::sign::Keypair::account);
    let all = keys.iter().map(|keys| Member { account: keys.account(), power: Power::new(1) }).collect();
    let committee = Committee::new(all).expect("sound");
    let mut cores: Vec<Bft> = keys.into_iter().map(|keys| Bft::new(keys, NETWORK)).collect();
    let (begun, mut height) = (Instant::now(), Height::new(0));
    while begun.elapsed() < SPAN {
        height = height.next();
        decide(&mut cores, &committee, height);
    }
    height.get() as f64 / begun.elapsed().as_secs_f64()
}

fn decide(cores: &mut [Bft], committee: &Committee, height: Height) {
    let start = Input::Start { height, committee: committee.clone(), log: Vec::new() };
    let mut inputs: VecDeque<(usize, Input)> = (0..cores.len()).map(|core| (core, start.clone())).collect();
    inputs.extend((0..cores.len()).map(|core| (core, Input::Arm { height })));
    let mut decided = 0;
    while decided < cores.len() {
        let (core, input) = inputs.pop_front().expect("somebody has something to say until all have decided");
        for output in cores[core].step(input).expect("no fault") {
            match output {
                Output::GetValue { height, round } => {
                    let block = BlockHash::from_bytes(hash("dpgn bench block v1", &[&height.get().to_le_bytes()]));
                    inputs.push_back((core, Input::Propose { height, round, block }));
                }
                Output::Judge { height, round, block, by } => {
                    inputs.push_back((core, Input::Judged { height, round, block, by, valid: true }));
                }
                Output::Send(word) => {
                    for other in (0..cores.len()).filter(|other| *other != core) {
                        // Each hears it over its own line, and checks its signatures.
                        let word = word.clone().check(NETWORK).expect("well signed");
                        inputs.push_back((other, Input::Heard(word)));
                    }
                }
                Output::Decided(_) => decided += 1,
                Output::Persist(_)
                | Output::Polka { .. }
                | Output::SendBody { .. }
                | Output::Schedule { .. }
                | Output::Cancel(_)
                | Output::CancelAll
                | Output::Arm { .. }
                | Output::ShowLater { .. }
                | Output::Evidence(_)
                | Output::Behind { .. }
                | Output::Ahead { .. } => {}
            }
        }
    }
}
