//! The log of consensus: what this node has said and heard at the height being decided, on disk before anything that
//! rests on it leaves.
//!
//! Never two words of one kind at one height and round: after a crash the node finds what it signed and signs nothing
//! else. An entry's bytes are the business of whoever wrote them; of own words the store knows their place, and holds
//! a second one against the first. Bodies lie beside the entries, since words name blocks by their hashes alone.

use super::{
    Store,
    error::StoreError,
    tables::{BLOCKS, BODIES, LOG, SIGNED, array, decode},
    tip::tip_of,
};
use dpgn_protocol::{
    block::Block, codec, council::WordKind, ids::BlockHash, ids::hash, limits::GOSSIP_BYTES_MAX, units::Height,
};
use redb::{ReadableTable, WriteTransaction};

/// Bytes of one entry: a certificate of as many votes as a committee has members takes less than 16 KiB.
pub const LOG_ENTRY_BYTES_MAX: usize = 64 << 10;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// The entry, as it is read again.
    pub bytes: Vec<u8>,
    /// The place of this node's own word in it; absent if it holds none.
    pub signed: Option<Signed>,
}

/// An own signed word, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// The round of the word.
    pub round: u32,
    /// The kind of the word: one of each in a round.
    pub kind: WordKind,
    /// The bytes that were signed.
    pub body: Vec<u8>,
}

/// The log of one height, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logged {
    /// The entries, in order.
    pub entries: Vec<Vec<u8>>,
    /// The blocks that they are about, by their hashes.
    pub bodies: Vec<(BlockHash, Block)>,
}

impl Store {
    /// Adds entries and bodies to the log of a height, in one transaction; only then may what they say be sent.
    ///
    /// Refused, and nothing is written: a height that is decided, an own word that differs from one given before, an
    /// entry that is too large.
    pub fn append_log(&self, height: Height, entries: &[LogEntry], bodies: &[&Block]) -> Result<(), StoreError> {
        let bodies = bodies.iter().map(|body| Ok((body.header.hash()?, codec::encode(body)?)));
        let bodies = bodies.collect::<Result<Vec<_>, StoreError>>()?;
        self.write(|tx| {
            let tip = tip_of(&tx.open_table(BLOCKS)?)?.height;
            if height <= tip {
                return Err(StoreError::LogTooLate { height, tip });
            }
            let mut log = tx.open_table(LOG)?;
            let last = log.range((height.get(), 0)..=(height.get(), u64::MAX))?.next_back().transpose()?;
            let next = last.map_or(0, |(key, _)| key.value().1 + 1);
            for (place, LogEntry { bytes, signed }) in (next..).zip(entries) {
                if bytes.len() > LOG_ENTRY_BYTES_MAX {
                    return Err(StoreError::LogEntryTooLarge { height, bytes: bytes.len() });
                }
                if let Some(signed) = signed {
                    sign_once(tx, height, signed)?;
                }
                log.insert((height.get(), place), bytes.as_slice())?;
            }
            let mut table = tx.open_table(BODIES)?;
            for (hash, bytes) in &bodies {
                table.insert((height.get(), hash.as_bytes()), bytes.as_slice())?;
            }
            Ok(())
        })
    }

    /// Reads the log of a height; empty if nothing was said there.
    pub fn log(&self, height: Height) -> Result<Logged, StoreError> {
        self.read(|tx| {
            let mut logged = Logged::default();
            for entry in tx.open_table(LOG)?.range((height.get(), 0)..=(height.get(), u64::MAX))? {
                logged.entries.push(entry?.1.value().to_vec());
            }
            let all = (height.get(), &[0; 32])..=(height.get(), &[0xff; 32]);
            for entry in tx.open_table(BODIES)?.range(all)? {
                let (key, bytes) = entry?;
                let body = decode("the body of a block", bytes.value(), GOSSIP_BYTES_MAX)?;
                logged.bodies.push((BlockHash::from_bytes(*key.value().1), body));
            }
            Ok(logged)
        })
    }
}

/// Notes an own word in its place, where there is no other.
fn sign_once(tx: &WriteTransaction, height: Height, signed: &Signed) -> Result<(), StoreError> {
    let Signed { round, kind, body } = signed;
    let digest = hash("dpgn log word v1", &[body]);
    let mut table = tx.open_table(SIGNED)?;
    let place = (height.get(), *round, kind_number(*kind));
    let before = table.get(place)?.map(|found| array("a signed word", found.value())).transpose()?;
    if before.is_some_and(|before: [u8; 32]| before != digest) {
        return Err(StoreError::SecondWord { height, round: *round, kind: *kind });
    }
    table.insert(place, digest.as_slice())?;
    Ok(())
}

/// Forgets what the log holds up to a height that is decided; the places of own words at it stay until the next: one
/// decided height is no reason to forget what was signed there.
pub(super) fn forget(tx: &WriteTransaction, decided: Height) -> Result<(), StoreError> {
    tx.open_table(LOG)?.retain(|(height, _), _| height > decided.get())?;
    tx.open_table(BODIES)?.retain(|(height, _), _| height > decided.get())?;
    tx.open_table(SIGNED)?.retain(|(height, _, _), _| height >= decided.get())?;
    Ok(())
}

const fn kind_number(kind: WordKind) -> u8 {
    match kind {
        WordKind::Precommit => 0,
        WordKind::Prevote => 1,
        WordKind::Proposal => 2,
    }
}
