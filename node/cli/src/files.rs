//! Files of the command line: bounded, and their faults told by name.

use crate::{output::Output, user_error::UserError};
use dpgn_node::{ProofFiles, checkpoint_file, genesis_file};
use dpgn_protocol::checkpoint::Checkpoint;
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// The advice if the file is a genesis.
pub(crate) const GENESIS: &str = "this is a genesis, no checkpoint: it is named by --genesis";

/// A file's bytes, if there are at most `limit`.
pub(crate) fn read(path: &Path, limit: u64) -> Result<Vec<u8>, UserError> {
    let failed = |error: std::io::Error| UserError::input(format!("{}: {error}", path.display()));
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(failed)?.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > limit {
        return Err(UserError::input(format!("{} has more than {limit} bytes", path.display())));
    }
    Ok(bytes)
}

/// Copies a proof to a file and says so; the verifier data go to the same name with `.verifier` appended, which is
/// returned.
pub(crate) fn keep_proof(found: &ProofFiles, to: &Path, output: &Output) -> Result<PathBuf, UserError> {
    let mut beside = to.as_os_str().to_owned();
    beside.push(".verifier");
    let beside = PathBuf::from(beside);
    for (from, to) in [(found.proof.as_path(), to), (&found.verifier_data, &beside)] {
        let failed = |e| UserError::network(format!("{} to {}: {e}", from.display(), to.display()));
        fs::copy(from, to).map_err(failed)?;
    }
    output.say(&format!("wrote {} and {}", to.display(), beside.display()));
    Ok(beside)
}

/// Reads a checkpoint from its file; a genesis in its place is told apart.
pub(crate) fn checkpoint(file: &Path) -> Result<Checkpoint, UserError> {
    checkpoint_file::read(file).map_err(|error| {
        let told = UserError::input(error);
        if genesis_file::read(file).is_ok() { told.hint(GENESIS) } else { told }
    })
}
