//! A blob on disk: the part that grows, and the file that is read. Everything here blocks.
//!
//! Any blob may be a secret: a part is overwritten before it is removed or begun anew, and buffers are wiped. A part
//! stays locked until its last byte is written, so who wipes it waits for that.

use super::{BlobSink, CHUNK_BYTES, Digest, stream::Header};
use crate::network::error::FetchError;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};
use zeroize::{Zeroize as _, Zeroizing};

/// A blob that is not whole yet: `<path>.part`, locked, hashed as it grows.
pub(super) struct Part {
    file: File,
    path: PathBuf,
    target: PathBuf,
    hasher: blake3::Hasher,
    expected: [u8; 32],
    written: u64,
    len: u64,
    /// Whether the part stays on disk when it is dropped before it is whole.
    keep: bool,
}

impl Part {
    /// Opens or creates the part for an announced blob. Bytes that lie there already count if the blob's
    /// digest was known beforehand.
    pub(super) fn open(sink: &BlobSink, header: Header, resume: bool) -> Result<Self, FetchError> {
        let path = part_path(&sink.path);
        let failed = |source| FetchError::Disk { path: path.clone(), source };
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FetchError::InUse { path: sink.path.clone() }),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // Who has cancelled before removes what there is afterwards: it is this file, or there is none.
        if sink.cancel.is_cancelled() {
            std::fs::remove_file(&path).map_err(failed)?;
            return Err(FetchError::Stopped);
        }
        let digest = sink.digest.unwrap_or(Digest::plain(header.hash));
        let mut part = Self {
            file,
            path: path.clone(),
            target: sink.path.clone(),
            hasher: digest.hasher(),
            expected: digest.hash,
            written: 0,
            len: header.len,
            keep: sink.digest.is_some(),
        };
        part.start(resume && sink.digest.is_some()).map_err(failed)?;
        Ok(part)
    }

    fn start(&mut self, resume: bool) -> io::Result<()> {
        let there = self.file.metadata()?.len();
        if !resume || there > self.len {
            overwrite(&mut self.file)?;
            self.file.set_len(0)?;
            return self.file.rewind();
        }
        let mut chunk = Zeroizing::new(vec![0; CHUNK_BYTES]);
        while self.written < there {
            let got = self.file.read(&mut chunk)?;
            if got == 0 {
                break;
            }
            self.hasher.update(&chunk[..got]);
            self.written += got as u64;
        }
        Ok(())
    }

    /// The number of bytes that are on disk.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    pub(super) fn write(&mut self, chunk: &[u8]) -> Result<(), FetchError> {
        self.file.write_all(chunk).map_err(|source| FetchError::Disk { path: self.path.clone(), source })?;
        self.hasher.update(chunk);
        self.written += chunk.len() as u64;
        Ok(())
    }

    /// Verifies it and gives it its name. It is not moved any more: its hasher holds the last bytes of what may be a
    /// secret, and is wiped with it.
    pub(super) fn finish(&mut self) -> Result<(), FetchError> {
        if self.written != self.len || self.hasher.finalize() != self.expected {
            self.keep = false;
            return Err(FetchError::WrongDigest);
        }
        let named = self.file.sync_all().and_then(|()| std::fs::rename(&self.path, &self.target));
        named.map_err(|source| FetchError::Disk { path: self.target.clone(), source })?;
        // It is no part any more.
        self.keep = true;
        Ok(())
    }

    /// Removes the part: nothing is left on disk.
    pub(super) fn discard(&mut self) {
        self.keep = false;
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.hasher.zeroize();
        if !self.keep
            && let Err(error) = overwrite(&mut self.file).and_then(|()| std::fs::remove_file(&self.path))
        {
            tracing::warn!(path = %self.path.display(), %error, "a part is left on disk");
        }
    }
}

/// Overwrites all there is of a file.
fn overwrite(file: &mut File) -> io::Result<()> {
    let len = file.metadata()?.len();
    file.rewind()?;
    io::copy(&mut io::repeat(0).take(len), file)?;
    file.sync_data()
}

/// The path of a blob while it is not whole.
fn part_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// A file to be served: open, measured and hashed.
pub(super) struct Source {
    pub(super) file: File,
    pub(super) header: Header,
}

