//! Keys of tree maps: what they are made of, and in which order they are.

use crate::state::clock::Moment;
use dpgn_protocol::{
    ids::{AccountId, CircuitId, TaskId},
    units::{Credits, Epoch, Timestamp},
};
use uuid::Uuid;

/// A key of a tree map: some bytes, of one length for all keys of a map, in whose order the keys are.
pub(crate) trait Key: Copy + Ord {
    /// The bytes of a key.
    type Bytes: AsRef<[u8]>;

    /// The bytes of this key.
    fn bytes(&self) -> Self::Bytes;
}

/// A key that can be read from its bytes.
pub(crate) trait ReadKey: Key {
    /// The key of these bytes; `None` if there are too many or too few.
    fn read(bytes: &[u8]) -> Option<Self>;
}

macro_rules! ids_are_keys {
    ($($id:ty)*) => {$(
        impl Key for $id {
            type Bytes = [u8; 32];

            fn bytes(&self) -> [u8; 32] {
                *self.as_bytes()
            }
        }

        impl ReadKey for $id {
            fn read(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self::from_bytes)
            }
        }
    )*};
}

ids_are_keys! { AccountId CircuitId TaskId }

impl Key for (AccountId, Uuid) {
    type Bytes = [u8; 48];

    fn bytes(&self) -> [u8; 48] {
        let mut bytes = [0; 48];
        let (account, alias) = bytes.split_at_mut(32);
        account.copy_from_slice(self.0.as_bytes());
        alias.copy_from_slice(self.1.as_bytes());
        bytes
    }
}

impl ReadKey for (AccountId, Uuid) {
    fn read(bytes: &[u8]) -> Option<Self> {
        let (account, alias) = bytes.split_first_chunk()?;
        Some((AccountId::from_bytes(*account), Uuid::from_bytes(alias.try_into().ok()?)))
    }
}

/// A number before an id: the smaller, or the earlier, comes first.
macro_rules! ranked_ids_are_keys {
    ($($number:ty, $id:ty;)*) => {$(
        impl Key for ($number, $id) {
            type Bytes = [u8; 40];

            fn bytes(&self) -> [u8; 40] {
                let mut bytes = [0; 40];
                let (number, id) = bytes.split_at_mut(8);
                number.copy_from_slice(&self.0.get().to_be_bytes());
                id.copy_from_slice(self.1.as_bytes());
                bytes
            }
        }
    )*};
}

ranked_ids_are_keys! {
    Moment, TaskId;
    Moment, AccountId;
    Timestamp, TaskId;
    Timestamp, AccountId;
    Epoch, AccountId;
    Epoch, CircuitId;
    Credits, AccountId;
}
