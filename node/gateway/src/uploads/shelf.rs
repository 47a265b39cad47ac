//! The shelf of uploads on this node's disk: files named by the SHA-256 of their bytes, whole or in part.
//!
//! A file may hold a witness: it is its owner's alone to read, it is overwritten before it goes, and it goes after a day.
//! What is whole is never written to again; of each file there is one writer at a time. A byte is counted before it is written,
//! so that writers together never pass the limit of all files.

use super::{
    file::{Digest, digest_of, wipe},
    readers::Readers,
};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// The time after which a file that nobody has touched goes.
const AGE_MAX: Duration = Duration::from_secs(24 * 3_600);
/// Files that are written at once.
const WRITERS_MAX: usize = 8;
/// Files that there may be, whole or in part: each costs the disk more than its bytes.
const FILES_MAX: usize = 1_024;
/// The ending of a file that is not whole yet.
const PART: &str = "part";

/// Why a file was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ShelfError {
    /// Somebody writes this file, or too many are written.
    #[error("it is being uploaded already, or {WRITERS_MAX} others are")]
    Busy,
    /// All uploads together have as many bytes as they may.
    #[error("all uploads together may have {limit} bytes: there is no room")]
    Full {
        /// The most bytes of all uploads.
        limit: u64,
    },
    /// There are as many files as there may be.
    #[error("{limit} files are here: there is no room for another")]
    Crowded {
        /// The most files that there may be.
        limit: usize,
    },
    /// The bytes do not begin where those that are here end.
    #[error("{here} bytes of it are here: go on at that offset")]
    Offset {
        /// The number of bytes that are here.
        here: u64,
    },
    /// The file has more bytes than one may.
    #[error("a file may have {limit} bytes")]
    TooLarge {
        /// The most bytes of a file.
        limit: u64,
    },
    /// The bytes are not those that the name says.
    #[error("the bytes have another SHA-256: {0}")]
    Other(Digest),
    /// The disk refused.
    #[error(transparent)]
    Disk(#[from] io::Error),
}

/// How much of a file is here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) bytes: u64,
    pub(crate) is_whole: bool,
}

/// The files of one gateway.
#[derive(Debug)]
pub(crate) struct Shelf {
    dir: PathBuf,
    file_bytes_max: u64,
    all_bytes_max: u64,
    books: Mutex<Books>,
}

/// What is written, and what all files have.
#[derive(Debug, Default)]
pub(super) struct Books {
    /// The files that are being written, each with the bytes that are counted and perhaps not on the disk yet.
    writers: BTreeMap<Digest, u64>,
    /// The files that are being read.
    pub(super) readers: Readers,
    /// Bytes of all files, never fewer than there are.
    used: u64,
    files: usize,
}

impl Shelf {
    pub(crate) fn new(dir: PathBuf, file_bytes_max: u64, all_bytes_max: u64) -> Self {
        Self { dir, file_bytes_max, all_bytes_max, books: Mutex::default() }
    }

