//! `dpgn update --check`: whether there is a newer version. It downloads nothing and changes nothing, ever.

use crate::{
    globals::Globals,
    output::{Output, Row},
    session::Session,
    user_error::UserError,
};
use clap::Args;
use serde::Serialize;
use std::collections::BTreeMap;

const EXAMPLES: &str = "\
Examples:
  dpgn update --check
  dpgn update --check --format json

What peers say is their word alone. To change versions, stop the node, replace the program, start it again; a coordinator \
does so within an epoch. Read CHANGELOG.md first.";

/// The name that nodes of this program give themselves, before the version.
const PROGRAM: &str = "dpgn/";

/// Compare this version with those that peers say they run
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Update {
    /// Look, and do nothing else: there is no other way, this program replaces itself never
    #[arg(long, required = true)]
    check: bool,
}

/// What is known of versions.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Versions {
    /// The version of this program.
    own: String,
    /// The versions that connected peers say they run, and how many say each; absent if no node runs here to ask.
    peers: Option<BTreeMap<String, usize>>,
    /// The newest of these, if it is newer than this program.
    newer: Option<String>,
    /// Where versions are published; absent as long as none has been.
    published_at: Option<String>,
}

/// Runs the command.
pub(crate) async fn run(_: Update, globals: &Globals, output: &Output) -> Result<(), UserError> {
    let programs = match Session::attach(&globals.data_dir()?).await {
        Ok(mut session) => Some(session.node().programs().await?),
        Err(_) => None,
    };
    output.show(&versions(env!("CARGO_PKG_VERSION"), programs))
}

fn versions(own: &str, programs: Option<BTreeMap<String, usize>>) -> Versions {
    let of_ours = |(program, count): (String, usize)| Some((program.strip_prefix(PROGRAM)?.to_owned(), count));
    let peers: Option<BTreeMap<_, _>> = programs.map(|programs| programs.into_iter().filter_map(of_ours).collect());
    let newest = peers.iter().flatten().filter_map(|(version, _)| Some((number(version)?, version))).max();
    let newer = newest.filter(|(newest, _)| number(own).is_none_or(|own| *newest > own));
    Versions { own: own.to_owned(), newer: newer.map(|(_, version)| version.clone()), peers, published_at: None }
}

/// The three numbers of a version; `None` for anything else, such as a version before its release.
fn number(version: &str) -> Option<[u32; 3]> {
    let parts: Vec<u32> = version.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    parts.try_into().ok()
}

impl Row for Versions {
    fn head() -> &'static [&'static str] {
        &["THIS_PROGRAM", "PEERS", "NEWER", "PUBLISHED"]
    }

    fn cells(&self) -> Vec<String> {
        let told = |(version, count): (&String, &usize)| format!("{version} ({count})");
        let peers = match &self.peers {
            None => "no node runs on this data directory, so nobody was asked".to_owned(),
            Some(peers) if peers.is_empty() => "none has said which version it runs".to_owned(),
            Some(peers) => peers.iter().map(told).collect::<Vec<_>>().join(", "),
        };
        let newer = self.newer.as_ref().map_or_else(
            || "none is known".to_owned(),
            |newer| format!("{newer}, as peers say: ask where you have this program from"),
        );
        vec![self.own.clone(), peers, newer, "nowhere: no version has been published yet".to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_peers_is_by_number_and_never_by_what_is_no_version() {
        let programs = ["dpgn/0.2.0", "dpgn/0.10.1", "dpgn/0.9.9", "dpgn/99", "dpgn/1.0.0-rc.1", "other/7.0.0"];
        let programs: BTreeMap<_, _> = programs.map(|name| (name.to_owned(), 1)).into();
        assert_eq!(versions("0.1.0", Some(programs.clone())).newer.as_deref(), Some("0.10.1"));
        assert_eq!(versions("0.10.1", Some(programs.clone())).newer, None);
        assert_eq!(versions("0.11.0", Some(programs)).newer, None);
        let alone = versions("0.1.0", None);
        assert!(alone.newer.is_none() && alone.cells()[1].starts_with("no node runs"));
    }
}
