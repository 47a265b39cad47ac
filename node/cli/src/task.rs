//! `dpgn task`: buy proofs and see how they go.

use crate::{
    files,
    globals::Globals,
    output::{Output, Row},
    session::Session,
    verify::{self, Expected},
};
use clap::{Args, Subcommand};
use dpgn_node::{
    Purchase, Source,
    control::{Reply, Request, TaskRef},
    engine::Notice,
    failure::Failure,
    view::{Status, TaskInfo},
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Level, Millis, Ppm, Priority},
};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// Buy proofs and see how they go.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Buy a proof of a circom circuit
    Submit(Box<Submit>),
    /// Show one task
    #[command(after_help = "Examples:\n  dpgn task status 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10 --format json")]
    Status {
        /// The task's UUID or id
        task: TaskRef,
    },
    /// Show all tasks of this data directory
    #[command(after_help = "Examples:\n  dpgn task list")]
    List,
    /// Follow a task until it is over
    #[command(after_help = "Examples:\n  dpgn task watch 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10")]
    Watch {
        /// The task's UUID or id
        task: TaskRef,
    },
    /// Take a bid back; after the award the prover is paid for the time elapsed
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
        /// Where to; what checks it goes to the same name with `.verifier` appended
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
    },
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

const SUBMIT_EXAMPLES: &str = "\
Examples:
  dpgn task submit age.r1cs age.wtns --reward 2000000 --wait
  dpgn task submit sha.r1cs sha.wtns --sym sha.sym --level 4 --deadline 900 --wait --out sha.proof
  dpgn task submit add.r1cs add.wtns --level 1 --public-witness --format json

Without a running node on this data directory the command stays in the foreground and serves the circuit and
the witness itself until the task is settled.";