    /// The directory of the files.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The path of a file that is whole, which stays for another day; `None` if it is not.
    pub(crate) fn path(&self, digest: Digest) -> Option<PathBuf> {
        let path = self.dir.join(digest.to_string());
        if path.is_file() {
            // If its age cannot be set, it goes when it would have gone.
            let _ = fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(SystemTime::now()));
            return Some(path);
        }
        None
    }

    /// How much of a file is here.
    pub(crate) fn held(&self, digest: Digest) -> Held {
        let bytes = |path: PathBuf| fs::metadata(path).map(|file| file.len()).ok();
        match bytes(self.dir.join(digest.to_string())) {
            Some(bytes) => Held { bytes, is_whole: true },
            None => Held { bytes: bytes(self.part(digest)).unwrap_or(0), is_whole: false },
        }
    }

    fn part(&self, digest: Digest) -> PathBuf {
        self.dir.join(format!("{digest}.{PART}"))
    }

    /// Begins to write a file, or goes on at this offset.
    pub(crate) fn begin(self: &Arc<Self>, digest: Digest, offset: u64) -> Result<Writer, ShelfError> {
        let place = Place::take(self, digest)?;
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        self.tidy()?;
        let here = self.held(digest).bytes;
        if offset != here {
            return Err(ShelfError::Offset { here });
        }
        if !self.part(digest).exists() {
            let mut books = self.lock();
            if books.files >= FILES_MAX {
                return Err(ShelfError::Crowded { limit: FILES_MAX });
            }
            books.files += 1;
        }
        let mut file =
            fs::OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).open(self.part(digest))?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Writer { file, at: offset, place })
    }

    /// Overwrites and removes a file that is no longer needed.
    pub(crate) fn discard(&self, path: &Path) -> Result<(), ShelfError> {
        wipe(path)?;
        self.tidy()
    }

    /// Removes what is old, and counts what the rest has.
    pub(crate) fn tidy(&self) -> Result<(), ShelfError> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        // Nothing is counted meanwhile: what is counted and not written yet is added.
        let mut books = self.lock();
        let (mut used, mut files) = (books.writers.values().sum::<u64>(), 0);
        for entry in entries {
            let entry = entry?;
            let path = entry.path();
            // It may have got its name, or have gone, since the directory was read.
            let Ok(about) = entry.metadata() else { continue };
            let name = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse::<Digest>().ok());
            let age = about.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
            let is_old = age.is_some_and(|age| age > AGE_MAX);
            if is_old && name.is_some_and(|name| !books.writers.contains_key(&name)) {
                wipe(&path)?;
            } else {
                (used, files) = (used.saturating_add(about.len()), files + 1);
            }
        }
        (books.used, books.files) = (used, files);
        Ok(())
    }

    /// Counts bytes that a writer is about to write.
    fn reserve(&self, digest: Digest, len: u64) -> Result<(), ShelfError> {
        let mut books = self.lock();
        let used = books.used.checked_add(len).filter(|used| *used <= self.all_bytes_max);
        books.used = used.ok_or(ShelfError::Full { limit: self.all_bytes_max })?;
        *books.writers.entry(digest).or_default() += len;
        Ok(())
    }

    /// Takes note that a writer's bytes are on the disk.
    fn written(&self, digest: Digest, len: u64) {
        if let Some(pending) = self.lock().writers.get_mut(&digest) {
            *pending = pending.saturating_sub(len);
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to write one file, given back when it is dropped.
#[derive(Debug)]
struct Place {
    shelf: Arc<Shelf>,
    digest: Digest,
}

impl Place {
    fn take(shelf: &Arc<Shelf>, digest: Digest) -> Result<Self, ShelfError> {
        let mut books = shelf.lock();
        if books.writers.len() >= WRITERS_MAX || books.writers.contains_key(&digest) {
            return Err(ShelfError::Busy);
        }
        books.writers.insert(digest, 0);
        drop(books);
        Ok(Self { shelf: shelf.clone(), digest })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shelf.lock().writers.remove(&self.digest);
    }
}

/// A file that is being written. What was written stays if it breaks off, to be gone on with.
#[derive(Debug)]
pub(crate) struct Writer {
    file: fs::File,
    at: u64,
    place: Place,
}

impl Writer {
    /// Appends bytes, unless that makes too many.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), ShelfError> {
        let Place { shelf, digest } = &self.place;
        let len = bytes.len() as u64;
        let at = self.at.saturating_add(len);
        if at > shelf.file_bytes_max {
            return Err(ShelfError::TooLarge { limit: shelf.file_bytes_max });
        }
        shelf.reserve(*digest, len)?;
        self.file.write_all(bytes)?;
        shelf.written(*digest, len);
        self.at = at;
        Ok(())
    }

    /// Compares the whole with its name: it is taken, or it goes.
    pub(crate) fn end(self) -> Result<u64, ShelfError> {
        self.file.sync_all()?;
        let Place { shelf, digest } = &self.place;
        let part = shelf.part(*digest);
        let found = digest_of(&part)?;
        if found != *digest {
            shelf.discard(&part)?;
            return Err(ShelfError::Other(found));
        }
        // Whoever counts the files sees it under one of its names.
        let books = shelf.lock();
        fs::rename(part, shelf.dir.join(digest.to_string()))?;
        drop(books);
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::file::NoDigest, *};
    use sha2::{Digest as _, Sha256};
    use std::{os::unix::fs::PermissionsExt, sync::Barrier, thread};

    fn name(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    fn shelf(dir: &tempfile::TempDir, all_bytes_max: u64) -> Arc<Shelf> {
        Arc::new(Shelf::new(dir.path().join("uploads"), 100, all_bytes_max))
    }

    #[test]
    fn a_file_that_broke_off_goes_on_and_is_compared_with_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(&dir, 1_000);
        let (bytes, digest) = (b"0123456789", name(b"0123456789"));
        let mut writer = shelf.begin(digest, 0).unwrap();
        writer.write(&bytes[..4]).unwrap();
        assert!(matches!(shelf.begin(digest, 0), Err(ShelfError::Busy)), "one writer at a time");
        drop(writer);
        assert_eq!(shelf.held(digest), Held { bytes: 4, is_whole: false });
        assert!(matches!(shelf.begin(digest, 0), Err(ShelfError::Offset { here: 4 })));
        let mut writer = shelf.begin(digest, 4).unwrap();
        writer.write(&bytes[4..]).unwrap();
        assert_eq!(writer.end().unwrap(), 10);
        let path = shelf.path(digest).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let mut other = shelf.begin(name(b"else"), 0).unwrap();
        other.write(b"another").unwrap();
        assert!(matches!(other.end(), Err(ShelfError::Other(found)) if found == name(b"another")));
        assert_eq!(shelf.held(name(b"else")).bytes, 0, "what has a false name goes");
        wipe(&path).unwrap();
        assert_eq!(shelf.path(digest), None);
    }

    #[test]
    fn files_have_limits_each_and_together() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(&dir, 150);
        let mut large = shelf.begin(name(b"a"), 0).unwrap();
        assert!(matches!(large.write(&[0; 101]), Err(ShelfError::TooLarge { limit: 100 })));
        large.write(&[0; 100]).unwrap();
        drop(large);
        let mut more = shelf.begin(name(b"b"), 0).unwrap();
        assert!(matches!(more.write(&[0; 51]), Err(ShelfError::Full { limit: 150 })));
        drop(more);
        // What is a day old makes room.
        let old = SystemTime::now() - AGE_MAX - Duration::from_secs(1);
        fs::File::options().write(true).open(shelf.part(name(b"a"))).unwrap().set_modified(old).unwrap();
        let mut more = shelf.begin(name(b"b"), 0).unwrap();
        more.write(&[0; 51]).unwrap();
        assert_eq!(shelf.held(name(b"a")).bytes, 0);
    }

    /// Each writer was told at its start how much room there was, and took all of it.
    #[test]
    fn writers_together_never_pass_the_limit() {
        let dir = tempfile::tempdir().unwrap();
        // A file may take all the room, so that one writer alone can fill it.
        let shelf = Arc::new(Shelf::new(dir.path().to_owned(), 150, 150));
        let start = Barrier::new(WRITERS_MAX);
        let writers: Vec<Writer> = (0..8_u8).map(|n| shelf.begin(name(&[n]), 0).unwrap()).collect();
        thread::scope(|scope| {
            let start = &start;
            for mut writer in writers {
                scope.spawn(move || {
                    start.wait();
                    while writer.write(&[0; 7]).is_ok() {}
                });
            }
        });
        let on_disk = |shelf: &Shelf| (0..8_u8).map(|n| shelf.held(name(&[n])).bytes).sum::<u64>();
        assert_eq!(on_disk(&shelf), 147, "21 pieces of 7 bytes, and not one more");
        shelf.discard(&shelf.part(name(&[0]))).unwrap();
        let mut more = shelf.begin(name(b"more"), 0).unwrap();
        while more.write(&[0]).is_ok() {}
        assert_eq!(on_disk(&shelf) + shelf.held(name(b"more")).bytes, 150, "what was wiped made room");
    }

    #[test]
    fn files_without_bytes_are_counted_too() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = shelf(&dir, 150);
        (0..FILES_MAX).for_each(|n| drop(shelf.begin(name(&n.to_le_bytes()), 0).unwrap()));
        assert!(matches!(shelf.begin(name(b"more"), 0), Err(ShelfError::Crowded { limit: FILES_MAX })));
        assert!(shelf.begin(name(&0_usize.to_le_bytes()), 0).is_ok(), "what is here may go on");
    }

    #[test]
    fn a_file_that_is_bought_with_stays_for_another_day() {
        let dir = tempfile::tempdir().unwrap();
        let (shelf, digest) = (shelf(&dir, 150), name(b"a file"));
        let mut writer = shelf.begin(digest, 0).unwrap();
        writer.write(b"a file").unwrap();
        writer.end().unwrap();
        let old = SystemTime::now() - AGE_MAX - Duration::from_secs(1);
        let path = shelf.path(digest).unwrap();
        fs::File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        assert!(shelf.path(digest).is_some());
        shelf.tidy().unwrap();
        assert!(shelf.path(digest).is_some(), "it would have been wiped under its purchase");
    }

    #[test]
    fn only_a_digest_is_a_name() {
        for bad in ["", "..", "../../key", &"g".repeat(64), &"a".repeat(63)] {
            assert_eq!(bad.parse::<Digest>(), Err(NoDigest), "{bad}");
        }
        assert_eq!("A".repeat(64).parse::<Digest>().unwrap().to_string(), "a".repeat(64));
    }
}
