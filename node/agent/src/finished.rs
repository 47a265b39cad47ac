//! Finished proofs that are not handed in yet: in memory, and in a directory if there is one, so that a crash of the agent or
//! of its gateway costs no proof. A proof holds no secret that its receiver would not get anyway; the files are 0600 all the same.

use crate::error::AgentError;
use std::{
    collections::BTreeMap,
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// Bytes of a proof.
const PROOF_BYTES_MAX: u64 = 1 << 20;
/// Finished proofs that are kept: the rest are of awards that are long over.
const KEPT_MAX: usize = 256;
const EXTENSION: &str = "proof";

/// The finished proofs of an agent, by the tasks they are for.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    dir: Option<PathBuf>,
    proofs: BTreeMap<Uuid, Vec<u8>>,
}

impl Finished {
    /// Reads what was left when the agent ended last.
    pub(crate) fn open(dir: Option<&Path>) -> Result<Self, AgentError> {
        let Some(dir) = dir else { return Ok(Self::default()) };
        let read = || -> io::Result<BTreeMap<Uuid, Vec<u8>>> {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
            let mut proofs = BTreeMap::new();
            for entry in fs::read_dir(dir)? {
                let path = entry?.path();
                let task = path.file_stem().and_then(|stem| stem.to_str()?.parse::<Uuid>().ok());
                let is_proof = path.extension().is_some_and(|extension| extension == EXTENSION);
                let Some(task) = task.filter(|_| is_proof && proofs.len() < KEPT_MAX) else { continue };
                if fs::metadata(&path)?.len() <= PROOF_BYTES_MAX {
                    proofs.insert(task, fs::read(&path)?);
                }
            }
            Ok(proofs)
        };
        let proofs = read().map_err(|source| AgentError::Dir { path: dir.to_owned(), source })?;
        Ok(Self { dir: Some(dir.to_owned()), proofs })
    }

    /// Keeps a proof until it is handed in.
    pub(crate) fn keep(&mut self, task: Uuid, proof: Vec<u8>) {
        if let Some(dir) = &self.dir
            && let Err(error) = write(dir, task, &proof)
        {
            tracing::warn!(%task, %error, "a finished proof is in memory alone");
        }
        self.proofs.insert(task, proof);
        while self.proofs.len() > KEPT_MAX {
            let Some(other) = self.proofs.keys().find(|kept| **kept != task).copied() else { return };
            self.forget(other);
        }
    }

    pub(crate) fn get(&self, task: Uuid) -> Option<Vec<u8>> {
        self.proofs.get(&task).cloned()
    }

    pub(crate) fn tasks(&self) -> Vec<Uuid> {
        self.proofs.keys().copied().collect()
    }

    /// The tasks whose proofs a later start will hand in; none without a directory.
    pub(crate) fn on_disk(&self) -> Vec<Uuid> {
        if self.dir.is_some() { self.tasks() } else { Vec::new() }
    }

    /// Forgets a proof: it is handed in, or nobody waits for it.
    pub(crate) fn forget(&mut self, task: Uuid) {
        self.proofs.remove(&task);
        if let Some(dir) = &self.dir {
            let _ = fs::remove_file(path(dir, task));
        }
    }
}

fn path(dir: &Path, task: Uuid) -> PathBuf {
    dir.join(task.to_string()).with_extension(EXTENSION)
}

/// Writes a proof whole: what is cut off has another name.
fn write(dir: &Path, task: Uuid, proof: &[u8]) -> io::Result<()> {
    let (whole, part) = (path(dir, task), dir.join(format!("{task}.part")));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(proof)?;
    file.sync_all()?;
    fs::rename(part, whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_finished_proof_is_there_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut finished = Finished::open(Some(dir.path())).unwrap();
        finished.keep(one, vec![1, 2, 3]);
        finished.keep(two, vec![4]);
        finished.forget(two);
        fs::write(dir.path().join("notes.txt"), "none of ours").unwrap();
        fs::write(dir.path().join(format!("{two}.part")), "cut off").unwrap();
        let again = Finished::open(Some(dir.path())).unwrap();
        assert_eq!((again.tasks(), again.get(one)), (vec![one], Some(vec![1, 2, 3])));
        let mode = fs::metadata(path(dir.path(), one)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn no_more_are_kept_than_may_be_waited_for() {
        let mut finished = Finished::open(None).unwrap();
        (0..300).for_each(|n| finished.keep(Uuid::from_u128(n), vec![0]));
        assert_eq!(finished.tasks().len(), KEPT_MAX);
        assert!(finished.get(Uuid::from_u128(299)).is_some(), "the one that is new stays");
    }
}
