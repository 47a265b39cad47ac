//! Watching own tasks: whatever happens, the timeline of the task is read anew, and what is new in it is told. Nothing depends on
//! a notice's words, so one that was missed, in this process or while none ran, is made up for.

use super::{message::news, office::Office};
use crate::{problem::Problem, state::GatewayState, tasks::find};
use dpgn_protocol::ids::TaskId;
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Own tasks that are looked at when everything is, the newest: more than may be open at once.
const TASKS_MAX: usize = 2_000;
/// Tasks of one page.
const PAGE: u16 = 50;
/// The pause before everything is looked at again, if that failed.
const PAUSE: Duration = Duration::from_secs(5);

/// What there is to look at.
#[derive(Debug)]
enum Look {
    Nothing,
    At(BTreeSet<TaskId>),
    Everything,
}

/// Tells endpoints of own tasks until the gateway stops.
pub(crate) async fn watch(state: GatewayState, office: Arc<Office>) {
    let stop = state.stop().clone();
    tokio::select! {
        () = stop.cancelled() => {}
        () = look_on(&state, &office) => {}
    }
}

async fn look_on(state: &GatewayState, office: &Office) {
    let mut signal = state.hub().signal();
    let mut seen = state.hub().newest();
    let mut wanted = Look::Everything;
    loop {
        let looked = look_at(state, office, &wanted).await;
        if let Err(problem) = looked {
            tracing::debug!(code = ?problem.code(), "own tasks could not be looked at for webhooks");
            tokio::time::sleep(PAUSE).await;
            wanted = Look::Everything;
            continue;
        }
        signal.borrow_and_update();
        wanted = happened(state, &mut seen);
        if matches!(wanted, Look::Nothing) {
            tokio::select! {
                () = office.added.notified() => wanted = Look::Everything,
                changed = signal.changed() => if changed.is_err() { return },
            }
        }
    }
}

/// Looks at what there is to look at, if anybody wants to be told.
async fn look_at(state: &GatewayState, office: &Office, wanted: &Look) -> Result<(), Problem> {
    if office.is_empty().await? {
        return Ok(());
    }
    match wanted {
        Look::Nothing => Ok(()),
        Look::At(tasks) => some(state, office, tasks).await,
        Look::Everything => all(state, office).await,
    }
}

/// The tasks that something has happened to since.
fn happened(state: &GatewayState, seen: &mut u64) -> Look {
    let Ok(batch) = state.hub().behind(*seen) else {
        *seen = state.hub().newest();
        return Look::Everything;
    };
    let Some(last) = batch.last() else { return Look::Nothing };
    *seen = last.number;
    if batch.iter().any(|told| told.name == "reset" || told.name == "jumped") {
        return Look::Everything;
    }
    Look::At(batch.iter().filter(|told| told.name != "progress").filter_map(|told| told.task).collect())
}

/// Looks at these tasks, as far as they are own ones.
async fn some(state: &GatewayState, office: &Office, tasks: &BTreeSet<TaskId>) -> Result<(), Problem> {
    let ledger = state.node().ledger().await?;
    let is_own = |task: &&TaskId| ledger.task(**task).is_some_and(|view| view.task.requester == state.node().account());
    for task in tasks.iter().filter(is_own) {
        look(state, office, *task).await?;
    }
    Ok(())
}

/// Looks at all own tasks of which something may not have been told.
async fn all(state: &GatewayState, office: &Office) -> Result<(), Problem> {
    let (mut after, mut count) = (None, 0);
    while count < TASKS_MAX {
        let page = state.reads().turn(state.node().tasks(after, PAGE)).await?;
        count += page.tasks.len();
        for info in page.tasks {
            let task = info.task;
            if !office.disk(move |store| store.is_over(task)).await? {
                look(state, office, task).await?;
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(())
}

/// Tells what is new of one task.
async fn look(state: &GatewayState, office: &Office, task: TaskId) -> Result<(), Problem> {
    let found = find(state, &task.to_string()).await?;
    if found.is_own() {
        let (is_over, told) = (found.is_over(), found.told());
        office.tell(task, news(task, &told, is_over), is_over).await?;
    }
    Ok(())
}
