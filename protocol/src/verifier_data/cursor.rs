//! Reads numbers off bytes that somebody sent: never beyond the end, never more than was announced.

use super::VerifierDataError;
use crate::statement::FIELD_ORDER;

/// A place in the bytes.
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The number of bytes that were read.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Counts the bytes that are left.
    pub(super) fn rest(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// The bytes that were read from `start` on.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        &self.bytes[start..self.at]
    }

    /// Takes the next bytes off the front.
    pub(super) fn take(&mut self, what: &'static str, count: usize) -> Result<&'a [u8], VerifierDataError> {
        let end = self.at.checked_add(count).filter(|&end| end <= self.bytes.len());
        let end = end.ok_or(VerifierDataError::Truncated { what, at: self.at })?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    /// A little-endian number of up to eight bytes.
    fn number(&mut self, what: &'static str, bytes: usize) -> Result<u64, VerifierDataError> {
        Ok(self.take(what, bytes)?.iter().rev().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    /// Reads the next eight bytes as a number.
    pub(super) fn u64(&mut self, what: &'static str) -> Result<u64, VerifierDataError> {
        self.number(what, 8)
    }

    /// Reads the next four bytes as a number.
    pub(super) fn u32(&mut self, what: &'static str) -> Result<u64, VerifierDataError> {
        self.number(what, 4)
    }

    /// Takes the next byte off the front.
    pub(super) fn u8(&mut self, what: &'static str) -> Result<u64, VerifierDataError> {
        self.number(what, 1)
    }

    /// A yes or a no.
    pub(super) fn flag(&mut self, what: &'static str) -> Result<bool, VerifierDataError> {
        let value = self.u8(what)?;
        in_range(what, value, 0, 1)?;
        Ok(value == 1)
    }

    /// Reads a number that must be within bounds.
    pub(super) fn between(&mut self, what: &'static str, min: u64, max: u64) -> Result<usize, VerifierDataError> {
        let got = self.u64(what)?;
        in_range(what, got, min, max)?;
        usize::try_from(got).map_err(|_| VerifierDataError::OutOfRange { what, got, min, max })
    }

    /// A count of items that take at least `bytes_each` bytes: never more than are left.
    pub(super) fn count(&mut self, what: &'static str, bytes_each: usize) -> Result<usize, VerifierDataError> {
        let at = self.at;
        let count = self.u64(what)?;
        let fits = usize::try_from(count).ok().filter(|&count| count <= self.rest() / bytes_each);
        fits.ok_or(VerifierDataError::Truncated { what, at })
    }

    /// A number that can only be this one.
    pub(super) fn expect(&mut self, what: &'static str, expected: u64) -> Result<(), VerifierDataError> {
        let got = self.u64(what)?;
        same(what, expected, got)
    }

    /// A list of numbers that can only be these, after their count.
    pub(super) fn expect_all(&mut self, what: &'static str, expected: &[u64]) -> Result<(), VerifierDataError> {
        self.expect(what, expected.len() as u64)?;
        expected.iter().try_for_each(|&expected| self.expect(what, expected))
    }

    /// Field elements in their one encoding.
    pub(super) fn elements(&mut self, what: &'static str, count: usize) -> Result<(), VerifierDataError> {
        for _ in 0..count {
            let at = self.at;
            if self.u64(what)? >= FIELD_ORDER {
                return Err(VerifierDataError::NotCanonical { what, at });
            }
        }
        Ok(())
    }
}

pub(super) fn same(what: &'static str, expected: u64, got: u64) -> Result<(), VerifierDataError> {
    if got == expected { Ok(()) } else { Err(VerifierDataError::Unexpected { what, expected, got }) }
}

fn in_range(what: &'static str, got: u64, min: u64, max: u64) -> Result<(), VerifierDataError> {
    if (min..=max).contains(&got) { Ok(()) } else { Err(VerifierDataError::OutOfRange { what, got, min, max }) }
}
