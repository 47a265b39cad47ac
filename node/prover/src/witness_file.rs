//! A witness at rest: in a file of its own, for its owner alone, gone when the award ends.
//!
//! The file is overwritten before it is removed. That is worth something on a plain disk; on flash, copy-on-
//! write or journaling storage old blocks may survive it, as they may in backups and snapshots. Whoever needs
//! more puts the directory on a memory file system or an encrypted disk.

use crate::circuit::Inputs;
use dpgn_protocol::ids::TaskId;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

const SUFFIX: &str = "witness";

/// A stored witness. Dropped, it is wiped and removed.
#[derive(Debug)]
pub struct WitnessFile {
    path: PathBuf,
    file: File,
    len: u64,
}

impl WitnessFile {
    /// Stores the witness of a task that has none in this directory yet.
    pub fn store(dir: &Path, task: &TaskId, inputs: &Inputs) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let path = dir.join(format!("{task}.{SUFFIX}"));
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
        let mut stored = Self { path, file, len: inputs.as_bytes().len() as u64 };
        // From here on a failure removes the file: `stored` is dropped.
        stored.file.write_all(inputs.as_bytes())?;
        Ok(stored)
    }

    /// Reads the witness back.
    pub fn read(&mut self) -> io::Result<Inputs> {
        // Allocated whole, not grown: growing would leave copies behind that nobody wipes.
        let len = usize::try_from(self.len).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let mut inputs = zeroize::Zeroizing::new(vec![0; len]);
        self.file.rewind()?;
        self.file.read_exact(&mut inputs)?;
        Ok(Inputs::new(std::mem::take(&mut *inputs)))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Wipes and removes it now, and says if that failed.
    pub fn discard(mut self) -> io::Result<()> {
        self.wipe()
    }

    /// Wipes and removes what a crash has left in the directory. Returns how many there were.
    pub fn sweep(dir: &Path) -> io::Result<usize> {
        let entries = match fs::read_dir(dir) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut swept = 0;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|suffix| suffix == SUFFIX) {
                let file = OpenOptions::new().write(true).open(&path)?;
                let len = file.metadata()?.len();
                Self { path, file, len }.discard()?;
                swept += 1;
            }
        }
        Ok(swept)
    }

    fn wipe(&mut self) -> io::Result<()> {
        if self.len > 0 {
            self.file.rewind()?;
            io::copy(&mut io::repeat(0).take(self.len), &mut self.file)?;
            self.file.sync_data()?;
            self.len = 0;
        }
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Drop for WitnessFile {
    fn drop(&mut self) {
        if let Err(error) = self.wipe() {
            tracing::warn!(path = %self.path.display(), %error, "a witness could not be wiped");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    const TASK: TaskId = TaskId::from_bytes([7; 32]);

    #[test]
    fn a_witness_is_its_owners_alone_and_goes_when_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let mut stored = WitnessFile::store(&dir.path().join("w"), &TASK, &Inputs::new(b"secret".to_vec())).unwrap();
        let path = stored.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(stored.read().unwrap().as_bytes(), b"secret");
        // A second name for the file shows what is left of its bytes.
        let copy = dir.path().join("copy");
        fs::hard_link(&path, &copy).unwrap();
        drop(stored);
        assert!(!path.exists());
        assert_eq!(fs::read(copy).unwrap(), [0; 6]);
    }

    #[test]
    fn a_task_has_one_witness_and_none_after_discard() {
        let dir = tempfile::tempdir().unwrap();
        let inputs = Inputs::new(vec![1]);
        let first = WitnessFile::store(dir.path(), &TASK, &inputs).unwrap();
        let error = WitnessFile::store(dir.path(), &TASK, &inputs).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert!(first.path().exists(), "a refused second one leaves the first alone");
        first.discard().unwrap();
        WitnessFile::store(dir.path(), &TASK, &inputs).unwrap();
    }

    #[test]
    fn what_a_crash_left_is_swept() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(WitnessFile::sweep(&dir.path().join("none")).unwrap(), 0);
        std::mem::forget(WitnessFile::store(dir.path(), &TASK, &Inputs::new(vec![1; 9])).unwrap());
        fs::write(dir.path().join("other"), b"").unwrap();
        assert_eq!(WitnessFile::sweep(dir.path()).unwrap(), 1);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
