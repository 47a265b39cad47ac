//! Errors for people: what was wrong and where, whose fault it is, what to do next.
//!
//! Errors are typed where they happen; only here, at the edge, they become words.

use crate::amounts::credits;
use dpgn_node::{
    PrepareError, ProofError, SubmitError, TaskError, Unavailable,
    control::{ClientError, ControlError},
    view::Status,
};
use serde::Serialize;

/// Why the program did not do what it was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct UserError {
    /// The kind of the error: whose fault it is. It decides the exit code.
    pub kind: ErrorKind,
    /// The sentence that says what was wrong, and where.
    pub message: String,
    /// The advice on what to do next; absent if there is nothing to do.
    pub hint: Option<String>,
}

/// The kind of an error: whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ErrorKind {
    /// The command makes no sense, or the input is bad.
    Input,
    /// The network, a peer or this node failed.
    Network,
}

impl ErrorKind {
    /// The program's exit code; 0 is "done".
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Network => 1,
            Self::Input => 2,
        }
    }
}

impl UserError {
    /// An error of whoever asked.
    pub fn input(message: impl ToString) -> Self {
        Self { kind: ErrorKind::Input, message: message.to_string(), hint: None }
    }

    /// An error of the network, a peer or this node.
    pub fn network(message: impl ToString) -> Self {
        Self { kind: ErrorKind::Network, message: message.to_string(), hint: None }
    }

    /// The same error, with what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

const SEE_LOG: &str = "see the node's log for why";

impl From<ControlError> for UserError {
    fn from(error: ControlError) -> Self {
        Self { kind: kind(&error), message: message(&error), hint: hint(&error).map(str::to_owned) }
    }
}

fn kind(error: &ControlError) -> ErrorKind {
    match error {
        ControlError::Busy { .. }
        | ControlError::Stopped
        | ControlError::Halted { .. }
        | ControlError::NoProof { .. }
        | ControlError::OpsUnderWay { .. }
        | ControlError::Machine { .. } => ErrorKind::Network,
        ControlError::NotARequester
        | ControlError::UnknownTask { .. }
        | ControlError::InsufficientFunds { .. }
        | ControlError::AliasUsed { .. }
        | ControlError::Refused { .. }
        | ControlError::Unreadable { .. }
        | ControlError::Malformed { .. }
        | ControlError::Lint(_)
        | ControlError::WitnessPublic { .. }
        | ControlError::UnknownCircuit { .. }
        | ControlError::Unsatisfied { .. }
        | ControlError::Unbuildable { .. } => ErrorKind::Input,
    }
}

fn message(error: &ControlError) -> String {
    match error {
        ControlError::InsufficientFunds { account, available, required } => {
            format!("account {account} has {}, {} are required", credits(*available), credits(*required))
        }
        error => error.to_string(),
    }
}

fn hint(error: &ControlError) -> Option<&'static str> {
    Some(match error {
        ControlError::Busy { .. } => "try again",
        ControlError::Stopped | ControlError::Halted { .. } | ControlError::Machine { .. } => SEE_LOG,
        ControlError::NotARequester => "add `requester` to its roles",
        ControlError::UnknownTask { .. } => "`dpgn task list --all` shows all of them",
        ControlError::NoProof { status: Status::Failed, .. } => "buy it again: what was in escrow has gone back",
        ControlError::NoProof { .. } => "`dpgn task watch` shows how it goes on",
        ControlError::OpsUnderWay { .. } => "try again once a block holds them",
        ControlError::InsufficientFunds { .. } => "lower --reward: with the fees it is locked until the task is over",
        ControlError::AliasUsed { .. } => "choose another name with --id; `dpgn task status` shows that task",
        ControlError::Refused { may_pass_later: true, .. } => "try again later",
        ControlError::Lint(_) => "mend the circuit, or submit with --despite-lint if you know better",
        ControlError::WitnessPublic { .. } => "use level 3 to 5, or say --public-witness if that is what you want",
        ControlError::UnknownCircuit { .. } => "submit it once with its .r1cs file",
        ControlError::Unsatisfied { has_names: false, .. } => {
            "pass the .sym file (--sym) to see signal names; nothing was charged"
        }
        ControlError::Unsatisfied { has_names: true, .. } => "nothing was charged",
        ControlError::Unbuildable { .. } => "`dpgn circuit inspect` shows its size; nothing was charged",
        ControlError::Refused { may_pass_later: false, .. }
        | ControlError::Unreadable { .. }
        | ControlError::Malformed { .. } => return None,
    })
}

impl From<ClientError> for UserError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused(error) => error.into(),
            ClientError::Socket(_) | ClientError::Closed => Self::network(error).hint(SEE_LOG),
            ClientError::Unexpected => Self::network(error).hint("is it of another version?"),
        }
    }
}

/// Errors of a handle become words as those of the control socket do.
macro_rules! like_control {
    ($($error:ident)*) => {$(
        impl From<$error> for UserError {
            fn from(error: $error) -> Self {
                ControlError::from(error).into()
            }
        }
    )*};
}

like_control!(PrepareError ProofError SubmitError TaskError Unavailable);

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{ids::AccountId, units::Credits};

    #[test]
    fn credits_are_told_in_credits() {
        let account = AccountId::from_bytes([1; 32]);
        let (available, required) = (Credits::new(99_896_346), Credits::new(120_000_000));
        let told = UserError::from(ControlError::InsufficientFunds { account, available, required });
        assert!(told.message.ends_with("has 99.896346 credits, 120.000000 credits are required"), "{}", told.message);
        assert_eq!(told.kind.exit_code(), 2);
    }
}
