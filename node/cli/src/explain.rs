//! `dpgn task explain`: who has a task and why, why it waits or failed, and what blocks have decided about it.

use crate::{
    amounts::{credits, decimal, share, utc},
    follow,
    globals::Globals,
    history,
    output::Output,
    scores::{asks, score, verdict},
    session::Session,
    table,
    user_error::UserError,
    words,
};
use clap::Args;
use dpgn_market::{AttemptTold, AwardTold, RoundPhase, RoundTold, StandsAt, TaskExplained, TaskHistory};
use dpgn_node::{EXPLAINED_ASKS_MAX, TaskRef};
use dpgn_protocol::{ids::AccountId, units::Credits};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  dpgn task explain 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10
  dpgn task explain TASK_ID --prover ACCOUNT
  dpgn task explain TASK_ID --history --prover ACCOUNT
  dpgn task explain TASK_ID --asks 500 --format json

Any task that the ledger knows can be named by its id, own ones by their UUID too. What the asks of today answer is \
shown of a task that waits for an award, and of no other; in a sealed round that stands they have no part. Of one that \
is held or over, --history shows what blocks have decided about it, and of each award why it did not go to the prover \
that is asked about; the line `replay` is the command that shows what every ask answered then, or how its sealed round \
went. Both apply old blocks again, which takes long if they are many.";

/// Show who has a task and why, what each ask answers, why it waits or failed, and whose fault that is.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    /// The task's id, or the UUID of an own one
    task: TaskRef,
    /// Say why this prover does not have it [default: this node, if it has an ask standing]
    #[arg(long, value_name = "ACCOUNT")]
    prover: Option<AccountId>,
    /// Show what blocks have decided about it, one after another
    #[arg(long)]
    history: bool,
    /// The most asks to show, the best first
    #[arg(long, default_value_t = 20, value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=i64::from(EXPLAINED_ASKS_MAX)))]
    asks: u16,
}

/// A task as the ledger has it now, and what blocks have decided about it.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    now: TaskExplained,
    /// Absent unless it was asked for.
    history: Option<TaskHistory>,
    /// What this node itself does about it, or will; absent unless its owner asked for that.
    here: Option<String>,
}

/// Runs the command.
pub(crate) async fn run(command: Explain, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let mut session = Session::open(globals).await?;
    let about = match command.prover {
        Some(prover) => Some(prover),
        None => {
            let own = session.account_or_own(None).await?;
            (!session.node().asks(Some(own)).await?.is_empty()).then_some(own)
        }
    };
    let now = session.node().explain(command.task, about, command.asks).await?;
    let mut history = None;
    if command.history {
        output.say("applying blocks again, from before the task was opened");
        history = Some(session.node().history(command.task, about).await?);
    }
    // Of others' tasks this node has no record.
    let here = session.node().task(TaskRef::Id(now.task)).await.ok().and_then(|info| follow::here(&info));
    session.close().await;
    let told = Told { now, history, here };
    output.report(&told, || text(&told))
}

fn text(Told { now: told, history, here }: &Told) -> String {
    let mut lines = vec![
        ("task", format!("{} ({})", told.alias, told.task)),
        ("status", told.status.to_string()),
        ("stands", stands_at(told)),
        ("size", format!("level {}, 2^{} rows", told.level, told.degree)),
        ("reward", reward(told)),
        ("opened", utc(told.opened)),
        ("deadline", format!("{}; the ledger's time is {}", utc(told.deadline), utc(told.now))),
    ];
    lines.extend(here.clone().map(|here| ("here", here)));
    lines.extend(told.round.as_ref().map(|standing| ("round", round(standing))));
    lines.extend(told.closed.map(|closed| ("over since", utc(closed))));
    if let Some(about) = &told.about {
        lines.push(("prover asked about", format!("{}: {}", about.prover, verdict(&about.verdict))));
    }
    if let Some(award) = &told.award {
        lines.extend(award_lines(award));
    }
    lines.extend(replay_lines(told));
    match told.fault {
        Some(fault) if told.status.is_over() => lines.push(("fault", words::fault(fault).to_owned())),
        Some(fault) => lines.push(("fault if it ended now", words::fault(fault).to_owned())),
        None => {}
    }
    let answers = told.answers.as_ref();
    let refused = answers.into_iter().flat_map(|answers| &answers.refused);
    lines.extend(refused.map(|refusals| ("not to", words::refusals(refusals))));
    let lines: Vec<_> = lines.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let text = table::pairs(&lines) + &attempts(&told.attempts);
    text + &answers.map(asks).unwrap_or_default() + &history.as_ref().map(history::text).unwrap_or_default()
}

