//! The container that iden3's `.r1cs` and `.wtns` files share: a magic word, a version, and sections of a
//! type and a length, in any order.
//!
//! Every read is bounded by the bytes that are there; no count is believed before that.

use super::goldilocks::{Element as F, ORDER};

/// What a file is by its first four bytes, for people.
fn kind_of(magic: [u8; 4]) -> String {
    let is_text = magic.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    match &magic {
        b"r1cs" => "it is a .r1cs file, a circuit".to_owned(),
        b"wtns" => "it is a .wtns file, a witness".to_owned(),
        magic if is_text => format!("it begins with {:?}", String::from_utf8_lossy(magic.as_slice())),
        magic => format!("it begins with the bytes {magic:02x?}"),
    }
}

/// The error of a `.r1cs` or `.wtns` file whose bytes are malformed: what is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The file has more bytes than the limit.
    #[error("a file of {got} bytes; the limit is {limit}")]
    TooLarge {
        /// The length that was given, in bytes.
        got: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// The file is of another kind: its magic word is not the one expected.
    #[error("not a .{expected} file: {}", kind_of(*got))]
    Magic {
        /// The kind of file that was expected, `r1cs` or `wtns`.
        expected: &'static str,
        /// The first four bytes of the file.
        got: [u8; 4],
    },
    /// The file has a version of the format that is not read here.
    #[error("version {got} of the .{format} format; version {supported} is supported")]
    Version {
        /// The format that was expected, `r1cs` or `wtns`.
        format: &'static str,
        /// The version that the file names.
        got: u32,
        /// The version that this program reads.
        supported: u32,
    },
    /// The file or a section ends too early.
    #[error("{part} is truncated: {need} bytes needed at offset {offset}, {have} are there")]
    Truncated {
        /// The section or the part of it that was being read, for people.
        part: &'static str,
        /// The offset in the file, in bytes.
        offset: usize,
        /// The number of bytes that are needed.
        need: u64,
        /// The number of bytes that are there.
        have: u64,
    },
    /// Bytes after the end of a section's content or of the file's last section.
    #[error("{bytes} bytes left over in {part}, at offset {offset}")]
    LeftOver {
        /// The section or the part of it that was being read, for people.
        part: &'static str,
        /// The offset in the file, in bytes.
        offset: usize,
        /// The number of bytes that are left over.
        bytes: u64,
    },
    /// A section comes twice.
    #[error("section {section} is there twice, again at offset {offset}")]
    DuplicateSection {
        /// The type of the section, as the format numbers it.
        section: u32,
        /// The offset in the file at which the second one begins, in bytes.
        offset: usize,
    },
    /// A section that must be there is not.
    #[error("section {section} ({part}) is missing")]
    MissingSection {
        /// The type of the section, as the format numbers it.
        section: u32,
        /// The content of the section that is missing, for people.
        part: &'static str,
    },
    /// A section this reader does not know. Skipping it could skip a constraint.
    #[error("section of unknown type {section} at offset {offset}")]
    UnknownSection {
        /// The type of the section, as the format numbers it.
        section: u32,
        /// The offset in the file at which the section begins, in bytes.
        offset: usize,
    },
    /// The circuit is over another prime field.
    #[error("the circuit is over {field}, not over Goldilocks; compile with `--prime goldilocks`")]
    Prime {
        /// The field's name, or its prime in hexadecimal.
        field: String,
    },
    /// A value that is not below the prime.
    #[error("{part}: the value at offset {offset} is not below the prime {ORDER:#x}")]
    NotCanonical {
        /// The section or the part of it that was being read, for people.
        part: &'static str,
        /// The offset in the file, in bytes.
        offset: usize,
    },
}

/// The primes circom knows, so that an error can name the curve.
const PRIMES: [(&str, &str); 7] = [
    ("bn128 (BN254)", "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001"),
    ("grumpkin", "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47"),
    ("bls12381 (BLS12-381)", "73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001"),
    ("bls12377 (BLS12-377)", "12ab655e9a2ca55660b44d1e5c37b00159aa76fed00000010a11800000000001"),
    ("pallas", "40000000000000000000000000000000224698fc094cf91b992d30ed00000001"),
    ("vesta", "40000000000000000000000000000000224698fc0994a8dd8c46eb2100000001"),
    ("secq256r1", "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"),
];

/// Bytes of a prime that is worth naming: circom's largest has 32.
const PRIME_BYTES_MAX: u32 = 64;

/// One of the formats that use the container.
#[derive(Clone, Copy)]
pub(super) struct Format {
    /// The name of the format, for errors.
    pub(super) name: &'static str,
    /// The first four bytes of a file of this format.
    pub(super) magic: [u8; 4],
    /// The version that is read.
    pub(super) version: u32,
}

