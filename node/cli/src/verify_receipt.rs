//! `dpgn verify-receipt`: checks a receipt offline, from a genesis or a checkpoint alone.
//!
//! Nothing of this machine counts but its clock: no node, no data directory. What was trusted, and how old that is, is
//! always said.

use crate::{
    amounts::{span, utc},
    files,
    output::Output,
    receipt::Paid,
    table,
    user_error::{ErrorKind, UserError},
};
use clap::Args;
use dpgn_node::genesis_file;
use dpgn_protocol::{
    checkpoint::{Checkpoint, TooOld},
    ids::CheckpointHash,
    receipt::{RECEIPT_FILE_BYTES_MAX, Receipt, ReceiptError},
    units::{Height, Millis, Timestamp},
};
use serde::Serialize;
use std::{
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

const EXAMPLES: &str = "\
Examples:
  dpgn verify-receipt age.receipt --genesis genesis.toml
  dpgn verify-receipt age.receipt --checkpoint ours.checkpoint --format json

It proves what the committee has decided, if you trust the genesis or the checkpoint: compare that with others' by its \
hash, which this command and `dpgn checkpoint show` print. A checkpoint serves blocks above it alone: keep one from \
before the payment. Whoever was in office then has nothing at stake any more once its bond is unlocked, after three \
days in most networks, and could sign another history: so an older one is refused, unless --allow-old-checkpoint says \
that you know better, for instance since you have had the receipt for long.";

/// Check a receipt offline, from a genesis or a checkpoint alone
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct VerifyReceipt {
    /// The file of the receipt
    receipt: PathBuf,
    #[command(flatten)]
    trusted: Trusted,
    /// Believe the genesis or the checkpoint though its committee may have nothing at stake any more
    #[arg(long)]
    allow_old_checkpoint: bool,
}

/// The one thing that is believed
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Trusted {
    /// The genesis of the network that you trust
    #[arg(long, value_name = "FILE")]
    genesis: Option<PathBuf>,
    /// The checkpoint that you trust, as `dpgn checkpoint export` writes it
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
}

impl Trusted {
    fn read(&self) -> Result<Checkpoint, UserError> {
        match (&self.genesis, &self.checkpoint) {
            (Some(path), _) => {
                genesis_file::read(path).map_err(UserError::input)?.checkpoint().map_err(UserError::input)
            }
            (None, Some(path)) => files::checkpoint(path),
            (None, None) => Err(UserError::input("name what you trust: --genesis or --checkpoint")),
        }
    }
}

/// A receipt that holds, and what was believed for that.
#[derive(Serialize)]
struct Verified {
    verdict: &'static str,
    #[serde(flatten)]
    paid: Paid,
    checkpoint: Used,
}

/// The checkpoint that was believed.
#[derive(Serialize)]
struct Used {
    height: Height,
    hash: CheckpointHash,
    time: Timestamp,
    age_ms: Millis,
    age_max_ms: Millis,
    /// Whether it is older than it should be, and was believed all the same.
    forced: bool,
}

impl Used {
    fn text(&self) -> String {
        let which = match self.height.get() {
            0 => "the genesis".to_owned(),
            height => format!("height {height}"),
        };
        let (age, limit) = (span(self.age_ms), span(self.age_max_ms));
        let age = match self.forced {
            false => format!("{age} old, {limit} at most"),
            true => format!("{age} OLD, MORE THAN {limit}: its committee may have nothing at stake any more"),
        };
        format!("{which}, of {} UTC, {age}", utc(self.time))
    }
}

impl Verified {
    fn text(&self) -> String {
        let line = |name: &str, value: String| (name.to_owned(), value);
        let mut lines = vec![line("verdict", self.verdict.to_owned())];
        lines.extend(self.paid.lines());
        lines.push(line("trusted", self.checkpoint.text()));
        lines.push(line("trusted hash", self.checkpoint.hash.to_string()));
        table::pairs(&lines)
    }
}

pub(crate) fn run(command: VerifyReceipt, output: &Output) -> Result<(), UserError> {
    let bytes = files::read(&command.receipt, RECEIPT_FILE_BYTES_MAX as u64)?;
    let receipt =
        Receipt::from_file(&bytes).map_err(|e| UserError::input(format!("{}: {e}", command.receipt.display())))?;
    let trusted = command.trusted.read()?;
    let now = now();
    let forced = command.allow_old_checkpoint && trusted.check_age(now).is_err();
    let checked = match forced {
        true => receipt.check_at_any_age(&trusted),
        false => receipt.check(&trusted, now),
    };
    let settlement = checked.map_err(|error| refuse(&command.receipt, &trusted, &receipt, error))?;
    let verified = Verified {
        verdict: "valid",
        paid: Paid::of(&receipt, settlement),
        checkpoint: Used {
            height: trusted.height,
            hash: trusted.hash().map_err(UserError::input)?,
            time: trusted.time,
            age_ms: trusted.age(now),
            age_max_ms: trusted.unlock_time,
            forced,
        },
    };
    output.report(&verified, || verified.text())
}

/// The wall clock of this machine.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::new(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// The advice if what is trusted is too old.
fn older_than(receipt: &Receipt, trusted: &Checkpoint) -> String {
    let (height, paid) = (receipt.header.height, now().since(receipt.header.time));
    if paid > trusted.unlock_time {
        return format!(
            "block {height} has paid {} ago, so every checkpoint below it is too old by now: use one that you have kept since then",
            span(paid)
        );
    }
    format!(
        "a newer checkpoint helps if it is below that block: `dpgn checkpoint export --below {height}` on a node that you trust"
    )
}

/// The receipt does not hold, or what it was checked from is too old.
fn refuse(path: &Path, trusted: &Checkpoint, receipt: &Receipt, error: ReceiptError) -> UserError {
    if let ReceiptError::TooOld(TooOld { age, limit }) = error {
        let (age, limit) = (span(age), span(limit));
        return UserError::input(format!(
            "what you trust is {age} old, the limit is {limit}: its committee may have nothing at stake any more, and \
             could sign anything; --allow-old-checkpoint believes it all the same"
        ))
        .hint(older_than(receipt, trusted));
    }
    let told = UserError {
        kind: ErrorKind::Network,
        message: format!("{}: the receipt does not hold: {error}", path.display()),
        hint: None,
    };
    let (height, block) = (trusted.height, receipt.header.height);
    let begins = receipt.history.first().map_or(block, |handover| handover.header.height);
    match height {
        height if height >= block => told.hint(format!(
            "it is of block {block}: name a checkpoint below that (`dpgn checkpoint export --below {block}` on a node that you trust)"
        )),
        height if begins > height.next_border(trusted.epoch_blocks) => {
            told.hint(format!("it begins after your checkpoint: ask for one with --since {height}"))
        }
        _ => told,
    }
}
