//! The codes of problems: stable over versions, each with its status and what to do next, in one table.

use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong with a request, for programs. A code keeps its meaning over versions; new ones may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The path, the query or the body is not of the form that the contract says.
    Malformed,
    /// The cursor is none that a list of this kind has handed out.
    BadCursor,
    /// The bearer token is missing or false.
    Unauthorized,
    /// The bearer token opens less than this.
    InsufficientScope,
    /// The request names a host that is none of this gateway's.
    ForeignHost,
    /// The request was sent by a page of another origin.
    ForeignOrigin,
    /// No route has this path.
    NotFound,
    /// The route does not know this method.
    MethodNotAllowed,
    /// The body did not come in time.
    SlowBody,
    /// The body, or the list in it, is larger than the gateway takes.
    TooLarge,
    /// The body is of another media type than the route takes.
    UnsupportedMediaType,
    /// This client sends more requests than it may.
    RateLimited,
    /// As many requests are in flight, or as many streams open, as the gateway has room for.
    Overloaded,
    /// The answer took too long.
    TimedOut,
    /// Too many questions wait for the node.
    NodeBusy,
    /// The node has stopped.
    NodeStopped,
    /// The node does not have the role of a requester.
    NotARequester,
    /// The node sells nothing.
    NotAProver,
    /// No prover of this name has registered here.
    UnknownProver,
    /// The prover has registered with another key, or with none.
    WrongKey,
    /// The prover has brought false proofs one after another, and is not heard for a while.
    ProverBarred,
    /// A prover needs a key here.
    KeyNeeded,
    /// As many provers have registered here as there is room for.
    ProversFull,
    /// No task has this name.
    UnknownTask,
    /// There is no proof of the task here, or not yet.
    NoProof,
    /// No block has paid for the task, or not yet.
    NotPaid,
    /// There is no block at this height yet.
    NoBlock,
    /// The blocks that would tell are no longer kept.
    Pruned,
    /// More epochs lie between checkpoint and block than a receipt tells of.
    LongHistory,
    /// The checkpoint is not older than the block that has paid.
    LateCheckpoint,
    /// This node vouches for no committee that old.
    Unvouched,
    /// As many own ops are under way as the ledger lets an account have.
    OpsUnderWay,
    /// The account has fewer credits than the order needs.
    InsufficientFunds,
    /// The account has named another task so before.
    AliasUsed,
    /// The idempotency key was used for another request.
    KeyReused,
    /// A request with this idempotency key is being carried out.
    KeyInUse,
    /// The bytes do not begin where those that are here end.
    OtherOffset,
    /// The bytes are not those that the file's name says.
    OtherDigest,
    /// The order names a file that is not uploaded, or not whole.
    UnknownUpload,
    /// The ledger refuses the order; the detail has its reason.
    Refused,
    /// The bid is on its way, but the node could not say how its task stands.
    SentUnseen,
    /// The circuit or its inputs are malformed, too large, or of a kind that is not proved.
    MalformedCircuit,
    /// The lint finds that proofs of the circuit would be worthless.
    Lint,
    /// The proof would show the witness, and the request does not say that it may.
    WitnessPublic,
    /// This node has no recipe of the circuit.
    UnknownCircuit,
    /// The inputs do not satisfy the circuit.
    Unsatisfied,
    /// The circuit cannot be built.
    Unbuildable,
    /// This machine failed at it: a worker, the disk, the random source.
    Machine,
    /// No webhook has this id.
    UnknownWebhook,
    /// The URL is one that no webhook is sent to.
    WebhookUrl,
    /// There are as many webhooks as there may be.
    WebhooksFull,
    /// The proof was to be made by this node itself if need be, and it has no worker.
    NoWorker,
}

