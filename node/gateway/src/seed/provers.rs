//! Provers: those that have registered here, and those of the whole network.

use super::names::{key, key_shown, level, rfc3339, uuid_of};
use crate::{
    extract::JsonOf,
    problem::{Code, Problem},
    state::GatewayState,
};
use axum::{Json, extract::State, http::HeaderMap};
use dpgn_market::Ledger;
use dpgn_node::agents::{AgentView, Registration};
use dpgn_protocol::{ids::AccountId, ops::Ask};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Characters of an address that a prover names for its income.
const ADDRESS_LEN_MAX: usize = 128;
/// Provers of the network that are listed.
const LISTED_MAX: usize = 500;

/// A prover that wants to prove for this node.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterProver {
    /// The prover's own name.
    prover_id: Uuid,
    /// The privacy levels that it proves, of 1 to 5.
    supported_levels: Vec<u8>,
    /// The proofs that it makes at once.
    capacity: u16,
    /// A secret of 16 to 256 bytes that it shows from now on, in the header `Prover-Key`. A gateway with a token asks for one.
    #[serde(default)]
    #[schema(min_length = 16, max_length = 256)]
    key: Option<String>,
    /// The padded rows per second that it vouches for; without it, those of the node's own workers.
    #[serde(default)]
    rows_per_second: Option<u32>,
    /// The address that it names for its income. The income is the node's: nobody is paid by this.
    #[serde(default)]
    reward_address: Option<String>,
}

/// A prover that is there.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Heartbeat {
    /// The prover's own name.
    prover_id: Uuid,
}

/// A task that a prover will not prove, or all that it has.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseTask {
    /// The requester's own name for the task; null if the prover leaves: then it gives back all that it has, and asks for no more.
    task_id: Option<Uuid>,
    /// The prover that has it.
    prover_id: Uuid,
}

/// What a prover hears that is there.
#[derive(Serialize, ToSchema)]
pub struct Heard {
    /// The tasks that it still has; whatever else it works at is over.
    tasks: Vec<Uuid>,
}

/// A prover, as anybody may see it.
#[derive(Serialize, ToSchema)]
pub struct ProverShown {
    /// Its own name; of a prover with an account the UUID that stands for it.
    prover_id: Uuid,
    /// The privacy levels that it proves.
    supported_levels: Vec<u8>,
    /// The proofs that it takes on at once.
    capacity: u16,
    /// Those of them that it has.
    current_load: usize,
    /// Whether it takes tasks now: it asks for work, or its ask stands.
    active: bool,
    /// The account that is paid for its proofs: 64 hexadecimal digits.
    account: String,
    /// The reputation of that account, 0 to 1.
    reputation_score: f64,
    /// Whether it has registered here, and proves behind this node's account.
    is_registered_here: bool,
    /// The time at which it was heard last; null for a prover with an account.
    #[schema(format = DateTime)]
    last_heartbeat: Option<String>,
    /// The time until which it gets no work, since it has brought false proofs one after another; null if it gets some.
    #[schema(format = DateTime)]
    barred_until: Option<String>,
    /// Proofs of it that held and that did not, since this node was started; of a prover with an account null.
    proofs: Option<Proofs>,
    /// The address that it names for its income; null if it names none.
    reward_address: Option<String>,
}

/// What came of the proofs that a prover has handed in here.
#[derive(Serialize, ToSchema)]
pub struct Proofs {
    /// Those that held.
    passed: u64,
    /// Those that did not.
    failed: u64,
}

/// Registers a prover
#[utoipa::path(post, path = "/provers/register", tag = "simple", request_body = RegisterProver,
    responses((status = 200, body = Uuid, description = "the prover's name")))]
pub(super) async fn register(
    State(state): State<GatewayState>,
    JsonOf(new): JsonOf<RegisterProver>,
) -> Result<Json<Uuid>, Problem> {
    if new.key.is_none() && state.has_token() {
        return Err(Problem::new(Code::KeyNeeded, "this gateway is not for loopback alone: a prover needs a key"));
    }
    let is_wrong = |text: &String| text.chars().count() > ADDRESS_LEN_MAX || text.chars().any(char::is_control);
    if new.reward_address.as_ref().is_some_and(is_wrong) {
        let detail = format!("reward_address has at most {ADDRESS_LEN_MAX} printable characters");
        return Err(Problem::new(Code::Malformed, detail));
    }
    let registration = Registration {
        prover: new.prover_id,
        levels: new.supported_levels.into_iter().map(level).collect::<Result<_, _>>()?,
        capacity: new.capacity,
        key: new.key.map(key).transpose()?,
        rows_per_second: new.rows_per_second,
        reward_address: new.reward_address,
    };
    state.node().agents()?.register(registration).await?;
    Ok(Json(new.prover_id))
}

