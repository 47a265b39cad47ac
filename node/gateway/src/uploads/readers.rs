//! Readers: which files of the shelf are being read, by how many, and which of them are to go then.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// The ending of a file that has no readers left and is being overwritten, before a name that no other has.
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
        // Out of reach before anybody else can begin to read it, and under a name of its own: the same file may come once more, and go,
        // while this one is being overwritten.
        let spent = path.with_extension(format!("{SPENT}-{}", Uuid::new_v4()));
        fs::rename(path, &spent)?;
        Ok(Some(spent))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_comes_again_and_goes_takes_no_others_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a".repeat(64));
        let mut readers = Readers::default();
        let spent = [b"one", b"two"].map(|bytes| {
            fs::write(&path, bytes).unwrap();
            readers.enter(&path);
            readers.leave(&path, true).unwrap().unwrap()
        });
        // Neither has been overwritten yet.
        assert_eq!(spent.map(|path| fs::read(path).unwrap()), [b"one", b"two"]);
    }
}
