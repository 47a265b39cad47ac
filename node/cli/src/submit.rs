//! `dpgn task submit`: buys a proof.

use crate::{
    circuit, files,
    follow::{end, follow},
    globals::Globals,
    output::Output,
    quote,
    session::Session,
    signals,
    user_error::UserError,
};
use clap::Args;
use dpgn_node::{PrepareError, Purchase, Source, TaskRef};
use dpgn_protocol::{
    ids::AccountId,
    units::{Credits, Level, Millis, Priority},
};
use dpgn_prover::circuit::{WitnessError, WtnsError};
use std::path::PathBuf;
use uuid::Uuid;

const SUBMIT_EXAMPLES: &str = "\
Examples:
  dpgn task submit age.r1cs age.wtns --wait
  dpgn task submit age.r1cs age.wtns --reward 2000000 --wait
  dpgn task submit sha.r1cs sha.wtns --sym sha.sym --level 4 --deadline 900 --wait --out sha.proof
  dpgn task submit age.r1cs age.wtns --reward 300000 --reward-max 2000000 --wait
  dpgn task submit add.r1cs add.wtns --level 1 --public-witness --format json
  dpgn task submit age.r1cs age.wtns --deadline 1800 --prove-here-after 10m --wait

Without a running node on this data directory the command stays in the foreground and serves the circuit and
the witness itself until the task is settled.";