/// A section as found: type, and where its content lies.
#[derive(Clone, Copy)]
struct Section {
    section: u32,
    start: usize,
    end: usize,
}

/// A file cut into its sections.
pub(super) struct Container<'a> {
    bytes: &'a [u8],
    sections: Vec<Section>,
}

impl<'a> Container<'a> {
    /// Cuts a file. Every section's type must pass `admit`, and none may come twice.
    pub(super) fn open<E: From<FileError>>(
        bytes: &'a [u8],
        format: Format,
        bytes_max: u64,
        admit: impl Fn(u32, usize) -> Result<(), E>,
    ) -> Result<Self, E> {
        let len = bytes.len() as u64;
        if len > bytes_max {
            return Err(FileError::TooLarge { got: len, limit: bytes_max }.into());
        }
        let mut reader = Reader { bytes, at: 0, end: bytes.len(), part: "the file" };
        let got = reader.array()?;
        if got != format.magic {
            return Err(FileError::Magic { expected: format.name, got }.into());
        }
        let got = reader.u32()?;
        if got != format.version {
            return Err(FileError::Version { format: format.name, got, supported: format.version }.into());
        }
        let count = reader.u32()?;
        let mut sections: Vec<Section> = Vec::new();
        // `admit` knows few types and none may come twice: this ends early whatever `count` says.
        for _ in 0..count {
            let offset = reader.at;
            let section = reader.u32()?;
            admit(section, offset)?;
            if sections.iter().any(|s| s.section == section) {
                return Err(FileError::DuplicateSection { section, offset }.into());
            }
            let len = reader.u64()?;
            let start = reader.at;
            reader.skip(len)?;
            sections.push(Section { section, start, end: reader.at });
        }
        reader.finish()?;
        Ok(Self { bytes, sections })
    }

    /// A reader over one section's content.
    pub(super) fn section(&self, section: u32, part: &'static str) -> Result<Reader<'a>, FileError> {
        let found = self.sections.iter().find(|s| s.section == section);
        let Section { start, end, .. } = *found.ok_or(FileError::MissingSection { section, part })?;
        Ok(Reader { bytes: self.bytes, at: start, end, part })
    }
}

/// Reads little-endian numbers from a part of a file, never past its end.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    end: usize,
    part: &'static str,
}

impl<'a> Reader<'a> {
    /// The offset of the next byte in the file.
    pub(super) fn offset(&self) -> usize {
        self.at
    }

    /// The number of bytes still to be read.
    pub(super) fn remaining(&self) -> u64 {
        (self.end - self.at) as u64
    }

    /// Checks that `count` items of `size` bytes are there.
    pub(super) fn expect(&self, count: u32, size: u32) -> Result<(), FileError> {
        let need = u64::from(count) * u64::from(size);
        if need > self.remaining() {
            return Err(FileError::Truncated { part: self.part, offset: self.at, need, have: self.remaining() });
        }
        Ok(())
    }

    fn skip(&mut self, len: u64) -> Result<&'a [u8], FileError> {
        if len > self.remaining() {
            let have = self.remaining();
            return Err(FileError::Truncated { part: self.part, offset: self.at, need: len, have });
        }
        let start = self.at;
        // `len` fits: it is at most the length of a slice.
        self.at += len as usize;
        Ok(&self.bytes[start..self.at])
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], FileError> {
        let mut array = [0; N];
        array.copy_from_slice(self.skip(N as u64)?);
        Ok(array)
    }

    pub(super) fn u32(&mut self) -> Result<u32, FileError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, FileError> {
        self.array().map(u64::from_le_bytes)
    }

    /// A field element in its one encoding.
    pub(super) fn element(&mut self) -> Result<F, FileError> {
        let offset = self.at;
        F::new(self.u64()?).ok_or(FileError::NotCanonical { part: self.part, offset })
    }

    /// A field's size and prime, which must be Goldilocks'.
    pub(super) fn goldilocks(&mut self) -> Result<(), FileError> {
        let size = self.u32()?;
        if size > PRIME_BYTES_MAX {
            return Err(FileError::Prime { field: format!("a field of {size} bytes") });
        }
        let prime = self.skip(u64::from(size))?;
        if prime == ORDER.to_le_bytes() {
            return Ok(());
        }
        let hex: String = prime.iter().rev().map(|byte| format!("{byte:02x}")).collect();
        let known = PRIMES.iter().find(|(_, known)| *known == hex);
        Err(FileError::Prime { field: known.map_or(format!("the field of 0x{hex}"), |(name, _)| (*name).to_owned()) })
    }

    /// Ends the reading: a byte that is left over is an error.
    pub(super) fn finish(self) -> Result<(), FileError> {
        match self.remaining() {
            0 => Ok(()),
            bytes => Err(FileError::LeftOver { part: self.part, offset: self.at, bytes }),
        }
    }
}
