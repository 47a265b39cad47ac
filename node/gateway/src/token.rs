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
    /// Both tokens are one.
    #[error("{} holds the token of the owner: with it provers could spend the account's credits", path.display())]
    Same {
        /// The path of the file of the provers' token.
        path: PathBuf,
    },
    /// The system gave no random bytes.
    #[error("the system gives no random bytes: {0}")]
    Random(getrandom::Error),
}

/// What a token opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The account: all that there is.
    All,
    /// Proving for the node, and nothing else.
    Proving,
}

/// The tokens of one gateway: its owner's, and perhaps another for provers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tokens {
    owner: Token,
    provers: Option<Token>,
}

impl Tokens {
    /// Reads both from their files, which are made if they are not there. They must differ: what provers are given would open
    /// everything.
    pub(crate) fn read_or_make(owner: &Path, provers: Option<&Path>) -> Result<Self, TokenError> {
        let tokens =
            Self { owner: Token::read_or_make(owner)?, provers: provers.map(Token::read_or_make).transpose()? };
        match provers {
            Some(path) if tokens.provers.as_ref() == Some(&tokens.owner) => {
                Err(TokenError::Same { path: path.to_owned() })
            }
            Some(_) | None => Ok(tokens),
        }
    }

    /// What the token of a request opens; `None` if it carries none of these.
    pub(crate) fn shown_in(&self, headers: &HeaderMap) -> Option<Scope> {
        if self.owner.is_shown_in(headers) {
            return Some(Scope::All);
        }
        self.provers.as_ref().filter(|token| token.is_shown_in(headers)).map(|_| Scope::Proving)
    }

    #[cfg(test)]
    pub(crate) fn new(owner: String, provers: Option<String>) -> Self {
        Self { owner: Token::new(owner), provers: provers.map(Token::new) }
    }
}

/// A bearer token, as its hash: nothing is compared byte by byte, and nothing can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Token(blake3::Hash);

impl Token {
    fn new(text: impl AsRef<[u8]>) -> Self {
        Self(blake3::hash(text.as_ref()))
    }

    /// Whether a request carries it. The hashes are compared in constant time.
    fn is_shown_in(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        let shown = values.next().and_then(|value| value.as_bytes().split_at_checked("Bearer ".len()));
        let is_alone = values.next().is_none();
        shown.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case(b"Bearer ") && is_alone && blake3::hash(token) == self.0
        })
    }

    /// Reads the token from its file, which is made if it is not there.
    fn read_or_make(path: &Path) -> Result<Self, TokenError> {
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

    #[test]
    fn provers_are_never_given_the_owner_s_token() {
        let dir = tempfile::tempdir().unwrap();
        let (owner, provers) = (dir.path().join("token"), dir.path().join("prover.token"));
        let same = |path| matches!(Tokens::read_or_make(&owner, Some(path)), Err(TokenError::Same { .. }));
        assert!(same(&owner), "one file for both");
        assert!(!same(&provers));
        fs::copy(&owner, &provers).unwrap();
        assert!(same(&provers), "a copy of it");
    }
}
