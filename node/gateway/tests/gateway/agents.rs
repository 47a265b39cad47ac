//! Provers that speak HTTP alone, as their own crate has them, behind a real node.

use crate::{
    client::{get, send},
    scene::{Scene, options},
};
use dpgn_agent::{AgentError, AgentOptions, ProverConfig, ProverNode};
use dpgn_gateway::{GatewayConfig, serve};
use dpgn_node::TaskRef;
use serde_json::json;
use std::{net::SocketAddr, time::Duration};
use uuid::Uuid;
use zeroize::Zeroizing;

const KEY: &str = "a key that only this prover has";

fn config(at: SocketAddr, name: u128) -> ProverConfig {
    ProverConfig {
        node_id: Uuid::from_u128(name),
        gpu_enabled: false,
        max_concurrent_proofs: 1,
        supported_privacy_levels: vec![1, 2, 3],
        coordinator_url: format!("http://{at}"),
        reward_address: "0x00".to_owned(),
    }
}

async fn agent(at: SocketAddr, name: u128) -> ProverNode {
    let options =
        AgentOptions { key: Some(Zeroizing::new(KEY.to_owned())), prover: options(), ..AgentOptions::default() };
    ProverNode::with(config(at, name), options).await.expect("sound")
}

/// Buys a proof by the contract's own call.
async fn submit(at: SocketAddr, name: u128) -> TaskRef {
    let task = Uuid::from_u128(name);
    let body = json!({"task_id": task, "privacy_level": 2, "circuit_data": [1, 2, 3, 4], "reward_amount": 100,
        "requester": "client-001", "priority": 10});
    assert_eq!(send(at, "POST /tasks", "", &body.to_string()).await.json(), json!(task));
    TaskRef::Alias(task)
}

/// Waits until the gateway lists so many provers that ask for work.
async fn asking(at: SocketAddr, count: usize) {
    for _ in 0..600 {
        let provers = get(at, "/provers").await.json();
        let asks = provers.as_array().expect("a list").iter();
        if asks.filter(|p| p["is_registered_here"] == true && p["active"] == true).count() == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("the provers do not ask");
}

/// Several agents are one prover with as many hands, each drained by itself.
#[tokio::test(flavor = "multi_thread")]
async fn agents_prove_and_are_drained_one_by_one() {
    let scene = Scene::selling().await;
    let agents = [agent(scene.at, 1).await, agent(scene.at, 2).await];
    let running: Vec<_> =
        agents.iter().cloned().map(|agent| tokio::spawn(async move { agent.start().await })).collect();
    asking(scene.at, 2).await;
    for name in 1..=4 {
        let task = submit(scene.at, name).await;
        let info = scene.node.wait(task).await.expect("it ends");
        assert_eq!((info.why, info.attempts), (None, 1));
    }
    let accepted = agents.iter().map(|agent| agent.stats().accepted).sum::<u64>();
    assert_eq!(accepted, 4, "all of them were made by agents");
    agents[0].drain();
    let mut running = running.into_iter();
    running.next().expect("two").await.expect("no panic").expect("it was drained");
    let task = submit(scene.at, 5).await;
    assert_eq!(scene.node.wait(task).await.expect("it ends").why, None, "the other is there");
    agents[1].drain();
    running.next().expect("two").await.expect("no panic").expect("it was drained");
    scene.stop().await;
}

/// The gateway goes and comes back: agents register anew by themselves.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_outlives_its_gateway() {
    let scene = Scene::selling().await;
    let (at, node) = (scene.at, scene.node.clone());
    let agent = agent(at, 1).await;
    let running = tokio::spawn({
        let agent = agent.clone();
        async move { agent.start().await }
    });
    asking(at, 1).await;
    scene.gateway.shutdown().await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let again = serve(&GatewayConfig::new(at), node.clone()).await.expect("its address is free again");
    asking(at, 1).await;
    let task = submit(at, 1).await;
    assert_eq!(node.wait(task).await.expect("it ends").why, None);
    agent.drain();
    running.await.expect("no panic").expect("it was drained");
    again.shutdown().await;
    node.shutdown().await;
}

/// Whoever is refused for good ends and says why, in place of asking for ever.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_that_is_refused_ends() {
    let scene = Scene::start().await;
    let refused = agent(scene.at, 1).await.start().await.expect_err("the node sells nothing");
    assert!(matches!(&refused, AgentError::Refused(error) if error.to_string().contains("not_a_prover")), "{refused}");
    assert!(!refused.to_string().contains(KEY));
    scene.stop().await;
}