fn round(told: &RoundTold) -> String {
    let phase = match (told.phase, told.closes) {
        (RoundPhase::Sealing, Some(closes)) => format!("prices are sealed until {}", utc(closes)),
        (RoundPhase::Sealing, None) => "prices are sealed".to_owned(),
        (RoundPhase::Opening, Some(closes)) => format!("prices are opened until {}", utc(closes)),
        (RoundPhase::Opening, None) => "prices are opened".to_owned(),
        (RoundPhase::Decided, _) => "decided".to_owned(),
    };
    let (sealed, opened, most) = (told.sealed, told.opened, credits(told.reserve));
    format!("{phase}; {sealed} have sealed an ask, {opened} have opened it; it pays at most {most}")
}

fn reward(told: &TaskExplained) -> String {
    let rises = match told.rises_at {
        _ if told.reward >= told.reward_max || told.status.is_over() => String::new(),
        Some(at) => format!("; rises to {} by steps, the next after {}", credits(told.reward_max), utc(at)),
        None => format!("; rises to {} by steps while nobody has it", credits(told.reward_max)),
    };
    format!("at most {}, from {}{rises}", credits(told.reward), told.requester)
}

/// The block of the last award, and the commands that show what was decided there.
fn replay_lines(told: &TaskExplained) -> Vec<(&'static str, String)> {
    let Some(height) = told.awarded else { return Vec::new() };
    let prover = told.about.as_ref().map(|about| format!(" --prover {}", about.prover)).unwrap_or_default();
    let show = match told.round {
        Some(_) => format!("dpgn task explain {} --history{prover}", told.task),
        None => format!("dpgn auction replay {height} --task {}{prover}", told.task),
    };
    vec![("last awarded", format!("by block {height}")), ("  replay", show)]
}

fn stands_at(told: &TaskExplained) -> String {
    match &told.standing {
        StandsAt::NoAsks => "waits: no prover has an ask standing".to_owned(),
        StandsAt::NoneCan => "waits in vain: no standing ask can take it, as bid and asks are".to_owned(),
        StandsAt::Rises => "waits for its reward to rise: no ask can take it yet".to_owned(),
        StandsAt::NoneCanNow => "waits until a prover has room or collateral".to_owned(),
        StandsAt::NextAuction => "waits for the next block, in which an ask can take it".to_owned(),
        StandsAt::SealedRound => {
            "in a sealed round: provers commit to prices, then open them; standing asks take it only if that finds nobody"
                .to_owned()
        }
        StandsAt::Start => "held; its prover owes the start".to_owned(),
        StandsAt::Proof => "held; its prover owes the proof".to_owned(),
        StandsAt::Findings { said, members } => format!("delivered; {said} of {members} coordinators have judged it"),
        StandsAt::Paid { settlement } => {
            format!(
                "over, paid: {} to {}, quality {}; {} went back",
                credits(settlement.price),
                settlement.prover,
                share(settlement.quality),
                credits(settlement.refund),
            )
        }
        StandsAt::Failed => {
            "over without a proof, and nothing was paid; what was locked has gone back, less fees and what faults have cost"
                .to_owned()
        }
        StandsAt::Cancelled { paid: Credits::ZERO } => "over, taken back; nobody was paid".to_owned(),
        StandsAt::Cancelled { paid } => format!("over, taken back; its prover got {} for its time", credits(*paid)),
    }
}

fn award_lines(award: &AwardTold) -> Vec<(&'static str, String)> {
    let asked = award.asked.map(|asked| format!(" by its sealed round; it asked {}", credits(asked)));
    let price =
        format!("{}{}, collateral {}", credits(award.price), asked.unwrap_or_default(), credits(award.collateral));
    let started = award.started.map_or_else(|| format!("owed by {}", utc(award.start_by)), utc);
    vec![
        ("award", format!("number {} to {} at {}", award.number, award.prover, utc(award.at))),
        ("  price", price),
        ("  start", started),
        ("  proof due", utc(award.due)),
        ("  score", score(&award.terms)),
        ("  runner-up", award.runner_up.map_or_else(|| "none in time".to_owned(), |next| score(&next))),
    ]
}

fn attempts(attempts: &[AttemptTold]) -> String {
    if attempts.is_empty() {
        return String::new();
    }
    let row = |attempt: &AttemptTold| {
        let blame = attempt.blame.map_or_else(|| "-".to_owned(), share);
        let (number, prover) = (attempt.number.to_string(), attempt.prover.to_string());
        vec![number, prover, decimal(attempt.slashed), blame, words::award_end(attempt.end)]
    };
    table::columns(&["AWARD", "PROVER", "BURNED", "BLAME", "ENDED"], attempts.iter().map(row))
}
