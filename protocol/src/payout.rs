//! Payouts: what accounts have earned, as a Merkle tree that a contract on an EVM chain can check.
//!
//! ```text
//! leaf = keccak256(keccak256(abi.encode(bytes32 account, address payee, uint256 amount)))
//! node = keccak256(min(a, b) ‖ max(a, b))
//! ```
//! These are the hashes of OpenZeppelin's `MerkleProof` and `StandardMerkleTree`; `docs/payouts.md` has the format and
//! test vectors. An amount is all that its account has ever earned, in micro-credits, so one root replaces the last. A
//! leaf is hashed twice, so that no node is ever taken for one.

use crate::{
    bounded::List,
    ids::AccountId,
    limits::PAYOUT_PATH_MAX,
    units::{Credits, Epoch},
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use tiny_keccak::{Hasher, Keccak};

/// The hash of a node of a tree of payouts.
pub type PayoutHash = [u8; 32];

/// Bytes of a word of the ABI.
const WORD: usize = 32;

/// An address on an EVM chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeAddress([u8; 20]);

impl PayeeAddress {
    /// The address of nobody: that of an account that has named none.
    pub const NONE: Self = Self([0; 20]);

    /// The address of these bytes.
    pub const fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(bytes)
    }

    /// Returns the 20 bytes of the address.
    pub const fn as_bytes(&self) -> &[u8; 20] {
        &self.0
    }
}

/// With the checksum of EIP-55, as wallets show it: letters are large where the hash of the address has large digits.
impl fmt::Display for PayeeAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let small = hex::encode(self.0);
        let hash = hex::encode(keccak256(&[small.as_bytes()]));
        let sized = small.chars().zip(hash.chars()).map(|(c, h)| if h >= '8' { c.to_ascii_uppercase() } else { c });
        write!(f, "0x{}", sized.collect::<String>())
    }
}

/// Why a text is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseAddressError {
    /// The text is not 40 hexadecimal digits.
    #[error("an address is 0x and 40 hexadecimal digits")]
    NotHex,
    /// The address has letters of both sizes, and they are not those of its checksum: a digit is wrong.
    #[error("the checksum of the address does not hold: a digit is wrong")]
    Checksum,
}

impl FromStr for PayeeAddress {
    type Err = ParseAddressError;

    /// Letters of one size alone have no checksum, and are taken as they are.
    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let mut bytes = [0; 20];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| ParseAddressError::NotHex)?;
        let address = Self(bytes);
        let has = |is_of_size: fn(&char) -> bool| digits.chars().any(|c| is_of_size(&c));
        let has_checksum = has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase);
        if has_checksum && address.to_string().strip_prefix("0x") != Some(digits) {
            return Err(ParseAddressError::Checksum);
        }
        Ok(address)
    }
}

/// What an account had earned when an epoch ended, and the way from there to the epoch's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutProof {
    /// The epoch at whose end the root was made.
    pub epoch: Epoch,
    /// The account that has earned the amount.
    pub account: AccountId,
    /// The address that the account had named by then; [`PayeeAddress::NONE`] if it had not.
    pub payee: PayeeAddress,
    /// All that the account had ever earned, in micro-credits.
    pub amount: Credits,
    /// The hashes beside the way from the leaf to the root, from the leaf up.
    pub path: List<PayoutHash, PAYOUT_PATH_MAX>,
}

impl PayoutProof {
    /// The root to which this leads.
    pub fn root(&self) -> PayoutHash {
        self.path.iter().fold(leaf(self.account, self.payee, self.amount), |hash, sibling| node(&hash, sibling))
    }
}

/// The hash of a leaf: what an account has ever earned.
pub fn leaf(account: AccountId, payee: PayeeAddress, amount: Credits) -> PayoutHash {
    let mut words = [0; 3 * WORD];
    // As the ABI has it, an address and a number fill their words from the right.
    let parts: [(usize, &[u8]); 3] = [
        (0, account.as_bytes()),
        (2 * WORD - payee.0.len(), &payee.0),
        (3 * WORD - size_of::<u64>(), &amount.get().to_be_bytes()),
    ];
    for (at, part) in parts {
        words.iter_mut().skip(at).zip(part).for_each(|(byte, from)| *byte = *from);
    }
    keccak256(&[&keccak256(&[&words])])
}

/// The hash of a node above two others: the lesser comes first, so a path needs no directions.
pub fn node(a: &PayoutHash, b: &PayoutHash) -> PayoutHash {
    keccak256(&[a.min(b), a.max(b)])
}

fn keccak256(parts: &[&[u8]]) -> PayoutHash {
    let (mut hasher, mut hash) = (Keccak::v256(), [0; 32]);
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize(&mut hash);
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    /// keccak256 of nothing, as every EVM knows it.
    const EMPTY: &str = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";

    #[test]
    fn it_is_keccak_and_not_the_later_sha3() {
        assert_eq!(hex::encode(keccak256(&[])), EMPTY);
        assert_eq!(keccak256(&[b"ab", b"c"]), keccak256(&[b"abc"]));
    }

    /// The addresses are those of EIP-55.
    #[test]
    fn an_address_is_read_with_its_checksum_or_without_any() {
        let good = ["0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359"];
        for text in good {
            let address: PayeeAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), text);
            let sizes = [text.to_lowercase(), text[2..].to_owned(), text[2..].to_uppercase()];
            assert!(sizes.iter().all(|text| text.parse() == Ok(address)));
        }
        let read = |text: &str| text.parse::<PayeeAddress>();
        let wrong = good[0].replace("5aAe", "5aAf");
        assert_eq!(read(&wrong), Err(ParseAddressError::Checksum));
        for text in ["", "0x", &good[0][..41], &format!("{}0", good[0]), &good[0].replace('b', "g")] {
            assert_eq!(read(text), Err(ParseAddressError::NotHex), "{text}");
        }
    }

    #[test]
    fn nodes_are_the_same_from_either_side_and_no_leaf() {
        let [a, b] = [1, 2].map(|n| leaf(AccountId::from_bytes([n; 32]), PayeeAddress::NONE, Credits::new(1)));
        assert_eq!(node(&a, &b), node(&b, &a));
        assert_ne!(node(&a, &b), a);
    }
}
