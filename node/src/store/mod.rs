//! What a node finds again after it was killed: blocks, snapshots, the log of consensus and records, in one file.
//!
//! One redb database in the data directory, one writer. A call that returns `Ok` is durable; a crash at any
//! moment leaves what the last such call left. A damaged file is an error, never a panic and never a guess.
//! What is large and named by its hash lies beside it as files: see [`Blobs`].
//!
//! Every call blocks on the disk: an async caller runs it on a blocking thread.

mod blobs;
mod chain;
mod error;
mod kind;
mod log;
#[cfg(test)]
mod power_cut;
mod pruning;
mod records;
mod snapshot;
mod tables;
#[cfg(test)]
mod tests;
mod tip;

pub use blobs::{AwardRecipe, BlobError, BlobId, Blobs, SetAside, Stored};
pub use chain::Beside;
pub use error::StoreError;
pub use kind::RecordKind;
pub use log::{LOG_ENTRY_BYTES_MAX, LogEntry, Logged, Signed};
pub use records::{Entry, KEY_BYTES_MAX, RECORD_BYTES_MAX, RecordChange};
pub use tip::Tip;

use dpgn_protocol::ids::NetworkId;
use redb::{Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable, StorageError, WriteTransaction};
use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};

/// The database's name in the data directory.
const FILE: &str = "dpgn.redb";
/// The layout of the tables. Another number is another layout, and refused.
const SCHEMA: u32 = 6;
/// Memory for pages, read and dirty.
const CACHE_BYTES: usize = 64 << 20;

/// The one database of a node. Clones share it; the file stays locked until the last one is gone.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
    first: pruning::First,
}

impl Store {
    /// Opens the store of this network in a data directory, and creates what is missing.
    ///
    /// Every page is checked against its checksum, as after a crash: this reads the whole file.
    pub fn open(data_dir: &Path, network: NetworkId) -> Result<Self, StoreError> {
        let path = data_dir.join(FILE);
        let unusable = |source| StoreError::Unusable { path: path.clone(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(data_dir).map_err(unusable)?;
        // Made here if it is missing, so that it is nobody else's to read.
        fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&path).map_err(unusable)?;
        let database = guard(|| {
            let mut builder = Database::builder();
            builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
            Ok(builder.create(&path).map_err(|e| at_open(e, data_dir, &path)))
        })??;
        // The file's own entry in the directory has to be durable as well.
        fs::File::open(data_dir).and_then(|dir| dir.sync_all()).map_err(unusable)?;
        Self::over(database, data_dir, network)
    }

    /// The store in an open database: its tables and its network are checked, or written if it is new.
    fn over(database: Database, data_dir: &Path, network: NetworkId) -> Result<Self, StoreError> {
        let store = Self { database: Arc::new(database), first: pruning::First::new(1) };
        let first = store.write(|tx| {
            tables::create(tx)?;
            let mut meta = tx.open_table(tables::META)?;
            let found = meta.get(tables::SCHEMA_KEY)?.map(|v| v.value().to_vec());
            let Some(schema) = found else {
                meta.insert(tables::SCHEMA_KEY, SCHEMA.to_le_bytes().as_slice())?;
                meta.insert(tables::NETWORK_KEY, network.as_bytes().as_slice())?;
                return Ok(1);
            };
            let got = u32::from_le_bytes(tables::array("schema", &schema)?);
            if got != SCHEMA {
                return Err(StoreError::OtherSchema { dir: data_dir.to_owned(), got, expected: SCHEMA });
            }
            let bytes = meta.get(tables::NETWORK_KEY)?.map(|v| v.value().to_vec()).unwrap_or_default();
            let got = NetworkId::from_bytes(tables::array("network", &bytes)?);
            if got != network {
                return Err(StoreError::OtherNetwork { dir: data_dir.to_owned(), got, expected: network });
            }
            drop(meta);
            snapshot::forget_trail(tx)?;
            pruning::first_of(tx)
        })?;
        store.first.set(first);
        Ok(store)
    }

    /// Runs `f` on one consistent view of the store.
    fn read<T>(&self, f: impl FnOnce(&ReadTransaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        guard(|| f(&self.database.begin_read()?))
    }

    /// Runs `f`, then commits; durable when it returns. If `f` or the commit fails nothing has changed.
    fn write<T>(&self, f: impl FnOnce(&WriteTransaction) -> Result<T, StoreError>) -> Result<T, StoreError> {
        guard(|| {
            let tx = self.database.begin_write()?;
            let value = f(&tx)?;
            tx.commit()?;
            Ok(value)
        })
    }
}

/// A block for tests of what is made of stored ones.
#[cfg(test)]
pub(crate) fn sample_block(height: u64) -> dpgn_protocol::block::Decided {
    tests::decided(height, dpgn_protocol::ids::BlockHash::from_bytes([0; 32]), height)
}

/// redb asserts what a file it wrote always fulfils. On a damaged file that is an error like any other.
fn guard<T>(f: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|cause| {
        let reason = cause
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| cause.downcast_ref::<&str>().map(|s| (*s).to_owned()))
            .unwrap_or_else(|| "an assertion of the database failed".to_owned());
        Err(StoreError::Corrupt(reason))
    })
}

fn at_open(error: DatabaseError, dir: &Path, path: &Path) -> StoreError {
    match error {
        DatabaseError::DatabaseAlreadyOpen => StoreError::Locked { dir: dir.to_owned() },
        DatabaseError::Storage(StorageError::Io(source)) if source.kind() == io::ErrorKind::InvalidData => {
            StoreError::Corrupt(source.to_string())
        }
        DatabaseError::Storage(StorageError::Io(source)) => StoreError::Unusable { path: PathBuf::from(path), source },
        other => redb::Error::from(other).into(),
    }
}
