//! Blobs: what is large and named by its hash, one file each.
//!
//! A file under its final name is whole: it is written under another name, synced, then renamed. Directories
//! are 0700 and files 0600. Inputs lie apart, under `secrets/`, and are overwritten before they are removed:
//! on a journaling file system or an SSD that is no guarantee, on the rest it is.

use dpgn_protocol::{
    ids::{CircuitId, InputsDigest, ParseIdError, ProofHash, RecipeDigest, TaskId, proof_hash},
    limits::{INPUTS_BYTES_MAX, PROOF_BYTES_MAX, RECIPE_BYTES_MAX, VERIFIER_DATA_BYTES_MAX},
};
use std::{
    collections::BTreeSet,
    fmt::{self, Display},
    fs,
    io::{self, Read, Write},
    marker::PhantomData,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
    str::FromStr,
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};
use zeroize::Zeroizing;

/// An unfinished file of this process. What an earlier one left is swept at the next start.
const TEMP: &str = ".tmp-";
/// The ending by which the network marks an unfinished download, which may go on where it stopped.
const PARTIAL: &str = ".part";

/// A name that blobs are found under; its type says where they lie.
pub trait BlobId: Copy + Display + FromStr {
    /// The directory, below the data directory.
    const DIR: &'static str;
    /// The most bytes of one blob.
    const BYTES_MAX: u64;

    /// Whether these bytes can have this name. Names whose hash only others can compute say yes.
    fn names(&self, bytes: &[u8]) -> bool {
        let _ = bytes;
        true
    }
}

impl BlobId for ProofHash {
    const DIR: &'static str = "blobs/proofs";
    const BYTES_MAX: u64 = PROOF_BYTES_MAX as u64;

    fn names(&self, bytes: &[u8]) -> bool {
        proof_hash(bytes) == *self
    }
}

impl BlobId for RecipeDigest {
    const DIR: &'static str = "blobs/recipes";
    const BYTES_MAX: u64 = RECIPE_BYTES_MAX;
}

/// A recipe that was fetched for an award. It lies apart from those of own tasks, which stay for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AwardRecipe(pub RecipeDigest);

impl Display for AwardRecipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for AwardRecipe {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        text.parse().map(Self)
    }
}

impl BlobId for AwardRecipe {
    const DIR: &'static str = "blobs/award-recipes";
    const BYTES_MAX: u64 = RECIPE_BYTES_MAX;
}

/// The verifier data of a circuit.
impl BlobId for CircuitId {
    const DIR: &'static str = "blobs/verifier-data";
    const BYTES_MAX: u64 = VERIFIER_DATA_BYTES_MAX as u64;
}

/// The salt and inputs of an own task.
impl BlobId for InputsDigest {
    const DIR: &'static str = "secrets/inputs";
    const BYTES_MAX: u64 = INPUTS_BYTES_MAX + 32;
}

/// Salt and inputs of an award: of this task alone, whatever another task says it commits to.
impl BlobId for TaskId {
    const DIR: &'static str = "secrets/awards";
    const BYTES_MAX: u64 = INPUTS_BYTES_MAX + 32;
}

/// Why a blob was not read or written.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The file system refused to read or write.
    #[error("{}: {source}", path.display())]
    Io {
        /// The path of the file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The blob has more bytes than one of its kind may have.
    #[error("{} has {got} bytes: the limit is {limit}", path.display())]
    TooLarge {
        /// The path of the file.
        path: PathBuf,
        /// The number of bytes that there are.
        got: u64,
        /// The most bytes that are allowed.
        limit: u64,
    },
    /// The bytes are not the ones the name stands for.
    #[error("{} does not hold what its name says", path.display())]
    Damaged {
        /// The path of the file.
        path: PathBuf,
    },
}

/// The blobs of a node. Like the store they belong to one process at a time: open the store first.
#[derive(Clone, Debug)]
pub struct Blobs {
    data_dir: PathBuf,
}

