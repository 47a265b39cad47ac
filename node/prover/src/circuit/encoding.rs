//! plonky2's encoding, read and written in no more memory than what is read takes. The bytes and the values are plonky2's.
//!
//! plonky2's own reader grows vectors as it goes, so that a circuit that was read has half as much memory again as one that was
//! built, nearly all of it in the leaves of its commitment; and a proof's many small ones take a tenth of its verification. Its writer
//! has all bytes in one vector, which grows too.

use super::error::StoredCircuitError;
use dpgn_protocol::ids::DomainHasher;
use plonky2::{
    field::{
        extension::{Extendable, FieldExtension},
        types::Field64,
    },
    gates::gate::GateRef,
    hash::{hash_types::RichField, merkle_proofs::MerkleProof},
    iop::generator::WitnessGeneratorRef,
    plonk::{
        circuit_data::CommonCircuitData,
        config::{GenericHashOut, Hasher},
    },
    util::serialization::{
        Buffer, GateSerializer, IoError, IoResult, Read, Remaining, WitnessGeneratorSerializer, Write,
    },
};
use std::io;

/// Bytes that are read from front to back.
pub(crate) struct Exact<'a>(pub(crate) &'a [u8]);

impl<'a> Exact<'a> {
    /// The next `count` items of so many bytes each.
    fn take(&mut self, count: usize, each: usize) -> IoResult<&'a [u8]> {
        let (taken, rest) = count.checked_mul(each).and_then(|len| self.0.split_at_checked(len)).ok_or(IoError)?;
        self.0 = rest;
        Ok(taken)
    }

    /// What plonky2's own reader makes of the next bytes.
    fn by_plonky2<T>(&mut self, read: impl FnOnce(&mut Buffer<'a>) -> IoResult<T>) -> IoResult<T> {
        let mut buffer = Buffer::new(self.0);
        let result = read(&mut buffer)?;
        self.0 = buffer.unread_bytes();
        Ok(result)
    }
}

impl Read for Exact<'_> {
    fn read_exact(&mut self, bytes: &mut [u8]) -> IoResult<()> {
        bytes.copy_from_slice(self.take(bytes.len(), 1)?);
        Ok(())
    }

    fn read_field_vec<F: Field64>(&mut self, length: usize) -> IoResult<Vec<F>> {
        let (elements, _) = self.take(length, size_of::<u64>())?.as_chunks();
        Ok(elements.iter().map(|bytes| F::from_canonical_u64(u64::from_le_bytes(*bytes))).collect())
    }

    fn read_field_ext_vec<F: RichField + Extendable<D>, const D: usize>(
        &mut self,
        length: usize,
    ) -> IoResult<Vec<F::Extension>> {
        let (elements, _) = self.take(length, D * size_of::<u64>())?.as_chunks::<{ size_of::<u64>() }>();
        let element = |bytes: &[u8; 8]| F::from_canonical_u64(u64::from_le_bytes(*bytes));
        let (values, _) = elements.as_chunks::<D>();
        Ok(values.iter().map(|parts| F::Extension::from_basefield_array(parts.each_ref().map(element))).collect())
    }

    fn read_hash<F: RichField, H: Hasher<F>>(&mut self) -> IoResult<H::Hash> {
        Ok(H::Hash::from_bytes(self.take(1, H::HASH_SIZE)?))
    }

    fn read_merkle_proof<F: RichField, H: Hasher<F>>(&mut self) -> IoResult<MerkleProof<F, H>> {
        let length = self.read_u8()?;
        Ok(MerkleProof { siblings: self.read_hash_vec::<F, H>(length.into())? })
    }

    fn read_hash_vec<F: RichField, H: Hasher<F>>(&mut self, length: usize) -> IoResult<Vec<H::Hash>> {
        let hashes = self.take(length, H::HASH_SIZE)?.chunks_exact(H::HASH_SIZE.max(1));
        Ok(hashes.map(H::Hash::from_bytes).collect())
    }

    fn read_gate<F: RichField + Extendable<D>, const D: usize>(
        &mut self,
        gates: &dyn GateSerializer<F, D>,
        common: &CommonCircuitData<F, D>,
    ) -> IoResult<GateRef<F, D>> {
        self.by_plonky2(|buffer| gates.read_gate(buffer, common))
    }

    fn read_generator<F: RichField + Extendable<D>, const D: usize>(
        &mut self,
        generators: &dyn WitnessGeneratorSerializer<F, D>,
        common: &CommonCircuitData<F, D>,
    ) -> IoResult<WitnessGeneratorRef<F, D>> {
        self.by_plonky2(|buffer| generators.read_generator(buffer, common))
    }
}

