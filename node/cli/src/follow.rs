//! How a task goes on: a bar or lines on the way, and the task as it stands at the end.

use crate::{
    amounts::{credits, decimal, share, utc},
    output::{Output, Row},
    session::Session,
    user_error::UserError,
};
use dpgn_node::{
    TaskRef,
    engine::Notice,
    view::{Status, TaskInfo},
};
use std::time::Duration;

/// The time after which a task is asked about while nothing is heard of it.
const PATIENCE: Duration = Duration::from_millis(500);

/// Shows how a task goes on until it is over and its proof is here.
pub(crate) async fn follow(session: &mut Session, task: TaskRef, output: &Output) -> Result<TaskInfo, UserError> {
    let mut notices = session.watch().await?;
    let mut bar = output.bar();
    loop {
        let info = session.node().task(task).await?;
        bar.update(info.permille, &stands(&info));
        if info.has_ended() {
            bar.finish(&format!("{}", info.status));
            return Ok(info);
        }
        while let Ok(notice) = tokio::time::timeout(PATIENCE, notices.next()).await {
            let notice = notice?;
            if notice.task() == Some(info.task) {
                if let Some(line) = line(&notice) {
                    bar.line(&line);
                }
                break;
            }
        }
    }
}

/// The state of a task in a few words.
fn stands(info: &TaskInfo) -> String {
    match (info.status, info.proof_stage, info.prover) {
        (Status::Assigned, ..) if info.is_local => "waits to be proved here".to_owned(),
        (Status::InProgress, Some(stage), _) if info.is_local => format!("proved here: {stage}"),
        (Status::InProgress | Status::Completed, ..) if info.is_local => "proved here".to_owned(),
        (Status::Assigned, Some(stage), Some(prover)) => format!("assigned to {}: {stage}", prover.short()),
        (Status::InProgress, Some(stage), Some(prover)) => format!("in progress at {}: {stage}", prover.short()),
        (Status::Pending, ..) => match &info.stalled {
            Some(why) => format!("pending: {why}"),
            None => info.status.to_string(),
        },
        (Status::Completed, ..) => "paid; this node fetches and checks the proof".to_owned(),
        (status, ..) => status.to_string(),
    }
}

/// What this node itself does about a task, or will; nothing unless its owner asked for that.
pub(crate) fn here(info: &TaskInfo) -> Option<String> {
    match (info.is_local, info.status, info.prove_here_at) {
        (true, Status::Completed, _) => {
            Some("proved by this node itself: nobody was paid, and there is no receipt".to_owned())
        }
        (true, ..) => Some("this node proves it itself: nobody is paid".to_owned()),
        (false, Status::Pending, Some(at)) => {
            Some(format!("unless it is awarded, this node takes it back and proves it itself from {}", utc(at)))
        }
        (false, ..) => None,
    }
}

/// A notice in words, if it is worth a line of its own.
fn line(notice: &Notice) -> Option<String> {
    Some(match notice {
        Notice::Awarded { prover, price, .. } => format!("awarded to {} for {}", prover.short(), credits(*price)),
        Notice::AwardEnded { prover, why, .. } => format!("the award of {} has ended: {why}", prover.short()),
        Notice::Settled(settled) => {
            format!("settled: {}, quality {}", credits(settled.price), share(settled.quality))
        }
        Notice::ProvingLocally { why, .. } => format!("this node proves it itself, since {why}"),
        Notice::Block { .. }
        | Notice::Jumped { .. }
        | Notice::Opened { .. }
        | Notice::Started { .. }
        | Notice::Stalled { .. }
        | Notice::Progress { .. }
        | Notice::Delivered { .. }
        | Notice::Completed { .. }
        | Notice::ProvedLocally { .. }
        | Notice::Failed { .. } => return None,
    })
}

/// The result of a command that waited: the task, or why it failed.
pub(crate) fn end(info: &TaskInfo, output: &Output) -> Result<(), UserError> {
    match &info.why {
        None => output.show(info),
        // It says what to do next, too.
        Some(why) => Err(UserError::network(format!("task {} failed: {why}", info.alias))),
    }
}

impl Row for TaskInfo {
    fn head() -> &'static [&'static str] {
        &["TASK", "STATUS", "LEVEL", "REWARD_CREDITS", "PRICE_CREDITS", "PROVER", "PROOF"]
    }

    fn cells(&self) -> Vec<String> {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        vec![
            self.alias.to_string(),
            self.status.to_string(),
            self.level.to_string(),
            decimal(self.reward),
            or_dash(self.price.map(decimal)),
            or_dash(self.prover.map(|p| p.short())),
            or_dash(self.proof.map(|p| p.short())),
        ]
    }

    fn lines(&self) -> Vec<(String, String)> {
        let names = Self::head().iter().map(|name| name.to_lowercase().replace('_', " "));
        let mut lines: Vec<_> = names.zip(self.cells()).collect();
        let more = [("waits because", &self.stalled), ("failed because", &self.why)];
        if let Some(height) = self.awarded_height {
            lines.push((
                "awarded".to_owned(),
                format!("by block {height}; `dpgn task explain {}` says why", self.alias),
            ));
        }
        lines.extend(here(self).map(|words| ("here".to_owned(), words)));
        lines.extend(more.into_iter().filter_map(|(name, why)| Some((name.to_owned(), why.clone()?))));
        lines
    }
}
