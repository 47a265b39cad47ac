//! Why a job ends without a result, as the worker itself has it.

use super::refused::{JobRefused, JobUnable};

/// Why a job ends without a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failed {
    Refused(JobRefused),
    Unable(JobUnable),
}

impl From<JobRefused> for Failed {
    fn from(refused: JobRefused) -> Self {
        Self::Refused(refused)
    }
}

impl From<JobUnable> for Failed {
    fn from(unable: JobUnable) -> Self {
        Self::Unable(unable)
    }
}
