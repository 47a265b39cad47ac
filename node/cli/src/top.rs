//! `dpgn top`: a running node at a glance, drawn anew each second until q is pressed.

use crate::{
    agents_line,
    amounts::{credits, decimal, span, utc},
    globals::Globals,
    node::{arithmetic, confined, deciding},
    output::Output,
    screen::Screen,
    session::Session,
    table,
    user_error::UserError,
};
use clap::Args;
use dpgn_market::AskShown;
use dpgn_node::{
    control::Watcher,
    engine::{Notice, Work},
    view::NodeStatus,
};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Millis},
};
use serde::Serialize;
use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::signal::unix::{SignalKind, signal};

const EXAMPLES: &str = "\
Examples:
  dpgn top
  dpgn top --once
  dpgn top --format json

q or Ctrl-C ends it. Where no terminal shows standard output it writes one view and ends, as with --once. What was earned \
is counted from when the view was opened; `dpgn account earnings` knows the rest.";

/// The time between two views.
const REFRESH: Duration = Duration::from_secs(1);
/// The time between two looks at the keyboard.
const LOOK: Duration = Duration::from_millis(100);

/// Watch a node: height, peers, market, awards with their progress, earnings, memory
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Top {
    /// Show it once, and end
    #[arg(long)]
    once: bool,
}

/// The node as it is shown.
#[derive(Debug, Serialize)]
struct View {
    status: NodeStatus,
    /// Its own standing ask; absent if it sells nothing now.
    ask: Option<AskShown>,
    /// The awards that it holds.
    work: Vec<Work>,
    memory: Memory,
    /// The proofs that were paid since the view was opened, and what they brought; absent if it is drawn once.
    #[serde(skip_serializing_if = "Option::is_none")]
    earned: Option<Earned>,
}

/// The resident memory of the node's process and of its workers, in MiB; absent where the system does not tell.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Memory {
    node_mib: Option<u64>,
    workers: usize,
    workers_mib: u64,
}

#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Earned {
    proofs: u64,
    amount: Credits,
    /// Since when, in milliseconds.
    within: Millis,
}

/// What has been paid to this node, as notices come.
#[derive(Debug)]
struct Till {
    opened: Instant,
    proofs: AtomicU64,
    amount: AtomicU64,
}

/// Runs the command.
pub(crate) async fn run(top: Top, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let mut session = Session::attach(&globals.data_dir()?).await?;
    let till = Arc::new(Till { opened: Instant::now(), proofs: AtomicU64::new(0), amount: AtomicU64::new(0) });
    let mut first = look(&mut session, &till).await?;
    let screen = if top.once || !output.is_table() { None } else { Screen::open(output) };
    let Some(mut screen) = screen else {
        // Nothing was counted yet: a zero would look like an answer.
        first.earned = None;
        return output.report(&first, || lines(&first).join("\n") + "\n");
    };
    let counted = tokio::spawn(count(session.watch().await?, first.status.account, till.clone()));
    let watched = watch(&mut screen, &mut session, &till, first).await;
    counted.abort();
    drop(screen);
    watched
}

