//! One file on the shelf: its name, which is the SHA-256 of its bytes, and its end.

use sha2::{Digest as _, Sha256};
use std::{
    fmt, fs,
    io::{self, Read, Write},
    path::Path,
    str::FromStr,
};

/// Bytes that are overwritten or read at a time.
const PIECE_BYTES: usize = 1 << 16;

/// The SHA-256 of a file, which is its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Digest(pub(super) [u8; 32]);

/// A text that names no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a file is named by the SHA-256 of its bytes: 64 hexadecimal digits")]
pub(crate) struct NoDigest;

impl FromStr for Digest {
    type Err = NoDigest;

    fn from_str(text: &str) -> Result<Self, NoDigest> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NoDigest)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// The name that the bytes of a file say that it has.
pub(super) fn digest_of(path: &Path) -> io::Result<Digest> {
    let (mut file, mut hasher, mut piece) = (fs::File::open(path)?, Sha256::new(), vec![0; PIECE_BYTES]);
    loop {
        let len = file.read(&mut piece)?;
        match piece.get(..len) {
            Some(read) if len > 0 => hasher.update(read),
            Some(_) | None => break,
        }
    }
    Ok(Digest(hasher.finalize().into()))
}

/// Overwrites a file, then removes it: it may hold a witness.
pub(super) fn wipe(path: &Path) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    let mut left = file.metadata()?.len();
    let zeros = vec![0; PIECE_BYTES];
    while left > 0 {
        let len = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
        file.write_all(zeros.get(..len).unwrap_or(&zeros))?;
        left = left.saturating_sub(len as u64);
    }
    file.sync_all()?;
    fs::remove_file(path)
}