impl Blobs {
    /// Creates the directories and sweeps what a crash left half written.
    pub fn open(data_dir: &Path) -> Result<Self, BlobError> {
        let blobs = Self { data_dir: data_dir.to_owned() };
        for top in ["blobs", "secrets"] {
            let path = data_dir.join(top);
            private_dir(&path).map_err(|source| BlobError::Io { path, source })?;
        }
        blobs.prepare::<ProofHash>()?;
        blobs.prepare::<RecipeDigest>()?;
        blobs.prepare::<AwardRecipe>()?;
        blobs.prepare::<CircuitId>()?;
        blobs.prepare::<InputsDigest>()?;
        blobs.prepare::<TaskId>()?;
        Ok(blobs)
    }

    fn prepare<I: BlobId>(&self) -> Result<(), BlobError> {
        let path = self.data_dir.join(I::DIR);
        let sweep = || {
            private_dir(&path)?;
            for entry in fs::read_dir(&path)? {
                let entry = entry?;
                if entry.file_name().to_string_lossy().starts_with(TEMP) {
                    wipe::<I>(&entry.path())?;
                }
            }
            Ok(())
        };
        sweep().map_err(|source| BlobError::Io { path: path.clone(), source })
    }

    /// The path of a blob, whether it is there or not.
    pub fn path<I: BlobId>(&self, id: &I) -> PathBuf {
        self.data_dir.join(I::DIR).join(id.to_string())
    }

    /// The path at which the network collects a blob that is on its way.
    fn partial_path<I: BlobId>(&self, id: &I) -> PathBuf {
        self.data_dir.join(I::DIR).join(format!("{id}{PARTIAL}"))
    }

    /// The time at which a blob, or what there is of it, was last written.
    pub fn modified<I: BlobId>(&self, id: &I) -> Option<SystemTime> {
        let at = |path: PathBuf| fs::metadata(path).and_then(|meta| meta.modified()).ok();
        at(self.path(id)).or_else(|| at(self.partial_path(id)))
    }

    /// Whether a blob is there.
    pub fn contains<I: BlobId>(&self, id: &I) -> bool {
        self.path(id).is_file()
    }

    /// Writes a blob; durable when it returns.
    pub fn put<I: BlobId>(&self, id: &I, bytes: &[u8]) -> Result<PathBuf, BlobError> {
        let path = self.path(id);
        within::<I>(&path, bytes.len() as u64)?;
        if !id.names(bytes) {
            return Err(BlobError::Damaged { path });
        }
        let write = || {
            let dir = self.data_dir.join(I::DIR);
            // 0600 from the start; wiped again if anything below fails, and at the next start if this process dies.
            let (mut file, temporary) = tempfile::Builder::new().prefix(TEMP).tempfile_in(&dir)?.into_parts();
            let written = file.write_all(bytes).and_then(|()| file.sync_all());
            if let Err(error) = written.and_then(|()| fs::rename(&temporary, &path)) {
                wipe::<I>(&temporary)?;
                return Err(error);
            }
            sync_dir(&dir)
        };
        write().map_err(|source| BlobError::Io { path: path.clone(), source })?;
        Ok(path)
    }

    /// A blob's bytes, if it is there. The buffer is wiped when dropped: inputs are read this way too.
    pub fn read<I: BlobId>(&self, id: &I) -> Result<Option<Zeroizing<Vec<u8>>>, BlobError> {
        let path = self.path(id);
        let failed = |source| BlobError::Io { path: path.clone(), source };
        let file = match fs::File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let len = file.metadata().map_err(failed)?.len();
        within::<I>(&path, len)?;
        // One byte more than expected: the buffer is never moved, so it leaves no copy behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(len).unwrap_or(0) + 1));
        file.take(len).read_to_end(&mut bytes).map_err(failed)?;
        if !id.names(&bytes) {
            return Err(BlobError::Damaged { path });
        }
        Ok(Some(bytes))
    }

    /// Removes a blob and what was downloaded of it; overwritten first if it is secret.
    pub fn remove<I: BlobId>(&self, id: &I) -> Result<(), BlobError> {
        self.set_aside(id)?.wipe()
    }

