//! Errors of a node as problems. They come by way of the control socket's, which unite all of them already.

use super::{Code, Problem};
use dpgn_node::{
    CancelError, CheckpointError, CommandError, ExplainError, PastError, PrepareError, ProofError, ReceiptError,
    SubmitError, TaskError, TasksError, Unavailable, agents::AgentError, control::ControlError,
};

/// Seconds after which a node that is busy may answer.
const BUSY_SECONDS: u32 = 1;
/// Seconds after which a node that has stopped, or whose machine failed, may be back.
const DOWN_SECONDS: u32 = 10;

impl From<ControlError> for Problem {
    fn from(error: ControlError) -> Self {
        let code = code_of(&error);
        let problem = Self::new(code, detail(&error));
        if matches!(code, Code::NodeStopped | Code::Machine) {
            problem.retry_after(DOWN_SECONDS)
        } else if matches!(code, Code::NodeBusy | Code::OpsUnderWay) || (code == Code::Refused && error.is_retryable())
        {
            problem.retry_after(BUSY_SECONDS)
        } else {
            problem
        }
    }
}

impl From<AgentError> for Problem {
    fn from(error: AgentError) -> Self {
        let code = match &error {
            AgentError::Unavailable(cause) => return cause.clone().into(),
            AgentError::NotAProver => Code::NotAProver,
            AgentError::Unknown(_) => Code::UnknownProver,
            AgentError::WrongKey(_) => Code::WrongKey,
            AgentError::Barred { seconds, .. } => {
                let seconds = u32::try_from(*seconds).unwrap_or(u32::MAX);
                return Self::new(Code::ProverBarred, &error).retry_after(seconds);
            }
            AgentError::NoLevels | AgentError::Capacity { .. } => Code::Malformed,
            AgentError::Full { .. } => Code::ProversFull,
            AgentError::NoSuchProof(_) => Code::UnknownTask,
            AgentError::Busy { .. } => Code::NodeBusy,
            AgentError::Unreadable { .. } | _ => Code::Machine,
        };
        let problem = Self::new(code, &error);
        if error.is_retryable() { problem.retry_after(BUSY_SECONDS) } else { problem }
    }
}

/// The sentence of an error. What names a file of this machine stays in its log.
fn detail(error: &ControlError) -> String {
    if let ControlError::Machine { reason } = error {
        tracing::warn!(%reason, "this machine failed at a request");
        return "this machine failed at it".to_owned();
    }
    if let ControlError::Unreadable { path, reason } = error {
        tracing::warn!(path = %path.display(), %reason, "a file could not be read");
        return "the files could not be read".to_owned();
    }
    error.to_string()
}

fn code_of(error: &ControlError) -> Code {
    match error {
        ControlError::Busy { .. } => Code::NodeBusy,
        ControlError::Stopped | ControlError::Halted { .. } => Code::NodeStopped,
        ControlError::NotARequester => Code::NotARequester,
        ControlError::NoWorker { .. } => Code::NoWorker,
        ControlError::UnknownTask { .. } | ControlError::NotInLedger { .. } => Code::UnknownTask,
        ControlError::NoProof { .. } => Code::NoProof,
        ControlError::NotPaid { .. } => Code::NotPaid,
        ControlError::LongHistory { .. } => Code::LongHistory,
        ControlError::LateCheckpoint { .. } => Code::LateCheckpoint,
        ControlError::Unvouched { .. } => Code::Unvouched,
        ControlError::NotAProver => Code::NotAProver,
        ControlError::NoBlock { .. } => Code::NoBlock,
        ControlError::Pruned { .. } => Code::Pruned,
        ControlError::OpsUnderWay { .. } => Code::OpsUnderWay,
        ControlError::InsufficientFunds { .. } => Code::InsufficientFunds,
        ControlError::AliasUsed { .. } => Code::AliasUsed,
        ControlError::NoSpeed { .. }
        | ControlError::NotACandidate { .. }
        | ControlError::NotLocked { .. }
        | ControlError::Refused { .. } => Code::Refused,
        ControlError::Sent { .. } => Code::SentUnseen,
        ControlError::Unreadable { .. } | ControlError::Malformed { .. } => Code::MalformedCircuit,
        ControlError::Lint(_) => Code::Lint,
        ControlError::WitnessPublic { .. } => Code::WitnessPublic,
        ControlError::UnknownCircuit { .. } => Code::UnknownCircuit,
        ControlError::Unsatisfied { .. } => Code::Unsatisfied,
        ControlError::Unbuildable { .. } => Code::Unbuildable,
        ControlError::Machine { .. } => Code::Machine,
    }
}

macro_rules! by_control {
    ($($error:ident)*) => {$(
        impl From<$error> for Problem {
            fn from(error: $error) -> Self {
                ControlError::from(error).into()
            }
        }
    )*};
}

by_control!(CancelError CheckpointError CommandError ExplainError PastError ProofError ReceiptError SubmitError);
by_control!(PrepareError TaskError TasksError Unavailable);