/// Says that a prover is there
#[utoipa::path(post, path = "/provers/heartbeat", tag = "simple", request_body = Heartbeat,
    responses((status = 200, body = Heard)))]
pub(super) async fn heartbeat(
    State(state): State<GatewayState>,
    headers: HeaderMap,
    JsonOf(beat): JsonOf<Heartbeat>,
) -> Result<Json<Heard>, Problem> {
    let tasks = state.node().agents()?.heartbeat(beat.prover_id, key_shown(&headers)?).await?;
    Ok(Json(Heard { tasks }))
}

/// Gives a task back that a prover will not prove
///
/// Another prover that asks is given it at once, or the node makes the proof itself. A task that the prover does not have is
/// passed over; the answer is what it still has.
#[utoipa::path(post, path = "/tasks/release", tag = "simple", request_body = ReleaseTask,
    responses((status = 200, body = Heard)))]
pub(super) async fn release(
    State(state): State<GatewayState>,
    headers: HeaderMap,
    JsonOf(given_back): JsonOf<ReleaseTask>,
) -> Result<Json<Heard>, Problem> {
    let ReleaseTask { task_id, prover_id } = given_back;
    let (agents, key) = (state.node().agents()?, key_shown(&headers)?);
    let tasks = match task_id {
        Some(task) => agents.release(prover_id, key, task).await?,
        None => {
            agents.leave(prover_id, key).await?;
            Vec::new()
        }
    };
    Ok(Json(Heard { tasks }))
}

/// Lists all provers
///
/// Those that have registered here come first, then those of the network whose asks stand.
#[utoipa::path(get, path = "/provers", operation_id = "all_provers", tag = "simple",
    responses((status = 200, body = Vec<ProverShown>)))]
pub(super) async fn list(State(state): State<GatewayState>) -> Result<Json<Vec<ProverShown>>, Problem> {
    let node = state.node();
    let ledger = node.ledger().await?;
    let agents = match node.agents() {
        Ok(agents) => agents.list().await?,
        Err(_) => Vec::new(),
    };
    let own = node.account();
    let here = agents.into_iter().map(|agent| registered(&ledger, own, agent));
    let others = ledger.asks().take(LISTED_MAX).map(|(prover, standing)| of_network(&ledger, prover, &standing.ask));
    Ok(Json(here.chain(others).collect()))
}

fn registered(ledger: &Ledger, own: AccountId, agent: AgentView) -> ProverShown {
    ProverShown {
        prover_id: agent.prover,
        supported_levels: agent.levels.iter().map(|level| level.get()).collect(),
        capacity: agent.capacity,
        current_load: agent.held.len(),
        active: agent.asks,
        account: own.to_string(),
        reputation_score: reputation(ledger, own),
        is_registered_here: true,
        last_heartbeat: Some(rfc3339(agent.seen)),
        barred_until: agent.barred_until.map(rfc3339),
        proofs: Some(Proofs { passed: agent.made, failed: agent.refused }),
        reward_address: agent.reward_address,
    }
}

fn of_network(ledger: &Ledger, prover: AccountId, ask: &Ask) -> ProverShown {
    ProverShown {
        prover_id: uuid_of(prover),
        supported_levels: ask.offers.iter().map(|offer| offer.level.get()).collect(),
        capacity: ask.capacity,
        current_load: ledger.awards_of(prover).count(),
        active: true,
        account: prover.to_string(),
        reputation_score: reputation(ledger, prover),
        is_registered_here: false,
        last_heartbeat: None,
        barred_until: None,
        proofs: None,
        reward_address: None,
    }
}

fn reputation(ledger: &Ledger, account: AccountId) -> f64 {
    f64::from(ledger.reputation(account).value.get()) / 1e6
}
