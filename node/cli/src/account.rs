//! `dpgn account`: what an account has, what came and went, and sending credits.

use crate::{
    amounts::{credits, decimal, utc},
    decided,
    globals::Globals,
    output::{Output, Row},
    payee::{self, Payee},
    session::Session,
    table,
    user_error::UserError,
    words,
};
use clap::{Args, Subcommand};
use dpgn_market::{Cause, Held, Statement, StatementLine, Sum, Unpaid};
use dpgn_node::{STATEMENT_LINES_MAX, view::Balance};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Height},
};

const STATEMENT_EXAMPLES: &str = "\
Examples:
  dpgn account statement
  dpgn account statement --from 1200 --lines 500
  dpgn account statement ACCOUNT --format json

The node applies the decided blocks again; that takes long if they are many. CHANGE is what came or went, LOCKED what \
was locked for bids and awards or is free again, FREE what can be spent afterwards.";

const EARNINGS_EXAMPLES: &str = "\
Examples:
  dpgn account earnings
  dpgn account earnings --from 1200 --format json

Names the newest 256 awards that no proof was paid for, and why: those that came to nothing, and those whose requester \
took the task back, with what was paid for the time. The sums have all of them. `dpgn task explain TASK` says why a \
task was awarded to somebody else.";

const TRANSFER_EXAMPLES: &str = "\
Examples:
  dpgn account transfer ACCOUNT 1500000

A million micro-credits are one credit. An account that the ledger does not know yet must get at least what an account \
opens with.";

/// See what an account has and what became of it; send credits
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Show what an account has
    #[command(after_help = "Examples:\n  dpgn account balance\n  dpgn account balance ACCOUNT --format json")]
    Balance {
        /// The account [default: this node's own]
        account: Option<AccountId>,
    },
    /// Show what came to an account and what went, block by block
    #[command(after_help = STATEMENT_EXAMPLES)]
    Statement {
        #[command(flatten)]
        span: Span,
        /// The most movements to show, the newest
        #[arg(long, default_value_t = 50, value_name = "N",
              value_parser = clap::value_parser!(u16).range(1..=i64::from(STATEMENT_LINES_MAX)))]
        lines: u16,
    },
    /// Show what an account has earned and spent, by cause, and why awards were not paid
    #[command(after_help = EARNINGS_EXAMPLES)]
    Earnings {
        #[command(flatten)]
        span: Span,
    },
    /// Name the address on an EVM chain that this account's payouts are for, or show it
    #[command(after_help = payee::EXAMPLES)]
    Payee(Payee),
    /// Send credits to an account
    #[command(after_help = TRANSFER_EXAMPLES)]
    Transfer {
        /// The account that is paid
        to: AccountId,
        /// The amount, in micro-credits: a million are one credit
        #[arg(value_name = "MICRO_CREDITS")]
        amount: u64,
    },
}

/// An account and the blocks that count.
#[derive(Debug, Args)]
pub(crate) struct Span {
    /// The account [default: this node's own]
    account: Option<AccountId>,
    /// The first block that counts
    #[arg(long, default_value_t = 1, value_name = "HEIGHT")]
    from: u64,
}

/// Runs one of the commands.
pub(crate) async fn run(command: Account, globals: &Globals, output: &Output) -> Result<(), UserError> {
    match command {
        Account::Balance { account } => {
            let mut session = Session::open(globals).await?;
            session.ready_or_warn(output).await?;
            let account = session.account_or_own(account).await?;
            let balance = session.node().balance(account).await?;
            session.close().await;
            output.show(&balance)
        }
        Account::Statement { span, lines } => {
            let statement = statement(span, lines, globals, output).await?;
            output.report(&statement, || statement_text(&statement))
        }
        Account::Earnings { span } => {
            let statement = statement(span, 1, globals, output).await?;
            let Statement { account, from, to, opening, closing, sums, unpaid, unpaid_left_out, .. } = statement;
            let earnings = Earnings { account, from, to, opening, closing, sums, unpaid, unpaid_left_out };
            output.report(&earnings, || earnings.text())
        }
        Account::Payee(command) => payee::run(&command, globals, output).await,
        Account::Transfer { to, amount } => transfer(to, Credits::new(amount), globals, output).await,
    }
}

async fn statement(span: Span, lines: u16, globals: &Globals, output: &Output) -> Result<Statement, UserError> {
    let mut session = Session::open(globals).await?;
    session.ready_or_warn(output).await?;
    let account = session.account_or_own(span.account).await?;
    let height = session.node().status().await?.height;
    output.say(&format!("applying blocks again, up to height {height}"));
    let statement = session.node().statement(account, Height::new(span.from), lines).await?;
    session.close().await;
    Ok(statement)
}