/// Draws the node until somebody has seen enough.
async fn watch(screen: &mut Screen<'_>, session: &mut Session, till: &Till, first: View) -> Result<(), UserError> {
    let failed = |e: std::io::Error| UserError::network(format!("signals: {e}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let (mut view, mut drawn) = (first, Instant::now());
    screen.draw(&lines(&view))?;
    loop {
        tokio::select! {
            _ = interrupt.recv() => return Ok(()),
            _ = terminate.recv() => return Ok(()),
            () = tokio::time::sleep(LOOK) => {}
        }
        if matches!(screen.key(), Some(b'q' | b'Q')) {
            return Ok(());
        }
        if drawn.elapsed() >= REFRESH {
            view = look(session, till).await?;
            screen.draw(&lines(&view))?;
            drawn = Instant::now();
        }
    }
}

async fn look(session: &mut Session, till: &Till) -> Result<View, UserError> {
    let node = session.node();
    let status = node.status().await?;
    let ask = node.asks(Some(status.account)).await?.pop();
    let work = node.work().await?;
    let memory = node.node_pid().map(memory_of).unwrap_or_default();
    let earned = Earned {
        proofs: till.proofs.load(Ordering::Relaxed),
        amount: Credits::new(till.amount.load(Ordering::Relaxed)),
        within: Millis::new(u64::try_from(till.opened.elapsed().as_millis()).unwrap_or(u64::MAX)),
    };
    Ok(View { status, ask, work, memory, earned: Some(earned) })
}

/// Counts what is paid to an account, until the node is gone.
async fn count(mut notices: Watcher, own: AccountId, till: Arc<Till>) {
    while let Ok(notice) = notices.next().await {
        if let Notice::Settled(settled) = notice
            && settled.prover == own
        {
            till.proofs.fetch_add(1, Ordering::Relaxed);
            till.amount.fetch_add(settled.price.get(), Ordering::Relaxed);
        }
    }
}

/// The memory of a process and of its children.
fn memory_of(pid: u32) -> Memory {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().filter_map(Result::ok);
    let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let workers: Vec<u64> = children
        .flat_map(|pids| pids.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|pid| resident(&pid))
        .collect();
    Memory { node_mib: resident(&pid.to_string()), workers: workers.len(), workers_mib: workers.iter().sum() }
}

/// The resident memory of a process, in MiB.
fn resident(pid: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib / 1_024)
}

/// The view as lines of text.
fn lines(view: &View) -> Vec<String> {
    let View { status, ask, work, memory, earned } = view;
    let mib = |mib: Option<u64>| mib.map_or_else(|| "unknown".to_owned(), |mib| format!("{mib} MiB"));
    let sells = ask.as_ref().map_or_else(
        || "nothing now".to_owned(),
        |ask| {
            let offers = ask.offers.iter().map(|offer| format!("{}:{}", offer.level, decimal(offer.per_kilorow)));
            format!("{} of {} awards held, {}", ask.held, ask.capacity, offers.collect::<Vec<_>>().join(" "))
        },
    );
    let head = [
        ("account", format!("{} on `{}`", status.account, status.network_name)),
        ("height", format!("{}, at {} UTC, epoch {}", status.height, utc(status.time), status.epoch)),
        ("peers", status.peers.len().to_string()),
        ("deciding", deciding(status.council.as_ref(), status.committee.len())),
        ("market", format!("{} open bids, {} standing asks", status.open_bids, status.standing_asks)),
        ("sells", sells),
        ("provers", agents_line::told(status.agents)),
        ("available", credits(status.balance.available)),
        ("memory", format!("{}, and {} MiB of {} workers", mib(memory.node_mib), memory.workers_mib, memory.workers)),
        ("sandbox", confined(status.sandbox)),
        ("arithmetic", arithmetic(status)),
    ];
    let mut head: Vec<_> = head.map(|(name, value)| (name.to_owned(), value)).into();
    if let Some(earned) = earned {
        let told = format!("{} for {} proofs in {}", credits(earned.amount), earned.proofs, span(earned.within));
        head.push(("earned".to_owned(), told));
    }
    let mut text = table::pairs(&head);
    text.push('\n');
    text.push_str(&table::columns(
        &["TASK", "LEVEL", "PRICE", "FOR", "DONE", "STAGE"],
        work.iter().map(|w| row(w, status)),
    ));
    if work.is_empty() {
        text.push_str("no award is held\n");
    }
    text.lines().map(str::to_owned).collect()
}

fn row(work: &Work, status: &NodeStatus) -> Vec<String> {
    let done = work.permille.map_or_else(|| "-".to_owned(), |permille| format!("{} %", permille / 10));
    let stage = match (work.is_delivered, work.proof_stage) {
        (true, _) => "delivered, waits for the verdict".to_owned(),
        (false, Some(stage)) => stage.to_string(),
        (false, None) => "waits for its turn".to_owned(),
    };
    let since = span(status.time.since(work.awarded_at));
    vec![work.task.short(), work.level.to_string(), decimal(work.price), since, done, stage]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_of_a_process_is_the_kernel_s_own_figure() {
        #[cfg(target_os = "linux")]
        assert!(memory_of(std::process::id()).node_mib.is_some_and(|mib| mib > 0));
        assert!(memory_of(0).node_mib.is_none());
    }
}
