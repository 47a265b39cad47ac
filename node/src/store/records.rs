//! Records: small things a role must find again. The store knows their kind and key, not their meaning.

use super::{Store, error::StoreError, kind::RecordKind, tables::RECORDS};
use redb::WriteTransaction;

/// The most bytes of a record's key.
pub const KEY_BYTES_MAX: usize = 64;
/// The most bytes of a record.
pub const RECORD_BYTES_MAX: usize = 1 << 20;

/// A record's key and the record.
pub type Entry = (Vec<u8>, Vec<u8>);

/// A change of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordChange {
    /// A record is written, over the one before.
    Put {
        /// The kind of the record.
        kind: RecordKind,
        /// The key of the record.
        key: Vec<u8>,
        /// The encoded record itself.
        value: Vec<u8>,
    },
    /// A record is forgotten, if it was there.
    Delete {
        /// The kind of the record.
        kind: RecordKind,
        /// The key of the record.
        key: Vec<u8>,
    },
}

impl Store {
    /// Writes a record over the one before.
    pub fn put_record(&self, kind: RecordKind, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.change_records(&[RecordChange::Put { kind, key: key.to_vec(), value: value.to_vec() }])
    }

    /// Forgets a record, if it is there.
    pub fn delete_record(&self, kind: RecordKind, key: &[u8]) -> Result<(), StoreError> {
        self.change_records(&[RecordChange::Delete { kind, key: key.to_vec() }])
    }

    /// Makes all these changes or none.
    pub fn change_records(&self, changes: &[RecordChange]) -> Result<(), StoreError> {
        self.write(|tx| apply(tx, changes))
    }

    /// All records of a kind, with their keys, by key.
    pub fn records(&self, kind: RecordKind) -> Result<Vec<Entry>, StoreError> {
        self.read(|tx| {
            let from = |kind: u8| (kind, [].as_slice());
            let mut all = Vec::new();
            for entry in tx.open_table(RECORDS)?.range(from(kind as u8)..from(kind as u8 + 1))? {
                let (key, value) = entry?;
                all.push((key.value().1.to_vec(), value.value().to_vec()));
            }
            Ok(all)
        })
    }
}

impl Store {
    /// The record of this kind and key; absent if there is none.
    pub fn record(&self, kind: RecordKind, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|tx| {
            let found = tx.open_table(RECORDS)?.get((kind as u8, key))?;
            Ok(found.map(|found| found.value().to_vec()))
        })
    }
}

/// Makes changes within a transaction.
pub(super) fn apply(tx: &WriteTransaction, changes: &[RecordChange]) -> Result<(), StoreError> {
    let mut records = tx.open_table(RECORDS)?;
    for change in changes {
        match change {
            RecordChange::Put { kind, key, value } => {
                if key.len() > KEY_BYTES_MAX || value.len() > RECORD_BYTES_MAX {
                    return Err(StoreError::RecordTooLarge { kind: *kind, key: key.len(), value: value.len() });
                }
                records.insert((*kind as u8, key.as_slice()), value.as_slice())?;
            }
            RecordChange::Delete { kind, key } => {
                records.remove((*kind as u8, key.as_slice()))?;
            }
        }
    }
    Ok(())
}
