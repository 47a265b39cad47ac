//! Built circuits, kept: on disk under a byte limit, and in a worker's memory under another.
//!
//! A circuit is looked up by what it is built from: recipe and level. The builder's version is part of the
//! recipe's digest, so a new builder never meets old circuits. Losing an entry costs one build, so nothing is
//! synced, and whatever looks wrong is removed and built again. A circuit's own bytes carry their checksum, and
//! whoever decodes them removes what fails it.

use dpgn_protocol::{
    ids::{CircuitId, RecipeDigest},
    units::Level,
};
use std::{
    fs::{self, DirBuilder, File},
    io::{self, Read, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    rc::Rc,
    time::{Duration, SystemTime},
};

/// The key of a built circuit in the caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CircuitKey {
    /// The recipe that the circuit is built from; its digest covers the builder's name and version.
    pub(crate) recipe: RecipeDigest,
    /// The privacy level, which decides plonky2's configuration.
    pub(crate) level: Level,
}

/// A circuit from the disk, still as bytes.
pub(crate) struct Entry {
    pub(crate) circuit: CircuitId,
    pub(crate) payload: Vec<u8>,
}

/// First bytes of each file, the last one a version. The circuit's id follows, then its bytes.
const MAGIC: [u8; 8] = *b"DPGNCIR\x01";
const HEAD_BYTES: usize = 8 + 32;
const SUFFIX: &str = "circuit";
const TEMPORARY: &str = ".building-";
/// A half-written file to which nothing was added for this long has no writer any more.
const ABANDONED_AFTER: Duration = Duration::from_secs(60);

/// Circuits on disk. Several processes may use one directory at the same time.
#[derive(Clone, Debug)]
pub(crate) struct DiskCache {
    dir: PathBuf,
    bytes_max: u64,
}

impl DiskCache {
    /// Uses this directory, made for this user alone if it isn't there.
    pub(crate) fn open(dir: &Path, bytes_max: u64) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        Ok(Self { dir: dir.to_owned(), bytes_max })
    }

    /// The circuit of this key. It counts as used now.
    pub(crate) fn get(&self, key: &CircuitKey) -> Option<Entry> {
        let path = self.path(key);
        let mut file = File::open(&path).ok()?;
        match read_entry(&mut file, self.bytes_max) {
            Ok(entry) => {
                file.set_modified(SystemTime::now()).ok();
                Some(entry)
            }
            Err(_) => {
                self.remove(key);
                None
            }
        }
    }

    /// Bytes of this key's circuit, if it is here.
    pub(crate) fn bytes_of(&self, key: &CircuitKey) -> Option<u64> {
        fs::metadata(self.path(key)).ok().map(|metadata| metadata.len())
    }

    /// Keeps a circuit and drops those unused for longest until the limit holds. The file is there whole or
    /// not at all. `write` is told how many bytes it may write.
    pub(crate) fn put(
        &self,
        key: &CircuitKey,
        circuit: CircuitId,
        write: impl FnOnce(&mut File, u64) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.bytes_max < HEAD_BYTES as u64 {
            // A worker that wrote more than it may would be killed for it.
            return Ok(());
        }
        let mut file = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(&self.dir)?;
        file.write_all(&MAGIC)?;
        file.write_all(circuit.as_bytes())?;
        write(file.as_file_mut(), self.bytes_max.saturating_sub(HEAD_BYTES as u64))?;
        if file.as_file().metadata()?.len() > self.bytes_max {
            return Ok(());
        }
        // The time that `get` will set, not the file system's coarser one.
        file.as_file().set_modified(SystemTime::now())?;
        file.persist(self.path(key))?;
        self.evict()
    }

    /// Whether a file of so many bytes can be kept at all.
    pub(crate) const fn holds(&self, bytes: u64) -> bool {
        bytes <= self.bytes_max
    }

    /// Removes this key's circuit, if it is here: the next use builds it anew.
    pub(crate) fn remove(&self, key: &CircuitKey) {
        fs::remove_file(self.path(key)).ok();
    }

    /// The circuits that are here and may be read, the one used last first. Their bytes are not checked.
    pub(crate) fn circuits(&self) -> io::Result<Vec<CircuitId>> {
        let circuit = |path: &Path| read_head(&mut File::open(path)?);
        let files = self.files()?;
        let readable = files.iter().rev().filter(|file| self.holds(file.bytes));
        Ok(readable.filter_map(|file| circuit(&file.path).ok()).collect())
    }

    /// Drops what was unused for longest until the limit holds, and what writers left behind that were killed.
    pub(crate) fn evict(&self) -> io::Result<()> {
        let files = self.files()?;
        let mut total: u64 = files.iter().map(|file| file.bytes).sum();
        for file in files {
            if total <= self.bytes_max {
                break;
            }
            fs::remove_file(&file.path).ok();
            total -= file.bytes;
        }
        Ok(())
    }

    /// All circuits, the one unused for longest first; ties by name. Abandoned temporary files are removed.
    fn files(&self) -> io::Result<Vec<Kept>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.dir)?.flatten() {
            let path = entry.path();
            // What has vanished meanwhile was removed by another process.
            let Ok(metadata) = entry.metadata() else { continue };
            let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            if path.extension().is_some_and(|suffix| suffix == SUFFIX) {
                files.push(Kept { used, path, bytes: metadata.len() });
            } else if entry.file_name().as_encoded_bytes().starts_with(TEMPORARY.as_bytes())
                && used.elapsed().is_ok_and(|age| age > ABANDONED_AFTER)
            {
                fs::remove_file(&path).ok();
            }
        }
        files.sort();
        Ok(files)
    }

    fn path(&self, key: &CircuitKey) -> PathBuf {
        self.dir.join(format!("{}-{}.{SUFFIX}", key.recipe, key.level))
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    used: SystemTime,
    path: PathBuf,
    bytes: u64,
}

