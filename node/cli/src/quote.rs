//! `dpgn task quote`: what a proof costs now, and how long it takes; the reward of a bid that names none comes from it.

use crate::{
    amounts::{credits, decimal, seconds},
    circuit, files,
    globals::Globals,
    output::Output,
    session::Session,
    table,
    user_error::UserError,
    words,
};
use clap::Args;
use dpgn_market::{Basis, Expected, RoundQuoted, Spread, Wanted};
use dpgn_protocol::{
    ops::Builder,
    units::{Credits, Degree, Level, Millis, Priority},
};
use dpgn_prover::circuit::{CircuitLimits, R1CS_BUILDER, R1cs, inspect};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  dpgn task quote age.r1cs
  dpgn task quote age.r1cs --level 4 --deadline 120
  dpgn task quote --rows 14 --level 1 --reward 500000 --format json

The prices are those of standing asks and of proofs paid of late at this level and size. `dpgn task submit` without \
--reward bids what is proposed here. Times are from now and hold if nobody else bids in between: what is expected, by \
what the prover declares and how punctual it was; and by when it must start and deliver, or lose its collateral. A \
circuit that nobody has bid for yet is registered with the first bid, for a fee by the bytes of what checks its \
proofs.";

/// The reward if nobody sells what is wanted and nothing like it was ever paid, in micro-credits.
pub(crate) const DEFAULT_REWARD: Credits = Credits::new(1_000_000);
/// The bytes of a value in a witness.
const VALUE_BYTES: u64 = 8;
/// The length of a recipe and of inputs, in bytes, of which nothing is known.
const USUAL_LEN: u64 = 1 << 16;

/// Show what a proof costs now and how long it takes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Quote {
    /// The circuit: `circom --r1cs --prime goldilocks`
    #[arg(required_unless_present = "rows")]
    circuit: Option<PathBuf>,
    /// Instead of a circuit, its size: the base-2 logarithm of its padded rows
    #[arg(long, value_name = "N", conflicts_with = "circuit")]
    rows: Option<u8>,
    /// Privacy level, 1 to 5
    #[arg(long, default_value_t = 3)]
    level: u8,
    /// The reward to ask about, in micro-credits [default: have one proposed]
    #[arg(long, value_name = "MICRO_CREDITS")]
    reward: Option<u64>,
    /// The hurry, 0 to 100
    #[arg(long, default_value_t = 0)]
    priority: u8,
    /// Seconds from now within which the proof must be delivered
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    deadline: u64,
}

/// Runs the command.
pub(crate) async fn run(command: Quote, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let level = Level::new(command.level).map_err(UserError::input)?;
    let terms = Terms {
        level,
        deadline: Millis::from_secs(command.deadline),
        priority: Priority::new(command.priority).map_err(UserError::input)?,
    };
    let mut wanted = match (&command.circuit, command.rows) {
        (Some(circuit), _) => of_circuit(circuit, terms).await?,
        (None, rows) => of_size(Degree::new(rows.unwrap_or_default()).map_err(UserError::input)?, terms)?,
    };
    wanted.reward = command.reward.map(Credits::new);
    let mut session = Session::open(globals).await?;
    session.ready(output).await?;
    let quote = session.node().quote(wanted).await?;
    session.close().await;
    output.report(&quote, || text(&quote))
}

/// What a bid says beside its circuit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    pub(crate) level: Level,
    pub(crate) deadline: Millis,
    pub(crate) priority: Priority,
}

/// The question about a circuit's file, which is translated off the async threads.
pub(crate) async fn of_circuit(path: &Path, terms: Terms) -> Result<Wanted, UserError> {
    let path = path.to_owned();
    let read = tokio::task::spawn_blocking(move || {
        let limits = CircuitLimits::default();
        let told = |error: &dyn std::fmt::Display| UserError::input(format!("{}: {error}", path.display()));
        let r1cs = R1cs::parse(&files::read(&path, limits.file_bytes_max)?, &limits)
            .map_err(|e| told(&e).hint(circuit::of_r1cs(&e)))?;
        let found = inspect(&r1cs, None).map_err(|e| told(&e))?;
        let degree = found.degrees.iter().find(|(level, _)| *level == terms.level).map(|(_, degree)| *degree);
        let degree = degree.ok_or_else(|| told(&format!("too large for level {}", terms.level)))?;
        let builder = Builder::new(found.builder).map_err(|e| told(&e))?;
        let (recipe_len, inputs_len) = (found.recipe_bytes, u64::from(found.wires) * VALUE_BYTES);
        Ok(Wanted { recipe: Some(found.recipe), ..wanted(builder, degree, (recipe_len, inputs_len), terms) })
    });
    read.await.map_err(|e| UserError::network(format!("reading the circuit: {e}")))?
}

fn of_size(degree: Degree, terms: Terms) -> Result<Wanted, UserError> {
    let builder = Builder::new(R1CS_BUILDER).map_err(UserError::input)?;
    Ok(wanted(builder, degree, (USUAL_LEN, USUAL_LEN), terms))
}

