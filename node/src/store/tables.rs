//! The tables: what is kept under which key. A change here is a new `SCHEMA`.

use super::error::StoreError;
use dpgn_protocol::codec;
use redb::{TableDefinition, WriteTransaction};
use serde::{Serialize, de::DeserializeOwned};

/// The marks of the store: its schema and network.
pub(super) const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");
/// The key of the layout's number in [`META`].
pub(super) const SCHEMA_KEY: &str = "schema";
/// The key of the network's id in [`META`].
pub(super) const NETWORK_KEY: &str = "network";

/// The key of the lowest height whose block is kept in [`META`]; absent if none was ever pruned.
pub(super) const FIRST_KEY: &str = "first block";

/// The key of the height of the last checkpoint that a jump rested on in [`META`]; absent if none did.
pub(super) const BELIEVED_KEY: &str = "believed";

/// Height → encoded `Decided` block.
pub(super) const BLOCKS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
/// Height → encoded outcomes of the block's ops.
pub(super) const OUTCOMES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("outcomes");
/// Height → encoded `Handover`, for the last block of each epoch.
pub(super) const HANDOVERS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("handovers");
/// Height → encoded `Handover` of a trail to a snapshot that is not taken yet: shown to nobody, and forgotten by a start.
pub(super) const TRAIL: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("trail");
/// Height → the ledger after that block.
pub(super) const SNAPSHOTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("snapshots");
/// (height, place) → entry of the log of consensus.
pub(super) const LOG: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("log");
/// (height, hash) → encoded `Block` that the log is about.
pub(super) const BODIES: TableDefinition<'_, (u64, &[u8; 32]), &[u8]> = TableDefinition::new("bodies");
/// (height, round, kind) → hash of the word that this node has signed there.
pub(super) const SIGNED: TableDefinition<'_, (u64, u32, u8), &[u8]> = TableDefinition::new("signed");
/// (kind, key) → encoded record.
pub(super) const RECORDS: TableDefinition<'_, (u8, &[u8]), &[u8]> = TableDefinition::new("records");

/// Makes every table exist, so that reading never finds one missing.
pub(super) fn create(tx: &WriteTransaction) -> Result<(), StoreError> {
    tx.open_table(META)?;
    tx.open_table(BLOCKS)?;
    tx.open_table(OUTCOMES)?;
    tx.open_table(HANDOVERS)?;
    tx.open_table(TRAIL)?;
    tx.open_table(SNAPSHOTS)?;
    tx.open_table(LOG)?;
    tx.open_table(BODIES)?;
    tx.open_table(SIGNED)?;
    tx.open_table(RECORDS)?;
    Ok(())
}

/// A value of fixed size.
pub(super) fn array<const N: usize>(what: &'static str, bytes: &[u8]) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Corrupt(format!("{what} has {} bytes instead of {N}", bytes.len())))
}

/// A value this store has encoded.
pub(super) fn decode<T: Serialize + DeserializeOwned>(
    what: &'static str,
    bytes: &[u8],
    limit: usize,
) -> Result<T, StoreError> {
    codec::decode(bytes, limit).map_err(|e| StoreError::Corrupt(format!("{what}: {e}")))
}
