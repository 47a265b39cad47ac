//! Scores in words and columns: what asks answered, with every term of the score that they got, and what follows.

use crate::{
    amounts::{credits, decimal, seconds, share},
    table, words,
};
use dpgn_market::{Answers, AskAnswer, ScoredTerms, Verdict};

/// The columns of an ask's terms that are empty if it cannot be awarded: all but the first and the last.
const TERMS: usize = 7;

/// A score with its two terms, in millionths as the ledger has them.
pub(crate) fn score(scored: &ScoredTerms) -> String {
    format!(
        "{} ({:+} for {}, {:+} for a reputation of {})",
        share(scored.terms.score),
        scored.for_price,
        credits(scored.terms.price),
        scored.for_reputation,
        share(scored.terms.reputation),
    )
}

/// Why a prover does not have a task.
pub(crate) fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Has => "has it, or was paid for it".to_owned(),
        Verdict::Had { end } => format!("had it, and was not paid: {}; it is out of this bid", words::award_end(*end)),
        Verdict::Taken { by } => format!("{} has it; --history says why", by.short()),
        Verdict::Over { paid: Some(prover) } => {
            format!("the task is over, and {} was paid; --history says why", prover.short())
        }
        Verdict::Over { paid: None } => {
            "the task is over, and nobody was paid for a proof; --history says what was decided".to_owned()
        }
        Verdict::InRound { has_sealed: false, .. } => "has sealed no ask in the round that decides".to_owned(),
        Verdict::InRound { opened: None, .. } => "has sealed an ask, and has not opened it".to_owned(),
        Verdict::InRound { opened: Some(price), .. } => {
            format!("has sealed an ask, and opened it: {}", credits(*price))
        }
        Verdict::NoAsk => "has no ask standing".to_owned(),
        Verdict::Refused { answer } => {
            format!("cannot take it: {}", answer.refused.map(words::ineligible).unwrap_or_default())
        }
        Verdict::Outscored { own, by } => {
            format!("others are better: {} against {} of {}", score(own), score(by), by.terms.prover.short())
        }
        Verdict::Best { own } => format!("is the best of those that stand: {}", score(own)),
    }
}

/// The asks that answered, the best first.
pub(crate) fn asks(answers: &Answers) -> String {
    let head =
        ["ASK_OF", "SCORE", "PRICE_PART", "REPUTATION_PART", "PRICE", "REPUTATION", "TAKES", "COLLATERAL", "NOTE"];
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

fn cells(answer: &AskAnswer) -> Vec<String> {
    let Some(scored) = &answer.terms else {
        let dashes = std::iter::repeat_n("-".to_owned(), TERMS);
        let why = answer.refused.map(words::ineligible).unwrap_or_default();
        return std::iter::once(answer.prover.to_string()).chain(dashes).chain([why]).collect();
    };
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
