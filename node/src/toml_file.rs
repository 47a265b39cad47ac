//! Files that people read: TOML, ids in hexadecimal. They are bounded, and their faults told by name and line.

use serde::{Serialize, de::DeserializeOwned};
use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Why such a file was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum TomlFileError {
    /// The file system refused to read or write it.
    #[error("{}: {source}", path.display())]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Another file of that name is there.
    #[error("{} is there already, and is another: choose another name", path.display())]
    Exists {
        /// The path of the file.
        path: PathBuf,
    },
    /// The file is too large.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The path of the file.
        path: PathBuf,
        /// The most bytes that it may have.
        limit: u64,
    },
    /// The file says something else than it should.
    #[error("{} line {line}: {message}", path.display())]
    Malformed {
        /// The path of the file.
        path: PathBuf,
        /// The line of the fault, from 1.
        line: usize,
        /// The fault, in the parser's words.
        message: String,
    },
    /// An amount is too large for the format.
    #[error("this cannot be written as TOML: {0}")]
    Unwritable(String),
}

/// Reads a file of at most `limit` bytes.
pub(crate) fn read<T: DeserializeOwned>(path: &Path, limit: u64) -> Result<T, TomlFileError> {
    let io = |source| TomlFileError::Io { path: path.to_owned(), source };
    let mut text = String::new();
    fs::File::open(path).map_err(io)?.take(limit.saturating_add(1)).read_to_string(&mut text).map_err(io)?;
    if text.len() as u64 > limit {
        return Err(TomlFileError::TooLarge { path: path.to_owned(), limit });
    }
    toml::from_str(&text).map_err(|e| TomlFileError::Malformed {
        path: path.to_owned(),
        line: e.span().map_or(1, |span| line(&text, span.start)),
        message: e.message().to_owned(),
    })
}

/// The text of a file that begins with a comment.
pub(crate) fn text(head: &str, value: &impl Serialize) -> Result<String, TomlFileError> {
    let text = toml::to_string(value).map_err(|e| TomlFileError::Unwritable(e.to_string()))?;
    Ok(format!("{head}{text}"))
}

/// The line, from 1, that a byte of a text is on.
pub(crate) fn line(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}
