//! `dpgn task explain`: who has a task and why, what each ask answers, why it waits or failed.

use crate::{
    amounts::{credits, decimal, share, utc},
    globals::Globals,
    output::Output,
    quote::seconds,
    session::Session,
    table,
    user_error::UserError,
    words,
};
use clap::Args;
use dpgn_market::{Answers, AttemptTold, AwardTold, ScoredTerms, StandsAt, TaskExplained, Verdict};
use dpgn_node::{EXPLAINED_ASKS_MAX, TaskRef};
use dpgn_protocol::ids::AccountId;

const EXAMPLES: &str = "\
Examples:
  dpgn task explain 6f1c1c2e-0b6f-4f0e-9d7a-2b8f4d9f7a10
  dpgn task explain TASK_ID --prover ACCOUNT
  dpgn task explain TASK_ID --asks 500 --format json

Any task that the ledger knows can be named by its id, own ones by their UUID too. --prover says why a prover does not \
have it, or was not paid. What the asks answered when it was awarded: `dpgn auction replay HEIGHT`.";

/// Show who has a task and why, what each ask answers, why it waits or failed, and whose fault that is.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    /// The task's id, or the UUID of an own one
    task: TaskRef,
    /// Say why this prover does not have it [default: this node, if it has an ask standing]
    #[arg(long, value_name = "ACCOUNT")]
    prover: Option<AccountId>,
    /// The most asks to show, the best first
    #[arg(long, default_value_t = 20, value_name = "N",
          value_parser = clap::value_parser!(u16).range(1..=i64::from(EXPLAINED_ASKS_MAX)))]
    asks: u16,
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
    let told = session.node().explain(command.task, about, command.asks).await?;
    session.close().await;
    output.report(&told, || text(&told))
}

fn text(told: &TaskExplained) -> String {
    let mut lines = vec![
        ("task", format!("{} ({})", told.alias, told.task)),
        ("status", told.status.to_string()),
        ("stands", stands_at(told)),
        ("size", format!("level {}, 2^{} rows", told.level, told.degree)),
        ("reward", format!("at most {}, from {}", credits(told.reward), told.requester)),
        ("opened", utc(told.opened)),
        ("deadline", format!("{}; the ledger's time is {}", utc(told.deadline), utc(told.now))),
    ];
    if let Some(about) = &told.about {
        lines.push(("prover asked about", format!("{}: {}", about.prover, verdict(&about.verdict))));
    }
    if let Some(award) = &told.award {
        lines.extend(award_lines(award));
    }
    match told.fault {
        Some(fault) if told.status.is_over() => lines.push(("fault", words::fault(fault).to_owned())),
        Some(fault) => lines.push(("fault if it ended now", words::fault(fault).to_owned())),
        None => {}
    }
    lines.extend(told.answers.refused.iter().map(|refusals| ("not to", words::refusals(refusals))));
    let lines: Vec<_> = lines.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    table::pairs(&lines) + &attempts(&told.attempts) + &asks(&told.answers)
}

fn stands_at(told: &TaskExplained) -> String {
    match &told.standing {
        StandsAt::NoAsks => "waits: no prover has an ask standing".to_owned(),
        StandsAt::NoneCan => "waits in vain: no standing ask can take it, as bid and asks are".to_owned(),
        StandsAt::NoneCanNow => "waits until a prover has room or collateral".to_owned(),
        StandsAt::NextAuction => "waits for the next block, in which an ask can take it".to_owned(),
        StandsAt::SealedRound => "in a sealed round: provers commit to prices, then open them".to_owned(),
        StandsAt::Start => "held; its prover owes the start".to_owned(),
        StandsAt::Proof => "held; its prover owes the proof".to_owned(),
        StandsAt::Findings { said, members } => format!("delivered; {said} of {members} coordinators have judged it"),
        StandsAt::Paid { settlement } => {
            format!(
                "paid: {} to {}, quality {}",
                credits(settlement.price),
                settlement.prover,
                share(settlement.quality)
            )
        }
        StandsAt::Failed => {
            "over without a proof; what was locked has gone back, less fees and what faults have cost".to_owned()
        }
        StandsAt::Cancelled { paid } => format!("taken back; its prover got {}", credits(*paid)),
    }
}

/// Why a prover does not have a task.
fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Has => "has it, or was paid for it".to_owned(),
        Verdict::Had { end } => format!("had it, and was not paid: {}; it is out of this bid", words::award_end(*end)),
        Verdict::NoAsk => "has no ask standing".to_owned(),
        Verdict::Refused { answer } => format!("cannot take it: {}", answer.why.clone().unwrap_or_default()),
        Verdict::Outscored { own, by } => {
            format!("others are better: {} against {} of {}", score(own), score(by), by.terms.prover.short())
        }
        Verdict::Best { own } => format!("is the best as asks stand now: {}", score(own)),
    }
}

/// A score with its two terms, in millionths as the ledger has them.
fn score(scored: &ScoredTerms) -> String {
    format!(
        "{} ({:+} for {}, {:+} for a reputation of {})",
        share(scored.terms.score),
        scored.for_price,
        credits(scored.terms.price),
        scored.for_reputation,
        share(scored.terms.reputation),
    )
}

fn award_lines(award: &AwardTold) -> Vec<(&'static str, String)> {
    let started = award.started.map_or_else(|| format!("owed by {}", utc(award.start_by)), utc);
    vec![
        ("award", format!("number {} to {} at {}", award.number, award.prover, utc(award.at))),
        ("  price", format!("{}, collateral {}", credits(award.price), credits(award.collateral))),
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

/// The asks that answered, the best first.
pub(crate) fn asks(answers: &Answers) -> String {
    let cells = |answer: &dpgn_market::AskAnswer| match &answer.terms {
        Some(scored) => {
            let terms = &scored.terms;
            vec![
                answer.prover.to_string(),
                share(terms.score),
                format!("{:+}", scored.for_price),
                format!("{:+}", scored.for_reputation),
                decimal(terms.price),
                share(terms.reputation),
                seconds(terms.proven),
                decimal(terms.collateral),
                if terms.warm { "warm".to_owned() } else { String::new() },
            ]
        }
        None => {
            let dashes = std::iter::repeat_n("-".to_owned(), 7);
            let why = answer.why.clone().unwrap_or_default();
            std::iter::once(answer.prover.to_string()).chain(dashes).chain([why]).collect()
        }
    };
    let head = ["ASK_OF", "SCORE", "PRICE_PART", "NAME_PART", "PRICE", "REPUTATION", "TAKES", "COLLATERAL", "NOTE"];
    let effective = answers.effective.map(|effective| {
        let weights = (share(answers.price_weight), share(answers.reputation_weight));
        format!(
            "score = {} x (1 - price / {}) + {} x reputation, parts in millionths\n",
            weights.0,
            decimal(effective),
            weights.1
        )
    });
    effective.unwrap_or_default() + &table::columns(&head, answers.asks.iter().map(cells))
}