impl Source {
    /// Hands out what lies behind the offset, chunk by chunk, until somebody says stop.
    pub(super) fn send(mut self, offset: u64, mut each: impl FnMut(Zeroizing<Vec<u8>>) -> bool) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(offset))?;
        let mut left = self.header.len.saturating_sub(offset);
        while left > 0 {
            let mut chunk = Zeroizing::new(vec![0; left.min(CHUNK_BYTES as u64) as usize]);
            self.file.read_exact(&mut chunk)?;
            left -= chunk.len() as u64;
            if !each(chunk) {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use tokio_util::sync::CancellationToken;

    fn sink(dir: &Path, bytes: &[u8]) -> (BlobSink, Header) {
        let hash = *blake3::hash(bytes).as_bytes();
        let sink = BlobSink {
            path: dir.join("blob"),
            len_max: 100,
            digest: Some(Digest::plain(hash)),
            cancel: CancellationToken::new(),
        };
        (sink, Header { len: bytes.len() as u64, hash })
    }

    #[test]
    fn a_part_is_resumed_verified_and_named() {
        let dir = tempfile::tempdir().unwrap();
        let (sink, header) = sink(dir.path(), b"some bytes");
        let mut part = Part::open(&sink, header, true).unwrap();
        part.write(b"some ").unwrap();
        drop(part);
        let mut part = Part::open(&sink, header, true).unwrap();
        assert_eq!(part.written(), 5);
        part.write(b"bytes").unwrap();
        part.finish().unwrap();
        assert_eq!(std::fs::read(&sink.path).unwrap(), b"some bytes");
        assert_eq!(std::fs::metadata(&sink.path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(!part_path(&sink.path).exists());
    }

    #[test]
    fn wrong_bytes_leave_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let (sink, header) = sink(dir.path(), b"some bytes");
        let mut part = Part::open(&sink, header, true).unwrap();
        part.write(b"some bites").unwrap();
        assert!(matches!(part.finish(), Err(FetchError::WrongDigest)));
        drop(part);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn without_a_digest_nothing_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (mut sink, header) = sink(dir.path(), b"some bytes");
        sink.digest = None;
        let mut part = Part::open(&sink, header, true).unwrap();
        part.write(b"some").unwrap();
        drop(part);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn one_path_has_one_writer() {
        let dir = tempfile::tempdir().unwrap();
        let (sink, header) = sink(dir.path(), b"some bytes");
        let _part = Part::open(&sink, header, true).unwrap();
        assert!(matches!(Part::open(&sink, header, true), Err(FetchError::InUse { .. })));
    }

    /// The bytes lie on where they were when a file is merely removed: a second name shows them.
    #[test]
    fn of_a_part_that_is_removed_no_byte_is_left() {
        let secret = vec![0x5a; 100];
        let left = |name: &str, end: fn(&mut Part)| {
            let dir = tempfile::tempdir().unwrap();
            let (sink, header) = sink(dir.path(), &secret);
            let mut part = Part::open(&sink, header, true).unwrap();
            part.write(&secret[..90]).unwrap();
            let second = dir.path().join("second");
            std::fs::hard_link(part_path(&sink.path), &second).unwrap();
            end(&mut part);
            drop(part);
            let left = std::fs::read(second).unwrap().into_iter().filter(|byte| *byte == 0x5a).count();
            println!("a part of 90 secret bytes, {name}: {left} of them left");
            left
        };
        let discarded = left("discarded", Part::discard);
        let wrong = left("of another digest", |part| assert!(part.finish().is_err()));
        assert_eq!((discarded, wrong), (0, 0));
    }

    #[test]
    fn what_is_cancelled_creates_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let (sink, header) = sink(dir.path(), b"some bytes");
        sink.cancel.cancel();
        assert!(matches!(Part::open(&sink, header, true), Err(FetchError::Stopped)));
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn digests_may_have_a_domain() {
        let dir = tempfile::tempdir().unwrap();
        let (mut sink, header) = sink(dir.path(), b"some bytes");
        let hash = dpgn_protocol::ids::hash("a domain", &[b"some bytes"]);
        sink.digest = Some(Digest::derived("a domain", hash));
        let mut part = Part::open(&sink, header, true).unwrap();
        part.write(b"some bytes").unwrap();
        part.finish().unwrap();
    }
}