/// Buy a proof of a circom circuit.
#[derive(Debug, Args)]
#[command(after_help = SUBMIT_EXAMPLES)]
pub(crate) struct Submit {
    /// The circuit: `circom --r1cs --prime goldilocks`
    circuit: PathBuf,
    /// The witness
    witness: PathBuf,
    /// The symbols, for signal names in messages [default: CIRCUIT with .sym, if it is there]
    #[arg(long, value_name = "FILE")]
    sym: Option<PathBuf>,
    /// Privacy level: 1 and 2 show the witness to whoever gets the proof, 3 to 5 hide it
    #[arg(long, default_value_t = 3)]
    level: u8,
    /// The most to pay, in micro-credits
    #[arg(long, default_value_t = 1_000_000)]
    reward: u64,
    /// How much of a hurry, 0 to 100; the fee rises with it
    #[arg(long, default_value_t = 0)]
    priority: u8,
    /// Seconds from now within which the proof must be delivered
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    deadline: u64,
    /// Your own name for the task [default: a fresh UUID]
    #[arg(long, value_name = "UUID")]
    id: Option<Uuid>,
    /// To how many provers, at most, the witness may be shown
    #[arg(long, default_value_t = 2, value_name = "N")]
    disclosures: u8,
    /// Only these provers may prove it; may be repeated
    #[arg(long, value_name = "ACCOUNT")]
    only: Vec<AccountId>,
    /// Never this prover; may be repeated
    #[arg(long, value_name = "ACCOUNT")]
    never: Vec<AccountId>,
    /// Yes, at level 1 or 2 the proof may show the witness
    #[arg(long)]
    public_witness: bool,
    /// Submit although the lint finds an error
    #[arg(long)]
    despite_lint: bool,
    /// Wait until the task is over
    #[arg(long)]
    wait: bool,
    /// Write the proof here once it is there (implies --wait)
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Submit {
    fn purchase(&self, consent: bool) -> Result<Purchase, Failure> {
        let beside = self.circuit.with_extension("sym");
        let sym = self.sym.clone().or_else(|| beside.is_file().then_some(beside));
        let absolute =
            |path: &PathBuf| std::path::absolute(path).map_err(|e| Failure::input(format!("{}: {e}", path.display())));
        let source = Source::R1cs {
            r1cs: absolute(&self.circuit)?,
            wtns: absolute(&self.witness)?,
            sym: sym.as_ref().map(absolute).transpose()?,
        };
        Ok(Purchase {
            level: Level::new(self.level).map_err(|e| {
                Failure::input(e).hint("levels 1 and 2 are public, 3 to 5 private; the rest is reserved")
            })?,
            priority: Priority::new(self.priority).map_err(Failure::input)?,
            deadline: Millis::from_secs(self.deadline),
            alias: self.id,
            disclosures_max: self.disclosures,
            allow: self.only.clone(),
            deny: self.never.clone(),
            witness_is_public: consent,
            despite_lint: self.despite_lint,
            ..Purchase::new(source, Credits::new(self.reward))
        })
    }
}

/// Runs one of the commands.
pub(crate) async fn run(command: Task, globals: &Globals, output: &Output) -> Result<(), Failure> {
    match command {
        Task::Submit(submit) => self::submit(*submit, globals, output).await,
        Task::Status { task } => {
            let mut session = Session::open(globals).await?;
            let info = session.task(task).await?;
            output.show(&info)?;
            session.close().await
        }
        Task::List => {
            let mut session = Session::open(globals).await?;
            match session.ask(&Request::Tasks).await? {
                Reply::Tasks { tasks } => output.show_all(&tasks)?,
                _ => return Err(unexpected()),
            }
            session.close().await
        }
        Task::Watch { task } => {
            let mut session = Session::open(globals).await?;
            let info = follow(&mut session, task, output).await?;
            session.close().await?;
            end(&info, output)
        }
        Task::Cancel { task } => {
            let mut session = Session::open(globals).await?;
            session.ready(output).await?;
            session.ask(&Request::Cancel { task }).await?;
            output.say("the cancellation is on its way");
            if session.is_own() {
                follow(&mut session, task, output).await?;
            }
            session.close().await
        }
        Task::Proof { task, out } => {
            let mut session = Session::open(globals).await?;
            write_proof(&mut session, task, &out, output).await?;
            session.close().await
        }
        Task::Verify { task, sym } => verify_again(task, sym, globals, output).await,
    }
}

async fn submit(submit: Submit, globals: &Globals, output: &Output) -> Result<(), Failure> {
    let public = (1..3).contains(&submit.level);
    let consent = submit.public_witness
        || (public && output.confirm("At levels 1 and 2 the proof shows the witness to whoever gets it. Go on?"));
    let purchase = submit.purchase(consent)?;
    let mut session = Session::open(globals).await?;
    output.say("the assigned prover sees the witness; each failover shows it to one more");
    session.ready(output).await?;
    let (info, warnings) = match session.ask(&Request::Submit(Box::new(purchase))).await? {
        Reply::Submitted { task, warnings } => (*task, warnings),
        _ => return Err(unexpected()),
    };
    for warning in warnings {
        output.warn(&warning);
    }
    let task = TaskRef::Id(info.task);
    if !submit.wait && submit.out.is_none() && !session.is_own() {
        output.show(&info)?;
        return session.close().await;
    }
    if session.is_own() && !submit.wait {
        output.say("no node runs on this data directory: staying here until the task is settled");
    }
    output.say(&format!("task {} ({})", info.alias, info.task));
    let info = follow(&mut session, task, output).await?;
    if let (Some(out), None) = (&submit.out, &info.why) {
        write_proof(&mut session, task, out, output).await?;
    }
    session.close().await?;
    end(&info, output)
}

/// Shows how a task goes on until it is over and its proof is here.
pub(crate) async fn follow(session: &mut Session, task: TaskRef, output: &Output) -> Result<TaskInfo, Failure> {
    let mut notices = session.watch().await?;
    let mut bar = output.bar();
    loop {
        let info = session.task(task).await?;
        bar.update(info.permille, &stands(&info));
        if info.status.is_over() && (info.why.is_some() || info.proof_path.is_some()) {
            bar.finish(&format!("{}", info.status));
            return Ok(info);
        }
        let patience = std::time::Duration::from_millis(500);
        while let Ok(next) = tokio::time::timeout(patience, notices.next()).await {
            let Reply::Notice { notice } = next? else { continue };
            let Ok(notice) = serde_json::from_value::<Notice>(notice) else { continue };
            if notice.task() == Some(info.task) {
                if let Some(line) = line(&notice) {
                    bar.line(&line);
                }
                break;
            }
        }
    }
}

/// Where a task stands, in a few words.
fn stands(info: &TaskInfo) -> String {
    match (info.status, info.step, info.prover) {
        (Status::InProgress | Status::Assigned, Some(step), Some(prover)) => {
            format!("{} by {}: {step}", info.status, prover.short())
        }
        (Status::Completed, ..) => "paid; this node fetches and checks the proof".to_owned(),
        (status, ..) => status.to_string(),
    }
}

/// What is worth a line of its own.
fn line(notice: &Notice) -> Option<String> {
    Some(match notice {
        Notice::Awarded { prover, price, .. } => format!("awarded to {} for {price} micro-credits", prover.short()),
        Notice::AwardEnded { prover, why, .. } => format!("the award of {} has ended: {why}", prover.short()),
        Notice::Settled(settled) => {
            let quality = f64::from(settled.quality.get()) / f64::from(Ppm::ONE.get());
            format!("settled: {} micro-credits, quality {quality:.3}", settled.price)
        }
        _ => return None,
    })
}

fn end(info: &TaskInfo, output: &Output) -> Result<(), Failure> {
    match &info.why {
        None => output.show(info),
        Some(why) => Err(Failure::network(format!("task {} failed: {why}", info.alias))
            .hint("what was in escrow has gone back, less the bid's fee")),
    }
}

async fn write_proof(session: &mut Session, task: TaskRef, out: &Path, output: &Output) -> Result<(), Failure> {
    let Reply::Proof { path, verifier_data } = session.ask(&Request::Proof { task }).await? else {
        return Err(unexpected());
    };
    let beside = files::copy_proof(&path, &verifier_data, out)?;
    output.say(&format!("wrote {} and {}", out.display(), beside.display()));
    Ok(())
}

async fn verify_again(task: TaskRef, sym: Option<PathBuf>, globals: &Globals, output: &Output) -> Result<(), Failure> {
    let mut session = Session::open(globals).await?;
    let info = session.task(task).await?;
    let Reply::Proof { path, verifier_data } = session.ask(&Request::Proof { task }).await? else {
        return Err(unexpected());
    };
    session.close().await?;
    let award = info.prover.map(|prover| (info.task, prover));
    let expected = Expected { award, public: None, circuit: Some(info.circuit), sym };
    verify::check(&path, &verifier_data, expected, output).await
}

fn unexpected() -> Failure {
    Failure::network("the node answered something else").hint("is it of another version?")
}

impl Row for TaskInfo {
    fn head() -> &'static [&'static str] {
        &["TASK", "STATUS", "LEVEL", "REWARD", "PRICE", "PROVER", "PROOF"]
    }

    fn cells(&self) -> Vec<String> {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        vec![
            self.alias.to_string(),
            self.status.to_string(),
            self.level.to_string(),
            self.reward.to_string(),
            or_dash(self.price.map(|p| p.to_string())),
            or_dash(self.prover.map(|p| p.short())),
            or_dash(self.proof.map(|p| p.short())),
        ]
    }
}
