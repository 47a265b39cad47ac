//! Provers that speak HTTP alone, as their own crate has them, behind a real node.

use crate::{
    client::{get, send},
    scene::{Scene, options},
};
use dpgn_agent::{AgentError, AgentOptions, ProverConfig, ProverNode};
use dpgn_gateway::{GatewayConfig, serve};
use dpgn_node::TaskRef;
use dpgn_prover::ProverOptions;
use serde_json::json;
use std::{fs, net::SocketAddr, os::unix::fs::PermissionsExt, time::Duration};
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
    submit_by(at, name, "").await
}

/// Likewise with these headers.
async fn submit_by(at: SocketAddr, name: u128, headers: &str) -> TaskRef {
    let task = Uuid::from_u128(name);
    let body = json!({"task_id": task, "privacy_level": 2, "circuit_data": [1, 2, 3, 4], "reward_amount": 100,
        "requester": "client-001", "priority": 10});
    assert_eq!(send(at, "POST /tasks", headers, &body.to_string()).await.json(), json!(task));
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

/// A prover on a rented machine has a token that proves. Whoever takes that machine over buys nothing with it.
#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_provers_is_enough_to_prove_and_not_to_buy() {
    let scene = Scene::selling_by_token().await;
    let (at, owner, provers) = (scene.at, scene.bearer("token"), scene.bearer("prover.token"));
    assert_ne!(owner, provers);
    let token = provers.trim_end().rsplit(' ').next().expect("the token").to_owned();
    let options = AgentOptions {
        key: Some(Zeroizing::new(KEY.to_owned())),
        token: Some(Zeroizing::new(token)),
        prover: options(),
        ..AgentOptions::default()
    };
    let agent = ProverNode::with(config(at, 1), options).await.expect("sound");
    let running = tokio::spawn({
        let agent = agent.clone();
        async move { agent.start().await }
    });
    let task = submit_by(at, 1, &owner).await;
    assert_eq!(scene.node.wait(task).await.expect("it ends").why, None);
    assert_eq!(agent.stats().accepted, 1);
    agent.drain();
    running.await.expect("no panic").expect("it was drained");

    let order = r#"{"circuit_data": "AXNlY3JldA==", "level": 3, "reward": 1000000}"#;
    let refused = send(at, "POST /api/v1/tasks", &provers, order).await;
    refused.assert_problem(403, "insufficient_scope");
    for line in ["POST /tasks", "PUT /api/v1/uploads/00", "GET /api/v1/accounts/00/statement", "GET /metrics"] {
        send(at, line, &provers, "{}").await.assert_problem(403, "insufficient_scope");
        assert_ne!(send(at, line, &owner, "{}").await.status, 403, "{line}");
    }
    send(at, "POST /provers/register", "", "{}").await.assert_problem(401, "unauthorized");
    scene.stop().await;
}

/// An agent whose workers are this script.
async fn agent_with(scene: &Scene, name: u128, worker: &str) -> ProverNode {
    let program = scene.dir.path().join(format!("worker-{name}"));
    fs::write(&program, format!("#!/bin/sh\n{worker}\n")).expect("it can be written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it can be run");
    let prover = ProverOptions { program: Some(program), ..options() };
    let options = AgentOptions { prover, ..AgentOptions::default() };
    ProverNode::with(config(scene.at, name), options).await.expect("sound")
}

/// What an agent cannot make, or will not, lay with it until the node made it itself.
#[tokio::test(flavor = "multi_thread")]
async fn an_agent_gives_back_what_it_will_not_make() {
    let scene = Scene::selling().await;
    let started = |agent: &ProverNode| {
        let agent = agent.clone();
        tokio::spawn(async move { agent.start().await })
    };
    // The first one's worker fails as soon as it may; the second one's never ends, and the agent is stopped.
    let flag = scene.dir.path().join("fail");
    let fails = format!("while [ ! -e {} ]; do sleep 0.1; done; exit 1", flag.display());
    for (name, worker) in [(1, fails.as_str()), (2, "exec sleep 1000")] {
        let useless = agent_with(&scene, name, worker).await;
        let running = started(&useless);
        asking(scene.at, 1).await;
        let task = submit(scene.at, name).await;
        while useless.at_work().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // Only now is somebody there who could have made it.
        let able = agent(scene.at, name + 10).await;
        let proves = started(&able);
        asking(scene.at, 2).await;
        match name {
            1 => fs::write(&flag, "").expect("it can be written"),
            _ => useless.stop(),
        }
        let info = scene.node.wait(task).await.expect("it ends");
        assert_eq!((info.why, info.attempts, able.stats().accepted), (None, 1, 1), "the other has made it");
        [&useless, &able].into_iter().for_each(ProverNode::stop);
        running.await.expect("no panic").expect("it was stopped");
        proves.await.expect("no panic").expect("it was stopped");
        // Whoever has left is waited for no longer.
        asking(scene.at, 0).await;
    }
    scene.stop().await;
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