    /// Takes a blob, and what was downloaded of it, from under its name: quick, however large it is.
    ///
    /// [`SetAside::wipe`] does the rest, and takes its time; after a crash the next start does.
    pub fn set_aside<I: BlobId>(&self, id: &I) -> Result<SetAside<I>, BlobError> {
        let mut paths = Vec::new();
        // The part first: a writer that is about to name it then finds nothing to name, or has named it already.
        for (n, path) in [self.partial_path(id), self.path(id)].into_iter().enumerate() {
            let number = SET_ASIDE.fetch_add(1, Ordering::Relaxed);
            let aside = self.data_dir.join(I::DIR).join(format!("{TEMP}wipe-{number}-{n}"));
            match fs::rename(&path, &aside) {
                Ok(()) => paths.push(aside),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(BlobError::Io { path, source }),
            }
        }
        Ok(SetAside { paths, kind: PhantomData })
    }

    /// The names of all blobs of a kind, unfinished ones too, for whoever tidies up.
    pub fn list<I: BlobId + Ord>(&self) -> Result<BTreeSet<I>, BlobError> {
        let path = self.data_dir.join(I::DIR);
        let failed = |source| BlobError::Io { path: path.clone(), source };
        let mut ids = BTreeSet::new();
        for entry in fs::read_dir(&path).map_err(failed)? {
            ids.extend(named::<I>(&entry.map_err(failed)?));
        }
        Ok(ids)
    }

    /// The files of all blobs of a kind, unfinished ones too.
    pub fn stored<I: BlobId>(&self) -> Result<Vec<Stored<I>>, BlobError> {
        let path = self.data_dir.join(I::DIR);
        let failed = |source| BlobError::Io { path: path.clone(), source };
        let mut files = Vec::new();
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // What has vanished meanwhile takes no room.
            let (Some(id), Ok(meta)) = (named(&entry), entry.metadata()) else { continue };
            files.push(Stored { used: meta.modified().unwrap_or(SystemTime::UNIX_EPOCH), id, bytes: meta.len() });
        }
        Ok(files)
    }

    /// Counts a blob, if it is there, as used now.
    pub fn touch<I: BlobId>(&self, id: &I) {
        let touched = fs::File::open(self.path(id)).and_then(|file| file.set_modified(SystemTime::now()));
        if let Err(error) = touched
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::debug!(%id, %error, "a blob could not be marked as used");
        }
    }
}

/// A file of a blob, whole or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stored<I> {
    /// The time at which it was written or used last.
    pub used: SystemTime,
    /// The blob's name.
    pub id: I,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Numbers what this process has set aside.
static SET_ASIDE: AtomicU64 = AtomicU64::new(0);

/// Files without a name that anybody looks for, to be wiped.
#[must_use = "what is set aside is still on disk"]
#[derive(Debug)]
pub struct SetAside<I> {
    paths: Vec<PathBuf>,
    kind: PhantomData<I>,
}

impl<I: BlobId> SetAside<I> {
    /// Removes the files; overwritten first if they are secret, once whoever still writes to one has ended.
    pub fn wipe(self) -> Result<(), BlobError> {
        for path in self.paths {
            wipe::<I>(&path).map_err(|source| BlobError::Io { path, source })?;
        }
        Ok(())
    }
}

/// The blob that a file is of, whole or not.
fn named<I: BlobId>(entry: &fs::DirEntry) -> Option<I> {
    let name = entry.file_name();
    let name = name.to_str()?;
    name.strip_suffix(PARTIAL).unwrap_or(name).parse().ok()
}

fn wipe<I: BlobId>(path: &Path) -> io::Result<()> {
    if I::DIR.starts_with("secrets/") {
        overwrite(path)?;
    }
    fs::remove_file(path)
}

fn within<I: BlobId>(path: &Path, got: u64) -> Result<(), BlobError> {
    if got > I::BYTES_MAX {
        return Err(BlobError::TooLarge { path: path.to_owned(), got, limit: I::BYTES_MAX });
    }
    Ok(())
}

fn private_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    fs::File::open(dir)?.sync_all()
}

fn overwrite(path: &Path) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).open(path)?;
    // A download holds this lock until its last byte is written: what came after the zeros would stay.
    file.lock()?;
    let len = file.metadata()?.len();
    io::copy(&mut io::repeat(0).take(len), &mut file)?;
    file.sync_all()
}
