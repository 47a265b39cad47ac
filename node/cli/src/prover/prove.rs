//! `dpgn prover prove`: makes the proof of one task that a gateway has handed out, so that a prover in any language needs
//! nothing but HTTP and this.

use crate::{globals::Globals, output::Output, user_error::UserError};
use clap::Args;
use dpgn_agent::{AssignedTask, TaskError, prove_once};
use dpgn_prover::Prover;
use std::{
    fs,
    io::{self, Read, Write},
    path::PathBuf,
};
use zeroize::Zeroizing;

const EXAMPLES: &str = "\
Examples:
  curl -s \"localhost:8080/tasks/assign/$PROVER?wait=60\" | dpgn prover prove > task.proof
  dpgn prover prove --out task.proof < task.json

It reads the task from standard input, as `GET /tasks/assign/{prover_id}` answers, and writes the bytes that \
`POST /tasks/result` wants as `proof`. docs/http-provers.md has a whole prover around it in a few lines.";

/// The most bytes of a task as JSON, in which each byte of the circuit takes up to four.
const TASK_BYTES_MAX: u64 = 1 << 30;

/// Make the proof of one task that a gateway has handed out
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Prove {
    /// The file to write the proof to [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
pub(super) async fn run(command: Prove, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let config = globals.config(Vec::new())?;
    let task = task(io::stdin().lock())?;
    let mut options = config.prover.options();
    options.cache_dir = Some(config.data_dir.join("circuits"));
    let prover = Prover::new(options).map_err(UserError::network)?;
    let proof = prove_once(&prover, task).await.map_err(failed)?;
    match command.out {
        Some(path) => {
            fs::write(&path, &proof).map_err(|error| UserError::network(format!("{}: {error}", path.display())))?;
            output.say(&format!("wrote {}", path.display()));
            Ok(())
        }
        None => {
            let mut out = io::stdout().lock();
            out.write_all(&proof).and_then(|()| out.flush()).map_err(UserError::network)
        }
    }
}

/// Reads a task. What is wrong with it is told by its place alone: its circuit's inputs are secret.
fn task(from: impl Read) -> Result<AssignedTask, UserError> {
    let mut text = Zeroizing::new(Vec::new());
    from.take(TASK_BYTES_MAX + 1).read_to_end(&mut text).map_err(UserError::input)?;
    if text.len() as u64 > TASK_BYTES_MAX {
        return Err(UserError::input(format!("standard input has more than {TASK_BYTES_MAX} bytes")));
    }
    let task: Option<AssignedTask> = serde_json::from_slice(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        UserError::input(format!("standard input is no task of a gateway: line {line}, column {column}"))
            .hint("hand it what `GET /tasks/assign/{prover_id}` answers, as it is")
    })?;
    task.ok_or_else(|| UserError::input("there is no task: the gateway has answered `null`").hint("ask it again"))
}

fn failed(error: TaskError) -> UserError {
    match error {
        TaskError::Prover(error) => UserError::network(error),
        TaskError::Envelope(_)
        | TaskError::Known
        | TaskError::Level(_)
        | TaskError::Tag
        | TaskError::OtherCircuit { .. } => UserError::input(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_task_says_nothing_of_what_it_holds() {
        let told = |text: &str| task(text.as_bytes()).err().map(|error| error.message).unwrap_or_default();
        assert!(told("null").contains("no task"));
        for wrong in [r#"{"circuit_data": "secret"}"#, "secret", "", r#"{"circuit_data": [1, 2, 300]}"#] {
            let told = told(wrong);
            assert!(told.contains("line 1, column") || told.contains("line 1,"), "{told}");
            assert!(!told.contains("secret") && !told.contains("300"), "{told}");
        }
    }
}
