//! What lies in the data directory: configuration, key, genesis. None of it need be there yet.

use super::Check;
use crate::{alone, globals::Globals, user_error::UserError};
use dpgn_node::{
    TomlFileError,
    config::{NodeConfig, absolute},
    genesis_file,
    keys::{self, KeyError},
};
use std::io::ErrorKind;

/// The configuration, or the defaults if it cannot be read, and what is to be said of it.
pub(super) fn configuration(globals: &Globals) -> (NodeConfig, Check) {
    const NAME: &str = "configuration";
    match globals.config(Vec::new()) {
        Ok(config) => {
            let found = match globals.config_file() {
                Ok(Some(file)) => format!("{} is good", file.display()),
                Ok(None) | Err(_) => "no file: the defaults, and DPGN_* variables".to_owned(),
            };
            (config, Check::ok(NAME, found))
        }
        Err(UserError { message, .. }) => {
            let mut config = NodeConfig::default();
            if let Some(dir) = &globals.data_dir {
                config.data_dir = absolute(dir);
            }
            let advice =
                "mend what it names; `dpgn init --print-config` shows every key; the rest is checked by the defaults";
            (config, Check::fail(NAME, message, advice))
        }
    }
}

/// The key, and the genesis of the network.
pub(super) fn files(config: &NodeConfig) -> [Check; 2] {
    let init = "`dpgn init` makes what is missing";
    let key = match keys::load(&config.key_path()) {
        Ok(keys) => Check::ok("key", format!("account {}, readable by its owner alone", keys.account())),
        Err(error @ KeyError::Missing { .. }) => Check::warn("key", error.to_string(), init),
        Err(error @ KeyError::OpenToOthers { .. }) => {
            let advice = format!(
                "`chmod 600 {}`; if others had it, move the credits to a new account",
                config.key_path().display()
            );
            Check::fail("key", error.to_string(), advice)
        }
        Err(
            error @ (KeyError::Malformed { .. } | KeyError::Io { .. } | KeyError::Exists { .. } | KeyError::Random(_)),
        ) => Check::fail("key", error.to_string(), "restore the key from its backup: nobody else can make it again"),
    };
    let path = config.genesis_path();
    let genesis = match genesis_file::read(&path) {
        Ok(genesis) => match genesis.network() {
            Ok(network) => Check::ok("genesis", format!("`{}` ({})", genesis.name, network.short())),
            Err(error) => {
                Check::fail("genesis", format!("{}: {error}", path.display()), "ask for the network's file again")
            }
        },
        Err(TomlFileError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            Check::warn("genesis", format!("none at {}", path.display()), init)
        }
        Err(error) => Check::fail("genesis", error.to_string(), "copy the network's genesis file there again"),
    };
    [key, genesis]
}

/// Who decides, and whether the node finds them.
pub(super) fn peers(config: &NodeConfig) -> Check {
    const NAME: &str = "peers";
    let own = keys::load(&config.key_path()).ok().map(|keys| keys.account());
    let genesis = genesis_file::read(&config.genesis_path()).ok();
    let (Some(own), Some(genesis)) = (own, genesis) else {
        return Check::ok(NAME, "told once there are a key and a genesis");
    };
    let reasons = alone::reasons(config, &genesis, own);
    if reasons.is_empty() {
        let (members, known) = (genesis.committee.members().len(), config.network.bootstrap.len());
        return Check::ok(NAME, format!("{members} coordinators at the beginning, {known} peers to dial"));
    }
    let all = |of: fn(&alone::Alone) -> &'static str| reasons.iter().map(of).collect::<Vec<_>>().join("; ");
    Check::warn(NAME, all(|reason| reason.found), all(|reason| reason.advice))
}

#[cfg(test)]
mod tests {
    use super::{super::Health, *};
    use dpgn_protocol::{genesis::Params, ids::AccountId};
    use std::{fs, os::unix::fs::PermissionsExt};

    #[test]
    fn a_data_directory_is_judged_before_and_after_it_is_set_up() {
        let dir = tempfile::tempdir().unwrap();
        let config = NodeConfig { data_dir: dir.path().to_owned(), ..NodeConfig::default() };
        assert_eq!(files(&config).map(|check| check.health), [Health::Warn, Health::Warn]);
        assert_eq!(peers(&config).health, Health::Ok);
        keys::create(&config.key_path()).unwrap();
        let others = [AccountId::from_bytes([7; 32])];
        let theirs = genesis_file::new_network("theirs", &others, &others, Params::default()).unwrap();
        genesis_file::write(&config.genesis_path(), &theirs).unwrap();
        assert!(peers(&config).advice.is_some_and(|advice| advice.contains("network.bootstrap")));
        fs::write(config.genesis_path(), "name = 3\n").unwrap();
        assert_eq!(files(&config).map(|check| check.health), [Health::Ok, Health::Fail]);
        fs::set_permissions(config.key_path(), fs::Permissions::from_mode(0o640)).unwrap();
        let [key, _] = files(&config);
        assert!(key.health == Health::Fail && key.advice.is_some_and(|advice| advice.contains("chmod 600")));
    }

    #[test]
    fn a_configuration_that_does_not_parse_is_one_failed_check() {
        let dir = tempfile::tempdir().unwrap();
        let globals = Globals { data_dir: Some(dir.path().to_owned()), ..Globals::default() };
        assert_eq!(configuration(&globals).1.health, Health::Ok);
        fs::write(dir.path().join("config.toml"), "[prover]\nqueue_length = 3\n").unwrap();
        let (config, check) = configuration(&globals);
        assert!(check.health == Health::Fail && check.found.contains("queue_length"), "{check:?}");
        assert_eq!(config.data_dir, dir.path());
    }
}
