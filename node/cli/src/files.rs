//! Files of the command line: bounded, and their faults told by name.

use dpgn_node::failure::Failure;
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// A file's bytes, if there are at most `limit`.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: std::io::Error| Failure::input(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(failed)?.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(Failure::input(format!("{} has more than {limit} bytes", path.display())));
    }
    Ok(bytes)
}

/// Copies a proof to a file, and what checks it to the same name with `.verifier` appended, which is returned.
pub(crate) fn copy_proof(proof: &Path, verifier_data: &Path, to: &Path) -> Result<PathBuf, Failure> {
    let mut beside = to.as_os_str().to_owned();
    beside.push(".verifier");
    let beside = PathBuf::from(beside);
    for (from, to) in [(proof, to), (verifier_data, &beside)] {
        let failed = |e| Failure::network(format!("{} to {}: {e}", from.display(), to.display()));
        fs::copy(from, to).map_err(failed)?;
    }
    Ok(beside)
}
