//! The shelf of uploads on this node's disk: files named by the SHA-256 of their bytes, whole or in part.
//!
//! A file may hold a witness: it is its owner's alone to read, it is overwritten before it goes, and it goes after a day.
//! What is whole is never written to again; of each file there is one writer at a time.

use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeSet,
    fmt, fs,
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

/// The time after which a file that nobody has touched goes.
const AGE_MAX: Duration = Duration::from_secs(24 * 3_600);
/// Files that are written at once.
const WRITERS_MAX: usize = 8;
/// Bytes that are overwritten or read at a time.
const PIECE_BYTES: usize = 1 << 16;
/// The ending of a file that is not whole yet.
const PART: &str = "part";

/// The SHA-256 of a file, which is its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Digest([u8; 32]);

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
    writers: Mutex<BTreeSet<Digest>>,
}

impl Shelf {
    pub(crate) fn new(dir: PathBuf, file_bytes_max: u64, all_bytes_max: u64) -> Self {
        Self { dir, file_bytes_max, all_bytes_max, writers: Mutex::default() }
    }

    /// The directory of the files.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The path of a file that is whole; `None` if it is not.
    pub(crate) fn path(&self, digest: Digest) -> Option<PathBuf> {
        let path = self.dir.join(digest.to_string());
        path.is_file().then_some(path)
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
        let used = self.tidy()?;
        let here = self.held(digest).bytes;
        if offset != here {
            return Err(ShelfError::Offset { here });
        }
        let mut file =
            fs::OpenOptions::new().create(true).write(true).truncate(false).mode(0o600).open(self.part(digest))?;
        file.seek(SeekFrom::Start(offset))?;
        let room = self.all_bytes_max.saturating_sub(used);
        Ok(Writer { file, at: offset, room, place })
    }

    /// Removes what is old, and says how many bytes the rest has.
    fn tidy(&self) -> Result<u64, ShelfError> {
        let writers = self.lock().clone();
        let mut used = 0;
        for entry in fs::read_dir(&self.dir)? {
            let entry = entry?;
            let (path, about) = (entry.path(), entry.metadata()?);
            let name = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse::<Digest>().ok());
            let is_old = about
                .modified()
                .ok()
                .and_then(|at| SystemTime::now().duration_since(at).ok())
                .is_some_and(|age| age > AGE_MAX);
            if is_old && name.is_some_and(|name| !writers.contains(&name)) {
                wipe(&path)?;
            } else {
                used += about.len();
            }
        }
        Ok(used)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<Digest>> {
        self.writers.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut writers = shelf.lock();
        if writers.len() >= WRITERS_MAX || !writers.insert(digest) {
            return Err(ShelfError::Busy);
        }
        drop(writers);
        Ok(Self { shelf: shelf.clone(), digest })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shelf.lock().remove(&self.digest);
    }
}

/// A file that is being written. What was written stays if it breaks off, to be gone on with.
#[derive(Debug)]
pub(crate) struct Writer {
    file: fs::File,
    at: u64,
    room: u64,
    place: Place,
}

impl Writer {
    /// Appends bytes, unless that makes too many.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), ShelfError> {
        let shelf = &self.place.shelf;
        let len = bytes.len() as u64;
        let at = self.at.saturating_add(len);
        if at > shelf.file_bytes_max {
            return Err(ShelfError::TooLarge { limit: shelf.file_bytes_max });
        }
        self.room = self.room.checked_sub(len).ok_or(ShelfError::Full { limit: shelf.all_bytes_max })?;
        self.file.write_all(bytes)?;
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
            wipe(&part)?;
            return Err(ShelfError::Other(found));
        }
        fs::rename(part, shelf.dir.join(digest.to_string()))?;
        Ok(self.at)
    }
}

fn digest_of(path: &Path) -> io::Result<Digest> {
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
pub(crate) fn wipe(path: &Path) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

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

    #[test]
    fn only_a_digest_is_a_name() {
        for bad in ["", "..", "../../key", &"g".repeat(64), &"a".repeat(63)] {
            assert_eq!(bad.parse::<Digest>(), Err(NoDigest), "{bad}");
        }
        assert_eq!("A".repeat(64).parse::<Digest>().unwrap().to_string(), "a".repeat(64));
    }
}
