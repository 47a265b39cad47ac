//! The status line: what happens on the way to a result, on standard error.

use std::io::{self, Write};

/// Writes a line to standard error. If that is closed there is nobody to tell.
pub(crate) fn status_line(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}