async fn transfer(to: AccountId, amount: Credits, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let mut session = Session::open(globals).await?;
    session.ready(output).await?;
    let own = session.account_or_own(None).await?;
    let before = session.node().balance(own).await?.available;
    session.node().transfer(to, amount).await?;
    output.say(&format!("{} are on their way to {to}", credits(amount)));
    let shown = decided::until(async || {
        let balance = session.node().balance(own).await?;
        Ok((balance.available <= before.saturating_sub(amount)).then_some(balance))
    });
    let shown = shown.await;
    session.close().await;
    match shown? {
        Some(balance) => output.show(&balance),
        None => Err(UserError::network(format!("no block holds the transfer after {} s", decided::PATIENCE.as_secs()))
            .hint("do not send it again before `dpgn account statement` shows that it was not applied")),
    }
}

impl Row for Balance {
    fn head() -> &'static [&'static str] {
        &["ACCOUNT", "FREE", "LOCKED_FOR_BIDS", "LOCKED_FOR_AWARDS", "REPUTATION"]
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.account.to_string(),
            credits(self.available),
            credits(self.escrow),
            credits(self.collateral),
            crate::amounts::share(self.reputation),
        ]
    }
}

/// A statement without its lines: what was earned and spent, and what was not paid.
#[derive(serde::Serialize)]
struct Earnings {
    account: AccountId,
    from: Height,
    to: Height,
    opening: Held,
    closing: Held,
    sums: Vec<Sum>,
    unpaid: Vec<Unpaid>,
    unpaid_left_out: u64,
}

impl Earnings {
    fn text(&self) -> String {
        let mut head = held(self.account, (self.from, self.to), self.opening, self.closing);
        if self.unpaid_left_out > 0 {
            let shown = format!("{} older awards that were not paid; the sums have them", self.unpaid_left_out);
            head.push(("left out".to_owned(), shown));
        }
        let mut text = table::pairs(&head);
        let row = |sum: &Sum| {
            let (came, went) = (decimal(sum.came), decimal(sum.went));
            vec![words::cause(&sum.cause), sum.count.to_string(), came, went]
        };
        text.push_str(&table::columns(&["CAUSE", "COUNT", "CAME", "WENT"], self.sums.iter().map(row)));
        if !self.unpaid.is_empty() {
            let row = |award: &Unpaid| {
                let (burned, paid) = (decimal(award.slashed), decimal(award.paid));
                vec![award.height.to_string(), award.task.to_string(), burned, paid, words::no_pay(award.why)]
            };
            let columns = ["HEIGHT", "UNPAID_TASK", "BURNED", "FOR_TIME", "WHY"];
            text.push_str(&table::columns(&columns, self.unpaid.iter().map(row)));
        }
        text
    }
}

fn held(account: AccountId, (from, to): (Height, Height), opening: Held, closing: Held) -> Vec<(String, String)> {
    let both = |held: Held| format!("{} free, {} locked", credits(held.free), credits(held.locked));
    [
        ("account", account.to_string()),
        ("blocks", format!("{from} to {to}")),
        ("before", both(opening)),
        ("after", both(closing)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

fn statement_text(statement: &Statement) -> String {
    let Statement { account, from, to, opening, closing, lines, left_out, .. } = statement;
    let mut head = held(*account, (*from, *to), *opening, *closing);
    if *left_out > 0 {
        head.push(("left out".to_owned(), format!("{left_out} older movements; --lines shows more")));
    }
    let mut text = table::pairs(&head);
    let columns = ["HEIGHT", "TIME_UTC", "WHAT", "CHANGE", "LOCKED", "FREE", "TASK", "WITH"];
    text.push_str(&table::columns(&columns, lines.iter().map(cells)));
    text
}

fn cells(line: &StatementLine) -> Vec<String> {
    let StatementLine { height, time, cause, task, with, came, went, locked, unlocked, free } = line;
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let fault =
        if let Cause::Failed { fault } = cause { format!("; fault: {}", words::fault(*fault)) } else { String::new() };
    vec![
        height.to_string(),
        utc(*time),
        words::cause(cause) + &fault,
        signed(*came, *went),
        signed(*locked, *unlocked),
        decimal(*free),
        or_dash(task.map(|task| task.to_string())),
        or_dash(with.map(|with| with.short())),
    ]
}

/// A change of an amount, with its sign.
fn signed(up: Credits, down: Credits) -> String {
    match (up.saturating_sub(down), down.saturating_sub(up)) {
        (Credits::ZERO, Credits::ZERO) => "-".to_owned(),
        (up, Credits::ZERO) => format!("+{}", decimal(up)),
        (_, down) => format!("-{}", decimal(down)),
    }
}
