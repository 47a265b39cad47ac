//! The clock: whether something keeps it right. A coordinator's word and a prover's windows hang on it.

use super::Check;
use dpgn_node::view::NodeStatus;
use dpgn_protocol::units::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};
use std::{path::Path, time::Duration};
use tokio::process::Command;

/// The mark of systemd's own time service that it has set the clock.
const SYNCHRONIZED: &str = "/run/systemd/timesync/synchronized";
/// The longest wait for `timedatectl`.
const PATIENCE: Duration = Duration::from_secs(3);
/// How far a decided block may seem to lie ahead of this clock, in milliseconds; blocks carry their proposers' time.
const AHEAD_MAX: u64 = 3_000;

/// Looks at the clock of this machine, and at the last block if a node runs.
pub(super) async fn check(node: Option<&NodeStatus>) -> Check {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let now = Timestamp::new(u64::try_from(now).unwrap_or(u64::MAX));
    judge(synchronized().await, node.map(|node| node.time.since(now).get()).unwrap_or(0))
}

/// Whether the kernel's clock is kept right, as the system's services say; `None` if none can be asked.
async fn synchronized() -> Option<bool> {
    if Path::new(SYNCHRONIZED).exists() {
        return Some(true);
    }
    let mut asked = Command::new("timedatectl");
    asked.args(["show", "--property=NTPSynchronized", "--value"]).kill_on_drop(true);
    let told = tokio::time::timeout(PATIENCE, asked.output()).await.ok()?.ok()?;
    match (told.status.success(), told.stdout.as_slice()) {
        (true, b"yes\n") => Some(true),
        (true, b"no\n") => Some(false),
        (true | false, _) => None,
    }
}

/// Judges what is known; `ahead` is by how many milliseconds the network's last block is later than this clock.
fn judge(synchronized: Option<bool>, ahead: u64) -> Check {
    const NAME: &str = "clock";
    if ahead > AHEAD_MAX {
        let found = format!("behind the network's last block by {}.{} s", ahead / 1_000, ahead % 1_000 / 100);
        return Check::fail(NAME, found, "set the clock: windows are counted by it (`timedatectl set-ntp true`)");
    }
    match synchronized {
        Some(true) => Check::ok(NAME, "kept right by a time service"),
        Some(false) => {
            Check::warn(NAME, "not kept right by a time service", "`timedatectl set-ntp true`, or install chrony")
        }
        None => Check::warn(
            NAME,
            "unknown: no time service can be asked here",
            "in a container the host's clock counts: look there (`timedatectl`, `chronyc tracking`)",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::Health, *};

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        assert_eq!(judge(Some(true), 0).health, Health::Ok);
        assert_eq!(judge(Some(false), 0).health, Health::Warn);
        let unknown = judge(None, 100);
        assert!(unknown.health == Health::Warn && unknown.found.starts_with("unknown"));
        let behind = judge(Some(true), 7_250);
        assert!(behind.health == Health::Fail && behind.found.ends_with("by 7.2 s"), "{behind:?}");
    }
}
