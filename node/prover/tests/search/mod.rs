//! A search for pieces of a secret: in bytes, in files, in the memory of processes.

use std::{
    collections::HashSet,
    fs::{self, File},
    os::unix::fs::FileExt as _,
};

const CHUNK: usize = 1 << 20;

/// Pieces of a secret, all of one length.
pub struct Pieces {
    set: HashSet<Vec<u8>>,
    len: usize,
    /// Whether a piece starts with these two bytes.
    may_start: Vec<bool>,
}

impl Pieces {
    /// Cuts a secret into pieces of so many bytes; what is left at its end counts for nothing.
    pub fn new(secret: &[u8], len: usize) -> Self {
        let set: HashSet<_> = secret.chunks_exact(len).map(<[u8]>::to_vec).collect();
        let mut may_start = vec![false; 1 << 16];
        set.iter().for_each(|piece| may_start[piece[0] as usize | (piece[1] as usize) << 8] = true);
        Self { set, len, may_start }
    }

    /// How many pieces these bytes hold, wherever they start.
    pub fn count(&self, bytes: &[u8]) -> usize {
        // Tests are not optimized: a plain loop is ten times as fast as iterators, and nodes have a gigabyte.
        let (may_start, len) = (self.may_start.as_slice(), bytes.len());
        let (mut at, mut found) = (0, 0);
        while at + self.len <= len {
            if may_start[bytes[at] as usize | (bytes[at + 1] as usize) << 8]
                && self.set.contains(&bytes[at..at + self.len])
            {
                found += 1;
            }
            at += 1;
        }
        found
    }

    /// Pieces in whatever can be read of a process's memory, and how many bytes were searched; none where the process
    /// lets nobody look inside. A node and its workers let only root.
    pub fn in_process(&self, pid: u32) -> Option<(usize, usize)> {
        let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
        let memory = File::open(format!("/proc/{pid}/mem")).ok()?;
        let (mut found, mut searched) = (0, 0);
        let mut chunk = vec![0; CHUNK + self.len];
        for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|p| p.starts_with('r'))) {
            let (from, to) = line.split(' ').next().unwrap().split_once('-').unwrap();
            let (mut at, to) = (u64::from_str_radix(from, 16).unwrap(), u64::from_str_radix(to, 16).unwrap());
            while at < to {
                let wanted = chunk.len().min((to - at) as usize);
                let got = memory.read_at(&mut chunk[..wanted], at).unwrap_or(0);
                found += self.count(&chunk[..got]);
                searched += got;
                at += CHUNK as u64;
            }
        }
        Some((found, searched))
    }
}

/// A process and its children.
pub fn tree(root: u32) -> Vec<u32> {
    let numbers = fs::read_dir("/proc").unwrap().filter_map(|e| e.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let parent = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse::<u32>().ok()
    };
    numbers.filter(|pid| *pid == root || parent(pid) == Some(root)).collect()
}
