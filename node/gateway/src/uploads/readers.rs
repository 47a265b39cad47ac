//! Readers: which files of the shelf are being read, by how many, and which of them are to go then.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

/// The ending of a file that has no readers left and is being overwritten.
const SPENT: &str = "spent";

/// The files that are being read, each with its readers.
#[derive(Debug, Default)]
pub(super) struct Readers(BTreeMap<PathBuf, Reading>);

#[derive(Debug, Default)]
struct Reading {
    readers: usize,
    /// Whether one of them has said that it is no longer needed.
    is_spent: bool,
}

impl Readers {
    /// Counts one reader more.
    pub(super) fn enter(&mut self, path: &Path) {
        self.0.entry(path.to_owned()).or_default().readers += 1;
    }

    /// Counts one reader less. Returns the file under its last name if nobody reads it any more and it is to go.
    pub(super) fn leave(&mut self, path: &Path, is_spent: bool) -> io::Result<Option<PathBuf>> {
        let Some(reading) = self.0.get_mut(path) else { return Ok(None) };
        reading.readers = reading.readers.saturating_sub(1);
        reading.is_spent |= is_spent;
        if reading.readers > 0 {
            return Ok(None);
        }
        let goes = reading.is_spent;
        self.0.remove(path);
        if !goes {
            return Ok(None);
        }
        // Out of reach before anybody else can begin to read it.
        let spent = path.with_extension(SPENT);
        fs::rename(path, &spent)?;
        Ok(Some(spent))
    }
}
