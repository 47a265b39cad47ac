//! The key file: a node's identity, account and peer id in one secret.
//!
//! Never overwritten, never half written, never read while others can read it as well.

use dpgn_protocol::{ids::AccountId, sign::Keypair};
use std::{
    fs,
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// The key's name in the data directory.
pub const KEY_FILE: &str = "key";
/// A key file is two comments and 64 digits; more is none.
const BYTES_MAX: u64 = 4_096;

/// Why a key was not created or loaded.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no key file.
    #[error("there is no key at {}", path.display())]
    Missing {
        /// The path where the key should be.
        path: PathBuf,
    },
    /// There is a key already. It is not touched.
    #[error("there is a key at {} already, and a lost key is lost credits: it is not overwritten", path.display())]
    Exists {
        /// The path of the key file.
        path: PathBuf,
    },
    /// Others can read the key.
    #[error("others can read the key {} (mode {mode:03o}): run `chmod 600 {}`", path.display(), path.display())]
    OpenToOthers {
        /// The path of the key file.
        path: PathBuf,
        /// The permission bits of the file.
        mode: u32,
    },
    /// The file holds no key.
    #[error("{} is no key file: {reason}", path.display())]
    Malformed {
        /// The path of the key file.
        path: PathBuf,
        /// The fault of the file; never a part of the key.
        reason: &'static str,
    },
    /// The file system refused to read or write it.
    #[error("{}: {source}", path.display())]
    Io {
        /// The path of the key file or its directory.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The system gave no random bytes.
    #[error("the system's random source: {0}")]
    Random(getrandom::Error),
}

/// A fresh key, on disk nowhere.
pub fn generate() -> Result<Keypair, KeyError> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).map_err(KeyError::Random)?;
    Ok(Keypair::from_seed(&seed))
}

/// Makes a fresh key and its file; durable when it returns.
pub fn create(path: &Path) -> Result<Keypair, KeyError> {
    let keys = generate()?;
    let io = |source| KeyError::Io { path: path.to_owned(), source };
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io)?;
    // Written under another name with mode 0600, then given its own unless something has it.
    let mut file = tempfile::Builder::new().prefix(".key-").tempfile_in(dir).map_err(io)?;
    file.write_all(text(&keys).as_bytes()).map_err(io)?;
    file.as_file().sync_all().map_err(io)?;
    file.persist_noclobber(path).map_err(|e| match e.error.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
        _ => io(e.error),
    })?;
    fs::File::open(dir).and_then(|dir| dir.sync_all()).map_err(io)?;
    Ok(keys)
}

/// Loads a key from its file; refused if others can read the file.
pub fn load(path: &Path) -> Result<Keypair, KeyError> {
    let io = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyError::Missing { path: path.to_owned() },
        _ => KeyError::Io { path: path.to_owned(), source },
    };
    let malformed = |reason| KeyError::Malformed { path: path.to_owned(), reason };
    let file = fs::File::open(path).map_err(io)?;
    let meta = file.metadata().map_err(io)?;
    if !meta.is_file() || meta.len() > BYTES_MAX {
        return Err(malformed("it is no file of at most 4096 bytes"));
    }
    let mode = meta.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::OpenToOthers { path: path.to_owned(), mode });
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(BYTES_MAX as usize));
    file.take(BYTES_MAX).read_to_end(&mut bytes).map_err(io)?;
    let text = str::from_utf8(&bytes).map_err(|_| malformed("it is no text"))?;
    let keys = parse(text).map_err(malformed)?;
    match stated(text) {
        Some(stated) if stated != keys.account() => Err(malformed("the key is not that of the account it names")),
        _ => Ok(keys),
    }
}

/// Loads the key, or makes one if there is none.
pub fn load_or_create(path: &Path) -> Result<Keypair, KeyError> {
    match load(path) {
        Err(KeyError::Missing { .. }) => create(path),
        other => other,
    }
}

const ACCOUNT: &str = "# account ";

fn text(keys: &Keypair) -> Zeroizing<String> {
    let seed = Zeroizing::new(hex::encode(keys.seed()));
    Zeroizing::new(format!(
        "# dpgn secret key: whoever reads this file owns the account, and a lost key is lost credits\n\
         {ACCOUNT}{}\n{}\n",
        keys.account(),
        seed.as_str(),
    ))
}

/// The one line that is no comment, as 64 hexadecimal digits.
fn parse(text: &str) -> Result<Keypair, &'static str> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let (Some(line), None) = (lines.next(), lines.next()) else {
        return Err("it must hold one line beside the comments");
    };
    let mut seed = Zeroizing::new([0; 32]);
    hex::decode_to_slice(line, seed.as_mut()).map_err(|_| "the key must be 64 hexadecimal digits")?;
    Ok(Keypair::from_seed(&seed))
}

/// The account that a comment names: catches a digit that was changed by hand.
fn stated(text: &str) -> Option<AccountId> {
    text.lines().find_map(|line| line.strip_prefix(ACCOUNT)).and_then(|id| id.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_created_once_and_loaded() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data").join(KEY_FILE);
        assert!(matches!(load(&path), Err(KeyError::Missing { .. })));
        let keys = create(&path).unwrap();
        assert_eq!(load(&path).unwrap().account(), keys.account());
        assert_eq!(load_or_create(&path).unwrap().account(), keys.account());
        let bytes = fs::read(&path).unwrap();
        assert!(matches!(create(&path), Err(KeyError::Exists { .. })));
        assert_eq!(fs::read(&path).unwrap(), bytes, "it was not touched");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is left");
        assert_ne!(generate().unwrap().account(), generate().unwrap().account());
    }

    #[test]
    fn a_key_others_can_read_is_refused_and_mended() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEY_FILE);
        create(&path).unwrap();
        for mode in [0o644, 0o640, 0o604, 0o660] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let refused = load(&path).unwrap_err();
            assert!(matches!(refused, KeyError::OpenToOthers { .. }), "{refused}");
            assert!(refused.to_string().contains("chmod 600"), "{refused}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        load(&path).unwrap();
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(KEY_FILE);
        create(&path).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        let secret = good.lines().last().unwrap();
        let flipped = secret.replacen(|_: char| true, if secret.starts_with('0') { "1" } else { "0" }, 1);
        let cases =
            [String::new(), "zz".into(), secret[1..].into(), format!("{good}{secret}"), good.replace(secret, &flipped)];
        for text in cases {
            fs::write(&path, &text).unwrap();
            let refused = load(&path).unwrap_err();
            assert!(matches!(refused, KeyError::Malformed { .. }), "{refused}");
            assert!(!refused.to_string().contains(&secret[..16]), "an error never shows the key");
        }
        fs::write(&path, vec![b'#'; 1 << 20]).unwrap();
        assert!(matches!(load(&path), Err(KeyError::Malformed { .. })));
        assert!(matches!(load(dir.path()), Err(KeyError::Malformed { .. })));
    }
}