impl Remaining for Exact<'_> {
    fn remaining(&self) -> usize {
        self.0.len()
    }
}

/// Bytes that are to be written, of which those are left that have not been.
pub(crate) struct Same<'a>(pub(crate) &'a [u8]);

impl Write for Same<'_> {
    type Error = IoError;

    fn write_all(&mut self, bytes: &[u8]) -> IoResult<()> {
        self.0 = self.0.strip_prefix(bytes).ok_or(IoError)?;
        Ok(())
    }

    fn write_gate<F: RichField + Extendable<D>, const D: usize>(
        &mut self,
        _: &GateRef<F, D>,
        _: &dyn GateSerializer<F, D>,
        _: &CommonCircuitData<F, D>,
    ) -> IoResult<()> {
        Err(IoError)
    }

    fn write_generator<F: RichField + Extendable<D>, const D: usize>(
        &mut self,
        _: &WitnessGeneratorRef<F, D>,
        _: &dyn WitnessGeneratorSerializer<F, D>,
        _: &CommonCircuitData<F, D>,
    ) -> IoResult<()> {
        Err(IoError)
    }
}

/// Bytes that are written at once.
const CHUNK: usize = 64 << 10;

/// Bytes on their way to a file, which are hashed on it.
pub(super) struct Sink<'a, W> {
    to: &'a mut W,
    chunk: Vec<u8>,
    hasher: DomainHasher,
    written: u64,
    limit: u64,
    /// Why it takes no more bytes: plonky2's own errors do not say.
    failed: Option<StoredCircuitError>,
}

impl<'a, W: io::Write> Sink<'a, W> {
    /// Takes at most `limit` bytes.
    pub(super) fn new(to: &'a mut W, hasher: DomainHasher, limit: u64) -> Self {
        Self { to, chunk: Vec::with_capacity(2 * CHUNK), hasher, written: 0, limit, failed: None }
    }

    /// Has plonky2 write, and says how many bytes that were, and their hash.
    pub(super) fn fill(
        mut self,
        write: impl FnOnce(&mut Self) -> IoResult<()>,
    ) -> Result<(u64, [u8; 32]), StoredCircuitError> {
        let written = write(&mut self).and_then(|()| self.flush());
        match written {
            Ok(()) => Ok((self.written, self.hasher.finish())),
            Err(_) => Err(self.failed.unwrap_or(StoredCircuitError::Decoding)),
        }
    }

    fn flush(&mut self) -> IoResult<()> {
        self.written += self.chunk.len() as u64;
        let written = match self.written > self.limit {
            true => Err(StoredCircuitError::TooLarge { limit: self.limit }),
            false => self.to.write_all(&self.chunk).map_err(|error| StoredCircuitError::Io(error.kind())),
        };
        self.hasher.update(&self.chunk);
        self.chunk.clear();
        self.failed = written.err();
        if self.failed.is_none() { Ok(()) } else { Err(IoError) }
    }
}

impl<W: io::Write> Write for Sink<'_, W> {
    type Error = StoredCircuitError;

    fn write_all(&mut self, bytes: &[u8]) -> IoResult<()> {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() < CHUNK { Ok(()) } else { self.flush() }
    }

    fn write_gate<F: RichField + Extendable<D>, const D: usize>(
        &mut self,
        gate: &GateRef<F, D>,
        gates: &dyn GateSerializer<F, D>,
        common: &CommonCircuitData<F, D>,
    ) -> IoResult<()> {
        gates.write_gate(&mut self.chunk, gate, common)
    }

    fn write_generator<F: RichField + Extendable<D>, const D: usize>(
        &mut self,
        generator: &WitnessGeneratorRef<F, D>,
        generators: &dyn WitnessGeneratorSerializer<F, D>,
        common: &CommonCircuitData<F, D>,
    ) -> IoResult<()> {
        generators.write_generator(&mut self.chunk, generator, common)?;
        self.write_all(&[])
    }
}
