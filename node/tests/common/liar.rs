//! A liar: a peer with a key, credits and a wire, and no engine that would keep it honest.

use dpgn_node::{
    Notices,
    engine::Notice,
    local::Local,
    network::{self, Acceptance, BlobSink, Event, Events, FetchError, Network, NetworkConfig, RequestError, Topic},
};
use dpgn_protocol::{
    award::{AwardId, StartStatement},
    bounded::{Bytes, List},
    ids::{AccountId, NetworkId, TaskId, proof_hash},
    ops::{Action, Ask, Op, RawOp, SignedOp},
    sign::{Keypair, Unverified},
    units::{Credits, Millis, Timestamp},
    wire::{BlobRequest, OpBatch, Request, Response, Wire},
};
use std::{
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

pub struct Liar {
    pub keys: Keypair,
    pub wire: Network,
    network: NetworkId,
    nonce: AtomicU64,
}

pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp::new(u64::try_from(since.as_millis()).expect("before the end of time"))
}

impl Liar {
    /// Joins the mesh with an account that has credits: one of the genesis' spare keys.
    pub async fn join(mesh: &Local) -> Self {
        let keys = mesh.spare.clone();
        let network = mesh.genesis.network().expect("encodes");
        let mut config = NetworkConfig::new(network);
        config.listen = vec!["/ip4/127.0.0.1/tcp/0".parse().expect("an address")];
        config.bootstrap = vec![mesh.bootstrap.clone()];
        let (wire, events) = network::spawn(&keys, config).expect("the network starts");
        wire.dial(mesh.bootstrap.clone()).await.expect("the coordinator is there");
        tokio::spawn(nod(wire.clone(), events));
        // Gossip flows once the mesh has taken the newcomer in.
        tokio::time::sleep(Duration::from_secs(2)).await;
        Self { keys, wire, network, nonce: AtomicU64::new(0) }
    }

    pub fn account(&self) -> AccountId {
        self.keys.account()
    }

    /// An op with a fresh nonce.
    pub fn op(&self, action: Action) -> SignedOp {
        let nonce = self.nonce.fetch_add(1, Ordering::Relaxed);
        self.signed(nonce, now().after(Millis::from_secs(60)), action)
    }

    pub fn signed(&self, nonce: u64, expires: Timestamp, action: Action) -> SignedOp {
        let op = Op { nonce, expires, sponsor: None, action };
        SignedOp::new(self.keys.sign(self.network, op).expect("encodes"))
    }

    pub fn gossip(&self, ops: Vec<RawOp>) {
        let batch = OpBatch { sent: now(), ops: List::new(ops).expect("few ops") };
        self.say(Topic::Ops, batch.to_bytes().expect("encodes"));
    }

    pub fn send(&self, op: &SignedOp) {
        self.gossip(vec![op.to_raw()]);
    }

    pub fn say(&self, topic: Topic, data: Vec<u8>) {
        self.wire.publish(topic, data).expect("the network runs");
    }

    /// Asks for next to nothing: the next bid is the liar's.
    pub fn undercut(&self, mut terms: Ask) {
        terms.flat = Credits::new(1);
        terms.expires = now().after(Millis::from_secs(300));
        self.send(&self.op(Action::Ask(Box::new(terms))));
    }

    /// Waits for an award to the liar.
    pub async fn awarded(&self, notices: &mut Notices) -> TaskId {
        let own = self.account();
        wait_for(notices, move |notice| match notice {
            Notice::Awarded { task, prover, .. } if *prover == own => Some(*task),
            _ => None,
        })
        .await
    }

    /// The liar's word that it begins on an award of a task: the first one, which is the only one it ever gets.
    pub fn statement(&self, task: TaskId) -> Unverified {
        let award = AwardId { task, number: 1 };
        self.keys.sign(self.network, StartStatement { award }).expect("encodes").into_raw()
    }

    /// Says `Start`, and waits until a block has it.
    pub async fn start(&self, task: TaskId, notices: &mut Notices) {
        self.send(&self.op(Action::Start { award: AwardId { task, number: 1 }, statement: self.statement(task) }));
        wait_for(notices, move |n| matches!(n, Notice::Started { task: t, .. } if *t == task).then_some(())).await;
    }

    /// Announces a proof, true or not.
    pub fn deliver(&self, task: TaskId, proof: &[u8]) {
        let len = u32::try_from(proof.len()).expect("small");
        self.send(&self.op(Action::Deliver { award: AwardId { task, number: 1 }, proof: proof_hash(proof), len }));
    }

    pub async fn ask(&self, whom: AccountId, request: &Request) -> Result<Response, RequestError> {
        let answer = self.wire.request(whom, request.to_bytes().expect("encodes")).await?;
        Ok(Response::from_bytes(&answer).expect("an honest answer"))
    }

    pub async fn push(&self, whom: AccountId, task: TaskId, proof: &[u8]) -> Result<Response, RequestError> {
        let proof = Bytes::new(proof.to_vec()).expect("small");
        self.ask(whom, &Request::PushProof { task, proof }).await
    }

    /// Asks the requester for the inputs of a task.
    pub async fn inputs(&self, from: AccountId, task: TaskId, start: Unverified, to: &Path) -> Result<u64, FetchError> {
        let request = BlobRequest::Inputs { task, start };
        let sink = BlobSink { path: to.to_owned(), len_max: 1 << 20, digest: None, cancel: Default::default() };
        let got = self.wire.fetch_blob(from, request.to_bytes().expect("encodes"), sink, |_| {}).await?;
        Ok(got.len)
    }
}

/// Passes everything on and answers nothing, so that the liar stays part of the mesh.
async fn nod(wire: Network, mut events: Events) {
    while let Some(event) = events.recv().await {
        if let Event::Gossip { token, .. } = event {
            wire.judge(token, Acceptance::Accept);
        }
    }
}

/// Waits for a notice of interest.
pub async fn wait_for<T>(notices: &mut Notices, mut pick: impl FnMut(&Notice) -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Ok(notice) = notices.next().await.expect("the node runs")
                && let Some(found) = pick(&notice)
            {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("it happens in time")
}
