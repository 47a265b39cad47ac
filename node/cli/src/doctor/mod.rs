//! `dpgn doctor`: looks at everything that a node needs of its machine and its data directory, and says what to do.
//!
//! It changes nothing and sends nothing to anybody. Each check is one line; whether a value is good is decided by pure
//! functions, so that a test can hold them to machines that we do not have.

mod clock;
mod gpu;
mod machine;
pub(crate) mod memory;
mod ports;
mod reach;
mod setup;

use crate::{globals::Globals, output::Output, table, user_error::UserError};
use clap::Args;
use dpgn_node::{config::NodeConfig, control::Client, view::NodeStatus};
use dpgn_prover::{Prover, ProverOptions, Sandbox};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  dpgn doctor
  dpgn doctor --data-dir ./prover
  dpgn doctor --format json

It changes nothing, and works before `dpgn init` as well as beside a node that runs. A check that warns leaves the exit \
code 0; one that fails makes it 1.";

/// Check what a node needs: machine, disk, ports, clock, sandbox, key, configuration
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Doctor {}

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Health {
    /// Nothing is to be done.
    Ok,
    /// A node works, with less than it could have or with something unknown.
    Warn,
    /// A node does not work like this.
    Fail,
}

/// One line of the examination.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Check {
    /// The name of what was looked at.
    name: String,
    health: Health,
    /// The finding, with its numbers.
    found: String,
    /// The advice on what to do; absent if nothing is to be done.
    advice: Option<String>,
}

impl Check {
    fn ok(name: &str, found: impl Into<String>) -> Self {
        Self { name: name.to_owned(), health: Health::Ok, found: found.into(), advice: None }
    }

    fn warn(name: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name: name.to_owned(), health: Health::Warn, found: found.into(), advice: Some(advice.into()) }
    }

    fn fail(name: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { health: Health::Fail, ..Self::warn(name, found, advice) }
    }
}

/// Runs the command.
pub(crate) async fn run(_: Doctor, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let (config, configured) = setup::configuration(globals);
    // A node of another owner, or of another version, is as good as none here.
    let node = match Client::connect(&config.data_dir).await {
        Ok(Some(mut client)) => client.status().await.ok(),
        Ok(None) | Err(_) => None,
    };
    let mut checks = vec![machine::processor(&config), memory::check(&config)];
    checks.extend(memory::sizes(&config));
    checks.extend([machine::disk(&config), machine::open_files(), clock::check(node.as_ref()).await, gpu::check()]);
    checks.push(sandbox(node.as_ref()).await);
    checks.push(configured);
    checks.extend(setup::files(&config));
    checks.push(setup::peers(&config));
    checks.push(running(&config, node.as_ref()));
    checks.extend(ports::check(&config.network.listen, node.as_ref()));
    checks.push(ports::gateway(&config.gateway, node.is_some()));
    checks.extend(ports::prover_token(&config.gateway, config.has(dpgn_node::config::Role::Prover)));
    checks.push(reach::check(&config.network.listen));
    output.report(&checks, || text(&checks))?;
    match checks.iter().filter(|check| check.health == Health::Fail).count() {
        0 => Ok(()),
        failed => Err(UserError::network(format!("{failed} of {} checks failed", checks.len()))
            .hint("do what stands below them, then run `dpgn doctor` again")),
    }
}

/// Whether a node runs on the data directory.
fn running(config: &NodeConfig, node: Option<&NodeStatus>) -> Check {
    let dir = config.data_dir.display();
    Check::ok(
        "node",
        match node {
            None => format!("none runs on {dir}"),
            Some(node) => format!("runs on {dir}: height {}, {} peers", node.height, node.peers.len()),
        },
    )
}

/// The means of the kernel that hold a worker which a hostile circuit has taken over.
async fn sandbox(node: Option<&NodeStatus>) -> Check {
    let told = match node.and_then(|node| node.sandbox) {
        Some(sandbox) => Ok(sandbox),
        None => own_sandbox().await,
    };
    judge_sandbox(told)
}

/// Starts one worker, as a node does at its start, and ends it.
async fn own_sandbox() -> Result<Sandbox, String> {
    let prover = Prover::new(ProverOptions::default()).map_err(|error| error.to_string())?;
    let told = prover.sandbox().await.map_err(|error| error.to_string());
    prover.shutdown().await;
    told
}

fn judge_sandbox(told: Result<Sandbox, String>) -> Check {
    const NAME: &str = "sandbox";
    let newer =
        "use a kernel with landlock (Linux 5.13 or later) and seccomp, and a container that does not forbid them";
    match told {
        Ok(Sandbox { landlock: true, seccomp: true }) => Check::ok(NAME, "landlock and seccomp confine the workers"),
        Ok(Sandbox { landlock: true, seccomp: false }) => Check::warn(NAME, "landlock alone: no seccomp here", newer),
        Ok(Sandbox { landlock: false, seccomp: true }) => Check::warn(
            NAME,
            "seccomp alone: without landlock a worker that a hostile circuit has taken over can read files of this user",
            newer,
        ),
        Ok(Sandbox { landlock: false, seccomp: false }) => Check::warn(NAME, "none: no landlock, no seccomp", newer),
        Err(why) => Check::fail(
            NAME,
            format!("no worker can be started: {why}"),
            "without workers a node neither proves nor verifies; look at this user's limits (`ulimit -a`)",
        ),
    }
}

/// The examination as people read it: a line for each check, and under it what to do.
fn text(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        let mark = match check.health {
            Health::Ok => "ok  ",
            Health::Warn => "warn",
            Health::Fail => "FAIL",
        };
        let (name, found) = (&check.name, table::printable(&check.found).replace('\n', " "));
        text.push_str(&format!("{mark}  {name:<width$}  {found}\n"));
        if let Some(advice) = &check.advice {
            text.push_str(&format!("      {:<width$}  next: {}\n", "", table::printable(advice)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_stands_below_its_line() {
        let checks = [Check::ok("a", "fine"), Check::fail("longer", "broken\nlines", "mend it")];
        assert_eq!(text(&checks), "ok    a       fine\nFAIL  longer  broken lines\n              next: mend it\n");
    }

    #[test]
    fn a_kernel_without_a_sandbox_is_told_and_a_machine_without_workers_fails() {
        let health = |landlock, seccomp| judge_sandbox(Ok(Sandbox { landlock, seccomp })).health;
        assert_eq!(
            [health(true, true), health(true, false), health(false, true)],
            [Health::Ok, Health::Warn, Health::Warn]
        );
        assert_eq!(judge_sandbox(Err("x".to_owned())).health, Health::Fail);
    }
}
