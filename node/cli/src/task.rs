//! `dpgn task`: buy proofs and see how they go.

use crate::{
    explain::{self, Explain},
    files,
    follow::{end, follow},
    globals::Globals,
    output::Output,
    quote::{self, Quote},
    receipt::{self, TaskReceipt},
    session::Session,
    submit::{self, Submit},
    user_error::UserError,
    verify::{self, Expected},
};
use clap::Subcommand;
use dpgn_node::{PAGE_TASKS_MAX, TaskRef, view::TaskInfo};
use std::path::PathBuf;

/// Buy proofs and see how they go.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Buy a proof of a circom circuit
    Submit(Box<Submit>),
    Quote(Quote),
    Explain(Explain),
    /// Show how one task stands; without a running node, as this disk last knew it
    #[command(after_help = "Examples:\n  dpgn task status 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10 --format json")]
    Status {
        /// The task's UUID or id
        task: TaskRef,
    },
    /// Show the tasks of this data directory, the newest first; without a running node, as this disk last knew them
    #[command(after_help = "Examples:\n  dpgn task list\n  dpgn task list --all --format json")]
    List {
        /// Show all tasks, not only the newest 50
        #[arg(long)]
        all: bool,
    },
    /// Follow a task until it is over
    #[command(after_help = "Examples:\n  dpgn task watch 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10")]
    Watch {
        /// The task's UUID or id
        task: TaskRef,
    },
    /// Take a bid back; after the award the prover is paid for the time elapsed, and after a sealed round no less than it
    /// has gained by the round. While sealed prices are opened no bid can be taken back
    #[command(after_help = "Examples:\n  dpgn task cancel 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10")]
    Cancel {
        /// The task's UUID or id
        task: TaskRef,
    },
    /// Write a task's proof (and what checks it) to files
    #[command(after_help = "Examples:\n  dpgn task proof 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10 --out age.proof")]
    Proof {
        /// The task's UUID or id
        task: TaskRef,
        /// The file to write; the verifier data go to the same name with `.verifier` appended
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
    },
    Receipt(TaskReceipt),
    /// Check a task's proof once more on this machine
    #[command(after_help = "Examples:\n  dpgn task verify 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10")]
    Verify {
        /// The task's UUID or id
        task: TaskRef,
        /// The circuit's symbols, to show public signals by their names
        #[arg(long, value_name = "FILE")]
        sym: Option<PathBuf>,
    },
}

/// Runs one of the commands.
pub(crate) async fn run(command: Task, globals: &Globals, output: &Output) -> Result<(), UserError> {
    match command {
        Task::Submit(submit) => submit::run(*submit, globals, output).await,
        Task::Quote(command) => quote::run(command, globals, output).await,
        Task::Explain(command) => explain::run(command, globals, output).await,
        Task::Receipt(command) => receipt::run(command, globals, output).await,
        Task::Verify { task, sym } => verify_again(task, sym, globals, output).await,
        Task::Status { task } => {
            let mut session = Session::open(globals).await?;
            let info = session.node().task(task).await?;
            session.close().await;
            output.show(&info)
        }
        Task::List { all } => {
            let mut session = Session::open(globals).await?;
            let tasks = list(&mut session, all, output).await?;
            session.close().await;
            output.show_all(&tasks)
        }
        Task::Watch { task } => {
            let mut session = Session::open_for_task(globals).await?;
            let info = follow(&mut session, task, output).await?;
            session.close().await;
            end(&info, output)
        }
        Task::Cancel { task } => {
            let mut session = Session::open_for_task(globals).await?;
            session.ready(output).await?;
            session.node().cancel(task).await?;
            output.say("the cancellation is on its way");
            if session.is_own() {
                follow(&mut session, task, output).await?;
            }
            session.close().await;
            Ok(())
        }
        Task::Proof { task, out } => {
            let mut session = Session::open(globals).await?;
            let found = session.node().proof_files(task).await?;
            files::keep_proof(&found, &out, output)?;
            session.close().await;
            Ok(())
        }
    }
}

/// The newest page of tasks, or page after page until there are no more.
async fn list(session: &mut Session, all: bool, output: &Output) -> Result<Vec<TaskInfo>, UserError> {
    let mut page = session.node().tasks(None, PAGE_TASKS_MAX).await?;
    let mut tasks = page.tasks;
    while let (true, Some(next)) = (all, page.next) {
        page = session.node().tasks(Some(next), PAGE_TASKS_MAX).await?;
        tasks.append(&mut page.tasks);
    }
    if page.next.is_some() {
        output.say(&format!("the newest {} tasks; --all shows the older ones as well", tasks.len()));
    }
    Ok(tasks)
}

async fn verify_again(
    task: TaskRef,
    sym: Option<PathBuf>,
    globals: &Globals,
    output: &Output,
) -> Result<(), UserError> {
    let mut session = Session::open(globals).await?;
    let info = session.node().task(task).await?;
    let found = session.node().proof_files(task).await?;
    session.close().await;
    let award = info.prover.map(|prover| (info.task, prover));
    let expected = Expected { award, public: None, circuit: Some(info.circuit), sym };
    verify::check(&found.proof, &found.verifier_data, expected, output).await
}
