//! The file of names: read when the node starts, written whenever they change, by a task of its own. It is its owner's alone,
//! and holds hashes of keys, no key.

use super::names::{BYTES_MAX, Names};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::sync::watch;

/// The pause between two writes: whoever registers without end does not keep the disk at work.
const PAUSE: Duration = Duration::from_secs(1);

/// Reads the names of a file; none if it is not there. One that cannot be read is told, and names are taken anew.
pub(super) fn read(path: &Path) -> Names {
    let bytes = File::open(path).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(BYTES_MAX as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    });
    let told = |error: &dyn std::fmt::Display| {
        tracing::warn!(path = %path.display(), %error, "the names of provers are forgotten: each is whose key comes first");
        Names::default()
    };
    match bytes {
        Ok(bytes) => Names::decode(&bytes).unwrap_or_else(|error| told(&error)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Names::default(),
        Err(error) => told(&error),
    }
}

/// Writes what is to be written, the newest of it, until nothing more can come.
pub(super) async fn save(path: PathBuf, mut changes: watch::Receiver<Arc<[u8]>>) {
    while changes.changed().await.is_ok() {
        let (path, bytes) = (path.clone(), changes.borrow_and_update().clone());
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || write(&path, &bytes)).await {
            tracing::warn!(%error, "the names of provers could not be written");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Writes a file whole: what is cut off has another name.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = path.with_extension("part");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(part, path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::key::KeyShown;
    use dpgn_protocol::units::Timestamp;
    use std::os::unix::fs::PermissionsExt;
    use uuid::Uuid;

    #[tokio::test]
    async fn names_are_there_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agents.json");
        let (name, key) = (Uuid::from_u128(1), KeyShown::new("a key of sixteen".to_owned()).unwrap());
        let mut names = read(&path);
        names.keep(Timestamp::new(1), name, key.hash(name), |_| false);
        let (changes, changed) = watch::channel(Arc::from([]));
        let saves = tokio::spawn(save(path.clone(), changed));
        changes.send_replace(names.take_change().unwrap().into());
        drop(changes);
        saves.await.unwrap();
        let again = read(&path);
        assert!(again.admits(name, Some(&key)) && !again.admits(name, None));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "something else").unwrap();
        assert!(read(&path).admits(name, None), "told, and begun anew");
    }
}