fn wanted(builder: Builder, degree: Degree, (recipe_len, inputs_len): (u64, u64), terms: Terms) -> Wanted {
    let Terms { level, deadline, priority } = terms;
    Wanted {
        level,
        degree,
        builder,
        circuit: None,
        recipe: None,
        recipe_len,
        inputs_len,
        deadline,
        priority,
        reward: None,
    }
}

/// The reward that a quote proposes, and where it comes from in words.
pub(crate) fn proposed(quote: &dpgn_market::Quote) -> (Credits, String) {
    let from = |basis: &str| format!("{}: {basis}; --reward sets another", credits(quote.reward));
    match (quote.basis, quote.able, quote.asked) {
        (Basis::Asks, Some(able), _) => {
            let asks = if able.count == 1 { "one ask".to_owned() } else { format!("{} asks", able.count) };
            let basis = format!("{asks} can take it, for {} to {}", decimal(able.lowest), decimal(able.highest));
            (quote.reward, from(&basis))
        }
        (Basis::GoingRate, ..) => {
            (quote.reward, from("no ask can take it now, and this is what such proofs were paid"))
        }
        (Basis::Book, _, Some(asked)) => {
            let basis = format!("no ask can take it now; this is the median of {} that sell the size", asked.count);
            (quote.reward, from(&basis))
        }
        _ => {
            let basis = format!("{}: nobody sells such proofs yet; --reward sets another", credits(DEFAULT_REWARD));
            (DEFAULT_REWARD, basis)
        }
    }
}

fn text(quote: &dpgn_market::Quote) -> String {
    let named = quote.basis == Basis::Named;
    let reward = if named { credits(quote.reward) } else { proposed(quote).1 };
    let mut lines = vec![
        ("size".to_owned(), format!("level {}, 2^{} rows, at height {}", quote.level, quote.degree, quote.height)),
        ("reward".to_owned(), reward),
        ("fee".to_owned(), format!("{} and what the bid's bytes cost; never comes back", credits(quote.fee))),
        ("locked".to_owned(), format!("{} until the task is over", credits(quote.locked))),
    ];
    lines.extend(quote.registration.map(|fee| {
        let once = format!("about {} more, once: the ledger does not know the circuit yet", credits(fee));
        ("new circuit".to_owned(), once)
    }));
    let RoundQuoted { fee, lasts, reserve } = quote.round;
    let (fee, reserve) = (credits(fee), credits(reserve));
    let round = format!("{fee} more and up to {} longer; one prover alone is paid {reserve}", seconds(lasts));
    lines.push(("with --sealed".to_owned(), round));
    if let Some(going) = quote.going {
        lines.push(("going rate".to_owned(), format!("{} in {}", credits(going.price), seconds(going.time))));
    }
    match &quote.expected {
        Some(expected) => {
            let won = &expected.winner.terms;
            lines.push(("would go to".to_owned(), format!("{} for {}", won.prover, credits(won.price))));
            let then =
                expected.runner_up.map(|next| format!("{} for {}", next.terms.prover, credits(next.terms.price)));
            lines.push(("then to".to_owned(), then.unwrap_or_else(|| "nobody in time".to_owned())));
            lines.extend(times(expected));
        }
        None => lines.push(("would go to".to_owned(), "nobody now".to_owned())),
    }
    lines.extend(quote.answers.refused.iter().map(|r| ("not to".to_owned(), words::refusals(r))));
    let spreads = [("asked", quote.asked), ("able now", quote.able), ("paid of late", quote.paid)];
    let row = |(name, spread): (&str, Option<Spread>)| {
        let s = spread?;
        let prices = [s.lowest, s.quarter, s.median, s.three_quarters, s.highest].map(decimal);
        Some([vec![name.to_owned(), s.count.to_string()], prices.to_vec()].concat())
    };
    let head = ["PRICES_CREDITS", "COUNT", "LOWEST", "25%", "MEDIAN", "75%", "HIGHEST"];
    table::pairs(&lines) + &table::columns(&head, spreads.into_iter().filter_map(row))
}

/// When the proof is expected, and by when its prover owes what.
fn times(expected: &Expected) -> [(String, String); 4] {
    let Expected { awarded_in, starts_in, done_in, starts_within, done_within, .. } = expected;
    let waits = Millis::new(starts_in.get().saturating_sub(awarded_in.get()));
    let queue = match waits.get() {
        0 => "no wait for a lane".to_owned(),
        _ => format!("{} of them wait for a lane", seconds(waits)),
    };
    [
        ("expected to begin", format!("in {}: awarded in {}, {queue}", seconds(*starts_in), seconds(*awarded_in))),
        ("expected to be paid", format!("in {}", seconds(*done_in))),
        (
            "must start",
            format!(
                "within {}, by its word that it has taken the task; it may wait for a lane after that",
                seconds(*starts_within)
            ),
        ),
        ("must deliver", format!("within {}; a delivery is paid once it is judged", seconds(*done_within))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
}
