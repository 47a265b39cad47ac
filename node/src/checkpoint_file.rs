//! A checkpoint as a file that people read and hand on: TOML, ids in hexadecimal.
//!
//! What it says is worth as much as who says it. Its hash, for comparing with somebody else's, is computed from what was read
//! and does not stand in the file: there it would be believed by whoever opens one that was changed.

use crate::toml_file::{self, TomlFileError};
use dpgn_protocol::checkpoint::Checkpoint;
use std::{
    fs,
    io::{self, Write},
    path::Path,
};

/// Bytes of a checkpoint's file: the largest committee takes a tenth of it.
const BYTES_MAX: u64 = 64 << 10;

const HEAD: &str = "# A checkpoint of a DPGN network: the committee that decides the blocks after this height. Compare its hash, as\n\
                    # `dpgn checkpoint show` says it, with what others have before you trust it. Times are milliseconds.\n\n";

/// Reads a checkpoint from its file.
pub fn read(path: &Path) -> Result<Checkpoint, TomlFileError> {
    toml_file::read(path, BYTES_MAX)
}

/// Writes a checkpoint to a file. Whatever else is there stays: an older checkpoint is what receipts from before need.
pub fn write(path: &Path, checkpoint: &Checkpoint) -> Result<(), TomlFileError> {
    let text = toml_file::text(HEAD, checkpoint)?;
    let io = |source| TomlFileError::Io { path: path.to_owned(), source };
    match fs::File::create_new(path) {
        Ok(mut file) => file.write_all(text.as_bytes()).map_err(io),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let is_same = read(path).is_ok_and(|there| there == *checkpoint);
            if is_same { Ok(()) } else { Err(TomlFileError::Exists { path: path.to_owned() }) }
        }
        Err(error) => Err(io(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dpgn_protocol::{
        committee::{Committee, Member},
        ids::{AccountId, NetworkId},
        limits::COMMITTEE_MAX,
        units::{Height, Millis, Power, Timestamp},
    };

    fn checkpoint(members: usize) -> Checkpoint {
        let member = |n| Member { account: AccountId::from_bytes([n; 32]), power: Power::new(1 << 32) };
        Checkpoint {
            network: NetworkId::from_bytes([7; 32]),
            height: Height::new(4_000),
            time: Timestamp::new(1_700_000_000_000),
            epoch_blocks: 4_000,
            unlock_time: Millis::from_secs(259_200),
            committee: Committee::new((1..=members as u8).map(member).collect()).unwrap(),
        }
    }

    #[test]
    fn a_checkpoint_comes_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.checkpoint");
        for members in [1, COMMITTEE_MAX] {
            let path = path.with_extension(members.to_string());
            write(&path, &checkpoint(members)).unwrap();
            let text = fs::read_to_string(&path).unwrap();
            println!("{members} members: {} bytes", text.len());
            assert_eq!(read(&path).unwrap(), checkpoint(members));
            assert!(text.len() as u64 * 5 < BYTES_MAX);
        }
    }

    #[test]
    fn another_file_is_not_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("node.key");
        fs::write(&path, "a key").unwrap();
        assert!(matches!(write(&path, &checkpoint(2)), Err(TomlFileError::Exists { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "a key");
        let path = dir.path().join("a.checkpoint");
        write(&path, &checkpoint(2)).unwrap();
        assert!(matches!(write(&path, &checkpoint(3)), Err(TomlFileError::Exists { .. })), "nor an older one");
        write(&path, &checkpoint(2)).unwrap();
    }

    #[test]
    fn what_is_no_checkpoint_is_refused_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.checkpoint");
        write(&path, &checkpoint(2)).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        for (from, to, why) in [("height = 4000", "hight = 1", "hight"), ("power = 4294967296", "power = 0", "power")] {
            fs::write(&path, good.replace(from, to)).unwrap();
            let refused = read(&path).unwrap_err().to_string();
            assert!(refused.contains(why) && refused.contains("line "), "{refused}");
        }
        fs::write(&path, vec![b'#'; BYTES_MAX as usize + 1]).unwrap();
        assert!(matches!(read(&path), Err(TomlFileError::TooLarge { limit: BYTES_MAX, .. })));
    }
}
