//! The bearer token: 32 random bytes in hexadecimal, in a file that its owner alone reads.

use axum::http::{HeaderMap, header};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// Bytes of a token's file.
const BYTES_MAX: u64 = 4_096;
/// The fewest characters of a token that somebody has chosen.
const CHARACTERS_MIN: usize = 32;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file could not be read, or made.
    #[error("{}: {source}", path.display())]
    File {
        /// The path of the token's file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Others than the owner can read the file.
    #[error("{} has mode {mode:03o}: others can read it", path.display())]
    Readable {
        /// The path of the token's file.
        path: PathBuf,
        /// The permission bits of the file.
        mode: u32,
    },
    /// The file holds too little, or what no header can carry.
    #[error("{} holds no token: that is one line of at least {CHARACTERS_MIN} visible characters", path.display())]
    Unusable {
        /// The path of the token's file.
        path: PathBuf,
    },
    /// The system gave no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

/// A bearer token, as its hash: nothing is compared byte by byte, and nothing can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Token(blake3::Hash);

impl Token {
    pub(crate) fn new(text: impl AsRef<[u8]>) -> Self {
        Self(blake3::hash(text.as_ref()))
    }

    /// Whether a request carries it. The hashes are compared in constant time.
    pub(crate) fn is_shown_in(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let shown = values.next().and_then(|value| value.as_bytes().split_at_checked("Bearer ".len()));
        let is_alone = values.next().is_none();
        shown.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case(b"Bearer ") && is_alone && blake3::hash(token) == self.0
        })
    }

    /// Reads the token from its file, which is made if it is not there.
    pub(crate) fn read_or_make(path: &Path) -> Result<Self, TokenError> {
        let failed = |source| TokenError::File { path: path.to_owned(), source };
        match File::open(path) {
            Ok(file) => Self::read(path, file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut secret = Zeroizing::new([0; 32]);
                getrandom::fill(&mut *secret).map_err(TokenError::Random)?;
                let text = Zeroizing::new(hex::encode(*secret));
                let mut options = OpenOptions::new();
                let mut file = options.write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
                file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(failed)?;
                file.sync_all().map_err(failed)?;
                tracing::info!(path = %path.display(), "made a token for the gateway");
                Ok(Self::new(text.as_bytes()))
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn read(path: &Path, file: File) -> Result<Self, TokenError> {
        let failed = |source| TokenError::File { path: path.to_owned(), source };
        let mode = file.metadata().map_err(failed)?.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(TokenError::Readable { path: path.to_owned(), mode });
        }
        let mut text = Zeroizing::new(String::new());
        file.take(BYTES_MAX).read_to_string(&mut text).map_err(failed)?;
        let token = text.trim_end();
        if token.len() < CHARACTERS_MIN || !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(TokenError::Unusable { path: path.to_owned() });
        }
        Ok(Self::new(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt};

    #[test]
    fn a_token_is_made_once_and_is_its_owner_s_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("token");
        let made = Token::read_or_make(&path).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.trim_end().len(), 64);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(Token::read_or_make(&path).unwrap(), made);
        assert!(!format!("{made:?}").contains(text.trim_end()));

        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(Token::read_or_make(&path), Err(TokenError::Readable { mode: 0o640, .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        for bad in ["", "short", &format!("{} {}", "a".repeat(32), "b")] {
            fs::write(&path, bad).unwrap();
            assert!(matches!(Token::read_or_make(&path), Err(TokenError::Unusable { .. })), "{bad:?}");
        }
    }
}
