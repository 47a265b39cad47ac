//! The history of a task, in words: what blocks have decided about it, one line each.

use crate::{
    amounts::{credits, share, utc},
    scores::{score, verdict},
    table, words,
};
use dpgn_market::{AwardTold, RoundNews, TaskEvent, TaskHistory, Verdict};
use dpgn_protocol::ids::AccountId;

/// All lines, with the blocks that they are of.
pub(crate) fn text(history: &TaskHistory) -> String {
    let row = |line: &dpgn_market::HistoryLine| {
        vec![line.height.to_string(), utc(line.time), event(&line.event, history.about)]
    };
    table::columns(&["HEIGHT", "TIME_UTC", "DECIDED"], history.lines.iter().map(row))
}

fn event(event: &TaskEvent, asked_about: Option<AccountId>) -> String {
    match event {
        TaskEvent::Opened { reward } => format!("opened, for at most {}", credits(*reward)),
        TaskEvent::Raised { reward } => format!("nobody asked low enough: the reward rose to {}", credits(*reward)),
        TaskEvent::Round { news } => round(news),
        TaskEvent::Awarded { award, about } => awarded(award, about.as_deref(), asked_about),
        TaskEvent::Started { prover } => format!("started by {}", prover.short()),
        TaskEvent::Delivered { prover, proof } => format!("delivered by {}: proof {}", prover.short(), proof.short()),
        TaskEvent::KeptLate { prover, proof } => {
            format!("proof {} of {} came late, and is kept", proof.short(), prover.short())
        }
        TaskEvent::AwardEnded { prover, end, slashed } => {
            format!("award of {} ended: {}; {} burned", prover.short(), words::award_end(*end), credits(*slashed))
        }
        TaskEvent::Reopened => "waits for its next award".to_owned(),
        TaskEvent::Paid { settlement } => format!(
            "paid: {} to {}, quality {}; {} went back",
            credits(settlement.price),
            settlement.prover.short(),
            share(settlement.quality),
            credits(settlement.refund),
        ),
        TaskEvent::Failed { fault, refund } => {
            format!("failed; fault: {}; {} went back", words::fault(*fault), credits(*refund))
        }
        TaskEvent::Cancelled { paid, refund } => {
            format!("taken back; {} to its prover, {} went back", credits(*paid), credits(*refund))
        }
    }
}

fn awarded(award: &AwardTold, about: Option<&Verdict>, asked_about: Option<AccountId>) -> String {
    let mut text = format!("award {} to {}: score {}", award.number, award.prover.short(), score(&award.terms));
    if award.asked.is_some() {
        text.push_str(&format!("; its sealed round pays {}", credits(award.price)));
    }
    if let (Some(said), Some(prover)) = (about, asked_about.filter(|prover| *prover != award.prover)) {
        text.push_str(&format!("; {} {}", prover.short(), verdict(said)));
    }
    text
}

fn round(news: &RoundNews) -> String {
    match news {
        RoundNews::Sealed { prover, deposit, .. } => {
            format!("{} sealed an ask, with a deposit of {}", prover.short(), credits(*deposit))
        }
        RoundNews::Opening { open_by } => format!("sealed asks are to be opened by {}", utc(*open_by)),
        RoundNews::Opened { prover, price } => format!("{} opened its ask: {}", prover.short(), credits(*price)),
        RoundNews::Returned { prover, deposit, .. } => {
            format!("the deposit for {} went back: {}", prover.short(), credits(*deposit))
        }
        RoundNews::Lost { prover, deposit, .. } => {
            format!("the deposit for {} was burned: {}", prover.short(), credits(*deposit))
        }
        RoundNews::Over => "the sealed round is over: standing asks may take it".to_owned(),
    }
}