fn read_head(file: &mut File) -> io::Result<CircuitId> {
    let (mut magic, mut circuit) = ([0; 8], [0; 32]);
    file.read_exact(&mut magic)?;
    file.read_exact(&mut circuit)?;
    if magic == MAGIC { Ok(CircuitId::from_bytes(circuit)) } else { Err(io::ErrorKind::InvalidData.into()) }
}

fn read_entry(file: &mut File, bytes_max: u64) -> io::Result<Entry> {
    let len = file.metadata()?.len();
    if len > bytes_max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let circuit = read_head(file)?;
    let mut payload = vec![0; usize::try_from(len).map_err(io::Error::other)?.saturating_sub(HEAD_BYTES)];
    file.read_exact(&mut payload)?;
    Ok(Entry { circuit, payload })
}

/// Values in memory under a limit on their weights; the one unused for longest goes first.
pub(crate) struct MemoryCache<T> {
    weight_max: u64,
    /// The cached circuits with their weights, in the order of their last use.
    entries: Vec<(CircuitKey, u64, Rc<T>)>,
}

impl<T> MemoryCache<T> {
    pub(crate) fn new(weight_max: u64) -> Self {
        Self { weight_max, entries: Vec::new() }
    }

    /// The value of this key. It counts as used now.
    pub(crate) fn get(&mut self, key: &CircuitKey) -> Option<Rc<T>> {
        let position = self.entries.iter().position(|(other, ..)| other == key)?;
        let entry = self.entries.remove(position);
        let value = Rc::clone(&entry.2);
        self.entries.push(entry);
        Some(value)
    }

    /// Keeps a value, if it is not too heavy at all.
    pub(crate) fn put(&mut self, key: CircuitKey, weight: u64, value: Rc<T>) {
        self.entries.retain(|(other, ..)| *other != key);
        if weight > self.weight_max {
            return;
        }
        self.shrink(self.weight_max - weight);
        self.entries.push((key, weight, value));
    }

    /// The weight of all that is kept.
    pub(crate) fn weight(&self) -> u64 {
        self.entries.iter().map(|(_, weight, _)| weight).sum()
    }

