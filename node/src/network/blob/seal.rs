//! Blobs are sealed beneath the transport: the buffers of a connection live as long as it does, and whoever reads the
//! memory of a node later must not find a witness in them.
//!
//! Each end draws a key for one stream. The blob is covered by the output of BLAKE3, in its mode for deriving keys,
//! over the secret that both share (X25519, RFC 7748): as long as the blob, and never used twice. Who is there, and
//! that nobody else can read or change it, is the transport's matter, and the blob's digest says whether its bytes are
//! right: nothing is authenticated here.

use std::io;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes of the public half of a stream's key.
pub(super) const KEY_BYTES: usize = 32;
const DOMAIN: &str = "dpgn v1 blob stream";
/// Bytes that are covered at once.
const PAD_BYTES: usize = 16 << 10;

/// The secret half of one end's key, for one stream.
pub(super) struct StreamKey(StaticSecret);

/// The end of a stream.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// The end that asks for the blob.
    Asker,
    /// The end that serves the blob.
    Owner,
}

impl StreamKey {
    /// Draws a new key; fails if the system gives no random bytes.
    pub(super) fn draw() -> io::Result<Self> {
        let mut secret = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(secret.as_mut()).map_err(io::Error::other)?;
        Ok(Self(StaticSecret::from(*secret)))
    }

    /// The public half, which the other end is told.
    pub(super) fn public(&self) -> [u8; KEY_BYTES] {
        PublicKey::from(&self.0).to_bytes()
    }

    /// The seal of a stream, from the other end's public half. One that makes the secret guessable (a point of low
    /// order) opens nothing to others: the transport encrypts as well.
    pub(super) fn seal(self, own: Side, theirs: [u8; KEY_BYTES]) -> Seal {
        let (asker, owner) = match own {
            Side::Asker => (self.public(), theirs),
            Side::Owner => (theirs, self.public()),
        };
        let shared = self.0.diffie_hellman(&PublicKey::from(theirs));
        let mut hasher = Zeroizing::new(blake3::Hasher::new_derive_key(DOMAIN));
        hasher.update(shared.as_bytes()).update(&asker).update(&owner);
        Seal(hasher.finalize_xof())
    }
}

/// The seal of one stream, which covers and uncovers its bytes in their order.
pub(super) struct Seal(blake3::OutputReader);

impl Seal {
    /// Covers the next bytes, or uncovers them: both are the same.
    pub(super) fn apply(&mut self, bytes: &mut [u8]) {
        let mut pad = Zeroizing::new(vec![0; PAD_BYTES.min(bytes.len())]);
        for piece in bytes.chunks_mut(PAD_BYTES) {
            let pad = &mut pad[..piece.len()];
            self.0.fill(pad);
            for (byte, cover) in piece.iter_mut().zip(pad) {
                *byte ^= *cover;
            }
        }
    }
}

impl Drop for Seal {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_end_uncovers_what_the_other_covered() {
        let (asker, owner) = (StreamKey::draw().unwrap(), StreamKey::draw().unwrap());
        let (of_asker, of_owner) = (asker.public(), owner.public());
        let (mut asker, mut owner) = (asker.seal(Side::Asker, of_owner), owner.seal(Side::Owner, of_asker));
        let secret = [0x5a; 100];
        let mut bytes = secret;
        owner.apply(&mut bytes);
        let left = bytes.iter().filter(|byte| **byte == 0x5a).count();
        println!("of 100 equal bytes {left} are as they were beneath the transport");
        assert!(left < 10);
        // Pieces need not be those of the other end.
        asker.apply(&mut bytes[..33]);
        asker.apply(&mut bytes[33..]);
        assert_eq!(bytes, secret);
    }

    #[test]
    fn every_stream_has_another_seal() {
        let sealed = || {
            let (asker, owner) = (StreamKey::draw().unwrap(), StreamKey::draw().unwrap());
            let mut bytes = [0; 32];
            owner.seal(Side::Owner, asker.public()).apply(&mut bytes);
            bytes
        };
        assert_ne!(sealed(), sealed());
    }
}
