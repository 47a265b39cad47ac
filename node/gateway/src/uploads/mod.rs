//! Uploads: circuits and witnesses that are too large for JSON, named by the digest of their bytes.

mod routes;
mod shelf;

pub(crate) use routes::{__path_look, __path_put, look, put};
pub(crate) use shelf::{Digest, Shelf, wipe};
