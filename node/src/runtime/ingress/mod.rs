//! Ingress: peers' bytes are bounded, decoded, verified and judged here; then, and only then, they are an input.
//!
//! Unknown is not guilty: only what the sender could have checked itself is held against it. A version that this
//! node does not speak is ignored wherever it comes from.
//!
//! Requests come in here. `gossip` checks what is gossiped on a thread of its own, with `ops` and `votes`; `council`
//! what members say on their streams, on another; `told` is what both hand on, and `unusable` says whose fault the
//! rest is. `publish` is the way out.

#![warn(clippy::wildcard_enum_match_arm)]

mod checked_ops;
mod council;
mod gossip;
mod ops;
mod publish;
#[cfg(test)]
mod scene;
mod told;
mod unusable;
mod votes;

pub(super) use council::CouncilCheck;
pub(super) use gossip::{GossipCheck, View};
pub(super) use publish::{publish, publish_ops};
pub(super) use told::Told;

use super::{Runtime, Stopped, ask::respond};
use crate::{
    driver::BlobQuestion,
    engine::Input,
    network::{self, Limiter, Offence, Rate},
};
use dpgn_market::Ledger;
use dpgn_protocol::{
    ids::{AccountId, RecipeDigest, TaskId},
    wire::{BlobRequest, Refusal, Request, Response, Wire},
};
use std::{collections::BTreeSet, time::Instant};
use unusable::Unusable;

/// The rate at which a peer without an award gets recipes.
const RECIPE_RATE: Rate = Rate { per_s: 1, burst: 8, bytes_per_s: 0, bytes_burst: 0 };

/// The members that a node speaks with which is none of them.
static NOBODY: BTreeSet<AccountId> = BTreeSet::new();

/// The memory that ingress has of peers between their questions.
pub(super) struct Peers {
    recipes: Limiter<AccountId>,
    /// Accounts this node has work with: provers of its tasks, requesters of its awards.
    work_with: BTreeSet<AccountId>,
    /// Whether this node is in office without the role of a coordinator, and its owner was told.
    is_silent: bool,
}

impl Default for Peers {
    fn default() -> Self {
        Self { recipes: Limiter::new(RECIPE_RATE), work_with: BTreeSet::new(), is_silent: false }
    }
}

impl Runtime {
    pub(super) async fn event(&mut self, event: network::Event) -> Result<(), Stopped> {
        match event {
            // Gossip has been taken out of the events: a thread checks it.
            network::Event::Gossip { .. } => {}
            network::Event::Request { from, data, token } => match Request::from_bytes(&data) {
                Ok(request) => self.driver.asked(&mut self.host, from, request, token).await?,
                Err(error) => {
                    if self.blame(from, error.into()) == Unusable::Guilty {
                        respond(&self.network, token, Response::Refused(Refusal::Malformed).to_bytes());
                    }
                }
            },
            network::Event::BlobRequest { from, request, token } => self.blob_asked(from, &request, token).await?,
            // What members say has been taken out too.
            network::Event::Said { .. } => {}
            network::Event::PeerConnected { peer, .. } => self.feed(Input::PeerUp(peer)).await?,
            network::Event::PeerDisconnected { peer } => self.feed(Input::PeerDown(peer)).await?,
            // The network has logged it.
            network::Event::Listening { .. } => {}
        }
        Ok(())
    }

    /// Holds a malformed message against its sender, if it could have known.
    fn blame(&self, from: AccountId, why: Unusable) -> Unusable {
        if why == Unusable::Guilty {
            self.network.penalise(from, Offence::Malformed);
        }
        why
    }