/// Buy a proof of a circom circuit.
#[derive(Debug, Args)]
#[command(after_help = SUBMIT_EXAMPLES)]
pub(crate) struct Submit {
    /// The circuit: `circom --r1cs --prime goldilocks`
    circuit: PathBuf,
    /// The witness: the circuit's generator writes it
    witness: PathBuf,
    /// The symbols, for signal names in messages [default: CIRCUIT with .sym, if it is there]
    #[arg(long, value_name = "FILE")]
    sym: Option<PathBuf>,
    /// Privacy level: 1 and 2 show the witness to whoever gets the proof, 3 to 5 hide it
    #[arg(long, default_value_t = 3)]
    level: u8,
    /// The most to pay, in micro-credits, a million to a credit [default: what `dpgn task quote` proposes]
    #[arg(long, value_name = "MICRO_CREDITS")]
    reward: Option<u64>,
    /// Let the reward rise to this much while nobody asks low enough, in ten steps over the first half
    /// of the time to the deadline; all of it is locked, and the fee is counted by it
    #[arg(long, value_name = "MICRO_CREDITS")]
    reward_max: Option<u64>,
    /// Have prices sealed for this task alone: provers commit, then open, and the best is paid by the second
    /// score, one that is alone the reward, at most four times the going rate; `dpgn task quote` shows what that
    /// costs and how long it takes; if nobody takes part, the standing asks have it
    #[arg(long, conflicts_with = "reward_max")]
    sealed: bool,
    /// The hurry, 0 to 100: a higher one is served first, and its fee is higher
    #[arg(long, default_value_t = 0)]
    priority: u8,
    /// Seconds from now within which the proof must be delivered
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    deadline: u64,
    /// Your own name for the task [default: a fresh UUID]
    #[arg(long, value_name = "UUID")]
    id: Option<Uuid>,
    /// The most provers that the witness may be shown to
    #[arg(long, default_value_t = 2, value_name = "N")]
    disclosures: u8,
    /// Only these provers may prove it; may be repeated
    #[arg(long, value_name = "ACCOUNT")]
    only: Vec<AccountId>,
    /// Never this prover; may be repeated
    #[arg(long, value_name = "ACCOUNT")]
    never: Vec<AccountId>,
    /// Yes, at level 1 or 2 the proof may show the witness
    #[arg(long)]
    public_witness: bool,
    /// Submit although the lint finds an error
    #[arg(long)]
    despite_lint: bool,
    /// If nobody has been awarded it after this time, take the bid back and prove it on this machine, by this
    /// node's own worker; also if the market ends without a proof. Nobody is paid then, and there is no
    /// receipt. Seconds, or a number with s, m or h
    #[arg(long, value_name = "TIME", value_parser = time)]
    prove_here_after: Option<Millis>,
    /// Wait until the task is over
    #[arg(long)]
    wait: bool,
    /// Write the proof here once it is there (implies --wait)
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Submit {
    fn purchase(&self, consent: bool) -> Result<Purchase, UserError> {
        let sym = signals::sym_of(&self.circuit, self.sym.clone());
        let absolute = |path: &PathBuf| {
            std::path::absolute(path).map_err(|e| UserError::input(format!("{}: {e}", path.display())))
        };
        let source = Source::R1cs {
            r1cs: absolute(&self.circuit)?,
            wtns: absolute(&self.witness)?,
            sym: sym.as_ref().map(absolute).transpose()?,
        };
        Ok(Purchase {
            level: Level::new(self.level).map_err(|e| {
                UserError::input(e).hint("levels 1 and 2 are public, 3 to 5 private; the rest is reserved")
            })?,
            priority: Priority::new(self.priority).map_err(UserError::input)?,
            deadline: Millis::from_secs(self.deadline),
            sealed: self.sealed,
            alias: self.id,
            disclosures_max: self.disclosures,
            allow: self.only.clone(),
            deny: self.never.clone(),
            witness_is_public: consent,
            despite_lint: self.despite_lint,
            prove_here_after: self.prove_here_after,
            ..Purchase::new(source, Credits::new(self.reward.unwrap_or_default()))
        })
    }
}

/// Buys a proof, and follows it if that is wanted.
pub(crate) async fn run(submit: Submit, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let public = Level::new(submit.level).is_ok_and(|level| !level.is_private());
    let consent = submit.public_witness
        || (public && output.confirm("At levels 1 and 2 the proof shows the witness to whoever gets it. Go on?"));
    let mut purchase = submit.purchase(consent)?;
    check(&purchase).await?;
    let mut session = Session::open_for_task(globals).await?;
    output.say("the assigned prover sees the witness; each failover shows it to one more");
    if public {
        output.warn(&format!("level {}: the proof shows the witness to whoever gets it", purchase.level));
    }
    session.ready(output).await?;
    if submit.reward.is_none() {
        purchase.reward = proposed(&submit, &purchase, &mut session, output).await?;
    }
    if let Some(reward_max) = submit.reward_max {
        purchase = purchase.raise_to(Credits::new(reward_max));
    }
    output.say("checking the witness and building the circuit");
    let (info, warnings) = session.node().submit(purchase).await?;
    for warning in warnings {
        output.warn(&warning.to_string());
    }
    let task = TaskRef::Id(info.task);
    if !submit.wait && submit.out.is_none() && !session.is_own() {
        output.show(&info)?;
        session.close().await;
        return Ok(());
    }
    if session.is_own() && !submit.wait {
        output.say("no node runs on this data directory: staying here until the task is settled");
    }
    output.say(&format!("task {} ({})", info.alias, info.task));
    let info = follow(&mut session, task, output).await?;
    if let (Some(out), None) = (&submit.out, &info.why) {
        let found = session.node().proof_files(task).await?;
        files::keep_proof(&found, out, output)?;
    }
    session.close().await;
    end(&info, output)
}

/// The reward that the book proposes, said aloud.
async fn proposed(
    submit: &Submit,
    purchase: &Purchase,
    session: &mut Session,
    output: &Output,
) -> Result<Credits, UserError> {
    let Purchase { level, deadline, priority, .. } = *purchase;
    let wanted = quote::of_circuit(&submit.circuit, quote::Terms { level, deadline, priority }).await?;
    let (reward, why) = quote::proposed(&session.node().quote(wanted).await?);
    output.say(&format!("reward: at most {why}"));
    Ok(reward)
}

/// Finds what is wrong with the files before a node is started and the network looked for.
async fn check(purchase: &Purchase) -> Result<(), UserError> {
    let purchase = purchase.clone();
    let checked = tokio::task::spawn_blocking(move || purchase.check());
    let checked = checked.await.map_err(|e| UserError::network(format!("reading the files: {e}")))?;
    checked.map(drop).map_err(|error| {
        let advice = advice(&error);
        let told = UserError::from(error);
        match advice {
            Some(advice) => told.hint(advice),
            None => told,
        }
    })
}

/// The advice for files that are not what they are taken for.
fn advice(error: &PrepareError) -> Option<&'static str> {
    match error {
        PrepareError::R1cs { source, .. } => Some(circuit::of_r1cs(source)),
        PrepareError::Witness { source: WitnessError::Wtns(WtnsError::Wires { .. }), .. } => Some(
            "the witness was made for another circuit: make it with the .wasm file that was compiled with this .r1cs file",
        ),
        PrepareError::Witness { source: WitnessError::Wtns(_), .. } => {
            Some("make the witness anew: `node age_js/generate_witness.js age_js/age.wasm input.json age.wtns`")
        }
        _ => None,
    }
}

/// A time as people write it: `90`, `90s`, `10m`, `2h`.
fn time(text: &str) -> Result<Millis, String> {
    let (number, seconds) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) if text.ends_with('h') => (number, 3_600),
        Some(number) if text.ends_with('m') => (number, 60),
        Some(number) => (number, 1),
        None => (text, 1),
    };
    let number: u64 = number.parse().map_err(|error| format!("{error}: write it as 90, 90s, 10m or 2h"))?;
    number.checked_mul(seconds * 1_000).map(Millis::new).ok_or_else(|| "longer than a time can be".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_as_people_write_it() {
        let read = |text| time(text).ok().map(Millis::get);
        let ms = ["90", "90s", "10m", "2h", "0"].map(read);
        assert_eq!(ms, [90_000, 90_000, 600_000, 7_200_000, 0].map(Some));
        for wrong in ["", "m", "10 m", "-1", "1.5h", "10ms", "1d", "99999999999999999h"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
