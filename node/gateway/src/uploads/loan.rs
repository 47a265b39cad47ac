//! Loans: who reads a file of the shelf, while others may be done with it.
//!
//! A witness goes once a proof is bought with it. Another purchase may read it still: the file goes with the last reader, whichever
//! of them was done with it.

use super::{
    file::wipe,
    shelf::{Shelf, ShelfError},
};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The right to read a file for as long as the loan lasts.
#[derive(Debug)]
pub(crate) struct Loan {
    shelf: Arc<Shelf>,
    path: PathBuf,
    is_over: bool,
}

impl Shelf {
    /// Lends a file that is whole to whoever buys with it; `None` if it has gone.
    pub(crate) fn lend(self: &Arc<Self>, path: &Path) -> Option<Loan> {
        let mut books = self.lock();
        if !path.is_file() {
            return None;
        }
        books.readers.enter(path);
        drop(books);
        Some(Loan { shelf: self.clone(), path: path.to_owned(), is_over: false })
    }
}

impl Loan {
    /// Gives the file back, and says whether it is no longer needed: then it is overwritten once nobody else reads it.
    pub(crate) fn end(mut self, is_spent: bool) -> Result<(), ShelfError> {
        self.leave(is_spent)
    }

    fn leave(&mut self, is_spent: bool) -> Result<(), ShelfError> {
        self.is_over = true;
        let spent = self.shelf.lock().readers.leave(&self.path, is_spent)?;
        if let Some(spent) = spent {
            wipe(&spent)?;
            self.shelf.tidy()?;
        }
        Ok(())
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if !self.is_over && self.leave(false).is_err() {
            tracing::warn!("an uploaded file could not be wiped: it goes after a day");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// The first of two purchases with one upload overwrote it while the second read it.
    #[test]
    fn a_file_goes_with_its_last_reader_and_not_before() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = Arc::new(Shelf::new(dir.path().to_owned(), 100, 1_000));
        let path = dir.path().join("a".repeat(64));
        fs::write(&path, b"a witness").unwrap();
        // The bytes themselves, whatever happens to the name.
        let bytes = dir.path().join("second");
        fs::hard_link(&path, &bytes).unwrap();
        let [first, second, third] = [(); 3].map(|()| shelf.lend(&path).unwrap());
        first.end(true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"a witness", "two others read it");
        drop(second);
        assert_eq!(fs::read(&path).unwrap(), b"a witness", "one other reads it");
        third.end(false).unwrap();
        assert!(!path.exists(), "it was spent by the first");
        assert_eq!(fs::read(&bytes).unwrap(), [0; 9], "and it was overwritten");
        assert!(shelf.lend(&path).is_none());

        fs::write(&path, b"another").unwrap();
        shelf.lend(&path).unwrap().end(false).unwrap();
        assert!(path.exists(), "nothing was bought with it");
        shelf.lend(&path).unwrap().end(true).unwrap();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "the second name is left");
    }
}
