//! Headers of served files: hashed once, by one thread, and remembered while the file stays as it was.
//!
//! A question for a blob costs its asker some bytes; hashing the file again for each would cost the owner up to
//! 256 MiB of reading.

use super::{CHUNK_BYTES, disk::Source, stream::Header};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::SystemTime,
};
use tokio::sync::{mpsc, oneshot};
use zeroize::Zeroizing;

/// Headers remembered; when there are more, all are forgotten.
const REMEMBERED_MAX: usize = 1_024;
/// Questions that wait for the thread.
const WAITING_MAX: usize = 64;

/// A file as it was when it was hashed.
struct Known {
    modified: SystemTime,
    header: Header,
}

#[derive(Default)]
struct Cache {
    known: HashMap<PathBuf, Known>,
    hashed: usize,
}

impl Cache {
    fn open(&mut self, path: &Path) -> io::Result<Source> {
        let mut file = File::open(path)?;
        let data = file.metadata()?;
        let modified = data.modified()?;
        let known = self.known.get(path).filter(|known| (known.modified, known.header.len) == (modified, data.len()));
        if let Some(known) = known {
            return Ok(Source { file, header: known.header });
        }
        self.hashed += 1;
        let header = header(&mut file, data.len())?;
        if self.known.len() >= REMEMBERED_MAX {
            self.known.clear();
        }
        self.known.insert(path.to_owned(), Known { modified, header });
        Ok(Source { file, header })
    }
}

/// Reads a file through buffers that are wiped: it may be a secret.
fn header(file: &mut File, len: u64) -> io::Result<Header> {
    let mut hasher = Zeroizing::new(blake3::Hasher::new());
    let mut chunk = Zeroizing::new(vec![0; len.min(CHUNK_BYTES as u64) as usize]);
    let mut left = len;
    while left > 0 {
        let piece = &mut chunk[..left.min(CHUNK_BYTES as u64) as usize];
        file.read_exact(piece)?;
        hasher.update(piece);
        left -= piece.len() as u64;
    }
    Ok(Header { len, hash: *hasher.finalize().as_bytes() })
}

type Question = (PathBuf, oneshot::Sender<io::Result<Source>>);

/// Opens files for serving. Ends its thread when the last one is dropped.
#[derive(Clone)]
pub(super) struct Headers {
    questions: mpsc::Sender<Question>,
}

impl Headers {
    pub(super) fn start() -> Self {
        let (questions, mut asked) = mpsc::channel::<Question>(WAITING_MAX);
        tokio::task::spawn_blocking(move || {
            let mut cache = Cache::default();
            while let Some((path, reply)) = asked.blocking_recv() {
                // Whoever has stopped waiting costs nothing more.
                if !reply.is_closed() {
                    reply.send(cache.open(&path)).ok();
                }
            }
        });
        Self { questions }
    }

    pub(super) async fn open(&self, path: PathBuf) -> io::Result<Source> {
        let (reply, opened) = oneshot::channel();
        let ended = || io::Error::other("the thread that hashes files has ended");
        self.questions.send((path, reply)).await.map_err(|_| ended())?;
        opened.await.map_err(|_| ended())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn a_file_is_hashed_once_and_again_when_it_has_changed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("blob");
        std::fs::write(&path, vec![7; 32 << 20]).unwrap();
        let mut cache = Cache::default();
        let start = Instant::now();
        let header = cache.open(&path).unwrap().header;
        let first = start.elapsed();
        let start = Instant::now();
        for _ in 0..100 {
            assert_eq!(cache.open(&path).unwrap().header, header);
        }
        let again = start.elapsed();
        println!("32 MiB: first question {first:?}, the next hundred {again:?} together, hashed {} time", cache.hashed);
        assert_eq!(cache.hashed, 1);
        std::fs::write(&path, vec![8; 32 << 20]).unwrap();
        let later = SystemTime::now() + Duration::from_secs(5);
        File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        assert_ne!(cache.open(&path).unwrap().header, header);
        assert_eq!(cache.hashed, 2);
    }
}
