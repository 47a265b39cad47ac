//! Files of the command line: bounded, and their faults told by name.

use crate::failure::Failure;
use std::{fs, io::Read, path::Path};

/// A file's bytes, if there are at most `limit`.
pub(super) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::input(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(failed)?.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Failure::input(format!("{} has more than {limit} bytes", path.display())));
    }
    Ok(bytes)
}