    async fn blob_asked(&mut self, from: AccountId, request: &[u8], token: network::BlobToken) -> Result<(), Stopped> {
        let request = BlobRequest::from_bytes(request).map_err(Unusable::from);
        if let Ok(BlobRequest::Recipe { recipe }) = &request {
            let awarded = holds_award(self.engine().ledger(), from, *recipe);
            if !awarded && !self.state.peers.recipes.allow(from, 0, Instant::now()) {
                self.network.refuse(token, Refusal::Busy);
                return Ok(());
            }
        }
        if let Ok(BlobRequest::Inputs { task, .. }) = &request
            && let Err(refusal) = may_ask(self.engine().ledger(), self.engine().task(*task).is_some(), from, *task)
        {
            // Before its signature costs anything.
            self.network.refuse(token, refusal);
            return Ok(());
        }
        match request.and_then(|request| Ok(BlobQuestion::verify(request, self.id)?)) {
            Ok(question) => self.driver.blob_asked(&mut self.host, from, question, token).await,
            Err(why) => {
                if self.blame(from, why) == Unusable::Guilty {
                    self.network.refuse(token, Refusal::Malformed);
                }
                Ok(())
            }
        }
    }

    /// The ledger as of now, for the thread that checks gossip.
    pub(super) fn view(&self) -> View {
        View { ledger: self.engine().shared_ledger(), height: self.engine().head().height }
    }

    /// After a block: places are kept for those this node now has work with, and new ones are dialled. The prover
    /// of an own task may know no address of this node; it would find nobody to ask for the inputs.
    pub(super) fn meet(&mut self) {
        let ledger = self.engine().ledger();
        let own = self.account;
        let prover = |task| ledger.task(task)?.task.stage.award().map(|award| award.prover);
        let provers = ledger.tasks_of(own).filter_map(|(_, task)| prover(task));
        let requester = |task| Some(ledger.task(task)?.task.requester);
        let requesters = ledger.awards_of(own).filter_map(requester);
        let work_with: BTreeSet<AccountId> = provers.chain(requesters).filter(|account| *account != own).collect();
        // Those who have just left may still be needed for the block below.
        let offices = ledger.committee().members().iter().chain(ledger.deciders().members());
        let members: BTreeSet<AccountId> = offices.map(|member| member.account).collect();
        let is_silent = members.contains(&own) && !self.engine().coordinates();
        if is_silent && !self.state.peers.is_silent {
            tracing::warn!(
                "this node is elected and has not the role: add \"coordinator\" to roles, or take its bond back"
            );
        }
        self.network.council(if members.contains(&own) { &members } else { &NOBODY });
        self.network.favour(favoured(ledger, own).chain(work_with.iter().copied()));
        for account in work_with.difference(&self.state.peers.work_with).copied() {
            let network = self.network.clone();
            self.state.tasks.spawn(async move {
                if let Err(error) = network.connect(account).await {
                    tracing::debug!(peer = %account, %error, "not reached");
                }
            });
        }
        (self.state.peers.work_with, self.state.peers.is_silent) = (work_with, is_silent);
    }
}

/// The peers that places are kept for, whoever this node works with: the committee, and on a member of it the provers
/// whose proofs it waits for.
fn favoured(ledger: &Ledger, own: AccountId) -> impl Iterator<Item = AccountId> {
    let committee = ledger.committee();
    let delivered = committee.power(own).map(|_| ledger.awaiting_findings()).into_iter().flatten();
    let provers = delivered.filter_map(|(_, task)| Some(task.stage.award()?.prover));
    committee.members().iter().map(|member| member.account).chain(provers)
}

/// Whether a peer holds a live award of a circuit made from this recipe.
fn holds_award(ledger: &Ledger, peer: AccountId, recipe: RecipeDigest) -> bool {
    ledger.awards_of(peer).filter_map(|task| ledger.task(task)).any(|view| view.task.bid.recipe == recipe)
}

