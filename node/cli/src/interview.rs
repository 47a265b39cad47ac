//! The questions of `dpgn init` on a terminal. Each has an answer that Enter alone gives; a wrong answer is asked again.

use crate::{config_file::ConfigFile, user_error::UserError};
use std::path::PathBuf;

/// Addresses that processes of this machine reach alone, and those of every interface.
const LOCAL: [&str; 2] = ["/ip4/127.0.0.1/tcp/9700", "/ip4/127.0.0.1/udp/9700/quic-v1"];
const ALL: [&str; 2] = ["/ip4/0.0.0.0/tcp/9700", "/ip4/0.0.0.0/udp/9700/quic-v1"];
/// The roles that a node has unless others are chosen.
const ROLES: &str = "requester,prover,coordinator";

/// What the owner has answered.
pub(crate) struct Answers {
    /// The genesis of the network to join; absent for a new network.
    pub(crate) genesis: Option<PathBuf>,
    /// The name of a new network.
    pub(crate) name: String,
    /// The configuration with the answers in it.
    pub(crate) config: ConfigFile,
    /// Whether prices are to be found by `dpgn prover calibrate`.
    pub(crate) calibrates: bool,
}

/// Asks. `ask` shows a question and gives the line that was typed, or `None` if nobody answers any more; `say` shows a line.
pub(crate) fn interview(ask: &mut dyn FnMut(&str) -> Option<String>, say: &dyn Fn(&str)) -> Result<Answers, UserError> {
    let mut config = ConfigFile::example()?;
    let mut question = |text: &str, default: &str| -> Result<String, UserError> {
        let line =
            ask(&format!("{text} [{default}]: ")).ok_or_else(|| UserError::input("stopped: nothing was made"))?;
        let line = line.trim();
        Ok(if line.is_empty() { default.to_owned() } else { line.to_owned() })
    };
    let roles = loop {
        let roles = words(&question("Roles, with commas: requester buys, prover sells, coordinator decides", ROLES)?);
        match with_list(&mut config, None, "roles", &roles) {
            Ok(()) => break roles,
            Err(error) => say(&format!("  {}", error.message)),
        }
    };
    let genesis = loop {
        match question("Network: `new` for one of your own, or the path of a network's genesis file", "new")?.as_str() {
            "new" => break None,
            path if PathBuf::from(path).is_file() => break Some(PathBuf::from(path)),
            path => say(&format!("  there is no file {path}")),
        }
    };
    let name = if genesis.is_none() { question("Name of the new network", "local")? } else { String::new() };
    while genesis.is_some() {
        let text = "Peers to dial first, with commas, such as /ip4/192.0.2.1/tcp/9700/p2p/12D3KooW...; `none` if all dial this one";
        let answer = question(text, "none")?;
        let addresses = if answer == "none" { Vec::new() } else { words(&answer) };
        match with_list(&mut config, Some("network"), "bootstrap", &addresses) {
            Ok(()) => break,
            Err(error) => say(&format!("  {}", error.message)),
        }
    }
    loop {
        let text = "Listen: `local` for this machine alone, `all` for every interface, or addresses with commas";
        let answer = question(text, "local")?;
        let addresses = match answer.as_str() {
            "local" => LOCAL.map(str::to_owned).to_vec(),
            "all" => ALL.map(str::to_owned).to_vec(),
            addresses => words(addresses),
        };
        match with_list(&mut config, Some("network"), "listen", &addresses) {
            Ok(()) => break,
            Err(error) => say(&format!("  {}", error.message)),
        }
    }
    let sells = roles.iter().any(|role| role == "prover");
    let prices = "Prices: `default`, or `calibrate` to find them later from what an hour of this machine costs";
    let calibrates = sells && question(prices, "default")?.starts_with('c');
    Ok(Answers { genesis, name, config, calibrates })
}

/// Sets a list if the whole is a configuration then.
fn with_list(config: &mut ConfigFile, section: Option<&str>, key: &str, values: &[String]) -> Result<(), UserError> {
    config.set_list(section, key, values)?;
    config.text().map(drop)
}

/// The words of a list with commas.
pub(crate) fn words(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_node::config::{NodeConfig, Role};
    use std::cell::RefCell;

    /// The answers to these lines, and what was said meanwhile.
    fn after(lines: &[&str]) -> (Result<Answers, UserError>, Vec<String>) {
        let (mut lines, said) = (lines.iter(), RefCell::new(Vec::new()));
        let mut ask = |_: &str| lines.next().map(|line| format!("{line}\n"));
        let answers = interview(&mut ask, &|line| said.borrow_mut().push(line.to_owned()));
        (answers, said.into_inner())
    }

    #[test]
    fn enter_alone_gives_the_defaults() {
        let (answers, said) = after(&["", "", "", "", ""]);
        let answers = answers.unwrap();
        let read = NodeConfig::from_toml(&answers.config.text().unwrap()).unwrap();
        assert_eq!(
            NodeConfig { data_dir: PathBuf::new(), ..read },
            NodeConfig { data_dir: PathBuf::new(), ..NodeConfig::default() }
        );
        assert!(answers.genesis.is_none() && answers.name == "local" && !answers.calibrates && said.is_empty());
    }

    #[test]
    fn a_wrong_answer_is_told_and_asked_again() {
        let (answers, said) =
            after(&["miner", "prover", "/nowhere/genesis.toml", "new", "ours", "here", "all", "calibrate"]);
        let answers = answers.unwrap();
        let text = answers.config.text().unwrap();
        let read = NodeConfig::from_toml(&text).unwrap();
        assert_eq!((read.roles, read.network.listen.len()), ([Role::Prover].into(), 2));
        assert!(text.contains("/ip4/0.0.0.0/tcp/9700") && text.contains("# Memory of one proving process"));
        assert!(answers.calibrates && answers.name == "ours" && said.len() == 3, "{said:?}");
    }

    #[test]
    fn whoever_joins_is_asked_for_a_peer() {
        let genesis = tempfile::NamedTempFile::new().unwrap();
        let (path, peer) = (genesis.path().to_str().unwrap(), "/ip4/192.0.2.1/tcp/9700");
        let (answers, said) = after(&["requester", path, "192.0.2.1:9700", peer, ""]);
        let read = NodeConfig::from_toml(&answers.unwrap().config.text().unwrap()).unwrap();
        assert_eq!((read.network.bootstrap[0].to_string().as_str(), said.len()), (peer, 1));
        let (answers, _) = after(&["requester", path, "", ""]);
        let read = NodeConfig::from_toml(&answers.unwrap().config.text().unwrap()).unwrap();
        assert!(read.network.bootstrap.is_empty());
    }

    #[test]
    fn whoever_stops_answering_has_made_nothing() {
        assert!(after(&["prover", "new"]).0.is_err_and(|error| error.message.contains("nothing was made")));
    }
}
