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

const SEE_LOG: &str = "see the log of `dpgn node run`; if none runs, start it with DPGN_LOG_FILTER=debug and repeat the \
                       command";

impl From<ControlError> for UserError {
    fn from(error: ControlError) -> Self {
        Self { kind: kind(&error), message: message(&error), hint: advice(&error) }
    }
}

fn kind(error: &ControlError) -> ErrorKind {
    match error {
        ControlError::Busy { .. }
        | ControlError::Stopped
        | ControlError::Halted { .. }
        | ControlError::NoProof { .. }
        | ControlError::NotPaid { .. }
        | ControlError::OpsUnderWay { .. }
        | ControlError::Sent { .. }
        | ControlError::Machine { .. } => ErrorKind::Network,
        ControlError::NotARequester
        | ControlError::NoWorker { .. }
        | ControlError::UnknownTask { .. }
        | ControlError::NoBlock { .. }
        | ControlError::Pruned { .. }
        | ControlError::LongHistory { .. }
        | ControlError::LateCheckpoint { .. }
        | ControlError::Unvouched { .. }
        | ControlError::NotInLedger { .. }
        | ControlError::NotAProver
        | ControlError::NoSpeed { .. }
        | ControlError::InsufficientFunds { .. }
        | ControlError::NotACandidate { .. }
        | ControlError::NotLocked { .. }
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
        ControlError::NotACandidate { account, bond, min } => {
            format!("account {account} is no candidate: its bond is {}, {} is the least", credits(*bond), credits(*min))
        }
        ControlError::NotLocked { candidate, locked, required } => {
            let (locked, required) = (credits(*locked), credits(*required));
            format!("{locked} are locked on {candidate}, {required} are to be taken back")
        }
        error => error.to_string(),
    }
}

/// The advice on what to do next, which may name an account.
fn advice(error: &ControlError) -> Option<String> {
    match error {
        ControlError::InsufficientFunds { account, .. } => Some(format!(
            "have credits sent to {account} (`dpgn account transfer` there), or lower the amount; a bid locks its reward, \
             with the fees, until the task is over"
        )),
        error => hint(error).map(str::to_owned),
    }
}

