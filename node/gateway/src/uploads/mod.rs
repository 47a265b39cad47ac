//! Uploads: circuits and witnesses that are too large for JSON, named by the digest of their bytes.

mod file;
mod loan;
mod pace;
mod readers;
mod routes;
mod shelf;
mod tidy;

pub(crate) use file::Digest;
pub(crate) use loan::Loan;
pub(crate) use routes::{__path_look, __path_put, look, put};
pub(crate) use shelf::Shelf;
pub(crate) use tidy::{TIDY_EVERY, keep_tidy};
