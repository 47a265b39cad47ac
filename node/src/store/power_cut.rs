//! The power fails: of what was written since the last sync, any part may be on the disk, torn anywhere.
//!
//! A kill leaves the system's own buffers whole; this does not. The same seed gives the same disk.

use super::{
    Beside, Store, StoreError, guard,
    tests::{NETWORK, decided},
};
use redb::{Database, StorageBackend};
use std::{
    io,
    path::Path,
    sync::{Arc, Mutex},
};

/// A disk that remembers what has not been synced.
#[derive(Clone, Debug, Default)]
struct Disk(Arc<Mutex<Platter>>);

#[derive(Debug, Default)]
struct Platter {
    synced: Vec<u8>,
    written: Vec<u8>,
    since: Vec<(usize, Vec<u8>)>,
    /// Writes and syncs until the power fails.
    left: Option<u32>,
    /// Says that it has synced, and has not.
    lies: bool,
}

impl Platter {
    fn tick(&mut self) -> Result<(), io::Error> {
        match &mut self.left {
            Some(0) => return Err(io::Error::other("the power is gone")),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(())
    }

    /// The file as it is found when the power is back: of each write nothing, all, or its beginning.
    fn after_the_failure(&self, random: &mut impl FnMut(usize) -> usize) -> Vec<u8> {
        let mut found = self.synced.clone();
        found.resize(self.written.len().max(found.len()), 0);
        for (at, bytes) in &self.since {
            let kept = match random(3) {
                0 => 0,
                1 => bytes.len(),
                // Sectors are written whole.
                _ => random(bytes.len() / 512 + 1) * 512,
            };
            if let Some(place) = found.get_mut(*at..at + kept) {
                place.copy_from_slice(&bytes[..kept]);
            }
        }
        found
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> Result<u64, io::Error> {
        Ok(self.0.lock().unwrap().written.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> Result<(), io::Error> {
        let platter = self.0.lock().unwrap();
        let from = offset as usize;
        let bytes = platter.written.get(from..from + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, len: u64) -> Result<(), io::Error> {
        let mut platter = self.0.lock().unwrap();
        platter.tick()?;
        platter.written.resize(len as usize, 0);
        Ok(())
    }

    fn sync_data(&self) -> Result<(), io::Error> {
        let mut platter = self.0.lock().unwrap();
        platter.tick()?;
        if !platter.lies {
            platter.synced = platter.written.clone();
            platter.since.clear();
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> Result<(), io::Error> {
        let mut platter = self.0.lock().unwrap();
        platter.tick()?;
        let from = offset as usize;
        let place = platter.written.get_mut(from..from + data.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        place.copy_from_slice(data);
        platter.since.push((from, data.to_vec()));
        Ok(())
    }
}

fn open(disk: &Disk) -> Result<Store, StoreError> {
    let mut builder = Database::builder();
    builder.set_check_integrity_on_open(true);
    let database = guard(|| Ok(builder.create_with_backend(disk.clone()).map_err(redb::Error::from)?))?;
    Store::over(database, Path::new("disk"), NETWORK)
}

/// Commits until the power fails; the last height that was said to be durable.
fn commit_until_it_fails(store: &Store) -> u64 {
    let mut tip = store.tip().unwrap();
    loop {
        let next = decided(tip.height.get() + 1, tip.hash, tip.height.get());
        let snapshot = vec![next.block.header.height.get() as u8; 10_000];
        if store.commit_block(&next, Beside { snapshot: Some(&snapshot), ..Beside::default() }).is_err() {
            return tip.height.get();
        }
        (tip.height, tip.hash) = (next.block.header.height, next.certificate.block);
    }
}

/// Lets the power fail four times; how often it failed within a commit, or what was lost.
fn live(seed: u64, lies: bool) -> Result<usize, String> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut disk = Disk::default();
    open(&disk).map_err(|e| e.to_string())?;
    disk.0.lock().unwrap().lies = lies;
    let (mut durable, mut within_commits) = (0, 0);
    for _ in 0..4 {
        let store = open(&disk).map_err(|e| format!("height {durable} was durable: {e}"))?;
        let tip = store.tip().map_err(|e| e.to_string())?.height.get();
        if tip < durable {
            return Err(format!("height {durable} was durable, {tip} is there"));
        }
        let snapshots = store.snapshots().map_err(|e| e.to_string())?;
        let last = snapshots.first().map_or((0, vec![0; 10_000]), |(height, bytes)| (height.get(), bytes.clone()));
        if last != (tip, vec![tip as u8; 10_000]) {
            return Err(format!("block {tip} is there, the snapshot is of {}", last.0));
        }
        disk.0.lock().unwrap().left = Some(10 + random(80) as u32);
        durable = commit_until_it_fails(&store);
        drop(store);
        let platter = disk.0.lock().unwrap();
        within_commits += usize::from(!platter.since.is_empty());
        let found = platter.after_the_failure(&mut random);
        drop(platter);
        let platter = Platter { synced: found.clone(), written: found, lies, ..Platter::default() };
        disk = Disk(Arc::new(Mutex::new(platter)));
    }
    Ok(within_commits)
}

#[test]
fn a_power_failure_loses_nothing_durable() {
    let within_commits: usize =
        (1..=60).map(|seed| live(seed, false).unwrap_or_else(|e| panic!("seed {seed}: {e}"))).sum();
    assert!(within_commits > 60, "only {within_commits} failures hit a commit");
}

/// The control: on a disk that lies about syncing the same lives lose something.
#[test]
fn a_disk_that_lies_is_caught() {
    let caught = (1..=20).filter(|seed| live(*seed, true).is_err()).count();
    assert!(caught > 15, "caught {caught} of 20");
}