fn hint(error: &ControlError) -> Option<&'static str> {
    Some(match error {
        ControlError::Busy { .. } => "try again",
        ControlError::Stopped | ControlError::Halted { .. } | ControlError::Machine { .. } => SEE_LOG,
        ControlError::NotARequester => "add `requester` to its roles",
        ControlError::NoWorker { .. } => "submit it without --prove-here-after, or through a node that can prove",
        ControlError::UnknownTask { .. } => "`dpgn task list --all` shows all of them",
        ControlError::NoProof { status: Status::Failed, .. } | ControlError::NotPaid { status: Status::Failed, .. } => {
            "`dpgn task status` says why it failed and what became of the credits"
        }
        ControlError::NotPaid { status: Status::Completed, .. } => {
            "this node has proved it itself: nobody was paid, so there is nothing to show a receipt of"
        }
        ControlError::NoProof { .. } | ControlError::NotPaid { .. } => "`dpgn task watch` shows how it goes on",
        ControlError::LongHistory { .. } => {
            "write it since a newer checkpoint: --since, with the file or the height of one that its reader trusts"
        }
        ControlError::Unvouched { .. } => "ask somebody whose node was there before that height",
        ControlError::LateCheckpoint { .. } => "name an older checkpoint with --since",
        ControlError::NotInLedger { .. } => "name an open task, or one that ended not long ago, by its whole id",
        ControlError::NotAProver => "add `prover` to its roles",
        ControlError::NoSpeed { .. } => "name its rows a second: --offer LEVEL:PRICE:ROWS_PER_SECOND",
        ControlError::NoBlock { .. } => "`dpgn node status` shows the height; name one up to it",
        ControlError::Pruned { .. } => {
            "ask a node with `archive = true` in its config.toml, which keeps all blocks from when it joined"
        }
        ControlError::OpsUnderWay { .. } => "try again once a block holds them",
        ControlError::InsufficientFunds { .. } => "have credits sent to the account, or lower the amount",
        ControlError::NotACandidate { .. } => "`dpgn coordinator candidates` shows who is one",
        ControlError::NotLocked { .. } => "`dpgn coordinator status` shows what is locked",
        ControlError::AliasUsed { .. } => "choose another name with --id; `dpgn task status` shows that task",
        ControlError::Refused { may_pass_later: true, .. } => "try again later",
        ControlError::Refused { may_pass_later: false, .. } => "change what the ledger names, then send it again",
        ControlError::Sent { .. } => "do not submit it again: `dpgn task list` shows it",
        ControlError::Lint(_) => "mend the circuit, or submit with --despite-lint if you know better",
        ControlError::WitnessPublic { .. } => "use level 3 to 5, or say --public-witness if that is what you want",
        ControlError::UnknownCircuit { .. } => "submit it once with its .r1cs file",
        ControlError::Unsatisfied { has_names: false, .. } => {
            "pass the .sym file (--sym) to see signal names; nothing was charged"
        }
        ControlError::Unsatisfied { has_names: true, .. } => "nothing was charged",
        ControlError::Unbuildable { .. } => "`dpgn circuit inspect` shows its size; nothing was charged",
        ControlError::Unreadable { .. } | ControlError::Malformed { .. } => return None,
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
    use dpgn_node::{TaskRef, control::Warning};
    use dpgn_protocol::{
        ids::{AccountId, CircuitId, TaskId},
        units::{Credits, Height, Level},
    };
    use std::collections::BTreeSet;

    /// The place of an error in the list: one that is new has none, and this does not compile.
    fn place(error: &ControlError) -> usize {
        match error {
            ControlError::Busy { .. } => 0,
            ControlError::Stopped => 1,
            ControlError::Halted { .. } => 2,
            ControlError::NotARequester => 3,
            ControlError::UnknownTask { .. } => 4,
            ControlError::NoProof { .. } => 5,
            ControlError::NotPaid { .. } => 6,
            ControlError::LongHistory { .. } => 7,
            ControlError::LateCheckpoint { .. } => 8,
            ControlError::Unvouched { .. } => 9,
            ControlError::OpsUnderWay { .. } => 10,
            ControlError::NoBlock { .. } => 11,
            ControlError::NotInLedger { .. } => 12,
            ControlError::NotAProver => 13,
            ControlError::NoSpeed { .. } => 14,
            ControlError::InsufficientFunds { .. } => 15,
            ControlError::NotACandidate { .. } => 16,
            ControlError::NotLocked { .. } => 17,
            ControlError::AliasUsed { .. } => 18,
            ControlError::Refused { may_pass_later: true, .. } => 19,
            ControlError::Refused { may_pass_later: false, .. } => 20,
            ControlError::Sent { .. } => 21,
            ControlError::Unreadable { .. } => 22,
            ControlError::Malformed { .. } => 23,
            ControlError::Lint(_) => 24,
            ControlError::WitnessPublic { .. } => 25,
            ControlError::UnknownCircuit { .. } => 26,
            ControlError::Unsatisfied { .. } => 27,
            ControlError::Unbuildable { .. } => 28,
            ControlError::Machine { .. } => 29,
            ControlError::Pruned { .. } => 30,
            ControlError::NoWorker { .. } => 31,
        }
    }

    /// The errors of a node; a new variant does not compile until it is one of them.
    fn all() -> Vec<ControlError> {
        let (account, task) = (AccountId::from_bytes([1; 32]), TaskId::from_bytes([2; 32]));
        let why = |reason: &str| reason.to_owned();
        let lint = Warning { code: why("x"), message: why("m"), hint: why("h"), constraint: None, signal: None };
        let credits = Credits::new(1);
        let all = vec![
            ControlError::Busy { waiting_max: 256 },
            ControlError::Stopped,
            ControlError::Halted { reason: why("the disk is full") },
            ControlError::NotARequester,
            ControlError::UnknownTask { task: TaskRef::Id(task) },
            ControlError::NoProof { task, status: Status::InProgress },
            ControlError::NotPaid { task, status: Status::InProgress },
            ControlError::LongHistory { borders: 5_000, limit: 4_096 },
            ControlError::LateCheckpoint { since: Height::new(9), height: Height::new(7) },
            ControlError::Unvouched { first: Height::new(9) },
            ControlError::OpsUnderWay { count: 64 },
            ControlError::NoBlock { height: Height::new(9), last: Height::new(7) },
            ControlError::NotInLedger { task: TaskRef::Id(task) },
            ControlError::NotAProver,
            ControlError::NoSpeed { level: Level::MIN },
            ControlError::InsufficientFunds { account, available: credits, required: credits },
            ControlError::NotACandidate { account, bond: credits, min: credits },
            ControlError::NotLocked { candidate: account, locked: credits, required: credits },
            ControlError::AliasUsed { alias: uuid::Uuid::nil() },
            ControlError::Refused { reason: why("its deadline has passed"), may_pass_later: true },
            ControlError::Refused { reason: why("its reward is too small"), may_pass_later: false },
            ControlError::Sent { reason: why("the node is busy") },
            ControlError::Unreadable { path: "a.r1cs".into(), reason: why("no such file") },
            ControlError::Malformed { reason: why("a.r1cs: no R1CS") },
            ControlError::Lint(lint),
            ControlError::WitnessPublic { level: Level::MIN },
            ControlError::UnknownCircuit { circuit: CircuitId::from_bytes([3; 32]) },
            ControlError::Unsatisfied { reason: why("constraint 3 fails"), has_names: false },
            ControlError::Unbuildable { reason: why("too many rows") },
            ControlError::Machine { reason: why("no worker") },
            ControlError::Pruned { height: Height::new(9), first: Height::new(64) },
            ControlError::NoWorker { reason: why("no program") },
        ];
        assert!(all.iter().map(place).eq(0..all.len()));
        all
    }

    /// Two say it in the message: which file cannot be read, and what is wrong with it.
    #[test]
    fn every_error_says_what_is_wrong_and_what_to_do_next() {
        let told: Vec<UserError> = all().into_iter().map(UserError::from).collect();
        let messages: BTreeSet<&str> = told.iter().map(|error| error.message.as_str()).collect();
        let silent: Vec<&str> = told.iter().filter(|e| e.hint.is_none()).map(|e| e.message.as_str()).collect();
        println!("{} errors, {} messages, {} without a hint: {silent:?}", told.len(), messages.len(), silent.len());
        assert_eq!(messages.len(), told.len());
        assert_eq!(silent, ["a.r1cs: no such file", "a.r1cs: no R1CS"]);
    }

    /// Whoever repeated it would buy twice.
    #[test]
    fn a_bid_that_is_on_its_way_is_not_sent_again() {
        let busy = TaskError::Unavailable(Unavailable::Busy { waiting_max: 256 });
        let error = ControlError::from(SubmitError::Unseen(busy));
        assert!(!error.is_retryable());
        let told = UserError::from(error);
        assert!(told.message.starts_with("the bid is on its way, but: the node is busy"), "{}", told.message);
        assert!(told.hint.is_some_and(|hint| hint.contains("do not submit it again")));
    }

    #[test]
    fn credits_are_told_in_credits() {
        let account = AccountId::from_bytes([1; 32]);
        let (available, required) = (Credits::new(99_896_346), Credits::new(120_000_000));
        let told = UserError::from(ControlError::InsufficientFunds { account, available, required });
        assert!(told.message.ends_with("has 99.896346 credits, 120.000000 credits are required"), "{}", told.message);
        assert_eq!(told.kind.exit_code(), 2);
    }
}
