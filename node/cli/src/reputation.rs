//! `dpgn reputation`: what a prover's reputation is, and why.

use crate::{
    amounts::{credits, decimal, share},
    globals::Globals,
    output::{Output, Row},
    session::Session,
    table,
    user_error::UserError,
};
use clap::Subcommand;
use dpgn_market::{Component, ReputationExplained};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Ppm},
};
use serde::Serialize;

const SHOW_EXAMPLES: &str = "\
Examples:
  dpgn reputation show
  dpgn reputation show ACCOUNT --format json";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  dpgn reputation explain
  dpgn reputation explain ACCOUNT --format json

JSON has parts per million and micro-credits.";

/// See what a prover's reputation is, and why
#[derive(Debug, Subcommand)]
pub(crate) enum ReputationCommand {
    /// Show a prover's reputation in one number, and what an award takes of it
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// The prover [default: this node's account]
        account: Option<AccountId>,
    },
    /// Show every term of a prover's reputation, and who gave it weight
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain {
        /// The prover [default: this node's account]
        account: Option<AccountId>,
    },
}

/// A reputation in one number.
#[derive(Serialize)]
struct Shown {
    account: AccountId,
    /// Whether the ledger knows the account.
    is_known: bool,
    reputation: Ppm,
    /// The weight of all outcomes, in micro-credits of burned fees.
    weight: Credits,
    /// The mean share of the declared time that was kept.
    punctuality: Ppm,
    /// The collateral that an award at a price of one credit takes, in micro-credits.
    collateral_per_credit: Credits,
}

impl Row for Shown {
    fn head() -> &'static [&'static str] {
        &["ACCOUNT", "REPUTATION", "WEIGHT", "PUNCTUALITY", "COLLATERAL"]
    }

    fn cells(&self) -> Vec<String> {
        let known = if self.is_known { "" } else { " (a newcomer's: the ledger does not know the account)" };
        vec![
            self.account.to_string(),
            format!("{}{known}", share(self.reputation)),
            credits(self.weight),
            share(self.punctuality),
            format!("{} for a price of one credit", credits(self.collateral_per_credit)),
        ]
    }
}

/// Runs one of the commands.
pub(crate) async fn run(command: ReputationCommand, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let (ReputationCommand::Show { account } | ReputationCommand::Explain { account }) = command;
    let mut session = Session::open(globals).await?;
    let account = session.account_or_own(account).await?;
    let told = session.node().reputation(account).await?;
    session.close().await;
    match command {
        ReputationCommand::Show { .. } => output.show(&Shown {
            account,
            is_known: told.is_known,
            reputation: told.reputation.value,
            weight: told.reputation.weight,
            punctuality: told.reputation.punctuality,
            collateral_per_credit: told.collateral_per_credit,
        }),
        ReputationCommand::Explain { .. } => output.report(&told, || text(&told)),
    }
}

fn text(told: &ReputationExplained) -> String {
    let r = &told.reputation;
    let part = |c: Component| format!("{} = {} x {}", share(c.points), share(c.weight), share(c.mean));
    let when = match told.last_outcome {
        Some(epoch) => format!("epoch {epoch}; each epoch since keeps {} of every weight", share(told.epoch_keep)),
        None => "none yet".to_owned(),
    };
    let blend = format!(
        "({} x {} + {} x {}) / {}",
        share(r.prior),
        r.prior_weight,
        share(r.own),
        r.weight,
        r.prior_weight.saturating_add(r.weight),
    );
    let word = if told.has_a_name { "counts: its outcomes weigh as much as the prior" } else { "does not count yet" };
    let lines = [
        ("account", told.account.to_string()),
        ("reputation", format!("{} = {blend}", share(r.value))),
        ("  prior", format!("{}, what a newcomer has", share(r.prior))),
        ("  own", format!("{}, of outcomes that weigh {}", share(r.own), credits(r.weight))),
        ("    success", part(told.success)),
        ("    quality", part(told.quality)),
        ("    time", part(told.time)),
        ("punctuality", format!("{} of the declared time kept", share(r.punctuality))),
        ("collateral", format!("{} for a price of one credit", credits(told.collateral_per_credit))),
        ("its word", format!("{word} against a requester")),
        ("last outcome", when),
        ("counterparties", format!("at most {} each, for good and for bad", credits(told.counterparty_weight_max))),
    ];
    let mut text = table::pairs(&lines.map(|(name, value)| (name.to_owned(), value)));
    if !told.counterparties.is_empty() {
        let row = |c: &dpgn_market::Counterparty| {
            let who = if c.is_network { "the network, by challenges".to_owned() } else { c.account.to_string() };
            vec![who, decimal(c.good), decimal(c.bad)]
        };
        let head = ["REQUESTER", "GOOD", "BAD"];
        text.push_str(&table::columns(&head, told.counterparties.iter().map(row)));
    }
    text
}
