//! Blobs: large files, streamed from one disk to another, one stream each.
//!
//! The asker sends its question, the owner says no or announces `{length, BLAKE3, key}`, the asker says `{from which
//! byte on, key}`, the owner sends the rest, sealed. A file appears under its name only when it is whole and verified.
//! What must never happen: memory is set aside for a length that somebody claims, more bytes are taken than
//! were announced, or a peer holds a stream by dripping.

mod disk;
mod fetch;
mod headers;
mod seal;
mod serve;
mod stream;

pub(super) use fetch::Fetcher;
pub(super) use serve::{Server, ServerEnds};

use super::config::{NetworkConfig, ms};
use std::path::PathBuf;
use stream::Pace;
use tokio_util::sync::CancellationToken;

/// Bytes read from disk, hashed and handed on at once.
const CHUNK_BYTES: usize = 1 << 20;
/// Chunks on their way between disk and stream.
const CHUNKS_WAITING_MAX: usize = 2;

fn pace(config: &NetworkConfig) -> Pace {
    Pace { piece_max: ms(config.timing.blob_piece_ms), bytes_per_s_least: config.limits.blob_bytes_per_s_least }
}

/// The file that a blob is fetched into.
#[derive(Clone, Debug)]
pub struct BlobSink {
    /// The file, which must not exist half: until it is whole it is called `<path>.part`, mode 0600.
    pub path: PathBuf,
    /// The most bytes that are taken.
    pub len_max: u64,
    /// The digest that the bytes must have, if it is known. Then a part that a broken transfer left is resumed;
    /// otherwise the bytes must hash to what their owner announced, and nothing is ever left.
    pub digest: Option<Digest>,
    /// The token that stops the fetch: once it is cancelled no file is created any more; a part that was created
    /// before stays locked by its writer.
    pub cancel: CancellationToken,
}

/// The digest that a blob's bytes must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    domain: Option<&'static str>,
    hash: [u8; 32],
}

impl Digest {
    /// The digest that is BLAKE3 of the bytes.
    pub const fn plain(hash: [u8; 32]) -> Self {
        Self { domain: None, hash }
    }

    /// The digest that is BLAKE3 of the bytes in a domain, as the protocol's ids are made.
    pub const fn derived(domain: &'static str, hash: [u8; 32]) -> Self {
        Self { domain: Some(domain), hash }
    }

    fn hasher(&self) -> blake3::Hasher {
        self.domain.map_or_else(blake3::Hasher::new, blake3::Hasher::new_derive_key)
    }
}

/// A blob that has arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlobInfo {
    /// The length of the blob, in bytes.
    pub len: u64,
    /// Bytes that lay on disk already.
    pub resumed_from: u64,
}

/// The progress of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobProgress {
    /// Bytes of the blob that are here.
    pub done: u64,
    /// Bytes of the whole blob.
    pub len: u64,
}