impl Code {
    /// The status that a response with this code has.
    pub const fn status(self) -> StatusCode {
        match self {
            Self::Malformed | Self::BadCursor => StatusCode::BAD_REQUEST,
            Self::Unauthorized | Self::KeyNeeded => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope | Self::ForeignHost | Self::ForeignOrigin | Self::WrongKey => StatusCode::FORBIDDEN,
            Self::NotFound
            | Self::UnknownProver
            | Self::UnknownTask
            | Self::NoProof
            | Self::NotPaid
            | Self::NoBlock
            | Self::Pruned
            | Self::UnknownWebhook => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::SlowBody => StatusCode::REQUEST_TIMEOUT,
            Self::NotARequester
            | Self::NotAProver
            | Self::AliasUsed
            | Self::KeyInUse
            | Self::OtherOffset
            | Self::WebhooksFull
            | Self::NoWorker => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::RateLimited | Self::OpsUnderWay | Self::ProverBarred => StatusCode::TOO_MANY_REQUESTS,
            Self::ProversFull
            | Self::Overloaded
            | Self::TimedOut
            | Self::NodeBusy
            | Self::NodeStopped
            | Self::Machine => StatusCode::SERVICE_UNAVAILABLE,
            Self::LongHistory
            | Self::LateCheckpoint
            | Self::Unvouched
            | Self::InsufficientFunds
            | Self::KeyReused
            | Self::OtherDigest
            | Self::UnknownUpload
            | Self::Refused
            | Self::MalformedCircuit
            | Self::Lint
            | Self::WitnessPublic
            | Self::UnknownCircuit
            | Self::Unsatisfied
            | Self::Unbuildable
            | Self::WebhookUrl => StatusCode::UNPROCESSABLE_ENTITY,
            // No client may send it again by itself: it would buy twice.
            Self::SentUnseen => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What to do next.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Malformed => "compare the request with /docs",
            Self::BadCursor => "begin without a cursor, and hand on `next_cursor` as it is",
            Self::Unauthorized => {
                "send `Authorization: Bearer TOKEN`; the token is in the file that gateway.token_file names"
            }
            Self::InsufficientScope => "send the owner's token, in the file that gateway.token_file names",
            Self::ForeignHost => "use the address that the node listens on, or add the name to gateway.hosts",
            Self::ForeignOrigin => {
                "call from a program, or from a page of this gateway: other origins are never let in"
            }
            Self::NotFound | Self::MethodNotAllowed => "/docs shows every route",
            Self::SlowBody => "send the body in one go; try again",
            Self::TooLarge => "send less",
            Self::UnsupportedMediaType => "say what the body is: `Content-Type: application/json`",
            Self::RateLimited => "wait as long as Retry-After says",
            Self::Overloaded => "try again after Retry-After, with fewer requests at once",
            Self::TimedOut | Self::NodeBusy => "try again after Retry-After",
            Self::NodeStopped => "see the node's log, and start it again",
            Self::NotARequester => "add \"requester\" to the node's roles",
            Self::NotAProver => "add \"prover\" to the node's roles",
            Self::UnknownProver => "register first: POST /provers/register",
            Self::WrongKey => "send the key that it registered with in the header Prover-Key",
            Self::ProverBarred => "mend what makes its proofs, and come again after Retry-After; a true one makes good",
            Self::KeyNeeded => "register with `key`, and send it in the header Prover-Key from then on",
            Self::ProversFull => "wait until one of them is silent for two minutes",
            Self::UnknownTask => "GET /api/v1/tasks shows the tasks; the ledger forgets those that ended long ago",
            Self::NoProof | Self::NotPaid => "wait until the task is completed; a task that failed never is",
            Self::NoBlock => "GET /api/v1/status says which block is the last",
            Self::Pruned => "ask a node with `archive = true`",
            Self::LongHistory => "ask with `since`, the height of a newer checkpoint",
            Self::LateCheckpoint => "ask with a lower `since`",
            Self::Unvouched => "ask with a `since` that is no lower than the checkpoint this node joined by",
            Self::OpsUnderWay => "wait until a block holds them, then try again",
            Self::InsufficientFunds => {
                "have credits sent to the account, or lower the amount: a bid locks its reward, with the fees, until the task is over"
            }
            Self::AliasUsed => "choose another alias (task_id); GET /api/v1/tasks/{alias} shows that task",
            Self::KeyReused => {
                "send every new request with a new Idempotency-Key; a repetition has the same values, in any order and layout"
            }
            Self::KeyInUse => "wait for the answer to the first request, or ask again later with the same key",
            Self::OtherOffset => "GET the upload, and go on with `offset`, the bytes that are here",
            Self::OtherDigest => "upload the file again: its name is the SHA-256 of its bytes",
            Self::UnknownUpload => {
                "PUT the file to /api/v1/uploads/{digest} first; a witness goes once its proof is bought"
            }
            Self::Refused => "change what the ledger names, then send it again",
            Self::SentUnseen => "do not submit it again: GET /api/v1/tasks shows it",
            Self::MalformedCircuit => "compare the bytes with what the documentation says of circuit_data",
            Self::Lint => "mend the circuit, or send `despite_lint` if you know better",
            Self::WitnessPublic => "use level 3 to 5, or send `witness_is_public` if that is what you want",
            Self::UnknownCircuit => "submit it once with all its bytes",
            Self::Unsatisfied => "mend the witness; nothing was charged",
            Self::Unbuildable => "make the circuit smaller; nothing was charged",
            Self::Machine => "see the node's log; try again after Retry-After",
            Self::UnknownWebhook => "GET /api/v1/webhooks shows all",
            Self::WebhookUrl => {
                "name an https URL that anybody could reach; `webhooks_private = true` in [gateway] allows others"
            }
            Self::NoWorker => "send it without `prove_here_after_seconds`, or to a node that can prove",
            Self::WebhooksFull => "DELETE one that is not needed",
        }
    }
}