/// Whether a peer may ask for the inputs of a task at all: it is this node's own, and the peer holds its award.
fn may_ask(ledger: &Ledger, is_own: bool, peer: AccountId, task: TaskId) -> Result<(), Refusal> {
    let award = ledger.task(task).and_then(|view| view.task.stage.award());
    match award.filter(|award| award.prover == peer) {
        _ if !is_own => Err(Refusal::NotFound),
        Some(_) => Ok(()),
        None => Err(Refusal::NotAllowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Engine, Head, Input, Snapshots, Start};
    use dpgn_protocol::{
        ids::BlockHash,
        limits::NONCE_WINDOW,
        ops::Action,
        units::{Credits, Height},
    };
    use scene::{ACCOUNTS, COORDINATOR, PROVER, REQUESTER, Scene, keys};

    /// Each question for inputs cost the loop a signature check, whatever it was about.
    #[test]
    fn questions_about_others_tasks_or_awards_cost_no_signature_check() {
        let mut scene = Scene::new();
        let held = scene.delivered(1);
        let asks = |is_own, peer: u8, task| may_ask(&scene.ledger, is_own, keys(peer).account(), task);
        let unknown = |n: u16| TaskId::from_bytes(dpgn_protocol::ids::hash("no task", &[&n.to_le_bytes()]));
        let checked = (0..1_000).filter(|n| asks(false, PROVER, unknown(*n)).is_ok()).count();
        println!("1,000 questions for inputs of unknown tasks: {checked} signature checks");
        assert_eq!(checked, 0);
        assert_eq!(asks(false, PROVER, held), Err(Refusal::NotFound), "the task is another's");
        assert_eq!(asks(true, COORDINATOR, held), Err(Refusal::NotAllowed), "the award is another's");
        assert_eq!(asks(true, PROVER, unknown(0)), Err(Refusal::NotAllowed), "no block has it yet");
        assert_eq!(asks(true, PROVER, held), Ok(()));
    }
    /// Strangers could hold all places of a coordinator, and no prover found one to hand its proof over.
    #[test]
    fn a_coordinator_keeps_places_for_provers_whose_proof_it_awaits() {
        let mut scene = Scene::new();
        let task = scene.delivered(1);
        let is_favoured = |scene: &Scene, by: u8| {
            favoured(&scene.ledger, keys(by).account()).any(|account| account == keys(PROVER).account())
        };
        assert!(is_favoured(&scene, COORDINATOR) && !is_favoured(&scene, REQUESTER));
        scene.settle(task);
        assert!(!is_favoured(&scene, COORDINATOR), "once it is paid it has nothing to hand over");
    }

    /// Ops that nobody is obliged to send took all room, and a prover that could not say that it lives was slashed.
    #[test]
    fn a_pool_full_of_voluntary_ops_has_room_for_a_duty() {
        let mut scene = Scene::new();
        scene.delivered(1);
        let (ledger, now) = (scene.ledger.clone(), scene.ledger.time());
        let head = Head { height: Height::new(9), hash: BlockHash::from_bytes([0; 32]), time: now, certificate: None };
        let (keys_of, tasks, jobs) = (keys(COORDINATOR), Vec::new(), Vec::new());
        let mut engine = Engine::new(Start {
            keys: keys_of,
            ledger,
            head,
            tasks,
            jobs,
            seals: Vec::new(),
            sells: None,
            coordinates: true,
            snapshots: Snapshots::default(),
        });
        let transfer = || Action::Transfer { to: keys(REQUESTER).account(), amount: Credits::new(1) };
        for account in PROVER + 1..=ACCOUNTS {
            let ops = (0..NONCE_WINDOW).map(|nonce| scene.op_with(account, nonce, transfer()));
            engine.step(now, Input::Ops(ops.collect()));
        }
        let full = engine.backlog().pooled;
        let alive = scene.op_with(PROVER, scene.nonce(PROVER), Action::Alive);
        engine.step(now, Input::Ops(vec![alive]));
        let with_duty = engine.backlog().pooled;
        let sent = u64::from(ACCOUNTS - PROVER) * NONCE_WINDOW;
        println!("{sent} ops without a duty: {full} pooled; a prover's `Alive` makes them {with_duty}");
        assert_eq!(with_duty, full + 1);
        assert!((full as u64) < sent, "the pool was full");
    }
}