    /// Drops values until no more than this weighs what is kept.
    pub(crate) fn shrink(&mut self, weight_max: u64) {
        while self.weight() > weight_max {
            self.entries.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> CircuitKey {
        CircuitKey { recipe: RecipeDigest::from_bytes([n; 32]), level: Level::MIN }
    }

    fn id(n: u8) -> CircuitId {
        CircuitId::from_bytes([n; 32])
    }

    fn put(cache: &DiskCache, n: u8, circuit: u8, payload: &[u8]) {
        cache.put(&key(n), id(circuit), |file, _| file.write_all(payload)).unwrap();
    }

    fn aged(cache: &DiskCache, n: u8, seconds: u64) {
        let file = File::options().write(true).open(cache.path(&key(n))).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(seconds)).unwrap();
    }

    #[test]
    fn what_is_put_is_found_by_its_key_alone() {
        let dir = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(&dir.path().join("a/b"), 1 << 20).unwrap();
        assert!(cache.get(&key(1)).is_none());
        put(&cache, 1, 9, b"payload");
        let entry = cache.get(&key(1)).unwrap();
        assert_eq!((entry.circuit, entry.payload.as_slice()), (id(9), b"payload".as_slice()));
        assert_eq!(cache.bytes_of(&key(1)), Some((HEAD_BYTES + entry.payload.len()) as u64));
        assert!(cache.get(&key(2)).is_none());
        assert!(cache.get(&CircuitKey { level: Level::MAX, ..key(1) }).is_none());
        assert_eq!(cache.circuits().unwrap(), [id(9)]);
    }

    #[test]
    fn the_directory_is_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(&dir.path().join("cache"), 1).unwrap();
        assert_eq!(fs::metadata(&cache.dir).unwrap().permissions().mode() & 0o777, 0o700);
    }

    #[test]
    fn a_damaged_head_is_a_miss_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(dir.path(), 1 << 20).unwrap();
        put(&cache, 1, 9, b"");
        let sound = fs::read(cache.path(&key(1))).unwrap();
        for at in 0..sound.len() {
            let mut flipped = sound.clone();
            flipped[at] ^= 1;
            for bytes in [&flipped[..MAGIC.len().max(at)], &sound[..at]] {
                fs::write(cache.path(&key(1)), bytes).unwrap();
                assert!(cache.get(&key(1)).is_none());
                assert!(!cache.path(&key(1)).exists());
            }
        }
    }

    #[test]
    fn the_one_unused_for_longest_goes_first() {
        let dir = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(dir.path(), 2 * (HEAD_BYTES as u64 + 10)).unwrap();
        for (n, age) in [(1, 300), (2, 200)] {
            put(&cache, n, n, &[0; 10]);
            aged(&cache, n, age);
        }
        assert!(cache.get(&key(1)).is_some());
        put(&cache, 3, 3, &[0; 10]);
        assert!(cache.get(&key(2)).is_none());
        assert_eq!(cache.circuits().unwrap(), [id(3), id(1)]);
        put(&cache, 4, 4, &[0; 1000]);
        assert!(cache.get(&key(4)).is_none(), "too large for the whole cache");
        assert_eq!(cache.circuits().unwrap().len(), 2);
    }

    #[test]
    fn abandoned_temporary_files_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let cache = DiskCache::open(dir.path(), 1 << 20).unwrap();
        let (old, new) = (dir.path().join(".building-old"), dir.path().join(".building-new"));
        File::create(&new).unwrap();
        let file = File::create(&old).unwrap();
        file.set_modified(SystemTime::now() - 2 * ABANDONED_AFTER).unwrap();
        put(&cache, 1, 1, b"");
        assert!(!old.exists() && new.exists());
    }

    #[test]
    fn memory_is_bounded_by_weight() {
        let mut cache = MemoryCache::new(10);
        cache.put(key(1), 4, Rc::new(1));
        cache.put(key(2), 4, Rc::new(2));
        assert_eq!(cache.get(&key(1)).as_deref(), Some(&1));
        cache.put(key(3), 4, Rc::new(3));
        assert!(cache.get(&key(2)).is_none(), "unused for longest");
        cache.put(key(4), 11, Rc::new(4));
        assert!(cache.get(&key(4)).is_none(), "too heavy");
        cache.shrink(7);
        assert!(cache.get(&key(1)).is_none() && cache.get(&key(3)).is_some(), "{}", cache.weight());
        cache.put(key(5), 10, Rc::new(5));
        assert!(cache.get(&key(3)).is_none());
        assert_eq!(cache.get(&key(5)).as_deref(), Some(&5));
    }
}
