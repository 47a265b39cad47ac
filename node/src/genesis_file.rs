//! The genesis of a new network, and the genesis as a file that people read: TOML, ids in hexadecimal.
//!
//! The file's layout and comments do not matter; the network's id is the hash of what it says.

use crate::{
    clock::now,
    toml_file::{self, TomlFileError},
};
use dpgn_protocol::{
    bounded::{List, Text, TextError, TooMany},
    committee::{Committee, CommitteeError, Member},
    genesis::{Allocation, Genesis, Params},
    ids::AccountId,
    units::{Credits, Power},
};
use std::{collections::BTreeSet, fs, io::Write, path::Path};

/// The genesis' name in the data directory.
pub const GENESIS_FILE: &str = "genesis.toml";
/// Bytes of a genesis file.
const BYTES_MAX: u64 = 16 << 20;

/// The credits of each account of a new network at the start: a hundred.
const GRANT: Credits = Credits::new(100_000_000);

const HEAD: &str = "# The genesis of a DPGN network. Its hash is the network's id: who changes anything here but a\n\
                    # comment is on another network. Credits are micro-credits, times milliseconds.\n\n";

/// Why a new network was not made.
#[derive(Debug, thiserror::Error)]
pub enum NewNetworkError {
    /// The name is too long, or has a character that is not allowed.
    #[error("the name of the network: {0}")]
    Name(#[from] TextError),
    /// The coordinators make no committee.
    #[error("the committee of the network: {0}")]
    Committee(#[from] CommitteeError),
    /// The network would start with too many accounts.
    #[error("the accounts of the network: {0}")]
    Accounts(#[from] TooMany),
}

/// The genesis of a new network that starts now, decided by these coordinators with equal power. Every account has the
/// same credits.
pub fn new_network(
    name: &str,
    coordinators: &[AccountId],
    accounts: &[AccountId],
    params: Params,
) -> Result<Genesis, NewNetworkError> {
    let (coordinators, accounts) = (once_each(coordinators), once_each(accounts));
    let members = coordinators.into_iter().map(|account| Member { account, power: Power::new(1) }).collect();
    let grants = accounts.into_iter().map(|account| Allocation { account, credits: GRANT }).collect();
    Ok(Genesis {
        name: Text::new(name)?,
        time: now(),
        committee: Committee::new(members)?,
        accounts: List::new(grants)?,
        params,
    })
}

/// The accounts in their order, each once.
fn once_each(accounts: &[AccountId]) -> Vec<AccountId> {
    accounts.iter().copied().collect::<BTreeSet<_>>().into_iter().collect()
}

/// Reads a genesis from its file, and checks it.
pub fn read(path: &Path) -> Result<Genesis, TomlFileError> {
    toml_file::read(path, BYTES_MAX)
}

/// Writes a genesis to a new file; an existing one is refused.
pub fn write(path: &Path, genesis: &Genesis) -> Result<(), TomlFileError> {
    let text = toml_file::text(HEAD, genesis)?;
    let io = |source| TomlFileError::Io { path: path.to_owned(), source };
    let mut file = fs::File::create_new(path).map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::units::Timestamp;

    fn genesis() -> Genesis {
        let accounts = [3, 4].map(|n| Allocation {
            account: AccountId::from_bytes([n; 32]),
            credits: Credits::new(u64::from(n) * 1_000_000_000_000),
        });
        Genesis {
            name: Text::new("a test").unwrap(),
            time: Timestamp::new(1_700_000_000_000),
            committee: Committee::new(vec![Member { account: AccountId::from_bytes([3; 32]), power: Power::new(1) }])
                .unwrap(),
            accounts: List::new(accounts.to_vec()).unwrap(),
            params: Params::default(),
        }
    }

    #[test]
    fn a_new_network_gives_each_account_once() {
        let [own, other] = [3, 4].map(|n| AccountId::from_bytes([n; 32]));
        let new = |name: &str| new_network(name, &[own], &[other, own, other], Params::default());
        let genesis = new("new").unwrap();
        assert_eq!(
            genesis.accounts.iter().map(|a| (a.account, a.credits)).collect::<Vec<_>>(),
            [(own, GRANT), (other, GRANT)]
        );
        assert_eq!(genesis.committee.members().iter().map(|m| m.account).collect::<Vec<_>>(), [own]);
        let four = [6, 3, 5, 4, 3].map(|n| AccountId::from_bytes([n; 32]));
        let of_four = new_network("four", &four, &[own], Params::default()).unwrap();
        let powers = of_four.committee.members().iter().map(|m| (m.account.as_bytes()[0], m.power.get()));
        assert_eq!(powers.collect::<Vec<_>>(), [(3, 1), (4, 1), (5, 1), (6, 1)]);
        assert!(matches!(new_network("none", &[], &[own], Params::default()), Err(NewNetworkError::Committee(_))));
        let refused = new(&"x".repeat(65)).unwrap_err().to_string();
        assert!(refused.starts_with("the name of the network: ") && refused.contains("64"), "{refused}");
    }

    #[test]
    fn a_genesis_comes_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(GENESIS_FILE);
        write(&path, &genesis()).unwrap();
        let again = read(&path).unwrap();
        assert_eq!(again, genesis());
        assert_eq!(again.network().unwrap(), genesis().network().unwrap());
        assert!(matches!(write(&path, &genesis()), Err(TomlFileError::Io { .. })), "never overwritten");
    }

    #[test]
    fn what_is_no_genesis_is_refused_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(GENESIS_FILE);
        let good = toml::to_string(&genesis()).unwrap();
        let cases = [
            ("name = ", "nam = ", "unknown field `nam`"),
            (&"03".repeat(32), "0x03", "64 hexadecimal digits"),
            ("op_fee = 100", "op_fee = -1", "-1"),
            ("power = 1", "power = 0", "voting power"),
            ("degree_max = 24", "degree_max = 99", "0 to 24"),
        ];
        for (from, to, message) in cases {
            assert!(good.contains(from), "{from}");
            fs::write(&path, good.replace(from, to)).unwrap();
            let refused = read(&path).unwrap_err().to_string();
            assert!(refused.contains(message) && refused.contains("line "), "{refused}");
        }
    }

    #[test]
    fn too_much_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(GENESIS_FILE);
        fs::write(&path, vec![b'#'; BYTES_MAX as usize + 1]).unwrap();
        assert!(matches!(read(&path), Err(TomlFileError::TooLarge { .. })));
    }
}
